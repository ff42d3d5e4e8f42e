"""Files that belong to a batch, handed out as attachments under names that are safe anywhere."""

from pathlib import PurePath

from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imports import faulty_file
from imports.models import ImportBatch
from imports.pages.next import faulty
from imports.pages.rights import find, needs
from portal.pages.attachments import CSV, made, safe, stored


def stem(batch: ImportBatch) -> str:
    return safe(PurePath(safe(batch.file_name)).stem)


@require_safe
@needs()
def download(request: HttpRequest, pk: int, which: str) -> FileResponse:
    batch = find(pk)
    if which == "original":
        return stored(batch.original, safe(batch.file_name), "application/octet-stream")
    if which == "sent":
        return stored(batch.canonical, f"{stem(batch)}-as-sent.csv", CSV)
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
    return stored(found.report, name, "application/json")


def _faulty(batch: ImportBatch) -> FileResponse:
    if not faulty(batch) or not batch.detected:
        raise Http404(_("This import has no such file."))
    return made(
        f"{stem(batch)}-to-correct.csv", lambda target: faulty_file.faulty_lines(batch, target)
    )
