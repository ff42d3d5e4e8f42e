"""What an override waits for: which of its jobs is under way, and what it does."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.jobs.claims import OPEN
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.words import moment
from schedules.models import ScheduleOverride


@dataclass(frozen=True)
class Waiting:
    """`percent` is not known: it is a matter of seconds."""

    doing: str
    since: str
    held_up: str = ""
    percent: None = None

    @property
    def said(self) -> str:
        return " ".join(filter(None, [self.doing, self.held_up]))


def waiting(override: ScheduleOverride) -> Waiting | None:
    """None when it rests."""
    job = _under_way(override)
    if job is None:
        return None
    doing = _("Waits for its turn.") if job.state == JobState.QUEUED else _doing(override, job)
    return Waiting(doing, moment(job.created_at), job.message)


def _under_way(override: ScheduleOverride) -> Job | None:
    jobs = (override.look, override.withdrawal, override.job, override.preparation)
    return next((job for job in jobs if job is not None and job.state in OPEN), None)


def _doing(override: ScheduleOverride, job: Job) -> str:
    if job.pk == override.preparation_id:
        return _("The day is read from Lucca. Nothing is changed by it.")
    if job.pk == override.look_id:
        return _("The day is read again. Nothing is sent again.")
    if job.step != "send":
        return _("It was sent. The day is read again, to see what came of it.")
    if job.pk == override.withdrawal_id:
        return _("What the portal wrote is taken back.")
    return _("The day is read once more, and the change is sent.")
