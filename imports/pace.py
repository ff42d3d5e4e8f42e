"""How long an analysis or an import still takes, from its own speed, and how long such ones took.

Nothing is said before enough was seen: Lucca's first figures often jump.
"""

from datetime import timedelta
from statistics import median

from django.utils import timezone

from imports.models import Upload
from portal.jobs.models import Job
from portal.jobs.moves import JobState

# Seen for so long and moved so far, a pace is one.
_ENOUGH_SECONDS, _ENOUGH_PERCENT = 5.0, 5
# Earlier uploads of the account that are looked at, and those of about this size that it takes.
_LOOKED_AT, _ENOUGH_ALIKE = 50, 3
_ENDED = (JobState.SUCCEEDED, JobState.PARTIAL)


def begun() -> dict[str, float]:
    """What the job's cursor keeps when Lucca begins to work on a part (seconds since 1970)."""
    return {"since": timezone.now().timestamp()}


def moved() -> dict[str, float]:
    """What it keeps each time that the figure grows."""
    return {"moved": timezone.now().timestamp()}


def time_left(upload: Upload, job: Job) -> timedelta | None:
    """Over this part and those after it; None while nothing can be said. Never below nothing:
    an estimate that has run out is None too, which `is_late` tells apart."""
    seconds = _seconds_left(upload, job)
    return timedelta(seconds=seconds) if seconds is not None and seconds > 0 else None


def is_late(upload: Upload, job: Job) -> bool:
    """Whether it takes longer than its own pace let expect."""
    seconds = _seconds_left(upload, job)
    return seconds is not None and seconds <= 0


def _seconds_left(upload: Upload, job: Job) -> float | None:
    since: float | None = job.cursor.get("since")
    last: float | None = job.cursor.get("moved")
    done = job.progress or 0
    if not since or not last or done < _ENOUGH_PERCENT or last - since < _ENOUGH_SECONDS:
        return None
    whole = (last - since) * 100 / done
    here = since + whole - timezone.now().timestamp()
    if here <= 0:
        return here
    later: int = sum(part["lines"] for part in upload.batch.parts[upload.part :])
    return here + whole * later / max(upload.lines, 1)


def usual(upload: Upload, job: Job) -> timedelta | None:
    """The median time of the account's latest uploads of about this size, for the same purpose;
    None where there are too few. One query."""
    earlier = (
        Job.objects.filter(account=job.account_id, kind=job.kind, state__in=_ENDED)
        .order_by("-pk")
        .values_list("started_at", "finished_at", "upload__lines")[:_LOOKED_AT]
    )
    alike = [
        (ended - started).total_seconds()
        for started, ended, lines in earlier
        if started and ended and upload.lines <= 2 * (lines or 0) <= 4 * upload.lines
    ]
    return timedelta(seconds=median(alike)) if len(alike) >= _ENOUGH_ALIKE else None
