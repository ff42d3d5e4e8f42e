"""What a batch is waiting for: how far, since when, and whether anybody is at work."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.models import ImportBatch, Upload
from imports.stages import Stage
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.words import moment

BUSY = (Stage.CHECKING, Stage.ANALYSING, Stage.IMPORTING)
_DOING = {
    "check": gettext_lazy("The lines are compared with the people and places of Lucca."),
    "places": gettext_lazy("The places are read from Lucca once more."),
    "send": gettext_lazy("The file is being sent to Lucca."),
    "follow": gettext_lazy("Lucca is working on the file."),
    "report": gettext_lazy("Lucca's report is being read."),
}


@dataclass(frozen=True)
class Waiting:
    """`percent` is None while it is not known."""

    percent: int | None
    doing: str
    held_up: str
    since: str


def waiting(batch: ImportBatch) -> Waiting | None:
    """What goes on, or None when the batch rests."""
    if batch.stage not in BUSY or batch.job is None:
        return None
    job = batch.job
    return Waiting(_percent(batch, job), _doing(job), job.message, moment(batch.touched_at))


def _percent(batch: ImportBatch, job: Job) -> int | None:
    """Over all parts. A check has no figure of its own: it takes seconds."""
    parts = len(batch.parts)
    if job.state != JobState.RUNNING or job.progress is None or batch.stage == Stage.CHECKING:
        return None
    if parts < 2:
        return job.progress
    part = Upload.objects.filter(job=job).values_list("part", flat=True).first() or 1
    return ((part - 1) * 100 + job.progress) // parts


def _doing(job: Job) -> str:
    if job.waits_for and job.waits_for.state not in SETTLED:
        return _("The people and places of Lucca are read first.")
    if job.state == JobState.QUEUED:
        return _("Waits for its turn.")
    return str(_DOING.get(job.step, ""))
