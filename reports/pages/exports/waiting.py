"""What a run is waiting for: since when, how long it usually takes, and until when; and what to
check when it takes longer."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.jobs.claims import OPEN
from portal.jobs.models import Attempt
from portal.jobs.moves import JobState
from portal.words import about, moment
from reports import pace
from reports.models import ExportConfiguration, ExportRun

_DOING = {
    "adopt": gettext_lazy("The list of earlier exports is read from Lucca."),
    "sweep": gettext_lazy("Lucca is asked for exports that were made outside the portal."),
    "send": gettext_lazy("The request leaves."),
    "confirm": gettext_lazy(
        "Lucca declined the request. It is asked whether an export appeared all the same."
    ),
    "track": gettext_lazy("The request has left. Lucca makes the export."),
    "fetch": gettext_lazy("Lucca made the export. Its file is fetched."),
}


@dataclass(frozen=True)
class Waiting:
    """`percent` is never known: Lucca says nothing of an export before it is made. `check` is
    what to look at when it takes longer than usual."""

    doing: str
    since: str
    usual: str = ""
    until: str = ""
    held_up: str = ""
    check: list[str] = field(default_factory=list)
    percent: None = None

    @property
    def said(self) -> str:
        late = _("It takes longer than usual.") if self.check else ""
        return " ".join(filter(None, [self.doing, late, self.held_up]))


def waiting(run: ExportRun, attempts: list[Attempt]) -> Waiting | None:
    """What goes on, or None when the run rests."""
    job, export = run.job, run.export
    if job.state not in OPEN:
        if export and export.fetching and export.fetching.state in OPEN:
            fetching = export.fetching
            doing = _("The file of export %(number)s is fetched.") % {"number": export.remote_id}
            return Waiting(doing, moment(fetching.created_at), held_up=fetching.message)
        return None
    since = attempts[-1].sent_at if attempts else job.created_at
    usual = pace.usual(run.configuration)
    tracked = job.step == "track"
    return Waiting(
        _doing(run),
        moment(since),
        _("Usually an export takes %(time)s.") % {"time": about(usual)} if usual else "",
        _until(run) if tracked else "",
        job.message,
        _what_to_check(run, since) if tracked else [],
    )


def _doing(run: ExportRun) -> str:
    if run.job.state == JobState.QUEUED:
        return _("Waits for its turn.")
    return str(_DOING.get(run.job.step, ""))


def _until(run: ExportRun) -> str:
    if run.job.deadline is None:
        return ""
    at = {"time": moment(run.job.deadline)}
    retries = run.configuration.after_deadline == ExportConfiguration.Policy.RETRY
    if retries and run.job.cursor.get("purpose") != "retry":
        return _("Without a new export by %(time)s it has probably failed; then one more"
                 " request is sent.") % at  # fmt: skip
    return _("Without a new export by %(time)s it has probably failed; then a person decides, and"
             " nothing is sent before.") % at  # fmt: skip


def _what_to_check(run: ExportRun, since: datetime) -> list[str]:
    usual = pace.usual(run.configuration)
    if not pace.is_late(since, usual, run.configuration.deadline):
        return []
    return [
        _("Look in Lucca under Timesheet, Exports, whether the export is there: then it is found"
          " here within minutes."),
        _("Ask whether Lucca has a disturbance, or whether somebody has just changed this export's"
          " settings there."),
        _("Do not make the export in Lucca's screen meanwhile: then there may be two."),
    ]  # fmt: skip
