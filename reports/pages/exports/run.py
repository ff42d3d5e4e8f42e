"""The page of a run: where the export stands, what that means, the one next thing to do."""

from typing import Any
from zlib import crc32

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.audit import SYSTEM
from portal.jobs.heartbeat import service_is_down
from portal.jobs.models import Attempt
from portal.jobs.moves import JobState
from portal.models import Event, EventDetail
from portal.pages.rights import elsewhere, needs_on
from portal.words import labelled
from reports.exports.sending import requests_sent
from reports.exports.warnings import covers
from reports.exports.ways import way_of
from reports.models import ExportRun
from reports.pages.exports.next import next_of
from reports.pages.exports.rights import RUN, address, find_run, may_trigger, show
from reports.pages.exports.steps import stands, steps, tone
from reports.pages.exports.waiting import waiting

_MOST_ENTRIES = 100


@require_safe
@needs_on(RUN)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    run = find_run(pk)
    attempts = _attempts(run)
    export = run.export
    return show(
        request,
        "page",
        labelled(_("Export"), run.configuration.label),
        run,
        account=run.configuration.account,
        **_standing(request, run, attempts),
        candidates=list(run.candidates.order_by("remote_id")),
        export=export,
        alarms=[export] if export and export.pk in _alarming(run) else [],
        requests_sent=requests_sent(run),
        may_trigger=may_trigger(request),
        way=way_of(run.configuration),
        history=_history(run),
        show_who=request.user.has_perms(["portal.view_event", "portal.view_eventdetail"]),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves. At rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, address(ExportRun(pk=pk)))
    if not request.user.has_perm("reports.view_exportrun"):
        raise PermissionDenied
    run = find_run(pk)
    standing = _standing(request, run, _attempts(run))
    if standing["waiting"] is None:
        return elsewhere(request, address(run))
    if request.GET.get("seen") == standing["fingerprint"]:
        return HttpResponse(status=204)
    return render(request, "admin/reports/exportrun/moving.html", standing)


def _standing(request: HttpRequest, run: ExportRun, attempts: list[Attempt]) -> dict[str, Any]:
    now, down, next_ = waiting(run, attempts), service_is_down(), next_of(run, attempts, request)
    said = " ".join(filter(None, [down, now.said if now else ""]))
    outcomes = [one.outcome for one in attempts]
    return {
        "run": run,
        "waiting": now,
        "next": next_,
        "service_is_down": down if now or run.job.state == JobState.UNKNOWN else "",
        "said": said,
        "tone": tone(run),
        "state": stands(run),
        "steps": steps(run, attempts),
        "covers": covers(run.ends_at),
        "attempts": attempts,
        # What the page shows: the same is not put in its place again.
        "fingerprint": f"{crc32(f'{now} {down} {next_.cancel} {outcomes}'.encode()):08x}",
    }


def _attempts(run: ExportRun) -> list[Attempt]:
    return list(run.job.attempts.select_related("call").order_by("pk"))


def _alarming(run: ExportRun) -> set[int]:
    return set(run.candidates.alarming().values_list("pk", flat=True))


def _history(run: ExportRun) -> list[dict[str, Any]]:
    """Of the run, its job and its export, the oldest first. Who is None where it was erased."""
    subjects = [f"exportrun:{run.pk}", f"job:{run.job_id}"]
    if run.export_id:
        subjects.append(f"export:{run.export_id}")
    actor = EventDetail.objects.filter(seq=OuterRef("seq")).values("actor")[:1]
    entries = (
        Event.objects.filter(subject__in=subjects)
        .order_by("-seq")
        .annotate(_actor=Subquery(actor))
        .values_list("at", "verb", "_actor")[:_MOST_ENTRIES]
    )
    words = _verbs()
    return [
        {
            "at": at,
            "what": words.get(verb, verb),
            "who": _("the system") if who == SYSTEM else who or _("erased"),
        }
        for at, verb, who in reversed(entries)
    ]


def _verbs() -> dict[str, str]:
    return {
        "job.queued": _("asked for"),
        "job.running": _("begun"),
        "lucca.sent": _("request sent to Lucca"),
        **{f"job.{state}": str(words) for state, words in JobState.choices[2:]},
        "export.accepted": _("exports made outside the portal accepted as handled"),
        "export.fetched": _("file fetched"),
        "export.same_file": _("file fetched again: the same"),
        "export.other_file": _("file fetched again: another one"),
        "export.downloaded": _("file downloaded"),
        "export.acknowledged": _("file is where it belongs"),
        "export.looked_into": _("looked into"),
        "export.gone": _("gone from Lucca's list"),
    }
