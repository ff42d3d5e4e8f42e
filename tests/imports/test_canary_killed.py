"""SIGKILL at every commit from the report on the first lines until the rest is let go.

Whatever the moment: each part leaves once, the rest only behind a verdict, and nobody is stuck. How
a part leaves dies in test_killed.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from imports import services
from imports.models import ImportBatch, Upload, Verification
from imports.stages import Stage
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED
from portal.models import Account
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import rest
from tests.imports.test_canary import LINES, cut
from tests.imports.test_faults import sent_for_good
from tests.imports.test_killed import _Death, find_what_was_left, in_a_child

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# More than it has; `test_every_commit_is_walked` makes sure of it.
MOST_WRITES = 40


def at_the_report(account: Account, path: Path) -> ImportBatch:
    """Launched; the first lines are sent, and Lucca is done with them."""
    batch = cut(account, path)
    job = services.launch(batch, by=None)
    while job.step != "report":
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
        job.refresh_from_db()
    return batch


def let_go(batch: ImportBatch) -> None:
    """Carried until the rest may leave."""
    while batch.rest_released_at is None:
        assert batch.job
        carry(batch.job)
        batch.refresh_from_db()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_WRITES + 1))
def test_killed(
    directory: Account, lucca: Simulator, write: Callable[..., Path], at: int, when: str
) -> None:
    batch = at_the_report(directory, write(*LINES))

    in_a_child(lambda: let_go(batch), _Death(at, when))
    find_what_was_left()

    batch = rest(ImportBatch.objects.get())
    assert (batch.stage, batch.accepted) == (Stage.DONE, 5)
    assert len(sent_for_good(lucca)) == len(Upload.objects.filter(create=True)) == 2
    assert Verification.objects.filter(judged=True, verified=1).exists()
    assert not Job.objects.exclude(state__in=SETTLED).exists()


def test_every_commit_is_walked(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = at_the_report(directory, write(*LINES))
    assert in_a_child(lambda: let_go(batch), _Death(MOST_WRITES, "before"))
