"""What takes too long now, and what planned did not happen: in a constant number of queries,
however much is under way. The mails and the pages both speak of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet

from portal.jobs.claims import OPEN
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from reports.models import Plan, PlannedRun
from reports.pace import NEVER_LATE_BEFORE, late_after, usual_of_many

# A planned run that has not started so long after its time is late.
START_LATE = timedelta(minutes=15)
# No deadline is documented for reports.
_REPORT_LIMIT = timedelta(hours=1)
S = PlannedRun.State


@dataclass(frozen=True)
class Late:
    """A job of an export or a report. `usual` is None where too few runs have ended yet."""

    job: Job
    since: datetime
    usual: timedelta | None


def of_runs() -> QuerySet[Job]:
    """Jobs of exports and reports, each with its run."""
    return Job.objects.filter(
        Q(export_run__isnull=False) | Q(report_run__isnull=False)
    ).select_related("account", "export_run__configuration", "report_run__template")


def late(jobs: list[Job], now: datetime) -> list[Late]:
    """Those of the open jobs that take longer than thrice their usual time, or their deadline. One
    query."""
    old = [job for job in jobs if job.state in OPEN and since(job) < now - NEVER_LATE_BEFORE]
    if not old:
        return []
    keys = [_key(job) for job in old]
    usual = usual_of_many(
        [configuration for configuration, _template in keys if configuration],
        [template for _configuration, template in keys if template],
    )
    found = [Late(job, since(job), usual.get(_key(job))) for job in old]
    return [one for one in found if now - one.since > late_after(one.usual, _limit(one.job))]


def since(job: Job) -> datetime:
    """A job that nobody has begun waits since it was asked for."""
    return job.started_at or job.created_at


def _key(job: Job) -> tuple[int | None, int | None]:
    if hasattr(job, "export_run"):
        return job.export_run.configuration_id, None
    return None, job.report_run.template_id


def _limit(job: Job) -> timedelta:
    if hasattr(job, "export_run"):
        return job.export_run.configuration.deadline
    return _REPORT_LIMIT


def under_way_or_lost() -> QuerySet[Job]:
    """Open, unknown, or planned and failed, unless somebody has said that it is not needed."""
    failed = Q(pk__in=[])
    for kind in ("export_run", "report_run"):
        planned = {f"{kind}__planned__isnull": False, f"{kind}__planned__set_aside_at": None}
        failed |= Q(state=JobState.FAILED, **planned)
    return (
        of_runs()
        .filter(Q(state__in=[*OPEN, JobState.UNKNOWN]) | failed)
        .select_related("export_run__planned__plan", "report_run__planned__plan")
        .order_by("pk")
    )


def plans_in_trouble(now: datetime) -> Any:
    """A row for each planned run that waits too long, was refused or missed, and for each plan
    whose time has come without anybody noticing: the background service is not running."""
    limit = now - START_LATE
    waits = Q(runs__state=S.DUE, runs__due_at__lte=limit)
    did_not = Q(runs__state__in=[S.REFUSED, S.MISSED])
    return (
        Plan.objects.annotate(
            trouble=FilteredRelation(
                "runs", condition=Q(runs__set_aside_at=None) & (waits | did_not)
            )
        )
        .filter(Q(next_at__lte=limit) | Q(trouble__isnull=False))
        .order_by("pk", "trouble__due_at")
        .values(
            *("pk", "name", "next_at"),
            account=F("configuration__account__label"),
            report_account=F("template__account__label"),
            due_at=F("trouble__due_at"),
            state=F("trouble__state"),
            reason=F("trouble__reason"),
            reason_params=F("trouble__reason_params"),
        )
    )
