"""The page of an override: where it stands, the day before and after, the one next thing to do."""

from typing import Any
from zlib import crc32

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.jobs.heartbeat import service_is_down
from portal.models import Account
from portal.pages.rights import elsewhere
from portal.words import labelled
from schedules.models import ScheduleOverride
from schedules.override_models import STAGES
from schedules.overrides.findings import BLOCKS, TELLS, Finding, read
from schedules.overrides.words import TONES, apply_label, what, when
from schedules.pages.overrides import sides
from schedules.pages.overrides.history import history, jobs
from schedules.pages.overrides.next import next_of
from schedules.pages.overrides.rights import address, find, may, needs, person, show
from schedules.pages.overrides.steps import steps
from schedules.pages.overrides.waiting import waiting

_SEEN = "seen"


class AgreeForm(forms.Form):
    """One box for each question; and what was read when the person looked."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, override: ScheduleOverride, data: Any = None) -> None:
        super().__init__(data, initial={_SEEN: version(override)})
        self.accepted = {one["slug"] for one in override.questions}
        for number, finding in enumerate(read(override.questions)):
            self.fields[f"accept-{number}"] = _box(finding)

    def boxes(self) -> list[Any]:
        return [self[name] for name in self.fields if name != _SEEN]


def _box(finding: Finding) -> forms.BooleanField:
    return forms.BooleanField(
        label=str(finding),
        error_messages={"required": gettext_lazy("Read this and agree to it, or do nothing.")},
    )


def version(override: ScheduleOverride) -> str:
    """Of what was read: another reading may have found something else."""
    return override.prepared_at.isoformat() if override.prepared_at else ""


@require_safe
@needs()
def page(request: HttpRequest, pk: int) -> HttpResponse:
    override = find(pk)
    return shown(request, override, AgreeForm(override))


def shown(request: HttpRequest, override: ScheduleOverride, form: AgreeForm) -> HttpResponse:
    name, login = person(override)
    return show(
        request,
        "page",
        labelled(name, when(override)),
        override,
        **_standing(request, override),
        name=name,
        login=login,
        form=form,
        label=apply_label(override, name),
        is_production=override.account.kind == Account.Kind.PRODUCTION,
        rows=sides.rows(override) if override.prepared_at or override.job else [],
        others_standing=sides.standing(override),
        findings=[one for one in read(override.findings) if one.weight == TELLS],
        agreed=[one for one in read(override.questions) if one.slug in override.accepted],
        was_not_taken_back=_was_not_taken_back(override),
        sent=sides.sent(override),
        history=history(override),
        jobs=jobs(override),
        show_who=request.user.has_perms(["portal.view_event", "portal.view_eventdetail"]),
        may_ask=may(request, "add"),
    )


def _was_not_taken_back(override: ScheduleOverride) -> str:
    """Why a withdrawal ended with the override still there."""
    job = override.withdrawal
    ended = job is not None and override.stage not in ("withdrawing", "withdrawn", "unknown")
    return job.message if job is not None and ended else ""


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves. At rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, address(ScheduleOverride(pk=pk)))
    if not may(request, "view"):
        raise PermissionDenied
    override = find(pk)
    standing = _standing(request, override)
    if standing["waiting"] is None:
        return elsewhere(request, address(override))
    if request.GET.get("seen") == standing["fingerprint"]:
        return HttpResponse(status=204)
    return render(request, "admin/schedules/override/moving.html", standing)


def _standing(request: HttpRequest, override: ScheduleOverride) -> dict[str, Any]:
    now, next_, stage = waiting(override), next_of(override, request), override.stage
    down = service_is_down() if now or stage == "unknown" else ""
    blocking = [str(one) for one in read(override.findings) if one.weight == BLOCKS]
    return {
        "override": override,
        "waiting": now,
        "next": next_,
        "blocking": list(dict.fromkeys(blocking)) if stage == "blocked" else [],
        "service_is_down": down,
        "said": " ".join(filter(None, [down, now.said if now else ""])),
        "stage": stage,
        "stage_words": str(STAGES[stage]),
        "tone": TONES[stage],
        "what": what(override),
        "when": when(override),
        "steps": steps(override),
        "steps_label": _("Steps of this override"),
        # What the page shows: the same is not put in its place again.
        "fingerprint": f"{crc32(f'{now} {down} {stage} {next_.cancel}'.encode()):08x}",
    }
