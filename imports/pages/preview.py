"""The preview page: what the lines of an import that replaces would find in Lucca."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from imports import preview
from imports.models import ImportBatch
from imports.pages.downloads import stem
from imports.pages.reading import Standing, cost_words, is_known_cost, moving, standing
from imports.pages.rights import address, find, may, needs, show
from imports.reading import stop
from imports.stages import Stage
from imports.verdicts import Verdict
from portal.pages.attachments import made
from portal.refusals import Refusal
from portal.sheets.handout import write_csv
from portal.sheets.workbook import write_table

_SHOWN = 200
_TONES = {
    Verdict.REPLACED: "warning",
    Verdict.DELETED: "error",
    Verdict.SAME: "quiet",
    Verdict.CREATED: "good",
    Verdict.MISSING: "warning",
    Verdict.UNKNOWN: "warning",
}


def may_ask(request: HttpRequest) -> bool:
    """Who has Lucca analyse the file, or launches it, may have it read for that."""
    return may(request, "analyse") or may(request, "launch")


@require_http_methods(["GET", "HEAD", "POST"])
@needs()
def preview_page(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    if request.method == "POST":
        return _act(request, batch)
    reading = preview.current(batch)
    now = standing(reading) if reading else None
    rows = preview.compare(batch, reading) if reading and reading.has_content else []
    return show(
        request,
        "preview",
        _("What would be replaced"),
        batch,
        reading=reading,
        standing=now,
        rows=[(row, _TONES[row.verdict]) for row in rows[:_SHOWN]],
        total=len(rows),
        shown=_SHOWN,
        counts=preview.counts(rows) if rows else "",
        doubts=preview.doubts(rows),
        why_not=preview.why_not(batch),
        may_ask=may_ask(request),
        may_launch=batch.stage == Stage.ANALYSED and may(request, "launch"),
        cost=cost_words(batch.account),
        is_known_cost=is_known_cost(batch.account),
        live_url=address(batch, "preview_live"),
        page_url=address(batch, "preview"),
    )


def _act(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    if not may_ask(request):
        raise PermissionDenied
    reading = preview.current(batch)
    if "stop" in request.POST:
        if reading:
            stop(reading, by=request.user)
    elif reading and standing(reading).is_waiting and not reading.is_void:
        messages.info(request, _("This is being read already."))
    else:
        try:
            # What it costs stood beside the button.
            preview.ask_preview(batch, by=request.user, agreed="agreed" in request.POST)
        except Refusal as refusal:
            messages.error(request, str(refusal))
    return redirect(address(batch, "preview"))


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    def stand() -> Standing:
        reading = preview.current(find(pk))
        if reading is None:
            raise Http404
        return standing(reading)

    batch = ImportBatch(pk=pk)
    return moving(request, stand, address(batch, "preview"), address(batch, "preview_live"))


@require_safe
@needs()
def download(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    batch = find(pk)
    reading = preview.current(batch)
    if reading is None or not reading.has_content or kind not in ("csv", "xlsx"):
        raise Http404(_("There is no preview of this file."))
    cells = [_cells(row) for row in preview.compare(batch, reading)]
    write = write_table if kind == "xlsx" else write_csv
    return made(f"{stem(batch)}-preview.{kind}", lambda target: write(target, _header(), cells))


def _header() -> list[str]:
    return [
        _("Login"),
        _("Employee"),
        _("Day"),
        _("Part of the day"),
        _("In Lucca now"),
        _("In the file"),
        _("What becomes of it"),
        _("Not documented"),
    ]


def _cells(row: preview.Row) -> list[str]:
    return [
        row.line.login,
        row.name,
        row.line.day,
        row.part,
        row.before,
        row.after,
        str(row.verdict.label),
        str(row.doubt.label) if row.doubt else "",
    ]
