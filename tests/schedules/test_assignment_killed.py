"""SIGKILL at every commit of an assignment, just before it and just after it.

Whatever dies: one request at most, an outcome that says the truth, no job that is stuck.
"""

import pytest

from portal.jobs.moves import JobState
from portal.models import Account
from portal.simulator import Simulator
from schedules.assignments import services
from schedules.models import ArrangementAssignment
from tests.conftest import carry
from tests.imports.test_killed import _Death, find_what_was_left, in_a_child
from tests.schedules.assigned import again, amendments, given, looked
from tests.schedules.test_assignment_faults import assert_truthful

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# More than an assignment has; `test_every_commit_is_walked` makes sure of it.
MOST_WRITES = 44


@pytest.fixture
def row(account: Account) -> ArrangementAssignment:
    account.schedule_model = "arrangements"
    account.save()
    return looked(account)


# Around what Lucca declines, from where it is sent.
WALKS = [
    *[(at, when, "seen") for at in range(1, MOST_WRITES + 1) for when in ("before", "after")],
    *[(at, "before", "lost") for at in range(1, MOST_WRITES + 1)],
    *[(at, "before", answer) for at in range(18, MOST_WRITES + 1) for answer in ("403", "429")],
]


@pytest.mark.parametrize(("at", "when", "answer"), WALKS)
def test_killed(
    row: ArrangementAssignment, lucca: Simulator, at: int, when: str, answer: str
) -> None:
    if answer != "seen":
        kind = "reset" if answer == "lost" else answer
        lucca.add_fault(kind, method="POST", when="after" if answer == "lost" else "before")

    in_a_child(lambda: given(row), _Death(at, when))
    find_what_was_left()

    # Confirmed once more, as by a person who saw nothing of it.
    found = again(row)
    if found.job is None:
        services.confirm(found, by=None)
    carry(again(row).job)  # type: ignore[arg-type]
    found = again(row)
    assert_truthful(found, lucca)
    assert found.job is not None
    if found.job.state == JobState.UNKNOWN:
        # It died between what it was about to do and the answer.
        assert amendments(lucca) == [] and found.job.attempts.may_have_acted().count() == 1
    elif answer == "403":
        assert found.job.state == JobState.FAILED or len(amendments(lucca)) == 1


@pytest.mark.parametrize("answer", ["seen", "429"])
def test_every_commit_is_walked(row: ArrangementAssignment, lucca: Simulator, answer: str) -> None:
    if answer == "429":
        lucca.add_fault("429", method="POST", seconds=0)
    death = _Death(MOST_WRITES + (16 if answer == "429" else 0), "before")
    assert in_a_child(lambda: given(row), death)
    assert len(amendments(lucca)) == 1
