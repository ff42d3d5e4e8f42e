"""Fetching the file of an export or a report: its bytes as they came, and what they are known by.

Nothing is decoded, and a file is never written over: one that was fetched again has another name
unless its bytes are the same.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from portal.lucca import timesheet
from portal.lucca.errors import Unexpected
from portal.lucca.session import Session
from portal.lucca.timesheet import Fetched
from reports.exports.ways import way_of
from reports.models import ExportConfiguration

_UNSAFE = re.compile(r"[^\w .()+-]")
_EXTENDED = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
_ZIP = b"PK\x03\x04"
_WORKBOOK = b"[Content_Types].xml"
_LONGEST_NAME = 150


@dataclass(frozen=True)
class Stored:
    """A file of ours. `path` is relative to the files' folder."""

    path: str
    file_name: str
    sha256: str
    size: int
    content_type: str
    disposition: str


def fetch(lucca: Session, configuration: ExportConfiguration, number: int) -> Stored:
    """Get the file of this export and keep it. Raises a LuccaError; nothing is left behind then."""
    return keep(
        Path("exports", str(configuration.pk)),
        str(number),
        lambda part: _get(lucca, configuration, number, part),
        lambda path: f"timesheet-export_{configuration.remote_id}_{number}.{_ending(path)}",
    )


def keep(
    folder: Path, stem: str, get: Callable[[Path], Fetched], own_name: Callable[[Path], str]
) -> Stored:
    """What `get` writes, in a folder of ours; `own_name` is for where Lucca gives it none.

    It bears its name only when it is whole and on the disk for good.
    """
    Path(settings.MEDIA_ROOT, folder).mkdir(parents=True, exist_ok=True)
    part = Path(settings.MEDIA_ROOT, folder, f"{stem}-{secrets.token_hex(4)}.part")
    part.touch(0o600)
    try:
        got = get(part)
        sha256, size = _digest(part)
        stored = folder / f"{stem}-{sha256[:16]}"
        part.replace(Path(settings.MEDIA_ROOT, stored))
    finally:
        part.unlink(missing_ok=True)
    name = name_of(got.disposition) or own_name(Path(settings.MEDIA_ROOT, stored))
    return Stored(str(stored), name, sha256, size, got.content_type, got.disposition)


def _get(lucca: Session, configuration: ExportConfiguration, number: int, part: Path) -> Fetched:
    way = way_of(configuration)
    if way is None:
        raise LookupError("nobody has said how this configuration's files are had")
    got = lucca.send(timesheet.content(way.path, way.mode, way.pointer, number, part))
    if isinstance(got, Fetched):
        return got
    ours = urlsplit(configuration.account.base_url).hostname
    address = urlsplit(got)
    # The key goes to our own host and to no other.
    if address.hostname not in (None, ours) or not address.path.startswith("/"):
        raise Unexpected("unreadable-answer", detail="an address at another host")
    return lucca.send(timesheet.linked(got, part))


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def name_of(disposition: str) -> str:
    """The file name that a Content-Disposition gives, as a harmless base name; "" for none."""
    extended = _EXTENDED.search(disposition)
    if extended:
        # It says the same as the plain one, and more exactly.
        given = unquote(extended[1], errors="replace")
    else:
        message = Message()
        message["Content-Disposition"] = disposition.replace("\r", " ").replace("\n", " ")
        given = message.get_filename() or ""
    base = re.split(r"[/\\]", given)[-1]
    return _UNSAFE.sub("_", base).strip(" .")[-_LONGEST_NAME:]


def _ending(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(2000)
    if head.startswith(_ZIP):
        return "xlsx" if _WORKBOOK in head else "zip"
    return "bin"
