"""What a button of an override's page does: one service each, and back to the page."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.refusals import Refusal
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.pages.overrides.page import AgreeForm, shown, version
from schedules.pages.overrides.rights import address, button, find, may


def act(
    request: HttpRequest, override: ScheduleOverride, do: Callable[[], object], done: str
) -> HttpResponse:
    try:
        do()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(address(override))


@button("apply")
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Each question by its own box; and about what the person saw, nothing newer."""
    override = find(pk)
    form = AgreeForm(override, request.POST)
    if (
        override.stage == "ready"
        and form.is_valid()
        and form.cleaned_data["seen"] != version(override)
    ):
        messages.warning(
            request, _("The day was read again meanwhile. Look at what was found, then agree.")
        )
        return redirect(address(override))
    if override.stage == "ready" and not form.is_valid():
        return shown(request, override, form)
    # Who comes second is told so, whatever they ticked.
    return act(
        request,
        override,
        lambda: services.agree(override, accepted=form.accepted, by=request.user),
        _("Agreed. The change is on its way to Lucca."),
    )


@button("add")
def again(request: HttpRequest, pk: int) -> HttpResponse:
    override = find(pk)
    done = _("The day is being read again. Nothing is changed by it.")
    return act(request, override, lambda: services.look_again(override, by=request.user), done)


@button("apply")
def look(request: HttpRequest, pk: int) -> HttpResponse:
    override = find(pk)
    done = _("The day is being read again. Nothing is sent again.")
    return act(request, override, lambda: services.ask_to_look(override, by=request.user), done)


@button("add")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Of one that was agreed to, only by who may agree."""
    override = find(pk)
    if override.job is not None and not may(request, "apply"):
        messages.error(request, _("It was agreed to: only who may agree may cancel it now."))
        return redirect(address(override))
    done = _("The override is cancelled. Nothing was sent.")
    return act(request, override, lambda: services.cancel(override, by=request.user), done)
