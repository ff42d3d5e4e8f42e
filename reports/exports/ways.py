"""How the file of an export is had, written as MODE:PATH or MODE:PATH#POINTER.

Lucca's guide has a request for it that is not readable, so a person picks what was seen to work:
for one configuration, or for every one of an account.
"""

import re
from dataclasses import dataclass

from reports.models import ExportConfiguration

# Of our own host, and nothing that could lead to another.
_PATH = re.compile(r"/[A-Za-z0-9._-][A-Za-z0-9._/{}?=&-]*")
_POINTER = re.compile(r"(/[A-Za-z0-9_]+)+")


@dataclass(frozen=True)
class Way:
    """`pointer` names the member of a JSON answer; "" where the answer itself is the file."""

    mode: str
    path: str
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.mode}:{self.path}" + (f"#{self.pointer}" if self.pointer else "")


def read(text: str) -> Way | None:
    """The way that a text names, or None where it names none."""
    mode, _colon, rest = text.strip().partition(":")
    path, _hash, pointer = rest.partition("#")
    has_pointer = bool(_POINTER.fullmatch(pointer)) and len(pointer) <= 100
    if (
        mode not in ExportConfiguration.Mode.values
        or not _PATH.fullmatch(path)
        or len(path) > 200
        or "{exportId}" not in path
        or (bool(pointer) if mode == ExportConfiguration.Mode.RAW else not has_pointer)
    ):
        return None
    return Way(mode, path, pointer)


def way_of(configuration: ExportConfiguration) -> Way | None:
    """The configuration's own, else its account's, else none: then files are not fetched."""
    if configuration.content_path:
        return Way(
            configuration.content_mode, configuration.content_path, configuration.content_pointer
        )
    return read(configuration.account.export_content)
