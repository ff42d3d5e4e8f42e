"""SIGKILL at every commit between a launch and its end where what stands there is kept before.

Whatever the moment: one import at most, a stage that says the truth, and nobody stuck. Where the
import was sent, what stood there is kept.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from imports import services, snapshot
from imports.models import ImportBatch
from imports.stages import Stage
from portal.directory import sync
from portal.models import Account
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, rest
from tests.imports.test_faults import LINES, assert_truthful
from tests.imports.test_killed import _Death, find_what_was_left, in_a_child

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# More than it has; `test_every_commit_is_walked` makes sure of it.
MOST_WRITES = 60


def ready(account: Account, path: Path) -> ImportBatch:
    carry(sync(account))
    account.snapshots = Account.Snapshots.ALWAYS
    account.save(update_fields=["snapshots"])
    return analysed(account, path)


def launched(batch: ImportBatch) -> ImportBatch:
    services.launch(batch, by=None, accept_warnings=True)
    return rest(batch)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_WRITES + 1))
def test_killed(
    account: Account, lucca: Simulator, write: Callable[..., Path], at: int, when: str
) -> None:
    batch = ready(account, write(*LINES))

    in_a_child(lambda: launched(batch), _Death(at, when))
    find_what_was_left()

    batch = rest(ImportBatch.objects.get())
    if batch.stage == Stage.ANALYSED:
        batch = launched(batch)  # nothing had begun
    assert_truthful(batch, lucca)
    assert batch.stage in (Stage.DONE, Stage.UNKNOWN)
    assert snapshot.of(batch) is not None


def test_every_commit_is_walked(
    account: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = ready(account, write(*LINES))
    assert in_a_child(lambda: launched(batch), _Death(MOST_WRITES, "before"))
