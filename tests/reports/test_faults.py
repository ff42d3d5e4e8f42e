"""Every fault of the simulator, at every request of an export, before and after the side effect.

What must hold in each case: at most one trigger that was not answered 429, an outcome that says the
truth about the simulator's state, and no job that nobody moves.
"""

from datetime import timedelta
from typing import Any

import pytest

from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account
from portal.simulator import Simulator
from reports.exports.sending import requests_sent
from reports.models import ExportRun
from tests.reports.runs import EXPORTS, configuration, exported, made, triggers

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LIST = {"method": "GET", "path": EXPORTS}
POINTS: dict[str, dict[str, Any]] = {
    "history": LIST,
    "end of the history": {**LIST, "skip": 1},
    "sweep": {**LIST, "skip": 2},
    "trigger": {"method": "POST", "path": EXPORTS},
    "track": {**LIST, "skip": 3},
}
BEFORE = [
    "refused", "reset", "timeout", "400", "401", "403", "404", "405", "408", "409", "413", "429",
    "429-no-retry-after", "431", "500", "502", "503", "504", "redirect", "unreadable", "empty",
    "html", "error-in-200",
]  # fmt: skip
AFTER = [
    "reset", "timeout", "drip", "cut", "408", "500", "502", "503", "504", "unreadable", "empty",
    "html", "error-in-200", "redirect",
]  # fmt: skip
CASES = [(kind, "before") for kind in BEFORE] + [(kind, "after") for kind in AFTER]
DECLINED = {"400", "401", "403", "404", "405", "413", "431"}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("kind", "when"), CASES)
def test_fault(account: Account, lucca: Simulator, point: str, kind: str, when: str) -> None:
    account.read_timeout = account.connect_timeout / 4
    account.connect_timeout /= 4
    account.save()
    lucca.add_fault(kind, when=when, seconds=20 if kind == "timeout" else None, **POINTS[point])
    # A lost request is given up on at once; a lost look is looked again.
    deadline = timedelta(0) if point == "trigger" else timedelta(minutes=60)

    run = exported(configuration(account, deadline=deadline))

    assert_truthful(run, lucca)
    assert run.job.state == expected(point, kind, when)


def expected(point: str, kind: str, when: str) -> JobState:
    if point == "trigger":
        if when == "after" or kind.startswith("429"):
            return JobState.PARTIAL
        return JobState.FAILED if kind in DECLINED else JobState.UNKNOWN
    if kind == "400":
        return JobState.PARTIAL  # asked again without what nobody documents
    if kind in DECLINED or kind == "redirect":
        return JobState.UNKNOWN if point == "track" else JobState.FAILED
    return JobState.PARTIAL


def assert_truthful(run: ExportRun, lucca: Simulator, *, most: int = 1) -> None:
    """What is said of a run, against what Lucca did."""
    exports = made(lucca)
    assert len(triggers(lucca)) <= most
    assert len(exports) <= most
    assert len(triggers(lucca)) <= requests_sent(run) <= most
    open_jobs = Job.objects.exclude(state__in=SETTLED)
    if run.job.state == JobState.UNKNOWN:
        assert run.export is None
        assert {job.pk for job in open_jobs} == {run.job_id, run.watch_id} - {None}
    else:
        assert not open_jobs.exists()
    if run.job.state in (JobState.PARTIAL, JobState.SUCCEEDED):
        assert run.export is not None
        assert run.export.remote_id in exports
        assert run.export.origin == "own"
        fetched = run.job.state == JobState.SUCCEEDED
        assert bool(run.export.file) == fetched
        assert fetched or str(run.export) in run.message
    elif run.job.state == JobState.FAILED:
        assert not exports
    else:
        assert run.job.state == JobState.UNKNOWN
    assert run.message or run.job.state == JobState.SUCCEEDED
    assert "%" not in run.message
