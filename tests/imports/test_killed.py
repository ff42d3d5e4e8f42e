"""SIGKILL at every commit of an import, just before it and just after it.

A child process carries an import out and dies at its n-th write; then another process finds what
was left. Whatever n is: one import at most, a stage that says the truth, no job that is stuck.
"""

import os
import signal
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from imports import services
from imports.models import ImportBatch
from imports.stages import Stage
from portal.directory import sync
from portal.jobs.models import Job
from portal.models import Account
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import received, rest
from tests.imports.test_faults import LINES, assert_truthful

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# More than an import has; `test_every_commit_is_walked` makes sure of it.
MOST_WRITES = 75


def go_on(batch: ImportBatch) -> ImportBatch:
    """From wherever it stands, each stage once."""
    if rest(batch).stage == Stage.RECEIVED:
        services.check(batch, by=None)
    if rest(batch).stage == Stage.CHECKED:
        services.analyse(batch, by=None)
    if rest(batch).stage == Stage.ANALYSED:
        services.launch(batch, by=None, accept_warnings=True)
    return rest(batch)


class _Death:
    """Counts what is made durable, and kills this process at one of them."""

    def __init__(self, at: int, when: str) -> None:
        self._at, self._when, self._count = at, when, 0

    def around(self, write: Callable[[], Any]) -> Any:
        self._count += 1
        mine = self._count == self._at
        if mine and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = write()
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    def install(self) -> None:
        commit = BaseDatabaseWrapper._commit
        BaseDatabaseWrapper._commit = lambda db: self.around(lambda: commit(db))
        connection.execute_wrappers.append(self._statement)

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """A write outside a transaction is durable at once."""
        alone = not context["connection"].in_atomic_block
        if alone and sql.split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            return self.around(lambda: execute(sql, params, many, context))
        return execute(sql, params, many, context)


def in_a_child(work: Callable[[], Any], death: _Death) -> bool:
    """Do the work in a process that may die of it; whether it came to its end."""
    connections.close_all()
    with warnings.catch_warnings():
        # The simulator's threads stay behind in this process; the child does not need them.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            death.install()
            work()
            code = 0
        finally:
            os._exit(code)
    _pid, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return not os.WIFSIGNALED(status)


def find_what_was_left() -> None:
    """As if the leases of the dead had lapsed."""
    Job.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_WRITES + 1))
def test_killed(
    account: Account, lucca: Simulator, write: Callable[..., Path], at: int, when: str
) -> None:
    carry(sync(account))
    path = write(*LINES)

    in_a_child(lambda: go_on(received(account, path)), _Death(at, when))
    find_what_was_left()

    batch = ImportBatch.objects.first()
    if batch is not None:
        assert_truthful(go_on(batch), lucca)
        assert batch.stage in (Stage.DONE, Stage.UNKNOWN)


def test_every_commit_is_walked(
    account: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """The whole import has fewer writes than the table above walks."""
    carry(sync(account))
    path = write(*LINES)
    assert in_a_child(lambda: go_on(received(account, path)), _Death(MOST_WRITES, "before"))


@pytest.mark.parametrize(("at_status", "stage"), [("before", Stage.UNKNOWN), ("done", Stage.DONE)])
def test_unknown_only_where_the_answer_is_missing(
    directory: Account, lucca: Simulator, write: Callable[..., Path], at_status: str, stage: Stage
) -> None:
    """An attempt without an answer is never sent again; one with an answer goes on."""
    batch = received(directory, write(*LINES))
    services.check(batch, by=None)
    services.analyse(rest(batch), by=None)
    job = services.launch(rest(batch), by=None)
    job.start(claimed_by="dead", lease_until=timezone.now() - timedelta(seconds=1))
    job.write(step="send")
    job.attempts.create(
        purpose="send",
        number=1,
        irreversible=True,
        sent_at=timezone.now(),
        outcome="" if at_status == "before" else "done",
        remote_id="" if at_status == "before" else _import_by_hand(directory, batch),
    )

    assert rest(batch).stage == stage
    assert len([one for one in lucca.state()["imports"] if one["create"]]) == (stage == Stage.DONE)


def _import_by_hand(account: Account, batch: ImportBatch) -> str:
    from portal.connect import connect
    from portal.lucca import office
    from portal.lucca.session import Upload

    path = Path(batch.canonical.path)
    return connect(account).send(
        office.send_file(
            "imports", Upload(path, "file", "text/csv", "a.csv"), create=True, override=False
        )
    )
