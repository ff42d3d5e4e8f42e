"""What the buttons of a plan's page do: one service each, and back to the page with its answer."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.models import Account
from portal.pages.rights import needs_on
from reports.exports.services import Refusal
from reports.models import Plan, PlannedRun
from reports.pages.plans.rights import PLAN, find, find_run, show, to_plan
from reports.plans import services as plan_services
from reports.plans import words as plan_words

_BOTH = require_http_methods(["GET", "HEAD", "POST"])


@_BOTH
@needs_on(PLAN, "change")
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    def act(plan: Plan) -> None:
        plan_services.pause(plan, by=_user(request))

    return _act(request, find(pk), act, _("The plan is paused. Nothing starts by itself."))


@_BOTH
@needs_on(PLAN, "change")
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    def act(plan: Plan) -> None:
        plan_services.resume(plan, by=_user(request))

    return _act(request, find(pk), act, _("The plan goes on, in your name."))


@_BOTH
@needs_on(PLAN, "change")
def set_aside(request: HttpRequest, pk: int, run: int) -> HttpResponse:
    plan = find(pk)
    found = find_run(plan, run)

    def act(_plan: Plan) -> None:
        plan_services.set_aside(found, by=_user(request))

    return _act(request, plan, act, _("Nobody is reminded of it any more."))


def _act(request: HttpRequest, plan: Plan, act: Callable[[Plan], None], done: str) -> HttpResponse:
    """A GET does nothing and shows the plan: it comes from whoever had to log in after the
    button."""
    if request.method == "POST":
        try:
            act(plan)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, done)
    return to_plan(plan)


def _user(request: HttpRequest) -> Any:
    return request.user


# Starting a run that did not happen.


class StartForm(forms.Form):
    """Of an export: warnings accepted or not; on production, the account's label typed."""

    def __init__(self, run: PlannedRun, data: Any = None) -> None:
        super().__init__(data)
        self._label = run.plan.account.label
        if not run.plan.configuration_id:
            return
        self.fields["accept_warnings"] = forms.BooleanField(
            label=_("Export although there are warnings"),
            help_text=ACCEPTING,
            required=False,
        )
        if run.plan.account.kind == Account.Kind.PRODUCTION:
            self.fields["label"] = forms.CharField(
                required=False,  # an empty one is a wrong one, and is told so in the same words
                label=_("To go on, type the account's name: %(label)s") % {"label": self._label},
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"]).strip()
        if label != self._label:
            raise forms.ValidationError(
                _("This is not the name of the account. It is: %(label)s") % {"label": self._label}
            )
        return label


ACCEPTING = gettext_lazy(
    "What is booked in timesheets that are not approved will not be in it. Exports that were made"
    " outside the portal count as handled: be sure that you have their files."
)


@_BOTH
@needs_on(PLAN)
def start(request: HttpRequest, pk: int, run: int) -> HttpResponse:
    plan = find(pk)
    if not request.user.has_perm(plan.right):
        raise PermissionDenied
    found = find_run(plan, run)
    if request.method == "POST" and "start" not in request.POST:
        return to_plan(plan)
    if found.state not in (PlannedRun.State.REFUSED, PlannedRun.State.MISSED):
        messages.info(request, _("This run has started already, or will start by itself."))
        return to_plan(plan)
    form = StartForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        accept = form.cleaned_data.get("accept_warnings", False)
        try:
            plan_services.start(found, by=_user(request), accept_warnings=accept)
        except plan_services.ToAccept as warning:
            form.add_error("accept_warnings", str(warning))
        except Refusal as refusal:
            messages.warning(request, str(refusal))
            return to_plan(plan)
        else:
            messages.success(request, _("It has been asked for."))
            return to_plan(plan)
    return show(
        request,
        "start",
        _("Start what did not happen"),
        plan,
        form=form,
        run=found,
        when=plan_words.when(found.due_at, plan),
        what=plan_words.what(plan, found.starts_on, found.ends_on),
        is_production=plan.account.kind == Account.Kind.PRODUCTION,
    )
