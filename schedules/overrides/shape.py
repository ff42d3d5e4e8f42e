"""How an ask is written for one employee: which parts, when they start, in which notation.

Where a schedule splits days, a full day is written as its two halves, divided as the base is; a
schedule that does not split them takes full days only. Durations copy the notation that Lucca
itself uses in the employee's schedule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.lucca.arrangements import Shift
from portal.lucca.durations import write_iso
from schedules.amounts import minutes_of
from schedules.arithmetic import BASE, DAY, FIRST, FULL, HALVES, SECOND
from schedules.override_models import ScheduleOverride
from schedules.overrides.asked import IN_DAYS, IN_HOURS
from schedules.overrides.findings import Finding, blocks, tells
from schedules.overrides.standing import POSITIONS, Item

NOON = 12 * 60
UNITS = ("day", "hour", "time")
_PLURAL = {"day": "days", "hour": "hours", "time": "hours"}


@dataclass(frozen=True)
class Base:
    """What is planned on that day of the week: minutes and first start by part. `splits` is None
    and the rest empty where it is not known; `notations` are durations as Lucca writes them."""

    splits: bool | None = None
    minutes: Mapping[str, int] | None = None
    starts: Mapping[str, str] | None = None
    notations: Mapping[int, str] | None = None


def base_of(shifts: Sequence[Shift] | None, splits: bool | None, samples: Sequence[Shift]) -> Base:
    """`shifts` are those of the day, None where not known; `samples` all that were seen."""
    notations = {minutes_of(one.duration) or 0: one.iso for one in samples}
    if shifts is None:
        return Base(splits, notations=notations)
    minutes = dict.fromkeys(HALVES if splits else (FULL,), 0)
    starts: dict[str, str] = {}
    for shift in shifts:
        part = POSITIONS.get(shift.position, shift.position)
        minutes[part] = minutes.get(part, 0) + (minutes_of(shift.duration) or 0)
        starts.setdefault(part, shift.starts)
    return Base(splits, minutes, starts, notations)


def of_userdate(day: Mapping[str, Any] | None) -> Base:
    """With work cycles no schedule can be read: the day itself says when its halves start."""
    halves = (day or {}).get("halves", {})
    # Of a half that an exception or a holiday decided, the plan is not known.
    planned = {p: half["theoretical"] for p, half in halves.items() if half["source"] == BASE}
    return Base(
        splits=True,
        minutes=planned,
        starts={part: half["starts"] for part, half in halves.items()},
    )


def problems(override: ScheduleOverride, base: Base, *, keeps_nature: bool) -> list[Finding]:
    """What does not fit the employee's unit and schedule."""
    found, unit = [], override.unit
    if override.counted_in == IN_HOURS and unit == "day":
        found.append(blocks("counted-in-days"))
    if override.counted_in == IN_DAYS and unit in ("hour", "time"):
        found.append(blocks("counted-in-hours"))
    if override.nature == "worked" and unit == "time" and not override.starts:
        found.append(blocks("start-missing"))
    if override.starts and unit in ("day", "hour"):
        found.append(blocks("start-not-used"))
    if override.part != FULL and base.splits is False:
        found.append(blocks("not-split"))
    if not keeps_nature and override.nature not in ("off", "worked"):
        found.append(blocks("nature-not-kept"))
    if not keeps_nature and override.comment:
        found.append(tells("comment-not-kept"))
    return found


def items(override: ScheduleOverride, base: Base, *, keeps_nature: bool) -> list[Item]:
    """What is to be written. The ask must have no problems."""
    halves = _divided(override, base)
    first_end = ""
    made = []
    for part, minutes in halves.items():
        starts = _starts(override, base, part, first_end)
        first_end = _after(starts, minutes)
        made.append(_item(override, base, part, starts, minutes, keeps_nature=keeps_nature))
    return made


def _divided(override: ScheduleOverride, base: Base) -> dict[str, int]:
    """Minutes by part that is written."""
    if override.part != FULL or not base.splits:
        return {override.part: override.minutes}
    weights = base.minutes or {}
    both = all(weights.get(part) for part in HALVES)
    first = override.minutes // 2
    if both:
        first = override.minutes * weights[FIRST] // sum(weights[part] for part in HALVES)
    return {FIRST: first, SECOND: override.minutes - first}


def _starts(override: ScheduleOverride, base: Base, part: str, first_end: str) -> str:
    """The clock at which a part begins. Except in the unit of times, it only names the half."""
    usual = "12:00" if part == SECOND else "00:00"
    if override.unit != "time":
        return usual
    planned = (base.starts or {}).get(part) or ""
    if override.nature != "worked":
        return planned or usual
    if override.part == FULL and part == SECOND:
        # After the pause that is planned, or at once where the first half lasts longer.
        return max(planned, first_end)
    return override.starts


def _after(starts: str, minutes: int) -> str:
    end = int(starts[:2]) * 60 + int(starts[3:]) + minutes
    return f"{end // 60:02}:{end % 60:02}"


def _item(
    override: ScheduleOverride,
    base: Base,
    part: str,
    starts: str,
    minutes: int,
    *,
    keeps_nature: bool,
) -> Item:
    at = f"{override.day}T{starts}:00"
    if not keeps_nature:
        return Item(part, at, minutes, unit=override.unit)
    return Item(
        part=part,
        starts_at=at,
        minutes=minutes,
        nature=override.nature,
        comment=f"{override.comment} ({override.marker})" if override.comment else override.marker,
        iso=notation(minutes, override.unit, base.notations or {}),
        duration_unit=_PLURAL[override.unit],
        unit=override.unit,
    )


def notation(minutes: int, unit: str, seen: Mapping[int, str]) -> str:
    """The duration as Lucca writes it for this employee: half a day is PT12H here, P0.5D there."""
    if minutes in seen:
        return seen[minutes]
    in_fractions = any("." in text for text in seen.values())
    if unit == "day" and minutes and in_fractions:
        return f"P{minutes / DAY:g}D"
    return write_iso(timedelta(minutes=minutes))


# What the day will be


def expected(
    before: Mapping[str, Any] | None,
    base: Base,
    wanted: Sequence[Item],
    removed: Sequence[Item] = (),
) -> dict[str, Any]:
    """Theoretical time after the change, whole and by half; None where it cannot be said."""
    halves: dict[str, int | None] = {}
    known = (before or {}).get("halves", {})
    written = {item.part: item.minutes for item in wanted}
    if FULL in written:
        return {"theoretical": written[FULL], "halves": dict.fromkeys(HALVES)}
    back = {part for item in removed for part in (HALVES if item.part == FULL else (item.part,))}
    if FULL in (base.minutes or {}) and back and not wanted:
        holiday = bool((before or {}).get("is_holiday"))
        return {
            "theoretical": None if holiday else (base.minutes or {})[FULL],
            "halves": dict.fromkeys(HALVES),
        }
    for part in HALVES:
        half = known.get(part)
        if part in written:
            halves[part] = written[part]
        elif part in back:
            halves[part] = _planned(half, base, part)
        else:
            halves[part] = half["theoretical"] if half else None
    whole = [minutes for minutes in halves.values() if minutes is not None]
    return {"theoretical": sum(whole) if len(whole) == len(HALVES) else None, "halves": halves}


def expected_of(wanted: Sequence[Item]) -> dict[str, Any]:
    """The same, where nothing is known but what is written."""
    written = {item.part: item.minutes for item in wanted}
    both = all(part in written for part in HALVES)
    return {
        "theoretical": written.get(FULL, sum(written.values()) if both else None),
        "halves": {part: written.get(part) for part in HALVES},
    }


def _planned(half: Mapping[str, Any] | None, base: Base, part: str) -> int | None:
    """What a half will be once no override stands on it."""
    if half is None or base.minutes is None or part not in base.minutes:
        return None
    return 0 if half["is_holiday"] else base.minutes[part]
