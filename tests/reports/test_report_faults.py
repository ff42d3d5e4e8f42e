"""Every fault of the simulator, at every request of a report, before and after it was made.

What must hold in each case: at most three requests, an outcome that says the truth, one file of
each kind or none, and no job that nobody moves.
"""

from datetime import timedelta
from typing import Any

import pytest

from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account
from portal.simulator import Simulator
from reports.models import ReportFile, ReportRun
from reports.reports.services import requests_sent
from tests.reports.report_runs import REPORTS, content, made, posts, reported, template
from tests.reports.test_faults import AFTER, BEFORE

pytestmark = [pytest.mark.database, pytest.mark.django_db]

POINTS: dict[str, dict[str, Any]] = {
    "ask": {"method": "POST", "path": REPORTS},
    "follow": {"method": "GET", "path": REPORTS, "skip": 1},
    "csv": {"path": "/download-csv"},
    "excel": {"path": "/download-excel"},
}
CASES = [(kind, "before") for kind in BEFORE] + [(kind, "after") for kind in AFTER]
# Asking the same again brings the same.
FINAL = {"400", "401", "403", "404", "405", "413", "431"}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("kind", "when"), CASES)
def test_once(account: Account, lucca: Simulator, point: str, kind: str, when: str) -> None:
    """What happens once is got over, but for what Lucca itself declines."""
    run = faulty(account, lucca, point, kind, when, times=1)
    assert run.job.state == expected_once(point, kind)
    if point == "ask" and run.job.state == JobState.SUCCEEDED and not kind.startswith("429"):
        assert len(made(lucca)) == (2 if when == "after" else 1)


def expected_once(point: str, kind: str) -> JobState:
    final = kind in FINAL or (kind == "redirect" and point != "ask")
    if point in ("follow", "csv") and kind == "404":
        return JobState.SUCCEEDED  # gone: asked for once more
    if point == "excel":
        return JobState.PARTIAL if final else JobState.SUCCEEDED
    return JobState.FAILED if final else JobState.SUCCEEDED


@pytest.mark.parametrize("point", ["ask", "csv", "excel"])
@pytest.mark.parametrize(("kind", "when"), CASES)
def test_for_ever(account: Account, lucca: Simulator, point: str, kind: str, when: str) -> None:
    if kind.startswith("429") and point != "ask":
        pytest.skip("asked to wait for ever: it waits until its deadline")
    run = faulty(account, lucca, point, kind, when, times=0)
    assert run.job.state == (JobState.PARTIAL if point == "excel" else JobState.FAILED)


def faulty(
    account: Account, lucca: Simulator, point: str, kind: str, when: str, *, times: int
) -> ReportRun:
    account.read_timeout = account.connect_timeout = timedelta(milliseconds=250)
    account.save()
    lucca.configure(report_polls=1)
    seconds = 20 if kind == "timeout" else None
    lucca.add_fault(kind, when=when, times=times, seconds=seconds, **POINTS[point])
    run = reported(template(account), with_excel=True)
    assert_truthful(run, lucca)
    return run


def assert_truthful(run: ReportRun, lucca: Simulator) -> None:
    """What is said of a run, against what Lucca did."""
    assert not Job.objects.exclude(state__in=SETTLED).exists()
    assert len(made(lucca)) <= requests_sent(run)
    assert len(posts(lucca)) <= requests_sent(run) <= 3
    assert run.job.state in (JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED)
    kinds = list(run.files.order_by("kind").values_list("kind", flat=True))
    there = {JobState.SUCCEEDED: ["csv", "excel"], JobState.PARTIAL: ["csv"]}
    wanted = there.get(JobState(run.job.state), [])
    assert kinds == (wanted if run.with_excel else wanted[:1])
    for file in ReportFile.objects.all():
        assert len(content(file)) == file.size > 0
    if run.job.state != JobState.FAILED:
        assert int(run.remote_id) in made(lucca)
    assert run.message or run.job.state == JobState.SUCCEEDED
    assert "%" not in run.message
