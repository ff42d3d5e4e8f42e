"""Request, making, file: which are done, where the report stands, and since when."""

from django.utils.translation import pgettext_lazy

from portal.jobs.models import Attempt
from portal.jobs.moves import JobState
from portal.pages.parts import Step
from reports.models import ReportFile, ReportRun
from reports.reports.jobs import ASK, FETCH_CSV, FETCH_EXCEL, FOLLOW

NAMES = (
    pgettext_lazy("step", "Request"),
    pgettext_lazy("step", "Lucca makes it"),
    pgettext_lazy("step", "Download"),
)
TONES = {
    JobState.QUEUED: "info", JobState.RUNNING: "info", JobState.SUCCEEDED: "good",
    JobState.PARTIAL: "warning", JobState.FAILED: "error", JobState.UNKNOWN: "error",
    JobState.CANCELLED: "quiet",
}  # fmt: skip
_AT = {ASK: 0, FOLLOW: 1, FETCH_CSV: 2, FETCH_EXCEL: 2}
_ENDED_BADLY = (JobState.FAILED, JobState.PARTIAL)


def steps(run: ReportRun, attempts: list[Attempt], files: list[ReportFile]) -> list[Step]:
    state, current = JobState(run.job.state), _AT.get(run.job.step, 0)
    done = state == JobState.SUCCEEDED
    answered = [one.answered_at for one in attempts if one.remote_id]
    # When it was made is not known better than by its first file.
    ends = [
        max(filter(None, answered), default=None),
        min((one.fetched_at for one in files), default=None),
        run.job.finished_at,
    ]
    found = []
    for number, name in enumerate(NAMES):
        here = number == current and state != JobState.CANCELLED
        at = ends[number] if number < current or done else None
        said = str(run.job.get_state_display()) if here else ""
        found.append(Step(name, _look(state, number, current), here, at, said))
    return found


def _look(state: JobState, number: int, current: int) -> str:
    if number < current or state == JobState.SUCCEEDED:
        return "done"
    if number > current or state == JobState.CANCELLED:
        return "ahead"
    return "bad" if state in _ENDED_BADLY else "current"
