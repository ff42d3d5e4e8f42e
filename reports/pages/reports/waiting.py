"""What a report is waiting for: since when, and how long it usually takes."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.jobs.claims import OPEN
from portal.jobs.moves import JobState
from portal.words import about, moment
from reports import pace
from reports.models import ReportRun
from reports.reports.jobs import SAID_AFTER

_DOING = {
    "ask": gettext_lazy("Lucca is asked for the report."),
    "follow": gettext_lazy("Lucca makes the report."),
    "csv": gettext_lazy("The file is fetched."),
    "excel": gettext_lazy("The workbook is fetched."),
}


@dataclass(frozen=True)
class Waiting:
    """`percent` is never known: Lucca says nothing of a report before it is made."""

    doing: str
    since: str
    usual: str
    late: str
    held_up: str
    percent: None = None

    @property
    def said(self) -> str:
        """For screen readers."""
        return " ".join(filter(None, [self.doing, self.late, self.held_up]))


def waiting(run: ReportRun, usual: timedelta | None) -> Waiting | None:
    """What goes on, or None when the report rests."""
    job = run.job
    if job.state not in OPEN:
        return None
    since = job.started_at or job.created_at
    late = pace.is_late(since, usual, SAID_AFTER) and not job.message
    return Waiting(
        _("Waits for its turn.") if job.state == JobState.QUEUED else str(_DOING.get(job.step, "")),
        moment(since),
        _("Usually it takes %(time)s.") % {"time": about(usual)} if usual else "",
        _("It takes longer than usual. Nothing is lost, and asking again would not make it faster.")
        if late
        else "",
        job.message,
    )
