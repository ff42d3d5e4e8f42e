"""The page of one assignment: what was seen, confirming it, and what became of it."""

from typing import Any
from zlib import crc32

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.moves import JobState
from portal.models import Account, Attempt
from portal.pages.parts import show
from portal.pages.rights import elsewhere, needs_on
from portal.refusals import Refusal
from portal.words import day, moment
from schedules.amounts import unit_words
from schedules.assignments import judging, reconciling, services
from schedules.assignments.judging import Question
from schedules.models import ArrangementAssignment
from schedules.pages.assignments.rights import MODEL, find, may, url
from schedules.pages.assignments.timeline import timeline

_DOING = {
    "schedules.assign_look": {
        "arrangement": gettext_lazy("The arrangement is read from Lucca."),
        "assignments": gettext_lazy("The employee's arrangements are read from Lucca."),
        "overrides": gettext_lazy("The employee's changed days are read from Lucca."),
    },
    "schedules.assign": {
        "arrangement": gettext_lazy("What was confirmed is compared with Lucca once more."),
        "check": gettext_lazy("What was confirmed is compared with Lucca once more."),
        "send": gettext_lazy("The request leaves, once."),
        "verify": gettext_lazy("The request has left. Lucca is asked what came of it."),
    },
}


class ConfirmForm(forms.Form):
    """On production, the employee's name is typed besides."""

    def __init__(
        self, account: Account, name: str, questions: list[Question], data: Any = None
    ) -> None:
        super().__init__(data)
        self._name = name
        for one in questions:
            self.fields[f"accept-{one.name}"] = forms.BooleanField(
                label=one.label,
                help_text=one.about,
                error_messages={
                    "required": gettext_lazy("Read this warning and accept it, or go back.")
                },
            )
        if account.kind == Account.Kind.PRODUCTION:
            self.fields["name"] = forms.CharField(
                required=False,  # an empty one is a wrong one, and is told so in the same words
                label=_("To go on, type the employee's name: %(name)s") % {"name": name},
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    def clean_name(self) -> str:
        typed = " ".join(str(self.cleaned_data["name"]).split())
        if typed.casefold() != " ".join(self._name.split()).casefold():
            raise forms.ValidationError(
                _("This is not the name of the employee. It is: %(name)s") % {"name": self._name}
            )
        return typed

    def boxes(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("accept-")]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(MODEL)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(pk)
    judged, name = judging.judge(row), name_of(row)
    if request.method == "POST" and not may(request, "assign"):
        raise PermissionDenied
    wants = request.method == "POST" and "give" in request.POST and row.job is None
    if request.method == "POST" and not wants:
        return redirect(url("change", pk))
    form = ConfirmForm(row.account, name, judged.questions, request.POST if wants else None)
    if form.is_valid():
        try:
            services.confirm(row, by=request.user)
            messages.success(request, _("It is confirmed. Its request leaves once."))
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        return redirect(url("change", pk))
    return show(
        request,
        "admin/schedules/assignment/page.html",
        title_of(row, name),
        ArrangementAssignment,
        account=row.account,
        form=form,
        **_standing(request, row, judged, name),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part that moves; at rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, url("change", pk))
    if not request.user.has_perm("schedules.view_arrangementassignment"):
        raise PermissionDenied
    row = find(pk)
    standing = _standing(request, row, judging.judge(row), name_of(row))
    if standing["waiting"] is None:
        return elsewhere(request, url("change", pk))
    if request.GET.get("seen") == standing["fingerprint"]:
        return HttpResponse(status=204)
    return render(request, "admin/schedules/assignment/live.html", standing)


def name_of(row: ArrangementAssignment) -> str:
    """The employee's, from the directory; the number where it is not there."""
    known = judging.person(row)
    return f"{known.first_name} {known.last_name}".strip() if known else str(row.employee)


def title_of(row: ArrangementAssignment, name: str) -> str:
    return _("%(name)s: another arrangement from %(day)s on") % {
        "name": name,
        "day": day(row.starts_on),
    }


def _standing(
    request: HttpRequest, row: ArrangementAssignment, judged: judging.Judgement, name: str
) -> dict[str, Any]:
    state, waiting = services.state(row), _waiting(row)
    down = service_is_down() if waiting or state == JobState.UNKNOWN else ""
    attempts = list(row.job.attempts.select_related("call").order_by("pk")) if row.job else []
    job = row.job or row.look
    shown = row.after if row.is_verified is not None else row.found.get("assignments", [])
    to_confirm = state == "to_confirm"
    return {
        "row": row,
        "name": name,
        "state": state,
        "job": job,
        "message": job.message,
        "waiting": waiting,
        "service_is_down": down,
        "judged": judged,
        "current": judging.words_of(judged.current) if judged.current else "",
        "current_unit": unit_words(judged.current["unit"]) if judged.current else "",
        "new_unit": unit_words(row.unit),
        "eve": judging.eve(row),
        "periods": timeline(row, shown, is_plan=row.is_verified is None),
        "attempts": attempts,
        "may_assign": may(request, "assign"),
        "may_settle": may(request, "reconcile"),
        "may_cancel": may(request, "assign") and _may_cancel(row, attempts),
        "still": reconciling.words(row) if state == JobState.UNKNOWN else "",
        "is_fresh": to_confirm and _is_fresh(row),
        "is_production": row.account.kind == Account.Kind.PRODUCTION,
        "label": _label(row, name),
        "another": _another(row),
        "looked": _read_at(row),
        "fingerprint": f"{crc32(f'{waiting} {down} {len(attempts)}'.encode()):08x}",
    }


def _read_at(row: ArrangementAssignment) -> str:
    """When what is shown was read: before anything was sent, or after."""
    read_back = row.job.finished_at if row.job and row.is_verified is not None else None
    at = read_back or row.looked_at
    return moment(at) if at else ""


def _waiting(row: ArrangementAssignment) -> dict[str, Any] | None:
    """What goes on, or None at rest."""
    job = row.job or row.look
    if job.state in OPEN:
        words = _DOING.get(job.kind, {}).get(job.step, "")
        doing = _("Waits for its turn.") if job.state == JobState.QUEUED else str(words)
    elif row.again and row.again.state in OPEN:
        job, doing = row.again, _("The employee's arrangements are read from Lucca.")
    else:
        return None
    since = moment(job.created_at)
    return {"doing": doing, "since": since, "held_up": job.message, "percent": None}


def _may_cancel(row: ArrangementAssignment, attempts: list[Attempt]) -> bool:
    declined = (Attempt.Outcome.NOT_DONE, Attempt.Outcome.THROTTLED)
    is_open = (row.job or row.look).state in OPEN
    return is_open and all(one.outcome in declined for one in attempts)


def _is_fresh(row: ArrangementAssignment) -> bool:
    try:
        services.refuse_stale(row)
    except Refusal:
        return False
    return True


def _label(row: ArrangementAssignment, name: str) -> str:
    return _("Give %(name)s “%(arrangement)s” from %(day)s on, in %(account)s") % {
        "name": name,
        "arrangement": row.name,
        "day": day(row.starts_on),
        "account": f"{row.account.label} ({row.account.get_kind_display()})",
    }


def _another(row: ArrangementAssignment) -> str:
    """The form, filled in as it was."""
    known = row.account.arrangements.filter(host=row.host, remote_id=row.arrangement).first()
    query = f"account={row.account_id}&employee={row.employee}&starts_on={row.starts_on}"
    if known:
        query += f"&arrangement={known.pk}"
    return f"{reverse('admin:schedules_arrangementassignment_add')}?{query}"
