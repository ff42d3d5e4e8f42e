"""When a plan is due: its next times, worked out from its rule and the account's time zone.

A rule speaks of the clock on the wall. A time that does not exist on the night when clocks go
forward becomes the first moment after the gap; one that exists twice is its first.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

DAY, WEEK, MONTH_WEEKDAY, MONTH_DAY = "day", "week", "month-weekday", "month-day"
LAST = -1


class Rule(Protocol):
    """`weekday` counts from Monday, 0. `nth` is 1 to 4, or LAST."""

    every: str
    weekday: int | None
    nth: int | None
    month_day: int | None
    at: time


def times(rule: Rule, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Every time that is due later than `after`, in order, in UTC."""
    # From the day before: the moment after a gap may lie on the day after the rule's.
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        if matches(rule, day):
            moment = moment_of(day, rule.at, zone)
            if moment > after:
                yield moment
                after = moment
        day += timedelta(days=1)


def next_after(rule: Rule, after: datetime, zone: ZoneInfo) -> datetime:
    return next(times(rule, after, zone))


def following(rule: Rule, after: datetime, zone: ZoneInfo, count: int) -> list[datetime]:
    return list(islice(times(rule, after, zone), count))


def matches(rule: Rule, day: date) -> bool:
    if rule.every == DAY:
        return True
    if rule.every == WEEK:
        return day.weekday() == rule.weekday
    last = calendar.monthrange(day.year, day.month)[1]
    if rule.every == MONTH_DAY:
        return day.day == min(rule.month_day or 1, last)
    if day.weekday() != rule.weekday:
        return False
    return day.day + 7 > last if rule.nth == LAST else (day.day - 1) // 7 + 1 == rule.nth


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment at which the clock on the wall shows this, in UTC."""
    wall = datetime.combine(day, at)
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # In a gap: with the offset from after it, this lies before the clocks were changed.
    early, late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    new = late.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == new:
            late = middle
        else:
            early = middle
    return late
