"""Trying how an export's file may be had, on an export that was made before. Reads only.

Lucca's guide has a request for it that is not readable. These are the ways that it might be; a
person looks at what each gave, and picks.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from portal.connect import connect
from portal.lucca import timesheet
from portal.lucca.errors import LuccaError, Throttled
from portal.lucca.session import Session
from portal.words import number
from reports.fetching import name_of
from reports.models import ExportConfiguration

_EXPORT = "/api/v3/timmiexports/{exportId}"
# By name; each is tried as the file itself. `members` shows what the export's own JSON has.
CANDIDATES = {
    "content": f"raw:{_EXPORT}/content",
    "download": f"raw:{_EXPORT}/download",
    "file": f"raw:{_EXPORT}/file",
    "getfile": "raw:/getFile.ashx?id={exportId}",
}
# Of every v3 resource, and of every export.
_USUAL = {"id", "name", "url", "configurationid", "endsat", "createdat", "archivedat"}


@dataclass(frozen=True)
class Tried:
    """What one candidate gave. `use` is what to pick it by, "" where it gave no file."""

    name: str
    ok: bool
    status: int | None
    found: str
    use: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def try_all(configuration: ExportConfiguration, export: int) -> Iterator[Tried]:
    """Each finding as it comes. Raises Throttled, which says nothing about a candidate."""
    lucca = connect(configuration.account, interactive=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, way in CANDIDATES.items():
            yield _try(lucca, name, way, export, Path(folder, name))
    yield _members(lucca, export)


def _try(lucca: Session, name: str, way: str, export: int, target: Path) -> Tried:
    path = way.partition(":")[2]
    try:
        got = lucca.send(timesheet.content(path, "raw", "", export, target))
    except Throttled:
        raise
    except LuccaError as error:
        return Tried(name, False, error.status, str(error))
    size = number(target.stat().st_size)
    said = _("%(size)s bytes, %(type)s") % {
        "size": size,
        "type": getattr(got, "content_type", "") or _("of no type"),
    }
    given = name_of(getattr(got, "disposition", ""))
    return Tried(name, True, 200, f"{said}, {given}" if given else said, way)


def _members(lucca: Session, export: int) -> Tried:
    try:
        names = lucca.send(timesheet.members(_EXPORT, export))
    except Throttled:
        raise
    except LuccaError as error:
        return Tried("members", False, error.status, str(error))
    more = [name for name in names if name.lower() not in _USUAL]
    found = ", ".join(more) if more else _("nothing but what every export has")
    return Tried("members", False, 200, found)
