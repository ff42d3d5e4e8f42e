"""The job that reads arrangements: the list, then the collective schedules of one after the other.

list -> list -> … -> schedules -> schedules -> …
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.kinds import Kind, Read, register
from portal.jobs.models import Job
from portal.lucca import arrangements as lucca
from portal.lucca.arrangements import Arrangement, CollectiveSchedule, Weekday
from portal.lucca.session import Request
from portal.lucca.types import Page
from schedules import gathering
from schedules.amounts import minutes_of
from schedules.arrangements import KIND
from schedules.gathering import Plain
from schedules.models import ArrangementsState, KnownArrangement


def _list_request(job: Job) -> Request[Page[Arrangement]]:
    return lucca.arrangements(gathering.page_of(job))


@gathering.whole(gathering.arrangement)
def _keep_list(job: Job, items: list[Plain]) -> None:
    account, at = job.account, timezone.now()
    KnownArrangement.objects.bulk_create(
        [
            KnownArrangement(
                account=account,
                host=account.host,
                seen_at=at,
                remote_id=one["id"],
                **{name: value for name, value in one.items() if name != "id"},
            )
            for one in items
        ],
        update_conflicts=True,
        unique_fields=["account", "host", "remote_id"],
        update_fields=[*_WRITTEN],
    )
    ArrangementsState.objects.filter(account=account).update(read_at=at)
    # Live ones first: the others are looked at least.
    order = sorted(items, key=lambda one: (one["is_archived"], one["id"]))
    _go_on(job, [one["id"] for one in order if one["is_valid"]], 0)


_WRITTEN = ("name", "unit", "calendar", "is_archived", "is_valid", "is_part_time", "seen_at")


def _go_on(job: Job, numbers: list[int], at: int) -> None:
    if at >= len(numbers):
        job.succeed()
        return
    percent = 100 * at // len(numbers)
    job.go("schedules", cursor={"numbers": numbers, "at": at}, progress=percent)


def _schedules_request(job: Job) -> Request[list[CollectiveSchedule]]:
    return lucca.collective_schedules(job.cursor["numbers"][job.cursor["at"]])


def _keep_schedules(job: Job, found: list[CollectiveSchedule]) -> None:
    with transaction.atomic():
        job.hold()
        numbers, at = job.cursor["numbers"], job.cursor["at"]
        KnownArrangement.objects.filter(
            account=job.account, host=job.account.host, remote_id=numbers[at]
        ).update(schedules=[_plain(one) for one in found])
        _go_on(job, numbers, at + 1)


def _plain(one: CollectiveSchedule) -> dict[str, Any]:
    return {
        "id": one.id,
        "starts": str(one.starts_on) if one.starts_on else None,
        "ends": str(one.ends_on) if one.ends_on else None,
        "splits": one.splits_half_days,
        "shape": one.shape,
        "week": [_day(each) for each in one.week] if one.week else None,
    }


def _day(one: Weekday) -> dict[str, Any]:
    return {
        "off": one.day_off,
        "shifts": [
            {
                "position": shift.position,
                "starts": shift.starts,
                "minutes": minutes_of(shift.duration),
            }
            for shift in one.shifts
        ],
    }


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """The list is worth something without the schedules, which the vendor calls beta."""
    if job.step == "schedules" and reason in ("not-found", "right-missing", "refused"):
        _go_on(job, job.cursor["numbers"], job.cursor["at"] + 1)
    else:
        job.fail(reason, **params)


def register_kind() -> None:
    register(
        Kind(
            KIND,
            _("reading of working time arrangements"),
            first="list",
            steps={
                "list": Read(_list_request, _keep_list),
                "schedules": Read(_schedules_request, _keep_schedules),
            },
            give_up=_give_up,
        )
    )
