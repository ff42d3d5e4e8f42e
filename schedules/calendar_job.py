"""The job that reads days: units first, then blocks of ten employees and at most 31 days.

    units -> units -> … -> days -> days -> …

Each block is a short read of the pulse: many people are read within the request budget, what has
arrived is shown while the rest is read, and an interrupted reading goes on at the block where it
stopped. A block that takes Lucca too long (408) is asked for with fewer people.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.kinds import Kind, Read, register
from portal.jobs.models import Job
from portal.lucca import arrangements, schedule, workcycles
from portal.lucca.arrangements import Assignment
from portal.lucca.schedule import MOST_DAYS, MOST_EMPLOYEES, UserDate
from portal.lucca.session import Request
from portal.lucca.types import Page
from portal.lucca.workcycles import WorkCycleException
from portal.models import Account
from schedules.calendar import DAYS, KIND
from schedules.models import CalendarDay, CalendarReading, EmployeeUnits
from schedules.userdates import members

_UNITS = "units"
# How many employees one request for units names; each may have had several arrangements.
_ASKED = 100
_AROUND = timedelta(days=366)


def _reading(job: Job) -> CalendarReading:
    return CalendarReading.objects.get(job=job)


# Units


def _by_exceptions(job: Job) -> bool:
    """On the older model no page says how units are had, but exceptions that exist have one."""
    older = job.account.schedule_model == Account.ScheduleModel.WORKCYCLES
    return bool(job.cursor.get("by_exceptions", older))


def _units_request(job: Job) -> Request[Any]:
    reading, cursor = _reading(job), job.cursor
    start, page = cursor.get("at", 0), cursor.get("page", 1)
    people = reading.to_read[start : start + _ASKED]
    if _by_exceptions(job):
        size = job.account.page_size
        first, last = reading.first_day - _AROUND, reading.last_day + _AROUND
        return workcycles.exceptions(people, first, last, (page - 1) * size, size)
    return arrangements.assignments(people, page)


def _keep_units(job: Job, page: Page[Any]) -> None:
    """Add a page to what is known of these people; after the last one, go on with the next."""
    with transaction.atomic():
        job.hold()
        reading, cursor = _reading(job), job.cursor
        start, number = cursor.get("at", 0), cursor.get("page", 1)
        people = reading.to_read[start : start + _ASKED]
        held = {} if number == 1 else _held(job.account, people)
        before = sum(map(len, held.values()))
        for one in page.items:
            employee, period = _period(one)
            if employee in people:
                known = held.setdefault(employee, [])
                known += [period] if period not in known else []
        seen = sum(map(len, held.values()))
        # Never because a page is short: Lucca may have clamped its size.
        last = seen == before or (page.count is not None and seen >= page.count)
        if last:
            held = {person: _agreed(periods) for person, periods in held.items()}
        _store_units(job.account, people, held)
        at = start + _ASKED if last else start
        if at >= len(reading.to_read):
            job.go(DAYS, cursor={})
            return
        kept = {name: cursor[name] for name in ("by_exceptions",) if name in cursor}
        job.go(_UNITS, cursor={**kept, "at": at, "page": 1 if last else number + 1})


def _period(one: Assignment | WorkCycleException) -> tuple[int, dict[str, Any]]:
    """Whose, and what is kept of it; the id tells it from the others."""
    if isinstance(one, Assignment):
        return one.employee, {
            "id": one.id,
            "starts": str(one.starts_on),
            "ends": str(one.ends_on) if one.ends_on else None,
            "unit": one.unit,
            "name": one.arrangement_name[:200],
        }
    return one.owner, {"id": one.id, "starts": None, "ends": None, "unit": one.unit, "name": ""}


def _held(account: Account, people: list[int]) -> dict[int, list[dict[str, Any]]]:
    rows = EmployeeUnits.objects.filter(account=account, host=account.host, employee__in=people)
    return dict(rows.values_list("employee", "periods"))


def _store_units(
    account: Account, people: Iterable[int], held: Mapping[int, list[dict[str, Any]]]
) -> None:
    now = timezone.now()
    EmployeeUnits.objects.bulk_create(
        [
            EmployeeUnits(
                account=account,
                host=account.host,
                employee=person,
                periods=held.get(person, []),
                read_at=now,
            )
            for person in people
        ],
        update_conflicts=True,
        unique_fields=["account", "employee"],
        update_fields=["host", "periods", "read_at"],
    )


def _agreed(periods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Periods of exceptions say nothing about when: they count only where all have one unit."""
    if periods and periods[0]["starts"] is None:
        return periods[:1] if len({one["unit"] for one in periods}) == 1 else []
    return sorted(periods, key=lambda one: str(one["starts"]))


# Days


def ranges(first: date, last: date) -> list[tuple[date, date]]:
    """The days in stretches that Lucca recommends for one request."""
    found = []
    while first <= last:
        end = min(last, first + timedelta(days=MOST_DAYS - 1))
        found.append((first, end))
        first = end + timedelta(days=1)
    return found


def _block(job: Job, reading: CalendarReading) -> tuple[list[int], tuple[date, date]]:
    cursor = job.cursor
    start, size = cursor.get("at", 0), cursor.get("size", MOST_EMPLOYEES)
    stretches = ranges(reading.first_day, reading.last_day)
    return reading.to_read[start : start + size], stretches[cursor.get("stretch", 0)]


def _days_request(job: Job) -> Request[list[UserDate]]:
    people, (first, last) = _block(job, _reading(job))
    return schedule.userdates(people, first, last)


def _keep_days(job: Job, found: list[UserDate]) -> None:
    """Store a block: what came, and as unknown what is missing."""
    with transaction.atomic():
        job.hold()
        reading, cursor = _reading(job), job.cursor
        people, (first, last) = _block(job, reading)
        came = {(one.owner, one.day): one for one in found}
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        CalendarDay.objects.bulk_create(
            [_row(job.account, p, day, came.get((p, day))) for p in people for day in days],
            update_conflicts=True,
            unique_fields=["account", "employee", "day"],
            update_fields=_WRITTEN,
        )
        stretches = len(ranges(reading.first_day, reading.last_day))
        stretch, at = cursor.get("stretch", 0) + 1, cursor.get("at", 0)
        if stretch == stretches:
            stretch, at = 0, at + len(people)
        if at >= len(reading.to_read):
            job.succeed()
            return
        done = at * stretches + stretch * len(people)
        percent = min(99, 100 * done // (len(reading.to_read) * stretches))
        job.go(DAYS, cursor=cursor | {"stretch": stretch, "at": at}, progress=percent)


_WRITTEN = [
    *("host", "is_known", "source", "theoretical", "actual", "leave", "is_holiday"),
    *("is_weekly_rest", "halves", "events", "read_at"),
]


def _row(account: Account, employee: int, day: date, came: UserDate | None) -> CalendarDay:
    row = CalendarDay(
        account=account,
        host=account.host,
        employee=employee,
        day=day,
        is_known=came is not None,
        read_at=timezone.now(),
    )
    if came is not None:
        for name, value in members(came).items():
            setattr(row, name, value)
    return row


# Giving up


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Days are only read: nothing can have been done. Without units, they are shown all the same,
    and a block of fewer people may be quick enough."""
    size = job.cursor.get("size", MOST_EMPLOYEES)
    if job.step == _UNITS and reason in ("not-found", "right-missing", "refused"):
        _without_units(job)
    elif job.step == DAYS and params.get("status") == 408 and size > 1:
        job.go(DAYS, cursor=job.cursor | {"size": size // 2})
    else:
        job.fail(reason, **params)


def _without_units(job: Job) -> None:
    """Where there are no arrangements, exceptions may tell; where neither can be had, nothing does,
    and times are shown as Lucca writes them."""
    auto = job.account.schedule_model == Account.ScheduleModel.AUTO
    if auto and not _by_exceptions(job):
        job.go(_UNITS, cursor={"by_exceptions": True})
    else:
        job.go(DAYS, cursor={})


def register_kind() -> None:
    register(
        Kind(
            KIND,
            _("reading of schedules"),
            first=_UNITS,
            steps={
                _UNITS: Read(_units_request, _keep_units),
                DAYS: Read(_days_request, _keep_days),
            },
            give_up=_give_up,
        )
    )
