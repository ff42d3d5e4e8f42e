"""The page of an export configuration: whether its history is known, which exports wait for
somebody, its last runs, and how its files are had."""

from typing import Any
from zlib import crc32

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.models import Job
from portal.pages.parts import Button
from portal.pages.rights import elsewhere, needs_on
from portal.words import about, labelled
from reports import pace
from reports.exports import accounting, services
from reports.exports.warnings import in_words
from reports.exports.ways import way_of
from reports.models import ExportConfiguration, ExportRun
from reports.pages.exports.lists import badge_of
from reports.pages.exports.next import Next
from reports.pages.exports.rights import (
    CONFIGURATION,
    address,
    find_configuration,
    may,
    may_trigger,
    show,
)
from reports.periods import end_day

_LAST_RUNS, _LAST_EXPORTS, _MOST_WAITING = 10, 20, 50


@require_safe
@needs_on(CONFIGURATION)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    of = find_configuration(pk)
    usual, way = pace.usual(of), way_of(of)
    runs = of.runs.select_related("job__asked_by", "export")[:_LAST_RUNS]
    exports = of.exports.all()
    return show(
        request,
        "page",
        labelled(_("Export configuration"), of.label),
        of,
        account=of.account,
        **_standing(request, of),
        alarms=list(exports.alarming()[:_MOST_WAITING]),
        exports=list(exports[:_LAST_EXPORTS]),
        runs=[(run, badge_of(run)) for run in runs],
        usual=about(usual) if usual else "",
        next_day=in_words(end_day(of.usual_end, services.today(of.account))),
        way=way,
        own_way=bool(of.content_path),
        plans=_plans(),
        may_change=may(request, "change_exportconfiguration"),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves. At rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, address(ExportConfiguration(pk=pk)))
    if not may(request, "view_exportconfiguration"):
        raise PermissionDenied
    of = find_configuration(pk)
    standing = _standing(request, of)
    if not standing["moves"]:
        return elsewhere(request, address(of))
    if request.GET.get("seen") == standing["fingerprint"]:
        return HttpResponse(status=204)
    return render(request, "admin/reports/exportconfiguration/moving.html", standing)


def _standing(request: HttpRequest, of: ExportConfiguration) -> dict[str, Any]:
    moves = _under_way(of)
    down = service_is_down() if moves else ""
    waiting = list(of.exports.unaccounted().select_related("run")[:_MOST_WAITING])
    live_run = services.live_run(of)
    seen = f"{moves} {down} {len(waiting)} {live_run and (live_run.pk, live_run.job.state)}"
    return {
        "configuration": of,
        "moves": moves,
        "service_is_down": down,
        "said": " ".join([down, *(doing for doing, _percent, _held_up in moves)]).strip(),
        "next": _next(request, of, len(waiting), live_run),
        "failures": _failures(of),
        "waiting_exports": waiting,
        "may_trigger": may_trigger(request),
        "fingerprint": f"{crc32(seen.encode()):08x}",
    }


def _under_way(of: ExportConfiguration) -> list[tuple[str, int | None, str]]:
    """(what, how far, why it is held up) of each job that goes on."""
    found: list[tuple[str, Job]] = []
    if of.adoption and of.adoption.state in OPEN:
        found.append((_("What Lucca has is being taken over."), of.adoption))
    if of.look and of.look.state in OPEN:
        found.append((_("Lucca's list is being looked at."), of.look))
    fetching = of.exports.filter(fetching__state__in=OPEN).select_related("fetching")
    for export in fetching[:_MOST_WAITING]:
        said = _("The file of export %(number)s is being fetched.")
        if export.fetching:
            found.append((said % {"number": export.remote_id}, export.fetching))
    return [(said, job.progress, job.message) for said, job in found]


def _failures(of: ExportConfiguration) -> list[str]:
    """What did not end well of what a person asked for here last."""
    exports = of.exports.filter(sha256="").exclude(fetching=None).select_related("fetching")
    jobs = [of.adoption if not of.adopted_at else None, of.look]
    jobs += [export.fetching for export in exports[:_MOST_WAITING]]
    return [said for said in map(accounting.failure, jobs) if said]


def _next(
    request: HttpRequest, of: ExportConfiguration, waiting: int, live_run: ExportRun | None
) -> Next:
    make = Button(_("Make an export"), address(of, "export"))
    if live_run:
        link = Button(_("See where it stands"), address(live_run))
        return Next("", services.busy(live_run), link)
    if not may_trigger(request):
        return Next("", _("Somebody who may launch makes exports and accounts for them."))
    if of.adopted_at is None:
        adopt = Button(_("Take over what Lucca has"), address(of, "adopt"), post=True)
        sentence = _(
            "The portal does not know yet which exports Lucca has. Take over what is there: the"
            " list is read, nothing changes in Lucca, and you say by it that the files of these"
            " exports are where they belong. From then on, what is new can be told."
        )
        return Next("", sentence, adopt)
    if waiting:
        sentence = _(
            "Exports were made that nobody has accounted for yet. What they hold will be in no"
            " later export: see to it that their files are where they belong."
        )
        return Next("", sentence, Button(_("See the exports that wait"), "#waiting-heading"))
    return Next("", _("Everything that Lucca has is accounted for."), make)


def _plans() -> str:
    """Where plans are made, once there is such a page."""
    try:
        return reverse("admin:reports_plan_changelist")
    except NoReverseMatch:
        return ""
