"""A day as it was, as it is meant to be and as it became, side by side."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.words import labelled
from schedules.amounts import amount, clock, hours_of_day
from schedules.arithmetic import FIRST, HALVES, OVERRIDE, SECOND
from schedules.models import CalendarDay, ScheduleOverride
from schedules.overrides.standing import Item, ledger, overlap, read_item
from schedules.overrides.words import Nature, unit_of
from schedules.shown import KINDS, PARTS, SOURCES, kind_of, source_words

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_TIMES = ("theoretical", "actual", "leave", "source", "is_holiday", "is_weekly_rest")
_WHOLE = "day"
# What the portal puts behind a comment of its own; the technical details have it.
_MARK = re.compile(r"\s?\(?portal:[0-9a-f]{10}\)?$")
_NAMES: "dict[str, StrPromise]" = {_WHOLE: gettext_lazy("the day"), **PARTS}


@dataclass(frozen=True)
class Cell:
    """The whole day or a half of it. `is_changed`: it is what the override is about."""

    said: str = ""
    hours: str = ""
    kind: str = ""
    decided_by: str = ""
    is_changed: bool = False


@dataclass(frozen=True)
class Row:
    name: str
    # (heading, cell) of each side.
    cells: list[tuple[str, Cell]]


def rows(override: ScheduleOverride) -> list[Row]:
    """Before and as it will be; once it was applied: before, as it was meant, after."""
    sides = [(_("As it is"), of_day(override.before, unit_of(override)))]
    if override.job is not None:
        sides = [(_("Before"), sides[0][1])]
    if override.expected is not None:
        would = _("As it would be") if override.blocking else _("As it will be")
        heading = _("As it was meant") if override.job is not None else would
        sides.append((heading, _planned(override)))
    if override.after is not None:
        heading = _("Now, after it was taken back") if override.withdrawn_at else _("After")
        sides.append((heading, of_day(override.after, unit_of(override))))
    return [
        Row(capfirst(str(name)), [(heading, cells[part]) for heading, cells in sides])
        for part, name in _NAMES.items()
    ]


def of_day(day: Mapping[str, Any] | None, unit: str) -> dict[str, Cell]:
    """A day that was read (schedules.userdates.members); None where Lucca says nothing of it."""
    if day is None:
        nothing = Cell(kind=str(KINDS["unknown"]))
        return {_WHOLE: nothing, **dict.fromkeys(HALVES, Cell())}
    hours = _hours(day) if unit == "time" else {}
    times = {_WHOLE: day, **day["halves"]}
    return {
        part: _read(times[part], unit, ", ".join(hours.get(part, []))) if part in times else Cell()
        for part in _NAMES
    }


def _read(times: Mapping[str, Any], unit: str, hours: str) -> Cell:
    like = CalendarDay(is_known=True, **{name: times[name] for name in _TIMES})
    return Cell(
        said="–" if like.theoretical is None else amount(like.theoretical, unit),
        hours=hours,
        kind=str(KINDS[kind_of(like)]),
        decided_by=source_words(like.source),
    )


def _hours(day: Mapping[str, Any]) -> dict[str, list[str]]:
    """By part. Lucca says when the second half begins, not which half an event is of."""
    events = day["events"]
    second = day["halves"].get(SECOND, {}).get("starts", "")
    halves: dict[str, list[Any]] = {FIRST: [], SECOND: []}
    for event in events:
        halves[SECOND if second and event["starts"] >= second else FIRST].append(event)
    found = {part: hours_of_day(some) for part, some in halves.items()}
    return {_WHOLE: hours_of_day(events), **found}


def _planned(override: ScheduleOverride) -> dict[str, Cell]:
    """What the override writes, and beside it what stays."""
    unit = unit_of(override)
    expected: Mapping[str, Any] = override.expected or {}
    before = of_day(override.before, unit)
    wanted = [read_item(one) for one in override.wanted]
    cells = {}
    for part in HALVES:
        ours = [one for one in wanted if overlap(one.part, part)]
        minutes = expected["halves"][part]
        cells[part] = _ours(override, ours, minutes) if ours else before[part]
    hours = [cell.hours for cell in cells.values() if cell.hours]
    whole = expected["theoretical"]
    every = all(cell.is_changed for cell in cells.values())
    day = Cell(
        said=_("not known beforehand") if whole is None else amount(whole, unit),
        hours=", ".join(dict.fromkeys(hours)),
        kind=_nature(override) if every else "",
        decided_by=str(SOURCES[OVERRIDE]),
        is_changed=True,
    )
    return {_WHOLE: day, **cells}


def _ours(override: ScheduleOverride, items: Sequence[Item], minutes: int | None) -> Cell:
    unit = unit_of(override)
    hours = [said for item in items if (said := _clock(item, unit))]
    return Cell(
        said="" if minutes is None else amount(minutes, unit),
        hours=", ".join(hours),
        kind=_nature(override),
        decided_by=str(SOURCES[OVERRIDE]),
        is_changed=True,
    )


def _nature(override: ScheduleOverride) -> str:
    return capfirst(str(override.get_nature_display()))


def _clock(item: Item, unit: str) -> str:
    return clock(item.starts_at[11:16], item.minutes) if unit == "time" and item.minutes else ""


# What stands on the day besides the plan


@dataclass(frozen=True)
class Standing:
    """An override or exception that was there before, and what becomes of it."""

    part: str
    what: str
    comment: str
    whose: str
    fate: str


def standing(override: ScheduleOverride) -> list[Standing]:
    ours = ledger(override)
    wanted = [read_item(one) for one in override.wanted]
    return [
        _stands(item, unit_of(override), is_ours=ours.has(item), fate=_fate(item, wanted, ours))
        for item in map(read_item, override.standing)
    ]


def sent(override: ScheduleOverride) -> list[Standing]:
    """What was written: what taking back takes away."""
    unit = unit_of(override)
    return [
        _stands(read_item(one), unit, is_ours=True, fate="")
        for one in override.journal.get("sent", [])
    ]


def _fate(item: Item, wanted: Sequence[Item], ours: Any) -> str:
    if not any(overlap(item.part, one.part) for one in wanted):
        return _("stays as it is")
    return _("is replaced") if ours.has(item) else _("is in the way: nothing is sent over it")


def _stands(item: Item, unit: str, *, is_ours: bool, fate: str) -> Standing:
    parts = dict(ScheduleOverride.Part.choices)
    nature = str(dict(Nature.choices).get(item.nature, item.nature))
    said = amount(item.minutes, unit) if item.minutes or not nature else ""
    if hours := _clock(item, unit):
        said = f"{said} ({hours})"
    if item.is_locked:
        said = ", ".join(filter(None, [said, _("locked")]))
    return Standing(
        part=capfirst(str(parts.get(item.part, item.part))),
        what=labelled(nature, said) if nature and said else nature or said,
        comment=_MARK.sub("", item.comment or ""),
        whose=_("the portal's") if is_ours else _("somebody else's"),
        fate=fate,
    )
