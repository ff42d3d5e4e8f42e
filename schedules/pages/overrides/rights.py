"""Who may open a page of overrides, how an override is found, and where its pages are."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.models import Employee
from portal.pages import parts
from portal.pages.rights import View, needs_on
from schedules.models import ScheduleOverride

_MODEL = "schedules.scheduleoverride"


def needs(*verbs: str) -> Callable[[View], View]:
    """Refuse who lacks one of these permissions on overrides; `view` is always asked for."""
    return needs_on(_MODEL, *verbs)


def may(request: HttpRequest, verb: str) -> bool:
    return request.user.has_perm(f"schedules.{verb}_scheduleoverride")


def find(pk: int) -> ScheduleOverride:
    """With all that its page shows of other tables, in one query."""
    jobs = [
        f"{name}{more}"
        for name in ("preparation", "job", "withdrawal", "look")
        for more in ("", "__account", "__waits_for")
    ]
    related = ("account", "asked_by", *jobs)
    override = ScheduleOverride.objects.select_related(*related).filter(pk=pk).first()
    if override is None:
        raise Http404(_("There is no override %(id)s.") % {"id": pk})
    return override


def person(override: ScheduleOverride) -> tuple[str, str]:
    """Name and login; of who is not in the directory, the number."""
    rows = Employee.objects.filter(account=override.account_id, remote_id=override.employee)
    known = rows.order_by("-seen_at").first()
    if known is None:
        return str(override.employee), ""
    name = f"{known.first_name} {known.last_name}".strip()
    return name or str(override.employee), known.login


def address(override: ScheduleOverride, which: str = "change") -> str:
    return reverse(f"admin:schedules_scheduleoverride_{which}", args=[override.pk])


def show(
    request: HttpRequest, template: str, title: str, override: ScheduleOverride, /, **context: Any
) -> HttpResponse:
    """A page of ours about one override, with its account's band."""
    return parts.show(
        request,
        f"admin/schedules/override/{template}.html",
        title,
        ScheduleOverride,
        **{"override": override, "account": override.account, **context},
    )


def button(*verbs: str) -> Callable[[View], View]:
    """Acts by POST, for whoever has these permissions. A GET does nothing and shows the override:
    it comes from whoever had to log in after the button, and finds the button there."""

    def decorate(view: View) -> View:
        guarded = needs(*verbs)(view)

        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def pressed(request: HttpRequest, pk: int) -> HttpResponseBase:
            return guarded(request, pk) if request.method == "POST" else redirect(address(find(pk)))

        return pressed

    return decorate
