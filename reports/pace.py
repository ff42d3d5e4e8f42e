"""How long exports and reports usually take, learned from those before."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from reports.models import ExportConfiguration, ReportTemplate

# Ended runs that are looked at, and how many say something.
_LOOKED_AT, _ENOUGH = 9, 3
_ENDED = (JobState.SUCCEEDED, JobState.PARTIAL)
# What usually takes seconds is not late after a few more.
NEVER_LATE_BEFORE = timedelta(minutes=5)


def usual(of: ExportConfiguration | ReportTemplate) -> timedelta | None:
    """The median time of its latest runs that ended well; None where there are too few."""
    times = (
        _ended_well(Job.objects.filter(pk__in=of.runs.values_list("job", flat=True)))
        .order_by("-pk")
        .values_list("started_at", "finished_at")[:_LOOKED_AT]
    )
    return _median(_seconds(started, ended) for started, ended in times)


def usual_of_many(
    configurations: Iterable[int], templates: Iterable[int]
) -> dict[tuple[int | None, int | None], timedelta]:
    """The same for many at once, by the keys of configuration and template: one query."""
    of = ("export_run__configuration", "report_run__template")
    latest = (
        _ended_well(Job.objects.all())
        .filter(
            Q(export_run__configuration__in=[*configurations])
            | Q(report_run__template__in=[*templates])
        )
        .annotate(place=Window(RowNumber(), partition_by=[F(name) for name in of], order_by="-pk"))
        .filter(place__lte=_LOOKED_AT)
        .order_by()
        .values_list(*of, "started_at", "finished_at")
    )
    taken = defaultdict[tuple[int | None, int | None], list[float]](list)
    for configuration, template, started, ended in latest:
        taken[configuration, template].append(_seconds(started, ended))
    found = {key: _median(times) for key, times in taken.items()}
    return {key: time for key, time in found.items() if time is not None}


def _ended_well(jobs: QuerySet[Job]) -> QuerySet[Job]:
    # Not those that a person settled, when they came to it.
    found = jobs.filter(state__in=_ENDED, finished_at__isnull=False)
    return found.exclude(started_at=None).exclude(reason="settled-by-person")


def _seconds(started: datetime | None, ended: datetime | None) -> float:
    return (ended - started).total_seconds() if started and ended else 0.0


def _median(seconds: Iterable[float]) -> timedelta | None:
    taken = list(seconds)
    return timedelta(seconds=median(taken)) if len(taken) >= _ENOUGH else None


def late_after(usual_time: timedelta | None, limit: timedelta) -> timedelta:
    """Longer than this is worth telling somebody: thrice the usual time, and at most `limit`."""
    if usual_time is None:
        return limit
    return min(limit, max(3 * usual_time, NEVER_LATE_BEFORE))


def is_late(since: datetime, usual_time: timedelta | None, limit: timedelta) -> bool:
    return timezone.now() - since > late_after(usual_time, limit)
