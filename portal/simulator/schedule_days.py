"""The effective day of an employee: base schedule, then public holiday, then override.

The order is that of developers.lucca.fr/api-reference/legacy/schedule/get-started. Half days are
the grain; leaves and time entries never change the theoretical time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from .state import State

HALVES = ("am", "pm")
POSITIONS = {"firstHalf": ("am",), "secondHalf": ("pm",), "fullDay": HALVES}
LEAVES = {"FirstHalf": ("am",), "SecondHalf": ("pm",), "FullDay": HALVES}
# What decided the theoretical time, by the numbers of the vendor's page.
CYCLE, HOLIDAY, OVERRIDE = 1, 2, 3


@dataclass(frozen=True)
class Shift:
    """Planned work. `starts` is a minute of the day where the unit has one, else None."""

    position: str
    starts: int | None
    minutes: int


@dataclass(frozen=True)
class BaseDay:
    """What the schedule in force says about one day."""

    unit: str
    calendar: int | None
    splits: bool
    day_off: str | None
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class Layer:
    """An override of a day, or of half of it. `nature` is None on the old model."""

    position: str
    starts: int | None
    minutes: int
    nature: str | None


@dataclass
class Half:
    """One half of an effective day."""

    shifts: list[tuple[int | None, int]] = field(default_factory=list)
    source: int = CYCLE
    holiday: bool = False
    rest: bool = False
    leave: int = 0
    entered: int | None = None

    @property
    def minutes(self) -> int:
        return sum(minutes for _starts, minutes in self.shifts)


def effective(
    base: BaseDay,
    holidays: Iterable[str],
    layers: Iterable[Layer],
    leaves: Iterable[str],
    entries: dict[str, int],
) -> dict[str, Half]:
    """The two halves of a day; `holidays` and `leaves` name halves."""
    plan = _planned(base)
    holidays, leaves = set(holidays), set(leaves)
    weights = {half: sum(minutes for _at, minutes in plan[half]) for half in HALVES}
    halves = {}
    for name in HALVES:
        half = Half(plan[name], rest=base.day_off == "weeklyRest")
        if name in holidays:
            half.shifts, half.source, half.holiday = [], HOLIDAY, True
        halves[name] = half
    for layer in layers:
        for name, shift in _spread(layer, weights).items():
            half = halves[name]
            half.shifts, half.source = [shift] if shift[1] else [], OVERRIDE
            half.rest = half.rest if layer.nature is None else layer.nature == "weeklyRest"
    for name, half in halves.items():
        half.leave = half.minutes if name in leaves else 0
        half.entered = entries.get(name)
    return halves


def _planned(base: BaseDay) -> dict[str, list[tuple[int | None, int]]]:
    plan: dict[str, list[tuple[int | None, int]]] = {"am": [], "pm": []}
    for shift in base.shifts:
        layer = Layer(shift.position, shift.starts, shift.minutes, None)
        for name, part in _spread(layer, {"am": 0, "pm": 0}).items():
            plan[name].append(part)
    return plan


def _spread(layer: Layer, weights: dict[str, int]) -> dict[str, tuple[int | None, int]]:
    """A whole day on its halves, in proportion to what they had, else alike."""
    names = POSITIONS[layer.position]
    if len(names) == 1:
        return {names[0]: (layer.starts, layer.minutes)}
    total = sum(weights.values())
    first = layer.minutes * weights["am"] // total if total else layer.minutes // 2
    second_starts = None if layer.starts is None else layer.starts + first
    return {"am": (layer.starts, first), "pm": (second_starts, layer.minutes - first)}


@dataclass(frozen=True)
class Around:
    """What lies on the days of some employees beside their schedules, read at once."""

    holidays: dict[tuple[int, str], list[str]]
    leaves: dict[tuple[int, str], list[str]]
    entries: dict[tuple[int, str], dict[str, int]]


def around(state: State, owners: Iterable[int], first: str, last: str) -> Around:
    """Holidays by calendar and day; leaves and entries by employee and day."""
    marks = ",".join("?" * len(list(owners)))
    values = [*owners, first, last]
    holidays: dict[tuple[int, str], list[str]] = {}
    for row in _between(state, "holidays", "1", [first, last]):
        key = (row["calendar_id"], row["date"])
        holidays.setdefault(key, []).extend(LEAVES[row["position"]])
    leaves: dict[tuple[int, str], list[str]] = {}
    for row in _between(state, "leaves", f"owner_id in ({marks})", values):
        leaves.setdefault((row["owner_id"], row["date"]), []).extend(LEAVES[row["position"]])
    entries: dict[tuple[int, str], dict[str, int]] = {}
    for row in _between(state, "time_entries", f"owner_id in ({marks})", values):
        found = entries.setdefault((row["owner_id"], row["date"]), {})
        found[row["half"]] = found.get(row["half"], 0) + row["minutes"]
    return Around(holidays, leaves, entries)


def _between(state: State, table: str, where: str, values: Iterable[object]) -> list[sqlite3.Row]:
    return state.rows(f"select * from {table} where {where} and date between ? and ?", values)
