"""The settle page: a person has looked in Lucca and says what became of an unknown export."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.jobs.moves import JobState
from portal.pages.rights import needs_on
from portal.refusals import Refusal
from reports.exports import services
from reports.pages.exports.rights import RUN, address, find_run, show

OUTCOMES = [
    (JobState.SUCCEEDED.value, gettext_lazy("Lucca made it, and its file is where it belongs.")),
    (JobState.PARTIAL.value, gettext_lazy("Lucca made it; its file is still to be had.")),
    (JobState.FAILED.value, gettext_lazy("Lucca made none.")),
]


class SettleForm(forms.Form):
    """What was found, and how the person knows. Nothing is chosen beforehand."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What did you find in Lucca?"),
        choices=OUTCOMES,
        widget=forms.RadioSelect,
    )
    number = forms.IntegerField(
        label=gettext_lazy("Number of the export in Lucca"),
        help_text=gettext_lazy("Empty if Lucca made none."),
        required=False,
        min_value=1,
        max_value=2**53,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    why = forms.CharField(
        label=gettext_lazy("How do you know?"),
        help_text=gettext_lazy(
            "For example: when you looked at which list. This is kept in the history."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say how you know what became of this export.")},
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        made = found.get("outcome") not in (None, JobState.FAILED.value)
        if "number" in found and found.get("outcome") and made != (found["number"] is not None):
            self.add_error(
                "number",
                _("Name the export's number if Lucca made it, and none if Lucca made nothing."),
            )
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(RUN, "reconcile")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    run = find_run(pk)
    if request.method == "POST" and "settle" not in request.POST:
        return redirect(address(run))
    if run.job.state != JobState.UNKNOWN:
        messages.warning(request, _("Only an export whose outcome is unknown can be settled."))
        return redirect(address(run))
    form = SettleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        found = form.cleaned_data
        to = JobState(found["outcome"])
        try:
            services.settle(run, to, found["why"], number=found["number"], by=request.user)
        except Refusal as refusal:
            form.add_error("number", str(refusal))
        else:
            messages.success(request, _("Noted. Exports of this configuration can go on."))
            return redirect(address(run))
    return show(
        request,
        "settle",
        _("Say what became of this export"),
        run,
        run=run,
        account=run.configuration.account,
        form=form,
        candidates=list(run.candidates.order_by("remote_id")),
    )
