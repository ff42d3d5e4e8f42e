"""Files that belong to a batch, handed out as attachments under names that are safe anywhere."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imports import faulty_file
from imports.models import ImportBatch
from imports.pages.next import faulty
from imports.pages.rights import find, needs

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Letters and digits of any language; nothing that a shell, a file system or the direction of
# writing could make into something else.
_UNSAFE = re.compile(r"[^\w .()-]+")


def safe(name: str) -> str:
    """The person's own name for the file, without what is dangerous in it."""
    kept = _UNSAFE.sub("_", PurePath(name.replace("\\", "/")).name).strip(" .")
    return kept[-120:].lstrip(" .") or "file"


def stem(batch: ImportBatch) -> str:
    return safe(PurePath(safe(batch.file_name)).stem)


@require_safe
@needs()
def download(request: HttpRequest, pk: int, which: str) -> FileResponse:
    batch = find(pk)
    if which == "original":
        return _stored(batch.original, safe(batch.file_name), "application/octet-stream")
    if which == "sent":
        return _stored(batch.canonical, f"{stem(batch)}-as-sent.csv", _CSV)
    if which == "faulty":
        return _faulty(batch)
    raise Http404


@require_safe
@needs()
def report(request: HttpRequest, pk: int, upload: int) -> FileResponse:
    batch = find(pk)
    found = batch.uploads.filter(pk=upload).first()
    if found is None:
        raise Http404
    kind = "results" if found.create else "analysis"
    name = f"{stem(batch)}-{kind}-{found.part}.json"
    return _stored(found.report, name, "application/json")


def _stored(file: FieldFile, name: str, kind: str) -> FileResponse:
    """Streamed from the disk, whatever its size."""
    try:
        return attachment(file.open("rb"), name, kind)
    except (ValueError, FileNotFoundError):
        raise Http404(_("This import has no such file.")) from None


def _faulty(batch: ImportBatch) -> FileResponse:
    if not faulty(batch) or not batch.detected:
        raise Http404(_("This import has no such file."))
    return made(
        f"{stem(batch)}-to-correct.csv", lambda target: faulty_file.faulty_lines(batch, target)
    )


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
    return attachment(file, name, _XLSX if kind == ".xlsx" else _CSV)


def attachment(file: Any, name: str, kind: str) -> FileResponse:
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)
