"""The pulse: one thread owns the database, others do the network, and nothing is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from portal.directory import sync
from portal.jobs import pulse as pulse_module
from portal.jobs.claims import claim
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.jobs.pulse import Pulse
from portal.models import Account, Employee, LuccaCall
from portal.simulator import Simulator

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    monkeypatch.setattr(pulse_module, "TURN_SECONDS", 0.05)
    found = Pulse("test", threads=4)
    yield found
    found._threads.shutdown(wait=True)


def turn_until(pulse: Pulse, done: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not done():
        assert time.monotonic() < until, "the pulse does not get there"
        Job.objects.filter(lease_until=None).exclude(due_at=None).update(due_at=timezone.now())
        pulse.turn()


def ended(job: Job) -> Callable[[], bool]:
    def has() -> bool:
        job.refresh_from_db()
        return job.is_settled

    return has


def test_a_sync_is_carried_to_its_end(account: Account, lucca: Simulator, pulse: Pulse) -> None:
    account.page_size = 20
    account.save()
    job = sync(account)
    turn_until(pulse, ended(job))
    assert job.state == JobState.SUCCEEDED
    assert Employee.objects.count() == len(lucca.state()["users"])
    assert LuccaCall.objects.count() == len(lucca.log())
    assert not LuccaCall.objects.filter(status=None).exists()
    assert pulse._free == 4


@pytest.mark.parametrize("kind", ["500", "reset", "timeout", "unreadable", "drip", "429"])
def test_a_fault_in_passing_gives_its_thread_back(
    account: Account, lucca: Simulator, pulse: Pulse, kind: str
) -> None:
    account.connect_timeout = account.read_timeout = timedelta(seconds=0.2)
    account.save()
    lucca.add_fault(kind, seconds=1)
    job = sync(account)

    def done() -> bool:
        Account.objects.update(throttled_until=None)
        return ended(job)()

    turn_until(pulse, done)
    assert job.state == JobState.SUCCEEDED
    assert pulse._free == 4


def test_no_key_ends_the_job_without_a_thread(
    account: Account, lucca: Simulator, pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LUCCA_API_KEY_DEMO")
    job = sync(account)
    turn_until(pulse, ended(job))
    assert (job.state, job.reason) == (JobState.FAILED, "no-key")
    assert pulse._free == 4
    assert lucca.log() == []


def test_over_budget_is_a_time_in_the_row_and_no_request(
    account: Account, lucca: Simulator, pulse: Pulse
) -> None:
    account.requests_per_minute = 1
    account.page_size = 10
    account.save()
    job = sync(account)
    turn_until(pulse, lambda: Job.objects.filter(reason="over-budget").exists())
    job.refresh_from_db()
    assert job.due_at
    assert timedelta(seconds=50) < job.due_at - timezone.now() < timedelta(seconds=63)
    assert (job.state, job.lease_until, job.misses) == (JobState.RUNNING, None, 0)
    assert len(lucca.log()) == 1
    assert pulse._free == 4


def test_an_answer_to_a_claim_that_was_lost_changes_nothing(
    account: Account, lucca: Simulator, pulse: Pulse
) -> None:
    job = sync(account)
    lucca.add_fault("timeout", when="after", seconds=0.3)
    pulse.turn()
    assert pulse._free == 3
    Job.objects.update(lease_until=timezone.now())
    assert claim(job.pk, "another")
    before = Job.objects.values().get()
    turn_until(pulse, lambda: pulse._free == 4)
    assert Job.objects.values().get() == {**before, "due_at": Job.objects.get().due_at}
    assert not Employee.objects.exists()
    # The call is completed all the same: it did leave.
    assert LuccaCall.objects.get().duration_ms is not None


def test_what_never_lands_as_an_answer_lands_as_a_loss(
    account: Account, pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that fails in a way nobody thought of must not take its job along."""

    def fail(*args: object) -> Any:
        raise RuntimeError

    monkeypatch.setattr("portal.lucca.session.Session.exchange", fail)
    job = sync(account)
    turn_until(pulse, lambda: Job.objects.filter(misses=1).exists())
    assert pulse._free == 4
    turn_until(pulse, ended(job))
    assert (job.state, job.reason) == (JobState.FAILED, "connection-lost")
    assert set(LuccaCall.objects.values_list("failure", flat=True)) == {"connection-lost"}


def test_threads_are_never_more_than_there_are(
    account: Account, lucca: Simulator, pulse: Pulse
) -> None:
    lucca.add_fault("timeout", when="after", seconds=0.3, times=4)
    jobs = [
        Job.objects.create(kind="directory", account=account, step="employees") for _ in "abcdef"
    ]
    pulse.turn()
    assert pulse._free == 0
    assert Job.objects.filter(state=JobState.RUNNING).count() == 4
    turn_until(pulse, lambda: all(ended(job)() for job in jobs))
    assert {job.state for job in jobs} == {JobState.SUCCEEDED}
    assert pulse._free == 4


def test_a_database_that_goes_away_ends_nothing(
    account: Account, pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse_module, "DATABASE_PAUSE_SECONDS", 0)
    monkeypatch.setattr(pulse_module.connections, "close_all", lambda: None)
    stopping = threading.Event()
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        if turns < 3:
            raise OperationalError("server closed the connection")
        stopping.set()

    pulse.run(stopping.is_set, turn)
    assert turns == 3
