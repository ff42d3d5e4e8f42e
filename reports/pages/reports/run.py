"""The page of a report: where it stands, what came of it, its files, the one next thing to do."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.moves import JobState
from portal.pages.parts import Button
from portal.pages.rights import elsewhere, needs_on
from reports import pace
from reports.models import ReportFile, ReportRun
from reports.pages.reports.rights import RUN, address, find_run, may_ask, show
from reports.pages.reports.steps import TONES, steps
from reports.pages.reports.waiting import waiting
from reports.pages.reports.words import asked_days, covered_days, history


@dataclass(frozen=True)
class Next:
    """`happened` is why the report stands where it stands, where that needs saying."""

    happened: str
    sentence: str
    primary: Button | None
    others: list[Button]


@require_safe
@needs_on(RUN)
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    run = find_run(pk)
    standing = _standing(request, run)
    return show(
        request,
        "reportrun/change_form",
        run.remote_name or run.template.name,
        run,
        **standing,
        history=history(run, run.job),
        show_who=request.user.has_perms(["portal.view_event", "portal.view_eventdetail"]),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves. At rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, address(ReportRun(pk=pk)))
    if not request.user.has_perm("reports.view_reportrun"):
        raise PermissionDenied
    run = find_run(pk)
    standing = _standing(request, run)
    if standing["waiting"] is None:
        return elsewhere(request, address(run))
    differs = {name for name, mark in standing["marks"].items() if request.GET.get(name) != mark}
    if "seen" not in differs:
        return HttpResponse(status=204)
    return render(request, "admin/reports/reportrun/moving.html", {**standing, "differs": differs})


def _standing(request: HttpRequest, run: ReportRun) -> dict[str, Any]:
    files = list(run.files.order_by("kind"))
    attempts = list(run.job.attempts.select_related("call").order_by("pk"))
    now = waiting(run, pace.usual(run.template))
    down = service_is_down() if now else ""
    said = " ".join(filter(None, [down, now.said if now else ""]))
    # What the page shows, so that only what differs is put in its place: a screen reader would
    # say again what it said.
    marks = {"seen": _mark(f"{run.job.state} {run.job.step} {now} {down}"), "said": _mark(said)}
    return {
        "run": run,
        "waiting": now,
        "service_is_down": down,
        "said": said,
        "marks_query": urlencode(marks),
        "marks": marks,
        "tone": TONES[JobState(run.job.state)],
        "steps": steps(run, attempts, files),
        "files": files,
        "attempts": attempts,
        "asked_days": asked_days(run),
        "covered_days": covered_days(run),
        "covers_other": _covers_other(run),
        "next": _next(request, run, files),
        "may_cancel": may_ask(request) and run.job.state in OPEN,
    }


def _mark(text: str) -> str:
    return f"{crc32(text.encode()):08x}"


def _next(request: HttpRequest, run: ReportRun, files: list[ReportFile]) -> Next:
    state, sentence, primary, others = run.job.state, "", None, []
    csv = next((file for file in files if file.kind == ReportFile.Kind.CSV), None)
    again = Button(_("Ask for this report again"), _ask_again(run))
    if csv and csv.size == 0:
        sentence = _(
            "The file is empty: Lucca made the report, and nothing is in it. Look whether its days"
            " and filters are those you meant."
        )
        primary = again
    elif csv:
        sentence = _("The report is here. Look at it, or download it.")
        download = Button(_("Download the CSV file"), address(run, "download", "csv"))
        primary = Button(_("Look at the report as a table"), address(run, "table"))
        others = [download, again]
    elif state == JobState.FAILED:
        primary = again
    elif state == JobState.CANCELLED:
        sentence = _("Nobody waits for it any more. Nothing in Lucca was changed.")
        primary = again
    if not may_ask(request):
        others = [button for button in others if button is not again]
        primary = None if primary is again else primary
    return Next(run.message, sentence, primary, others)


def _ask_again(run: ReportRun) -> str:
    """The form, filled in as this report was asked for."""
    return f"{reverse('admin:reports_reportrun_add')}?{urlencode({'like': run.pk})}"


def _covers_other(run: ReportRun) -> bool:
    """Lucca's days are not those that were asked for."""
    asked = ((run.starts_on, run.covers_from), (run.ends_on, run.covers_to))
    return any(wanted and got and wanted != got for wanted, got in asked)
