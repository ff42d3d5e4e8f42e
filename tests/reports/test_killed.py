"""SIGKILL at every commit of an export, just before it and just after it.

A child process carries an export out and dies at its n-th write; then another process finds what
was left. Whatever n is: one trigger, an outcome that says the truth, no job that is stuck. Under
the retry policy two triggers, the second after the deadline.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.jobs.claims import OPEN
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account
from portal.simulator import Simulator
from reports.exports import accounting, services
from reports.models import Export, ExportConfiguration, ExportRun
from tests.conftest import carry
from tests.imports.test_killed import _Death, find_what_was_left, in_a_child
from tests.reports.runs import asked, configuration, ended, exported, made, triggers
from tests.reports.test_faults import assert_truthful

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# More than an export has; `test_every_commit_is_walked` makes sure of it.
MOST_WRITES = 48


def fetched(of: ExportConfiguration, lucca: Simulator) -> None:
    """Its file is had, and fetched."""
    lucca.configure(export_content="raw")
    services.fetch_by(of, "raw:/api/v3/timmiexports/{exportId}/content", by=None)
    of.refresh_from_db()


@pytest.mark.parametrize("policy", ["hold", "retry"])
@pytest.mark.parametrize("answer", ["seen", "lost"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_WRITES + 1))
def test_killed(
    account: Account, lucca: Simulator, at: int, when: str, answer: str, policy: str
) -> None:
    of = configuration(account, after_deadline=policy)
    if policy == "hold":
        fetched(of, lucca)
    if answer == "lost":
        lucca.add_fault("reset", method="POST", when="after")

    in_a_child(lambda: exported(of), _Death(at, when))
    find_what_was_left()

    # The same is asked for again, as a person would do it who saw nothing.
    run = ended(asked(of))
    assert_truthful(run, lucca, most=2 if policy == "retry" else 1)
    found = JobState.SUCCEEDED if policy == "hold" else JobState.PARTIAL
    assert run.job.state in (found, JobState.UNKNOWN)
    assert ExportRun.objects.count() == 1
    if policy == "retry":
        assert len(made(lucca)) >= 1


@pytest.mark.parametrize("answer", ["seen", "lost"])
def test_every_commit_is_walked(account: Account, lucca: Simulator, answer: str) -> None:
    """The whole export has fewer writes than the table above walks."""
    of = configuration(account)
    fetched(of, lucca)
    if answer == "lost":
        lucca.add_fault("reset", method="POST", when="after")
    assert in_a_child(lambda: exported(of), _Death(MOST_WRITES, "before"))
    assert len(made(lucca)) == 1


def test_a_retry_waits_for_the_deadline(account: Account, lucca: Simulator) -> None:
    """Whoever finds the attempt of a dead process looks, and sends nothing before its time."""
    of = configuration(account, after_deadline="retry")
    lucca.configure(export_generation="fails_silently")
    run = ended(asked(of))
    assert len(triggers(lucca)) == 2
    first, second = run.job.attempts.order_by("pk")
    assert (first.purpose, second.purpose) == ("trigger", "retry")
    assert run.job.state == JobState.UNKNOWN

    ExportConfiguration.objects.update(deadline=timedelta(minutes=60))
    assert asked(of).pk == run.pk


@pytest.mark.parametrize("kind", ["429", "403"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(6, 30))
def test_killed_around_a_no(
    account: Account, lucca: Simulator, at: int, when: str, kind: str
) -> None:
    """Whoever goes on asks Lucca no second time what it has declined."""
    of = configuration(account)
    lucca.add_fault(kind, method="POST", times=1 if kind == "429" else 0)

    in_a_child(lambda: exported(of), _Death(at, when))
    find_what_was_left()

    run = ExportRun.objects.first()
    if run is None:
        return
    run = ended(run)
    assert_truthful(run, lucca)
    if kind == "429":
        assert run.job.state in (JobState.PARTIAL, JobState.UNKNOWN)
    else:
        assert run.job.state in (JobState.FAILED, JobState.UNKNOWN)
        assert made(lucca) == []


# Fetching a file by itself: whatever dies, one file, the very bytes, and no job that is stuck.

MOST_WRITES_OF_A_FETCH = 24


def fetched_alone(of: ExportConfiguration) -> Export:
    """The file of the newest export that Lucca had before."""
    export = of.exports.select_related("configuration__account", "fetching").latest("remote_id")
    carry(accounting.fetch(export, by=None))
    export.refresh_from_db()
    return export


@pytest.fixture
def adopted(account: Account, lucca: Simulator) -> ExportConfiguration:
    of = configuration(account)
    fetched(of, lucca)
    carry(services.adopt(of, by=None))
    lucca.state_store.db.execute("update exports set content = x'70617965' where id = 1187")
    return of


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_WRITES_OF_A_FETCH + 1))
def test_killed_while_fetching(
    adopted: ExportConfiguration, lucca: Simulator, settings: Any, at: int, when: str
) -> None:
    in_a_child(lambda: fetched_alone(adopted), _Death(at, when))
    find_what_was_left()

    export = fetched_alone(adopted)
    assert Path(export.file.path).read_bytes() == b"paye"
    assert not Export.objects.alarming().exists()
    assert not Job.objects.filter(state__in=OPEN).exists()
    assert triggers(lucca) == []
    whole = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.suffix != ".part"]
    assert len([path for path in whole if path.is_file()]) == 1


def test_every_commit_of_a_fetch_is_walked(adopted: ExportConfiguration) -> None:
    death = _Death(MOST_WRITES_OF_A_FETCH, "before")
    assert in_a_child(lambda: fetched_alone(adopted), death)
