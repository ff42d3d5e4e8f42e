"""How long exports and reports usually take, learned from those before."""

from datetime import datetime, timedelta
from statistics import median

from django.utils import timezone

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from reports.models import ExportConfiguration, ReportTemplate

# Ended runs that are looked at, and how many say something.
_LOOKED_AT, _ENOUGH = 9, 3
_ENDED = (JobState.SUCCEEDED, JobState.PARTIAL)
# What usually takes seconds is not late after a few more.
_NEVER_LATE_BEFORE = timedelta(minutes=5)


def usual(of: ExportConfiguration | ReportTemplate) -> timedelta | None:
    """The median time of its latest runs that ended well; None where there are too few."""
    times = (
        Job.objects.filter(pk__in=of.runs.values_list("job", flat=True), state__in=_ENDED)
        .exclude(started_at=None)
        # A person settled it, when they came to it.
        .exclude(reason="settled-by-person")
        .order_by("-pk")
        .values_list("started_at", "finished_at")[:_LOOKED_AT]
    )
    taken = [(ended - started).total_seconds() for started, ended in times if started and ended]
    return timedelta(seconds=median(taken)) if len(taken) >= _ENOUGH else None


def late_after(usual_time: timedelta | None, limit: timedelta) -> timedelta:
    """Longer than this is worth telling somebody: thrice the usual time, and at most `limit`."""
    if usual_time is None:
        return limit
    return min(limit, max(3 * usual_time, _NEVER_LATE_BEFORE))


def is_late(since: datetime, usual_time: timedelta | None, limit: timedelta) -> bool:
    return timezone.now() - since > late_after(usual_time, limit)
