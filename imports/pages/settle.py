"""The settle page: a person has looked in Lucca and says what became of an unknown import."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from imports import services
from imports.pages.acts import seen
from imports.pages.rights import find, needs, show, to_batch
from imports.stages import Stage
from portal.refusals import Refusal

OUTCOMES = [
    (Stage.DONE.value, gettext_lazy("All lines are in Lucca.")),
    (Stage.PARTIAL.value, gettext_lazy("Some lines are in Lucca, and some are not.")),
    (Stage.FAILED.value, gettext_lazy("No line is in Lucca.")),
]


class SettleForm(forms.Form):
    """What was found, and how the person knows. Nothing is chosen beforehand."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What did you find in Lucca?"),
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you found.")},
    )
    why = forms.CharField(
        label=gettext_lazy("How do you know?"),
        help_text=gettext_lazy(
            "For example: which employees and days you looked at. This is kept in the history."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say how you know what became of this import.")},
    )
    version = forms.CharField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("reconcile")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    if request.method == "POST" and "settle" not in request.POST:
        return to_batch(batch)
    if batch.stage != Stage.UNKNOWN:
        messages.warning(request, _("Only an import whose outcome is unknown can be settled."))
        return to_batch(batch)
    given = request.POST if request.method == "POST" else None
    form = SettleForm(given, initial={"version": batch.version})
    if form.is_valid():
        found = form.cleaned_data
        try:
            services.settle(
                seen(batch, found["version"]),
                Stage(found["outcome"]),
                found["why"],
                by=request.user,
            )
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Noted. Other imports of this account can go on."))
        return to_batch(batch)
    return show(request, "settle", _("Say what became of this import"), batch, form=form)
