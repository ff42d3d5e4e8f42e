"""The job that looks before anything is decided: the arrangement, the employee's assignments, and
the changed days that a new arrangement would make wrong.

    arrangement -> assignments -> overrides
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.claims import OPEN
from portal.jobs.kinds import Kind, Read, register
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.lucca import arrangements, overrides
from portal.lucca.arrangements import Arrangement, Assignment
from portal.lucca.overrides import Override
from portal.lucca.session import Request
from portal.lucca.types import Page
from schedules import gathering
from schedules.gathering import Plain
from schedules.models import ArrangementAssignment

LOOK = "schedules.assign_look"
# Changed days are looked for this long after the first day.
AHEAD = timedelta(days=730)


def row_of(job: Job) -> ArrangementAssignment:
    """Of a job that looks."""
    return ArrangementAssignment.objects.select_related("account").get(look=job)


def arrangement_request(job: Job) -> Request[Page[Arrangement]]:
    # The whole list: one arrangement by its number is flagged as beta by the vendor.
    return arrangements.arrangements(gathering.page_of(job))


def chosen(items: list[dict[str, Any]], number: int) -> dict[str, Any] | None:
    return next((one for one in items if one["id"] == number), None)


@gathering.whole(gathering.arrangement)
def _keep_arrangement(job: Job, items: list[Plain]) -> None:
    row = row_of(job)
    found = chosen(items, row.arrangement)
    fields = {"name": found["name"], "unit": found["unit"]} if found else {}
    _keep(row, "arrangement", found, **fields)
    job.go("assignments", cursor={})


def _assignments_request(job: Job) -> Request[Page[Assignment]]:
    return arrangements.assignments([row_of(job).employee], gathering.page_of(job))


@gathering.whole(gathering.assignment)
def _keep_assignments(job: Job, items: list[Plain]) -> None:
    row = row_of(job)
    _keep(row, "assignments", in_order(gathering.of(row.employee, items)))
    job.go("overrides", cursor={})


def in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda one: (one["starts"], one["id"]))


def _overrides_request(job: Job) -> Request[Page[Override]]:
    row = row_of(job)
    last = row.starts_on + AHEAD
    return overrides.overrides([row.employee], row.starts_on, last, gathering.page_of(job))


@gathering.whole(gathering.override)
def _keep_overrides(job: Job, items: list[Plain]) -> None:
    row = row_of(job)
    _keep(row, "overrides", gathering.of(row.employee, items), looked_at=timezone.now())
    job.succeed()


def _keep(row: ArrangementAssignment, part: str, value: Any, **fields: Any) -> None:
    found = row.found | {part: value}
    ArrangementAssignment.objects.filter(pk=row.pk).update(found=found, **fields)


def forget_old() -> None:
    """The days on which people work otherwise are kept as long as those of calendars."""
    limit = timezone.now() - settings.READINGS_KEPT
    old = ArrangementAssignment.objects.filter(looked_at__lt=limit, found__has_key="overrides")
    for row in old.exclude(job__state__in=[*OPEN, JobState.UNKNOWN])[:200]:
        kept = {name: value for name, value in row.found.items() if name != "overrides"}
        ArrangementAssignment.objects.filter(pk=row.pk).update(found=kept)


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Nothing was sent that changes anything."""
    job.fail(reason, **params)


def register_kind() -> None:
    register(
        Kind(
            LOOK,
            _("look before an assignment"),
            first="arrangement",
            steps={
                "arrangement": Read(arrangement_request, _keep_arrangement),
                "assignments": Read(_assignments_request, _keep_assignments),
                "overrides": Read(_overrides_request, _keep_overrides),
            },
            give_up=_give_up,
        )
    )
