"""A person has looked in Lucca and says what became of an override whose outcome is unknown."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.refusals import Refusal
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.overrides.words import what, when
from schedules.pages.overrides import sides
from schedules.pages.overrides.rights import address, find, needs, person, show

_DONE, _NOT_DONE = "done", "not-done"


class SettleForm(forms.Form):
    """What was found, and how the person knows. Nothing is chosen beforehand."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What did you find in Lucca?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you found.")},
    )
    why = forms.CharField(
        label=gettext_lazy("How do you know?"),
        help_text=gettext_lazy(
            "For example: when you looked at which employee's calendar. This is kept in the"
            " history."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say how you know what became of it.")},
    )

    def __init__(self, override: ScheduleOverride, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        job = services.unknown_job(override)
        taken_back = job is not None and job.pk == override.withdrawal_id
        self.fields["outcome"].choices = _choices(taken_back=taken_back)  # type: ignore[attr-defined]


def _choices(*, taken_back: bool) -> list[tuple[str, str]]:
    if taken_back:
        return [
            (_DONE, _("It was taken back: what the portal wrote is not there any more.")),
            (_NOT_DONE, _("It was not taken back: what the portal wrote is still there.")),
        ]
    return [
        (_DONE, _("The change is there.")),
        (_NOT_DONE, _("The change is not there, and the day is as it was before.")),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("apply")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    override = find(pk)
    job = services.unknown_job(override)
    if request.method == "POST" and "settle" not in request.POST:
        return redirect(address(override))
    if job is None:
        messages.warning(request, _("Only an override whose outcome is unknown can be settled."))
        return redirect(address(override))
    form = SettleForm(override, request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _settle(request, override, form)
    name, _login = person(override)
    return show(
        request,
        "settle",
        _("Say what became of it"),
        override,
        form=form,
        message=job.message,
        name=name,
        when=when(override),
        what=what(override),
        sent=sides.sent(override),
    )


def _settle(request: HttpRequest, override: ScheduleOverride, form: SettleForm) -> HttpResponse:
    found = form.cleaned_data
    try:
        services.settle(
            override, was_done=found["outcome"] == _DONE, why=found["why"], by=request.user
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Noted. Other changes for this employee can go on."))
    return redirect(address(override))
