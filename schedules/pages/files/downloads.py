"""Files that belong to a file of overrides, handed out as attachments."""

from pathlib import PurePath

from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.pages.attachments import made, safe, stored
from schedules.files import faulty
from schedules.pages.files.rights import find, needs


@require_safe
@needs()
def download(request: HttpRequest, pk: int, which: str) -> FileResponse:
    file = find(pk)
    if which == "original":
        return stored(file.original, safe(file.file_name), "application/octet-stream")
    if which != "faulty":
        raise Http404
    if not file.detected:
        raise Http404(_("There is no such file."))
    stem = PurePath(safe(file.file_name)).stem
    return made(f"{stem}-to-correct.csv", lambda target: faulty.write(file, target))
