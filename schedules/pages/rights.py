"""Who may open a page of schedules, and how it is found."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.pages.rights import View, needs_on
from schedules.models import CalendarReading


def needs(*verbs: str) -> Callable[[View], View]:
    """Refuse who lacks one of these permissions on calendars; `view` is always asked for."""
    return needs_on("schedules.calendarreading", *verbs)


def may(request: HttpRequest, verb: str) -> bool:
    return request.user.has_perm(f"schedules.{verb}_calendarreading")


def find(pk: int) -> CalendarReading:
    related = ("account", "job", "job__account", "asked_by")
    reading = CalendarReading.objects.select_related(*related).filter(pk=pk).first()
    if reading is None:
        raise Http404(_("There is no calendar %(id)s.") % {"id": pk})
    return reading


def url(which: str, *args: Any) -> str:
    return reverse(f"admin:schedules_calendarreading_{which}", args=args)


def day_of(text: str) -> date:
    """The day of an address; 404 for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404(_("There is no such day.")) from None
