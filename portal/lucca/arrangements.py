"""Working time arrangements, their collective schedules, and who has which (v4).

https://developers.lucca.fr/api-reference/legacy/schedule/working-time-arrangements/working-time-arrangement

Lucca rolls them out tenant by tenant: where they are not, these addresses are not there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from django.utils.translation import gettext_noop

from portal.lucca.durations import iso
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
ASSIGN_RIGHT = gettext_noop("Administration of working time arrangements")
MOST = 100
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_API = "/schedule/api"


@dataclass(frozen=True)
class Arrangement:
    """`unit` is day, hour or time, and governs all its durations. Only one that is neither archived
    nor without a schedule (`is_valid`) may be given to anybody."""

    id: int
    name: str
    unit: str
    is_archived: bool
    is_valid: bool
    is_part_time: bool
    calendar: str


@dataclass(frozen=True)
class Shift:
    """`position` is firstHalf, secondHalf or fullDay; `starts` a clock, in the unit of times. `iso`
    is Lucca's own text of the duration: what is written copies it."""

    position: str
    starts: str
    duration: timedelta
    iso: str


@dataclass(frozen=True)
class Weekday:
    """`day_off` is off, weeklyRest or partTime, or empty on a day of work."""

    day_off: str
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class CollectiveSchedule:
    """In force from `starts_on` to `ends_on`, both included; None is open.

    `week` is Monday to Sunday where every week is alike. How Lucca names two weeks that alternate,
    and how it counts them, is not published: then it is None, and nothing is computed of it.
    """

    id: int
    starts_on: date | None
    ends_on: date | None
    splits_half_days: bool
    shape: str
    week: tuple[Weekday, ...] | None


@dataclass(frozen=True)
class Assignment:
    """An employee's arrangement, both days included; None is open. The unit is the arrangement's;
    empty where Lucca leaves the arrangement out."""

    id: int
    employee: int
    starts_on: date
    ends_on: date | None
    arrangement: int | None
    arrangement_name: str
    unit: str


def arrangements(page: int, limit: int = MOST) -> Request[Page[Arrangement]]:
    """A page of all arrangements, archived ones too. The names of its filters are not published."""
    return Request(
        "GET",
        f"{_API}/working-time-arrangements",
        lambda answer: _page(answer, _arrangement),
        RIGHT,
        params={
            "page": str(page),
            "limit": str(limit),
            "fields.root": "count",
            "sort": "id",
        },
    )


def arrangement(number: int) -> Request[Arrangement]:
    return Request(
        "GET",
        f"{_API}/working-time-arrangements/{number}",
        lambda answer: _arrangement(parse_json(answer.body)),
        RIGHT,
    )


def collective_schedules(number: int) -> Request[list[CollectiveSchedule]]:
    """All schedules of an arrangement, by their first day. No paging is documented.

    https://developers.lucca.fr/api-reference/legacy/schedule/working-time-arrangements/list-collective-schedules
    """
    return Request(
        "GET",
        f"{_API}/working-time-arrangements/{number}/collective-schedules",
        lambda answer: _page(answer, _schedule).items,
        RIGHT,
    )


def assignments(
    employees: Iterable[int], page: int, limit: int = MOST
) -> Request[Page[Assignment]]:
    """A page of these employees' assignments over all time: there is no filter by day.

    https://developers.lucca.fr/api-reference/legacy/schedule/employee-assignments/list-employee-assignments
    """
    return Request(
        "GET",
        f"{_API}/employee-assignments",
        lambda answer: _page(answer, _assignment),
        RIGHT,
        params={
            "employee.id": ",".join(map(str, employees)),
            "page": str(page),
            "limit": str(limit),
            "fields.root": "count",
        },
    )


def assign(employee: int, arrangement_id: int, starts_on: date) -> Request[Assignment]:
    """Give an arrangement from a day on. Cannot be undone: the one in force ends on the eve, and
    the work contract gets an amendment. Sent twice, it may be done twice.

    https://developers.lucca.fr/api-reference/legacy/schedule/employee-assignments/assign-working-time-arrangement-to-employee
    """
    return Request(
        "POST",
        f"{_API}/employee-assignments",
        lambda answer: _assignment(parse_json(answer.body)),
        ASSIGN_RIGHT,
        payload={
            "employeeId": employee,
            "workingTimeArrangementId": arrangement_id,
            "startsOn": str(starts_on),
        },
        repeatable=False,
    )


def _page(answer: Answer, read: Callable[[object], T]) -> Page[T]:
    data = parse_json(answer.body)
    return Page([read(item) for item in items(data)], integer(fields(data), "count"))


def _arrangement(item: object) -> Arrangement:
    obj = fields(item)
    calendar = obj.get("publicholidayscalendar")
    return Arrangement(
        id=required(obj, "id"),
        name=text(obj, "name"),
        unit=text(obj, "unit").lower(),
        is_archived=flag(obj, "isArchived"),
        is_valid=flag(obj, "isScheduleValid"),
        is_part_time=flag(obj, "isPartTime"),
        calendar=text(fields(calendar), "name") if calendar is not None else "",
    )


def _schedule(item: object) -> CollectiveSchedule:
    obj = fields(item)
    pattern = fields(obj.get("pattern"))
    known = all(name in pattern for name in WEEKDAYS)
    return CollectiveSchedule(
        id=required(obj, "id"),
        starts_on=day(obj, "startsOn"),
        ends_on=day(obj, "endsOn"),
        splits_half_days=flag(obj, "splitsHalfDays"),
        shape=text(pattern, "shape"),
        week=tuple(_weekday(pattern[name]) for name in WEEKDAYS) if known else None,
    )


def _weekday(item: object) -> Weekday:
    obj = fields(item)
    return Weekday(text(obj, "dayOffType"), tuple(_shift(one) for one in many(obj, "shifts")))


def _shift(item: object) -> Shift:
    obj = fields(item)
    written: dict[str, Any] = fields(obj.get("duration"))
    duration = iso(written, "iso")
    if duration is None:
        raise Malformed("duration")
    return Shift(
        position=text(obj, "position"),
        # 09:00 or 09:00:00: how it is written is not shown.
        starts=text(obj, "startsAt")[:5],
        duration=duration,
        iso=text(written, "iso"),
    )


def _assignment(item: object) -> Assignment:
    obj = fields(item)
    starts, given = day(obj, "startsOn"), obj.get("workingtimearrangement")
    if starts is None:
        raise Malformed("startsOn")
    arrangement_of = fields(given) if given is not None else {}
    return Assignment(
        # Neither is documented as always there.
        id=integer(obj, "id") or 0,
        employee=required(fields(obj.get("employee")), "id"),
        starts_on=starts,
        ends_on=day(obj, "endsOn"),
        arrangement=integer(arrangement_of, "id"),
        arrangement_name=text(arrangement_of, "name"),
        unit=text(arrangement_of, "unit").lower(),
    )
