"""History, request, search, file: which are done, where the run stands, and since when."""

from django.utils.translation import pgettext_lazy

from portal.jobs.claims import OPEN
from portal.jobs.models import Attempt
from portal.jobs.moves import JobState
from portal.pages.parts import Step
from reports.models import ExportRun

NAMES = (
    pgettext_lazy("step", "Look before"),
    pgettext_lazy("step", "Request"),
    pgettext_lazy("step", "Search"),
    pgettext_lazy("step", "File"),
)
TONES = {
    JobState.QUEUED: "info", JobState.RUNNING: "info", JobState.SUCCEEDED: "good",
    JobState.PARTIAL: "warning", JobState.FAILED: "error", JobState.UNKNOWN: "error",
    JobState.CANCELLED: "quiet",
}  # fmt: skip
_AT = {"adopt": 0, "sweep": 0, "send": 1, "confirm": 1, "track": 2, "fetch": 3}


def has_file(run: ExportRun) -> bool:
    return bool(run.export and run.export.file)


def tone(run: ExportRun) -> str:
    """In part only while its file is missing."""
    if run.job.state == JobState.PARTIAL and has_file(run):
        return "good"
    return TONES[JobState(run.job.state)]


def stands(run: ExportRun) -> str:
    """The state in words: what came in part is whole once its file has been fetched."""
    if run.job.state == JobState.PARTIAL and has_file(run):
        return str(JobState.SUCCEEDED.label)
    return str(run.job.get_state_display())


def steps(run: ExportRun, attempts: list[Attempt]) -> list[Step]:
    state, current = JobState(run.job.state), _current(run, attempts)
    done = state == JobState.SUCCEEDED or (state == JobState.PARTIAL and has_file(run))
    ends = [
        run.baseline_at,
        attempts[0].sent_at if attempts else None,
        run.export.first_seen_at if run.export else None,
        run.export.fetched_at if run.export else None,
    ]
    found = []
    for number, name in enumerate(NAMES):
        here = number == current and state != JobState.CANCELLED
        at = ends[number] if number < current or done else None
        said = stands(run) if here else ""
        found.append(Step(name, _look(state, number, current, done), here, at, said))
    return found


def _current(run: ExportRun, attempts: list[Attempt]) -> int:
    state = run.job.state
    if state in OPEN:
        return _AT.get(run.job.step, 0)
    if state in (JobState.SUCCEEDED, JobState.PARTIAL):
        return 3
    if state == JobState.UNKNOWN:
        return 2
    return 1 if attempts else 0


def _look(state: JobState, number: int, current: int, done: bool) -> str:
    if number < current or done:
        return "done"
    if number > current or state == JobState.CANCELLED:
        return "ahead"
    return "bad" if state in (JobState.PARTIAL, JobState.FAILED, JobState.UNKNOWN) else "current"
