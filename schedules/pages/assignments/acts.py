"""What a button does, and the page on which a person says what became of an unknown one."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.jobs.moves import JobState
from portal.pages.parts import show
from portal.pages.rights import needs_on
from portal.refusals import Refusal
from schedules.assignments import reconciling, services
from schedules.models import ArrangementAssignment
from schedules.pages.assignments.page import name_of
from schedules.pages.assignments.rights import MODEL, button, find, url


@button("assign")
def cancel(request: HttpRequest, row: ArrangementAssignment) -> str:
    services.cancel(row, by=request.user)
    return _("It is cancelled. Nothing was sent.")


@button("reconcile")
def look_again(request: HttpRequest, row: ArrangementAssignment) -> str:
    reconciling.look_again(row, by=request.user, interactive=True)
    return _("Lucca is being looked at. Nothing changes there.")


class SettleForm(forms.Form):
    """Nothing is chosen beforehand."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What did you find in Lucca?"),
        choices=[
            (JobState.SUCCEEDED.value, gettext_lazy("The employee has the new arrangement.")),
            (JobState.FAILED.value, gettext_lazy("Nothing was changed by our request.")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you found.")},
    )
    why = forms.CharField(
        label=gettext_lazy("How do you know?"),
        help_text=gettext_lazy(
            "For example: when you looked at which list. This is kept in the history."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={
            "required": gettext_lazy("Say how you know what became of this assignment.")
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(MODEL, "reconcile")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(pk)
    if request.method == "POST" and "settle" not in request.POST:
        return redirect(url("change", pk))
    if row.job is None or row.job.state != JobState.UNKNOWN:
        messages.warning(request, _("Only an assignment whose outcome is unknown can be settled."))
        return redirect(url("change", pk))
    form = SettleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            to = JobState(form.cleaned_data["outcome"])
            reconciling.settle(row, to, form.cleaned_data["why"], by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted. What waits for this employee can go on."))
            return redirect(url("change", pk))
    return show(
        request,
        "admin/schedules/assignment/settle.html",
        _("Say what became of this assignment"),
        ArrangementAssignment,
        account=row.account,
        row=row,
        name=name_of(row),
        message=row.job.message,
        form=form,
    )
