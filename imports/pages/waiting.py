"""What a batch is waiting for: how far, since when, and whether anybody is at work."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from imports import pace
from imports.models import ImportBatch, Upload
from imports.stages import Stage
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.words import MANY_MINUTES, about, moment, number

BUSY = (Stage.CHECKING, Stage.ANALYSING, Stage.IMPORTING)
_DOING = {
    "check": gettext_lazy("The lines are compared with the people and places of Lucca."),
    "places": gettext_lazy("The places are read from Lucca once more."),
    "keep": gettext_lazy(
        "What stands in Lucca for these people and days is read and kept first. Then the file is"
        " sent."
    ),
    "send": gettext_lazy("The file is being sent to Lucca."),
    "follow": gettext_lazy("Lucca is working on the file."),
    "report": gettext_lazy("Lucca's report is being read."),
    "read_back": gettext_lazy("The first lines are in. They are read back before the rest goes."),
    "verdict": gettext_lazy("The first lines are in. They are read back before the rest goes."),
}
# What usually takes a second is not late after two.
_NOT_YET_LONG = timedelta(seconds=30)


@dataclass(frozen=True)
class Waiting:
    """`percent` is None while it is not known; `left` and `usual` are empty while nothing can be
    said. `said` is for screen readers: what goes on, and each quarter of the way."""

    percent: int | None
    doing: str
    left: str
    usual: str
    held_up: str
    since: str

    @property
    def said(self) -> str:
        quarter = (self.percent or 0) // 25 * 25
        done = _("%(percent)s %% done.") % {"percent": quarter} if quarter else ""
        return " ".join(filter(None, [self.doing, done, self.held_up]))


def waiting(batch: ImportBatch) -> Waiting | None:
    """What goes on, or None when the batch rests."""
    if batch.stage not in BUSY or batch.job is None:
        return None
    job = batch.job
    upload = Upload.objects.filter(job=job).select_related("batch").first()
    return Waiting(
        _percent(batch, upload, job),
        _doing(batch, upload, job),
        *_how_long(upload, job),
        job.message,
        moment(batch.touched_at),
    )


def _percent(batch: ImportBatch, upload: Upload | None, job: Job) -> int | None:
    """Over the lines of all parts. A check has no figure of its own: it takes seconds."""
    if job.state != JobState.RUNNING or job.progress is None or upload is None:
        return None
    sizes = [part["lines"] for part in batch.parts]
    done = sum(sizes[: upload.part - 1]) * 100 + sizes[upload.part - 1] * job.progress
    return int(done // max(sum(sizes), 1))


def _doing(batch: ImportBatch, upload: Upload | None, job: Job) -> str:
    if job.step in ("keep", "read_back", "verdict"):
        return str(_DOING[job.step])
    if job.waits_for and job.waits_for.state not in SETTLED:
        return _("The people and places of Lucca are read first.")
    if job.state == JobState.QUEUED:
        return _("Waits for its turn.")
    doing = str(_DOING.get(job.step, ""))
    if upload and upload.create and batch.canary and upload.part == 1:
        return f"{doing} {_first_lines(batch)}"
    if upload and len(batch.parts) > 1:
        part = {"part": number(upload.part), "parts": number(len(batch.parts))}
        doing += " " + _("Part %(part)s of %(parts)s.") % part
    return doing


def _first_lines(batch: ImportBatch) -> str:
    return ngettext(
        "This is the first line; the others wait until it is verified.",
        "These are the first %(count)s lines; the others wait until they are verified.",
        batch.ahead,
    ) % {"count": number(batch.ahead)}


def _how_long(upload: Upload | None, job: Job) -> tuple[str, str]:
    """The time left, and how long it usually takes, in words; of a check, how far it is."""
    if job.state != JobState.RUNNING:
        return "", ""
    if upload is None:
        line = job.cursor.get("line")
        return _("Line %(line)s is reached.") % {"line": number(line)} if line else "", ""
    left, usual = pace.time_left(upload, job), pace.usual(upload, job)
    known = _usually(upload, usual) if usual else ""
    if left:
        return _left(left), known
    elapsed = timezone.now() - job.started_at if job.started_at else timedelta(0)
    if pace.is_late(upload, job) or (usual and elapsed > max(1.5 * usual, _NOT_YET_LONG)):
        return _("It takes longer than usual. Nothing is lost."), known
    return "", known


def _usually(upload: Upload, time: timedelta) -> str:
    """Of an upload, which is a part where the file has several."""
    if len(upload.batch.parts) > 1:
        return _("Usually a part takes %(time)s.") % {"time": about(time)}
    return _("Usually it takes %(time)s.") % {"time": about(time)}


def _left(time: timedelta) -> str:
    """Coarse, so that it neither jumps nor promises too much."""
    if time < timedelta(minutes=1):
        return _("Less than a minute left.")
    minutes = round(time.total_seconds() / 60)
    if minutes < MANY_MINUTES:
        words = ngettext("About %(count)s minute left.", "About %(count)s minutes left.", minutes)
        return words % {"count": number(minutes)}
    hours = round(minutes / 60)
    words = ngettext("About %(count)s hour left.", "About %(count)s hours left.", hours)
    return words % {"count": number(hours)}
