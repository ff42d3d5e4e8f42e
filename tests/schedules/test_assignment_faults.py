"""Every fault of the simulator at every request of an assignment, before and after its effect.

What must hold: at most one request to assign that was not answered 429, an outcome that says the
truth about what Lucca did, and no job that nobody moves.
"""

from typing import Any

import pytest

from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account
from portal.simulator import Simulator
from schedules.assignments import services
from schedules.models import ArrangementAssignment
from tests.reports.test_faults import CASES, DECLINED
from tests.schedules.assigned import ASSIGNMENTS, amendments, given, looked, posts

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LIST = {"method": "GET", "path": ASSIGNMENTS}
POINTS: dict[str, dict[str, Any]] = {
    "arrangement": {"method": "GET", "path": "working-time-arrangements"},
    "check": LIST,
    "send": {"method": "POST", "path": ASSIGNMENTS},
    "verify": {**LIST, "skip": 1},
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("kind", "when"), CASES)
def test_fault(account: Account, lucca: Simulator, point: str, kind: str, when: str) -> None:
    account.schedule_model = "arrangements"
    account.read_timeout = account.connect_timeout / 4
    account.connect_timeout /= 4
    account.save()
    row = looked(account)
    lucca.add_fault(kind, when=when, seconds=20 if kind == "timeout" else None, **POINTS[point])

    row = given(row)

    assert_truthful(row, lucca)
    assert row.job is not None and row.job.state == expected(point, kind, when)


def expected(point: str, kind: str, when: str) -> JobState:
    if point == "send":
        if when == "after" or kind.startswith("429"):
            return JobState.SUCCEEDED
        # A clear no; without one, the list does not show it: nobody knows yet.
        declined = kind in DECLINED
        return JobState.FAILED if declined else JobState.UNKNOWN
    if kind in DECLINED or kind == "redirect":
        return JobState.PARTIAL if point == "verify" else JobState.FAILED
    return JobState.SUCCEEDED


def assert_truthful(row: ArrangementAssignment, lucca: Simulator) -> None:
    """What is said of an assignment, against what Lucca did."""
    made = len(amendments(lucca))
    assert len(posts(lucca)) <= 1 and made <= 1
    job = row.job or row.look
    open_jobs = Job.objects.exclude(state__in=[*SETTLED, JobState.UNKNOWN])
    assert not open_jobs.exists()
    assert job.message or job.state == JobState.SUCCEEDED
    assert "%" not in job.message
    if row.job is None or job.state in (JobState.FAILED, JobState.CANCELLED):
        assert made == 0
    elif job.state == JobState.SUCCEEDED:
        assert made == 1 and row.is_verified
    elif job.state == JobState.PARTIAL:
        assert made == 1 and not row.is_verified
    assert services.state(row) == job.state or row.job is None


@pytest.mark.parametrize("path", ["working-time-arrangements", ASSIGNMENTS, "shift-overrides"])
@pytest.mark.parametrize("kind", ["403", "404", "408", "500", "reset", "unreadable", "429"])
def test_a_fault_while_looking(account: Account, lucca: Simulator, path: str, kind: str) -> None:
    """One that passes is passed over; what stays ends it, and nothing was sent."""
    account.schedule_model = "arrangements"
    account.save()
    lucca.add_fault(kind, path=path)
    row = looked(account)
    stays = kind in ("403", "404")
    assert services.state(row) == ("failed" if stays else "to_confirm")
    if not stays and kind != "429":
        lucca.add_fault(kind, path=path, times=0)
        row = looked(account)
        assert services.state(row) == "failed" and row.look.message
    assert posts(lucca) == []


def test_many_429_have_an_end(account: Account, lucca: Simulator) -> None:
    account.schedule_model = "arrangements"
    account.save()
    lucca.add_fault("429", method="POST", times=0)
    row = given(looked(account))
    assert row.job is not None and row.job.state == JobState.FAILED
    assert row.job.attempts.count() == 10 and amendments(lucca) == []


def test_lucca_does_something_else_than_it_was_asked(account: Account, lucca: Simulator) -> None:
    """The assignment is there, and the one before does not end on its eve."""
    account.schedule_model = "arrangements"
    account.save()
    row = looked(account)
    ArrangementAssignment.objects.filter(pk=row.pk).update(found=row.found)
    from portal.simulator import assignments

    real = assignments.assign

    def odd(state: Any, employee: int, arrangement: int, starts: str) -> int:
        number = real(state, employee, arrangement, starts)
        with state.change() as db:
            db.execute("update assignments set ends_on = '2031-06-15' where ends_on = '2031-06-30'")
        return number

    assignments.assign = odd  # type: ignore[assignment]
    try:
        row = given(row)
    finally:
        assignments.assign = real
    assert row.job is not None and row.job.reason == "assignment-differs"
    assert row.is_verified is False
