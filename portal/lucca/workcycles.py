"""Work cycles, who has which, and their exceptions: the older model of schedules (v3).

https://developers.lucca.fr/api-reference/legacy/schedule/workcycle-exceptions/workcycle-exception

A POST on a half-day that has an exception changes that one, whoever made it. Creating or deleting
one takes back the approval of a submitted timesheet that covers the day.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.utils.translation import gettext_noop

from portal.lucca.durations import moment, span, write_moment, write_span
from portal.lucca.schedule import RIGHT
from portal.lucca.session import Answer, Request
from portal.lucca.types import (
    Malformed,
    Page,
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

T = TypeVar("T")
WRITE_RIGHT = gettext_noop(
    "change the schedules of employees (Lucca does not publish this right's name)"
)
UNITS = {"day": 0, "hour": 1, "time": 2}
_WORDS = {str(number): word for word, number in UNITS.items()}
_PATH = "/api/v3/workcycleExceptions"
_FIELDS = (
    "id,ownerId,isAm,startsAt,duration,unit,authorId,createdAt,modifierId,modifiedAt,deletedAt"
)


@dataclass(frozen=True)
class WorkCycle:
    """`unit` is day, hour or time, another word of Lucca's, or empty: no page documents it."""

    id: int
    name: str
    unit: str


@dataclass(frozen=True)
class Period:
    """An employee's work cycle from day to day; None for "since ever" and "without end". A day on
    which one ends and the next begins belongs to the later one."""

    id: int
    workcycle: int
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True)
class WorkCycleException:
    """The planned time of one half-day, replaced; zero is not expected at work.

    `unit` is day, hour or time, or another word of Lucca's. Moments of creation and change are
    Lucca's own text: their time zone is not documented.
    """

    id: int
    owner: int
    is_am: bool
    starts_at: datetime
    duration: timedelta
    unit: str
    author: int | None
    created_at: str
    modifier: int | None
    modified_at: str
    is_deleted: bool


def workcycles(offset: int, limit: int) -> Request[Page[WorkCycle]]:
    """A page of all cycles. Known from integrations only: no page of the vendor describes it."""
    return Request(
        "GET",
        "/api/v3/workcycles",
        lambda answer: _page(answer, _workcycle),
        RIGHT,
        params={
            "fields": "id,name,unit,collection.count",
            "orderBy": "id,asc",
            "paging": f"{offset},{limit}",
        },
    )


def periods(owner: int) -> Request[list[Period]]:
    """An employee's cycles over time.

    https://developers.lucca.fr/api-reference/legacy/directory/get-a-user-by-id
    """
    return Request(
        "GET",
        f"/api/v3/users/{owner}",
        _periods,
        RIGHT,
        shown="/api/v3/users/{id}",
        params={"fields": "id,userWorkCycles[id,workCycleID,startsOn,endsOn]"},
    )


def exceptions(
    owners: Iterable[int], first: date, last: date, offset: int, limit: int
) -> Request[Page[WorkCycleException]]:
    """A page of the live exceptions on these days, both included."""
    return Request(
        "GET",
        _PATH,
        lambda answer: _page(answer, _exception),
        RIGHT,
        params={
            "ownerId": ",".join(map(str, owners)),
            "startsAt": f"between,{first},{last}",
            # The vendor's page contradicts itself about what is listed without it.
            "deletedAt": "null",
            "fields": f"{_FIELDS},collection.count",
            "orderBy": "id,asc",
            "paging": f"{offset},{limit}",
        },
    )


def exception(number: int) -> Request[WorkCycleException]:
    """One of them; a deleted one, too."""
    return _one("GET", f"{_PATH}/{number}", RIGHT, params={"fields": _FIELDS})


def write_exception(
    owner: int, starts_at: datetime, *, is_am: bool, duration: timedelta, unit: str
) -> Request[WorkCycleException]:
    """Create, or change whatever is there: read the half-day first. `unit` must be that of the
    cycle in force. In the units of days and hours Lucca wants 00:00 or 12:00 as the start."""
    if unit != "time":
        starts_at = datetime.combine(starts_at.date(), time(0 if is_am else 12))
    return _one(
        "POST",
        _PATH,
        WRITE_RIGHT,
        payload={
            "ownerId": owner,
            "startsAt": write_moment(starts_at),
            "isAm": is_am,
            "duration": write_span(duration),
            "unit": UNITS[unit],
        },
        repeatable=False,
    )


def delete_exception(number: int) -> Request[None]:
    """Mark it as deleted; it stays readable. The answer's body is not documented, and not read."""
    return Request(
        "DELETE",
        f"{_PATH}/{number}",
        lambda answer: None,
        WRITE_RIGHT,
        shown=f"{_PATH}/{{id}}",
        repeatable=False,
    )


def _one(method: str, path: str, right: str, **more: Any) -> Request[WorkCycleException]:
    shown = _PATH if path == _PATH else f"{_PATH}/{{id}}"
    return Request(
        method, path, lambda answer: _exception(_data(answer)), right, shown=shown, **more
    )


def _data(answer: Answer) -> dict[str, Any]:
    """What is in the envelope; without it, an error under the status of a success."""
    data = fields(parse_json(answer.body)).get("data")
    if data is None:
        raise Malformed("data")
    return fields(data)


def _page(answer: Answer, read: Callable[[object], T]) -> Page[T]:
    data = _data(answer)
    return Page([read(item) for item in items(data)], integer(data, "count"))


def _workcycle(item: object) -> WorkCycle:
    obj = fields(item)
    return WorkCycle(required(obj, "id"), text(obj, "name"), _unit(obj))


def _unit(obj: dict[str, Any]) -> str:
    """Lucca's own sample shows a word where its filters take a number."""
    found = text(obj, "unit").strip().lower()
    return _WORDS.get(found, found)


def _periods(answer: Answer) -> list[Period]:
    found = [_period(item) for item in many(_data(answer), "userWorkCycles")]
    return sorted(found, key=lambda period: period.starts_on or date.min)


def _period(item: object) -> Period:
    obj = fields(item)
    starts, ends = day(obj, "startsOn"), day(obj, "endsOn")
    return Period(
        id=required(obj, "id"),
        workcycle=required(obj, "workCycleID"),
        # Several days of the last century, and of the next, stand for "ever".
        starts_on=starts if starts and starts.year > 1950 else None,
        ends_on=ends if ends and ends.year < 2200 else None,
    )


def _exception(item: object) -> WorkCycleException:
    obj = fields(item)
    starts, duration = moment(obj, "startsAt"), span(obj, "duration")
    if starts is None or obj.get("isam") is None:
        raise Malformed("startsAt")
    if duration is None:
        raise Malformed("duration")
    return WorkCycleException(
        id=required(obj, "id"),
        owner=required(obj, "ownerId"),
        is_am=flag(obj, "isAm"),
        starts_at=starts,
        duration=duration,
        unit=_unit(obj),
        author=integer(obj, "authorId"),
        created_at=text(obj, "createdAt")[:40],
        modifier=integer(obj, "modifierId"),
        modified_at=text(obj, "modifiedAt")[:40],
        is_deleted=bool(text(obj, "deletedAt")),
    )
