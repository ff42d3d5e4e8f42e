"""Asking for the days of employees, and forgetting them.

Days are kept with their age. What is young enough is not read again unless somebody wants it; what
Lucca says nothing about is kept as unknown. Requests are those of schedules.calendar_job.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from portal.audit import record
from portal.directory import lock
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.models import Account
from schedules.models import CalendarDay, CalendarReading, EmployeeUnits

KIND = "schedules.calendar"
# The step after that which reads units.
DAYS = "days"
MOST_PEOPLE = 1000
MOST_DAYS = 366
# A day that was read this long ago is shown as it is; somebody may always have it read again.
YOUNG = timedelta(hours=1)


def ask_for(
    account: Account,
    people: Sequence[int],
    first: date,
    last: date,
    *,
    by: Any,
    anew: bool = False,
    interactive: bool = True,
) -> CalendarReading:
    """Have these employees' days read (their ids in Lucca), both ends included.

    `anew`: also those that were read a short while ago.
    """
    wanted = list(dict.fromkeys(people))
    to_read = wanted if anew else _not_young(account, wanted, first, last)
    with transaction.atomic():
        job = ask(KIND, account, by=by, interactive=interactive) if to_read else None
        if job and not anew and _units_are_young(account, to_read):
            job.step = DAYS
            job.save(update_fields=["step"])
        reading = CalendarReading.objects.create(
            account=account,
            host=account.host,
            job=job,
            asked_by=by,
            people=wanted,
            to_read=to_read,
            first_day=first,
            last_day=last,
        )
        record(
            "calendar.asked",
            reading,
            account=account.label,
            by=by,
            values={
                "employees": len(wanted),
                "to_read": len(to_read),
                "first": str(first),
                "last": str(last),
            },
        )
    return reading


def _not_young(account: Account, people: list[int], first: date, last: date) -> list[int]:
    """Those of whom a day is missing or too old."""
    days = (last - first).days + 1
    rows = CalendarDay.objects.filter(
        account=account,
        host=account.host,
        employee__in=people,
        day__range=(first, last),
        read_at__gt=timezone.now() - YOUNG,
    )
    counted = rows.order_by().values("employee").annotate(days=Count("pk"))
    whole = {row["employee"] for row in counted if row["days"] == days}
    return [person for person in people if person not in whole]


def _units_are_young(account: Account, people: list[int]) -> bool:
    """Whether the arrangements of all of them were read no longer ago than the directory may be."""
    since = timezone.now() - account.directory_max_age
    young = EmployeeUnits.objects.filter(account=account, host=account.host, read_at__gt=since)
    return young.filter(employee__in=people).count() == len(people)


def read_again(reading: CalendarReading, *, by: Any) -> CalendarReading:
    """The same people and days, from Lucca."""
    return ask_for(
        reading.account, reading.people, reading.first_day, reading.last_day, by=by, anew=True
    )


def stop(reading: CalendarReading, *, by: Any) -> None:
    """End the reading; what was read stays."""
    with transaction.atomic():
        lock(reading.account)
        # A lock, because a block that is kept or a claim meanwhile would void our move of the job.
        job = Job.objects.select_for_update().filter(pk=reading.job_id or 0).first()
        if job is not None and job.state in OPEN:
            job.cancel(by=by)


def forget_old() -> None:
    """Delete what was read, and for whom, once it is older than it is kept."""
    limit = timezone.now() - settings.READINGS_KEPT
    old = CalendarReading.objects.filter(forgotten_at=None, asked_at__lt=limit)
    for reading in old.exclude(job__state__in=OPEN).select_related("account")[:200]:
        with transaction.atomic():
            CalendarReading.objects.filter(pk=reading.pk).update(
                people=[], to_read=[], forgotten_at=timezone.now()
            )
            record("calendar.forgotten", reading, account=reading.account.label)
    CalendarDay.objects.filter(read_at__lt=limit).delete()
    EmployeeUnits.objects.filter(read_at__lt=limit).delete()
