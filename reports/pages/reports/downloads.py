"""Files of a report, handed out as attachments: as they came, or made safe for a spreadsheet."""

from pathlib import Path, PurePath

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit import record
from portal.pages.attachments import made, safe, stored
from portal.pages.rights import needs_on
from portal.sheets.issues import Unreadable
from reports.models import ReportFile, ReportRun
from reports.pages.reports.rights import RUN, find_run, to_row
from reports.reports.safe_copy import write_safe_copy


@require_safe
@needs_on(RUN)
def download(request: HttpRequest, pk: int, which: str) -> HttpResponseBase:
    run = find_run(pk)
    if which == "safe":
        return _safe_copy(request, run)
    if which not in ReportFile.Kind.values:
        raise Http404
    file = _file(run, which)
    answer = stored(file.file, safe(file.file_name), "application/octet-stream")
    _note(request, run, file)
    return answer


def _safe_copy(request: HttpRequest, run: ReportRun) -> HttpResponseBase:
    file = _file(run, ReportFile.Kind.CSV)
    name = f"{safe(PurePath(safe(file.file_name)).stem)}-safe.csv"
    try:
        answer = made(name, lambda target: write_safe_copy(Path(file.file.path), target))
    except (Unreadable, OSError):
        messages.error(
            request,
            _("A safe copy cannot be made of this file. Download it as it came, and open it with"
              " care."),
        )  # fmt: skip
        return to_row(run)
    _note(request, run, file, safe_copy=True)
    return answer


def _file(run: ReportRun, kind: str) -> ReportFile:
    file = run.files.filter(kind=kind).first()
    if file is None:
        raise Http404(_("This report has no such file."))
    return file


def _note(
    request: HttpRequest, run: ReportRun, file: ReportFile, *, safe_copy: bool = False
) -> None:
    """Who took a file with names of people home, and which."""
    if request.method != "GET":
        return
    record(
        "report.downloaded",
        run,
        account=run.template.account.label,
        by=request.user,
        values={"sha256": file.sha256, "kind": file.kind, "safe_copy": safe_copy},
    )
