"""SIGKILL at every commit of what plans start, just before it and just after it.

A child process sweeps and dies at its n-th write; then another one sweeps. Whatever n is: each due
time has one planned run, and each of those one export.
"""

from collections.abc import Iterator

import pytest
import time_machine

from portal.jobs.moves import JobState
from portal.models import Account
from portal.simulator import Simulator
from reports.models import ExportRun, Plan, PlannedRun
from tests.conftest import carry
from tests.imports.test_killed import _Death, find_what_was_left, in_a_child
from tests.reports.plans import all_approved, due_times, paris, planned_export, states, swept
from tests.reports.runs import configuration, made, triggers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# More than it takes; `test_every_commit_is_walked` makes sure of it.
MOST_WRITES = 60


def worked() -> None:
    """Two due times, each swept and exported."""
    for _ in range(4):
        swept()
        for run in ExportRun.objects.filter(job__state__in=["queued", "running"]):
            carry(run.job)


@pytest.fixture
def plan(account: Account, lucca: Simulator) -> Iterator[Plan]:
    """Due since two Mondays."""
    with time_machine.travel(paris(2026, 3, 6, 12)):
        made = planned_export(configuration(account))
    all_approved(lucca)
    with time_machine.travel(paris(2026, 3, 16, 9)):
        yield made


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_WRITES + 1))
def test_killed(plan: Plan, lucca: Simulator, at: int, when: str) -> None:
    in_a_child(worked, _Death(at, when))
    find_what_was_left()

    worked()
    assert due_times(plan) == ["09 Mar 07:00", "16 Mar 07:00"]
    started = PlannedRun.objects.exclude(export_run=None).count()
    assert started == ExportRun.objects.count()
    assert len(triggers(lucca)) <= started
    if ExportRun.objects.filter(job__state=JobState.UNKNOWN).exists():
        # It died when the request was about to leave: nothing is sent before somebody has looked.
        assert states(plan) in (["started", "refused"], ["started", "started"])
    else:
        assert states(plan) == ["started", "started"]
        assert len(made(lucca)) == 2


def test_every_commit_is_walked(plan: Plan, lucca: Simulator) -> None:
    assert in_a_child(worked, _Death(MOST_WRITES, "before"))
    assert len(made(lucca)) == 2
