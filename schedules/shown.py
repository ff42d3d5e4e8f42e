"""What a day is, in words: for cells of the calendar, its detail, the files and the command."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from schedules.amounts import amount, hours_of_day, iso
from schedules.arithmetic import OVERRIDE
from schedules.models import CalendarDay
from schedules.units import KnownUnits

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# What a day is to whoever plans; the first that fits.
UNKNOWN, HOLIDAY, LEAVE, CHANGED, REST, OFF, WORK = (
    *("unknown", "holiday", "leave", "changed", "rest", "off", "work"),
)
KINDS: "dict[str, StrPromise]" = {
    WORK: _("Work as planned"),
    CHANGED: _("Changed for this day"),
    LEAVE: _("Leave"),
    HOLIDAY: _("Public holiday"),
    REST: _("Weekly rest"),
    OFF: _("Off"),
    UNKNOWN: _("Unknown: Lucca says nothing about this day"),
    "not-read": _("Not read yet"),
}
SOURCES: "dict[int, StrPromise]" = {
    1: _("the schedule"),
    2: _("a public holiday"),
    3: _("a change of this day"),
    5: _("a leave"),
    6: _("a time entry"),
}
PARTS: "dict[str, StrPromise]" = {"first": _("first half"), "second": _("second half")}
# Where text has room for one sign only, and colour must not be the only one.
_MARKS = {UNKNOWN: "?", "not-read": "…", OFF: "–", REST: "–"}


@dataclass(frozen=True)
class Shown:
    """A day as it is drawn. `text` is short, `unit` empty where it is not known."""

    kind: str
    text: str
    mark: str
    unit: str

    @property
    def words(self) -> str:
        return str(KINDS[self.kind])


NOT_READ = Shown("not-read", _MARKS["not-read"], "", "")


def shown(row: CalendarDay | None, units: KnownUnits | None) -> Shown:
    """The day in a cell: how long one is expected, by the halves that are not alike."""
    if row is None:
        return NOT_READ
    unit = unit_of(units, row.day)
    kind = kind_of(row)
    text = _MARKS.get(kind) or amount(row.theoretical or 0, unit)
    if kind == HOLIDAY and not row.theoretical:
        text = ""
    mark = {HOLIDAY: "★", LEAVE: "◐", CHANGED: "✎"}.get(kind, "")
    return Shown(kind, text, mark, unit)


def kind_of(row: CalendarDay) -> str:
    if not row.is_known:
        return UNKNOWN
    if row.is_holiday:
        return HOLIDAY
    if row.leave:
        return LEAVE
    if row.source == OVERRIDE:
        return CHANGED
    if row.theoretical:
        return WORK
    return REST if row.is_weekly_rest else OFF


def unit_of(units: KnownUnits | None, day: date) -> str:
    """day, hour or time; empty where it is not known."""
    return units.on(day).found if units else ""


def source_words(source: int | None) -> str:
    """What decided; a number of Lucca's that is not documented is shown as it is."""
    if source is None:
        return ""
    return str(SOURCES.get(source, source))


def planned_hours(row: CalendarDay, unit: str) -> list[str]:
    """“09:00–12:30”, where the employee has hours of the clock. In other units Lucca gives events a
    start that stands for the half of the day only."""
    return hours_of_day(row.events) if unit == "time" else []


def as_json(
    row: CalendarDay | None, employee: int, login: str, day: date, units: KnownUnits | None
) -> dict[str, Any]:
    """For `show_schedule`: stable keys, durations as ISO 8601, null for what is not known."""
    known = row is not None and row.is_known
    return {
        "employee": str(employee),
        "login": login,
        "date": str(day),
        "known": known,
        "unit": unit_of(units, day) or None,
        **times_as_json(row if known else None),
    }


def times_as_json(found: CalendarDay | None) -> dict[str, Any]:
    """Of a day that is known; null for what is not."""
    times: Mapping[str, Any] = {
        name: iso(getattr(found, name)) if found else None
        for name in ("theoretical", "actual", "leave")
    }
    return {
        **times,
        "source": found.source if found else None,
        "is_holiday": found.is_holiday if found else None,
        "is_weekly_rest": found.is_weekly_rest if found else None,
        "halves": [_half(part, found.halves[part]) for part in PARTS if part in found.halves]
        if found
        else [],
    }


def _half(part: str, half: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: iso(half[name]) for name in ("theoretical", "actual", "leave")}
    flags = {name: half[name] for name in ("source", "is_holiday", "is_weekly_rest")}
    return {"half": part, **times, **flags}
