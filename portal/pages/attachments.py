"""Files handed out as attachments, under names that are safe anywhere."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Letters and digits of any language; nothing that a shell, a file system or the direction of
# writing could make into something else.
_UNSAFE = re.compile(r"[^\w .()-]+")


def safe(name: str) -> str:
    """The person's own name for the file, without what is dangerous in it."""
    kept = _UNSAFE.sub("_", PurePath(name.replace("\\", "/")).name).strip(" .")
    return kept[-120:].lstrip(" .") or "file"


def stored(file: FieldFile, name: str, kind: str) -> FileResponse:
    """Streamed from the disk, whatever its size."""
    try:
        return attachment(file.open("rb"), name, kind)
    except (ValueError, FileNotFoundError):
        raise Http404(_("There is no such file.")) from None


def made(name: str, write: Callable[[Path], object]) -> FileResponse:
    """A CSV or XLSX made for this answer, and gone from the disk when it has been sent: it holds
    names of people. What `write` raises comes through, and nothing is left."""
    kind = PurePath(name).suffix
    file = tempfile.NamedTemporaryFile(suffix=kind)  # noqa: SIM115  (the answer closes it)
    try:
        write(Path(file.name))
    except BaseException:
        file.close()
        raise
    return attachment(file, name, XLSX if kind == ".xlsx" else CSV)


def attachment(file: Any, name: str, kind: str) -> FileResponse:
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)
