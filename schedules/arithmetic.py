"""How an effective day comes about: base schedule, then public holiday, then override, by halves.

https://developers.lucca.fr/api-reference/legacy/schedule/get-started

Leave and time entries never change what is planned. Times are minutes. This is for saying what a
change will make of a day; what a day is, Lucca says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FIRST, SECOND, FULL = "first", "second", "full"
HALVES = (FIRST, SECOND)
DAY = 24 * 60
# Layers, by the numbers of the vendor's page.
BASE, HOLIDAY, OVERRIDE, LEAVE, ENTRY = 1, 2, 3, 5, 6


@dataclass(frozen=True)
class Half:
    """What is planned for half a day, and which layer says so."""

    minutes: int
    source: int = BASE
    is_holiday: bool = False
    is_weekly_rest: bool = False


@dataclass(frozen=True)
class Change:
    """An override: of a half, or of the full day. `nature` is worked, off, partTime or weeklyRest,
    or empty where it says nothing about rest (the older model)."""

    part: str
    minutes: int
    nature: str = ""

    @property
    def worked(self) -> int:
        return self.minutes if self.nature in ("", "worked") else 0


def effective(
    base: Mapping[str, Half], holidays: Iterable[str] = (), changes: Iterable[Change] = ()
) -> dict[str, Half]:
    """The two halves of a day after all layers. `holidays` names the halves that are one; a holiday
    stays one even if an override makes people work on it."""
    off = set(holidays)
    day = {
        part: Half(0, HOLIDAY, is_holiday=True, is_weekly_rest=half.is_weekly_rest)
        if part in off
        else half
        for part, half in base.items()
    }
    weights = {part: half.minutes for part, half in base.items()}
    for change in changes:
        for part, minutes in share(change, weights).items():
            before = day[part]
            rest = change.nature == "weeklyRest" if change.nature else before.is_weekly_rest
            day[part] = Half(minutes, OVERRIDE, before.is_holiday, rest)
    return day


def share(change: Change, weights: Mapping[str, int]) -> dict[str, int]:
    """A change by half. A full day is divided as the base is, and evenly where that has nothing."""
    if change.part != FULL:
        return {change.part: change.worked}
    total = sum(weights.values())
    first = change.worked * weights[FIRST] // total if total else change.worked // 2
    return {FIRST: first, SECOND: change.worked - first}


def planned(day: Mapping[str, Half]) -> int:
    """The theoretical time of the day."""
    return sum(half.minutes for half in day.values())


def decided_by(day: Mapping[str, Half]) -> int:
    """The last layer that touched any half."""
    sources = {half.source for half in day.values()}
    return next((layer for layer in (OVERRIDE, HOLIDAY) if layer in sources), BASE)


def presence(theoretical: int, actual: int | None, leave: int | None, *, entered: bool) -> int:
    """How long somebody is there. Without entries Lucca repeats the planned time as the actual one,
    even on a day of leave, so that it proves nothing then."""
    if entered and actual is not None:
        return actual
    return max(0, theoretical - (leave or 0))
