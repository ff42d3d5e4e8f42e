"""The computed days of employees, the same on both models of schedules.

https://developers.lucca.fr/api-reference/legacy/schedule/userdates/list-userdates

Work cycles and their exceptions are in portal.lucca.workcycles; arrangements and assignments in
portal.lucca.arrangements; shift overrides in portal.lucca.overrides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from portal.lucca.durations import moment, span
from portal.lucca.session import Answer, Request
from portal.lucca.types import (
    Malformed,
    day,
    fields,
    flag,
    integer,
    items,
    many,
    parse_json,
    required,
    text,
)

RIGHT = gettext_noop("see the schedules of employees (Lucca does not publish this right's name)")
# What Lucca recommends for one request; it enforces nothing, and cuts requests above five seconds.
MOST_EMPLOYEES, MOST_DAYS = 10, 31
_HALF = "source,dtt,drt,draj,isHoliday,isWeeklyRest,items[type,startsAt,duration,timeline]"
_FIELDS = f"ownerId,date,{_HALF},am[{_HALF}],pm[{_HALF}]"


@dataclass(frozen=True)
class Event:
    """Something on a day. `type` and `timeline` are Lucca's own words, of which no list is
    published. `starts` is a clock, such as 09:00; empty where Lucca gives none."""

    type: str
    starts: str
    duration: timedelta
    timeline: str


@dataclass(frozen=True)
class Times:
    """Of a day or a half. The unit is not in it: 12 hours are half a day for who counts in days.

    `source` says which layer decided: 1 work cycle, 2 holiday, 3 exception or override, 5 leave, 6
    time entry. `actual` mirrors `theoretical` where nothing was entered, even on a day of leave.
    """

    source: int | None
    theoretical: timedelta
    actual: timedelta | None
    leave: timedelta | None
    is_holiday: bool
    is_weekly_rest: bool
    events: tuple[Event, ...]


@dataclass(frozen=True)
class UserDate:
    """One employee's day. A half is None where Lucca leaves it out."""

    owner: int
    day: date
    whole: Times
    first: Times | None
    second: Times | None


def userdates(owners: Iterable[int], first: date, last: date) -> Request[list[UserDate]]:
    """These employees' days, both ends included. There is no paging: keep to MOST_EMPLOYEES and
    MOST_DAYS, and compare. A pair that is missing is unknown, which is not the same as off."""
    return Request(
        "GET",
        "/api/v3/userdates",
        _userdates,
        RIGHT,
        params={
            "ownerId": ",".join(map(str, owners)),
            "date": f"between,{first},{last}",
            "fields": _FIELDS,
        },
    )


def _userdates(answer: Answer) -> list[UserDate]:
    data = fields(parse_json(answer.body)).get("data")
    if data is None:
        raise Malformed("data")
    found = [_userdate(item) for item in items(data)]
    return list({(one.owner, one.day): one for one in found}.values())


def _userdate(item: object) -> UserDate:
    obj = fields(item)
    at = day(obj, "date")
    if at is None:
        raise Malformed("date")
    return UserDate(
        owner=required(obj, "ownerId"),
        day=at,
        whole=_times(obj),
        first=_half(obj, "am"),
        second=_half(obj, "pm"),
    )


def _half(obj: dict[str, Any], name: str) -> Times | None:
    found = obj.get(name)
    return None if found is None else _times(fields(found))


def _times(obj: dict[str, Any]) -> Times:
    theoretical = span(obj, "dtt")
    if theoretical is None:
        raise Malformed("dtt")
    return Times(
        source=integer(obj, "source"),
        theoretical=theoretical,
        actual=span(obj, "drt"),
        leave=span(obj, "draj"),
        is_holiday=flag(obj, "isHoliday"),
        is_weekly_rest=flag(obj, "isWeeklyRest"),
        events=tuple(_event(item) for item in many(obj, "items")),
    )


def _event(item: object) -> Event:
    obj = fields(item)
    starts = moment(obj, "startsAt")
    return Event(
        type=text(obj, "type")[:40],
        starts=starts.strftime("%H:%M") if starts else "",
        duration=span(obj, "duration") or timedelta(0),
        timeline=text(obj, "timeline")[:40],
    )
