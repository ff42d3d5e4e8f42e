"""One day of one employee: what is planned and why, half by half, with its events."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.models import Account
from portal.pages.parts import show
from portal.words import day as day_words
from schedules import grid
from schedules.amounts import amount, unit_words
from schedules.arithmetic import ENTRY, presence
from schedules.models import CalendarDay, CalendarReading, EmployeePeriods
from schedules.pages.calendar_page import ROWS
from schedules.pages.overrides.lists import changes_of
from schedules.pages.overrides.rights import may as may_change
from schedules.pages.rights import day_of, find, needs, url
from schedules.pages.standing import age
from schedules.shown import KINDS, PARTS, kind_of, planned_hours, source_words, unit_of


@dataclass(frozen=True)
class Line:
    """The whole day, or a half of it."""

    name: str
    planned: str
    actual: str
    leave: str
    decided_by: str
    marks: str


@require_safe
@needs()
def page(request: HttpRequest, pk: int, employee: int, on: str) -> HttpResponse:
    reading, at = find(pk), day_of(on)
    if not reading.has_content or employee not in reading.people:
        raise Http404(_("This calendar has no such employee."))
    loaded = grid.load(reading.account, [employee], at, at, whole=True)
    row = loaded.days.get((employee, at))
    units = loaded.units.get(employee)
    period = units.period(at) if units else None
    unit = unit_of(units, at)
    name, login = loaded.name(employee)
    known = row is not None and row.is_known
    return show(
        request,
        "admin/schedules/day.html",
        f"{name}, {day_words(at)}",
        CalendarReading,
        account=reading.account,
        reading=reading,
        row=row,
        known=known,
        login=login,
        kind=KINDS[kind_of(row) if row else "not-read"],
        unit=unit,
        set_unit="" if unit else _set_unit(request, reading.account, login),
        unit_words=unit_words(unit),
        arrangement=period["name"] if period else "",
        over_time=_over_time(request, reading.account, employee),
        lines=_lines(row, unit) if row and known else [],
        hours=planned_hours(row, unit) if row and known else [],
        there=_there(row, unit) if row and known else "",
        events=_events(row, unit) if row and known else [],
        age=age(row.read_at) if row else "",
        changes=changes_of(request, reading.account, employee, at),
        change_url=_change(request, reading.account, login, at),
        back=f"{url('change', reading.pk)}{_page_of(reading, employee)}",
        before=_link(reading, employee, at - timedelta(days=1)),
        after=_link(reading, employee, at + timedelta(days=1)),
    )


def _set_unit(request: HttpRequest, account: Account, login: str) -> str:
    """Where somebody may say what this employee's time is counted in."""
    assigned = account.schedule_model == Account.ScheduleModel.ARRANGEMENTS
    if assigned or not login or not request.user.has_perm("schedules.change_unitsetting"):
        return ""
    where = reverse("admin:schedules_unitsetting_add")
    return f"{where}?{urlencode({'account': account.pk, 'logins': login})}"


def _change(request: HttpRequest, account: Account, login: str, at: date) -> str:
    """Where this day may be asked to be otherwise."""
    if not login or not may_change(request, "add"):
        return ""
    where = reverse("admin:schedules_scheduleoverride_add")
    return f"{where}?{urlencode({'account': account.pk, 'logins': login, 'day': at})}"


def _over_time(request: HttpRequest, account: Account, employee: int) -> str:
    """Where this employee's schedules are looked at: the page there is, else the form for one."""
    if request.user.has_perm("schedules.view_employeeperiods"):
        where = {"account": account, "host": account.host, "employee": employee}
        if row := EmployeePeriods.objects.filter(**where).first():
            return reverse("admin:schedules_employeeperiods_change", args=[row.pk])
    if not request.user.has_perm("schedules.add_employeeperiods"):
        return ""
    form = reverse("admin:schedules_employeeperiods_add")
    return f"{form}?{urlencode({'account': account.pk, 'employee': employee})}"


def _page_of(reading: CalendarReading, employee: int) -> str:
    number = reading.people.index(employee) // ROWS + 1
    return "" if number == 1 else f"?page={number}"


def _link(reading: CalendarReading, employee: int, at: Any) -> str:
    inside = reading.first_day <= at <= reading.last_day
    return url("day", reading.pk, employee, at) if inside else ""


def _lines(row: CalendarDay, unit: str) -> list[Line]:
    whole = {
        name: getattr(row, name)
        for name in ("theoretical", "actual", "leave", "source", "is_holiday", "is_weekly_rest")
    }
    halves = [(str(words), row.halves[p]) for p, words in PARTS.items() if p in row.halves]
    return [_line(capfirst(name), times, unit) for name, times in [(_("the day"), whole), *halves]]


def _line(name: str, times: dict[str, Any], unit: str) -> Line:
    def said(what: str) -> str:
        minutes = times[what]
        return "" if minutes is None else amount(minutes, unit)

    marks = [
        *([_("public holiday")] if times["is_holiday"] else []),
        *([_("weekly rest")] if times["is_weekly_rest"] else []),
    ]
    return Line(
        name=name,
        planned=said("theoretical"),
        actual=said("actual"),
        leave=said("leave"),
        decided_by=source_words(times["source"]),
        marks=", ".join(marks),
    )


def _there(row: CalendarDay, unit: str) -> str:
    """How long somebody is there: what Lucca calls actual repeats the plan where nothing is
    entered, even on a day of leave."""
    planned = row.theoretical or 0
    entered = row.source == ENTRY or (row.actual is not None and row.actual != planned)
    return amount(presence(planned, row.actual, row.leave, entered=entered), unit)


def _events(row: CalendarDay, unit: str) -> list[dict[str, str]]:
    return [
        {
            # In other units the start stands for the half of the day only.
            "starts": event["starts"] if unit == "time" else "",
            "amount": amount(event["minutes"], unit),
            "type": event["type"],
            "timeline": event["timeline"],
        }
        for event in row.events
    ]
