"""The week of a collective schedule, as it is drawn: seven days, each in its parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from schedules.amounts import amount, clock

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# Lucca's positions, in the order of a day.
PARTS: "dict[str, StrPromise]" = {
    "firstHalf": _("First half"),
    "secondHalf": _("Second half"),
    "fullDay": _("The day"),
}
# Why a day is free makes a difference to how leave is counted.
FREE: "dict[str, StrPromise]" = {
    "off": _("Off"),
    "weeklyRest": _("Weekly rest"),
    "partTime": _("Free: part-time"),
}
LOOKS = {"off": "off", "weeklyRest": "rest", "partTime": "part-time"}
# Where colour must not be the only sign.
MARKS = {"work": "", "off": "–", "rest": "☾", "part-time": "◇"}


@dataclass(frozen=True)
class Cell:
    """Part of a day: what is worked, or why nothing is."""

    look: str
    mark: str
    text: str


@dataclass(frozen=True)
class Day:
    name: str
    cells: list[Cell]
    total: str


@dataclass(frozen=True)
class Week:
    """`parts` are the names of the rows, the same for all days."""

    parts: list[str]
    days: list[Day]
    total: str

    @property
    def rows(self) -> list[tuple[str, list[Cell]]]:
        return [(part, [day.cells[n] for day in self.days]) for n, part in enumerate(self.parts)]


def week_of(days: list[dict[str, Any]], unit: str, *, splits: bool) -> Week:
    """Of Monday to Sunday."""
    positions = ["firstHalf", "secondHalf"] if splits else ["fullDay"]
    shown = [_day(number, one, unit, positions) for number, one in enumerate(days)]
    total = sum(_minutes(one["shifts"]) for one in days)
    return Week([str(PARTS[one]) for one in positions], shown, amount(total, unit))


def _day(number: int, one: dict[str, Any], unit: str, positions: list[str]) -> Day:
    cells = [_cell(one, position, unit, whole=len(positions) == 1) for position in positions]
    worked = _minutes(one["shifts"])
    return Day(capfirst(str(WEEKDAYS[number])), cells, amount(worked, unit) if worked else "–")


def _cell(one: dict[str, Any], position: str, unit: str, *, whole: bool) -> Cell:
    # A shift of a position that nobody has heard of is shown in the first row, not dropped.
    known = [shift for shift in one["shifts"] if shift["position"] in PARTS]
    odd = [shift for shift in one["shifts"] if shift["position"] not in PARTS]
    here = [shift for shift in known if whole or shift["position"] in (position, "fullDay")]
    if position == "firstHalf" or whole:
        here += odd
    if here:
        return Cell("work", MARKS["work"], _shifts(here, unit))
    look = LOOKS.get(one["off"], "off")
    words = FREE.get(one["off"]) or one["off"] or FREE["off"]
    return Cell(look, MARKS[look], str(words))


def _shifts(shifts: list[dict[str, Any]], unit: str) -> str:
    """Hours of the clock where the unit has them, with breaks between; else how long."""
    if unit == "time" and all(shift["starts"] for shift in shifts):
        return ", ".join(clock(shift["starts"], shift["minutes"]) for shift in shifts)
    return amount(_minutes(shifts), unit)


def _minutes(shifts: Iterable[dict[str, Any]]) -> int:
    return sum(shift["minutes"] or 0 for shift in shifts)
