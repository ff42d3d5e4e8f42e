"""Taking an override back: what exactly goes, and that what was there before does not return."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.models import Account
from schedules.overrides import services
from schedules.overrides.words import when, withdraw_label
from schedules.pages.overrides import sides
from schedules.pages.overrides.acts import act
from schedules.pages.overrides.rights import address, find, needs, person, show


@require_http_methods(["GET", "HEAD", "POST"])
@needs("apply")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    override = find(pk)
    if request.method == "POST" and "withdraw" not in request.POST:
        return redirect(address(override))
    if request.method == "POST":
        done = _("Asked for: what the portal wrote is being taken back.")
        return act(request, override, lambda: services.withdraw(override, by=request.user), done)
    if override.stage not in services.WITHDRAWABLE:
        messages.warning(request, _("Only an override that was applied can be taken back."))
        return redirect(address(override))
    name, _login = person(override)
    return show(
        request,
        "withdraw",
        _("Take back a change of a day"),
        override,
        name=name,
        when=when(override),
        label=withdraw_label(override, name),
        is_production=override.account.kind == Account.Kind.PRODUCTION,
        sent=sides.sent(override),
        replaced=[one for one in sides.standing(override) if one.whose == _("the portal's")],
        newer=override.schedule_model == Account.ScheduleModel.ARRANGEMENTS,
    )
