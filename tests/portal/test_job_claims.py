"""Lanes, claims, leases and what becomes of a job whose worker dies."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.jobs import kinds, runner, sweeper
from portal.jobs.claims import LEASE, ask, claim, due
from portal.jobs.follow import follow
from portal.jobs.kinds import Kind, Work
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import IllegalMove, JobState, Superseded
from portal.lucca.errors import Misconfigured, OutcomeUnknown, Refused, Throttled, Unreachable
from portal.models import Account, Event
from tests.conftest import in_thread

pytestmark = [pytest.mark.database, pytest.mark.django_db]

S = JobState
KIND = "errand"


class Errand:
    """A kind of job for these tests: `does` is called with the job, `gave_up` remembers."""

    def __init__(self) -> None:
        self.does: Callable[[Job], None] = lambda job: job.succeed()
        self.runs = 0
        self.gave_up: list[tuple[str, dict[str, Any]]] = []

    def run(self, job: Job) -> None:
        self.runs += 1
        self.does(job)

    def give_up(self, job: Job, reason: str, params: Any) -> None:
        self.gave_up.append((reason, dict(params)))
        job.fail(reason, **params)


@pytest.fixture
def errand() -> Iterator[Errand]:
    found = Errand()
    kinds.register(
        Kind(
            KIND,
            "an errand",
            "work",
            {"work": Work(found.run), "next": Work(found.run)},
            found.give_up,
        )
    )
    yield found
    del kinds._kinds[KIND]


@pytest.fixture
def acme(db: None, errand: Errand) -> Account:
    return Account.objects.create(
        label="acme", base_url="https://acme.ilucca.net", kind="production", host="acme:443"
    )


def job_of(acme: Account, **fields: Any) -> Job:
    return ask(KIND, acme, **fields)


def lapse(job: Job) -> None:
    """The worker died, and its lease ran out."""
    moment = timezone.now() - timedelta(seconds=1)
    assert Job.objects.filter(pk=job.pk).update(lease_until=moment, due_at=moment)


def make_due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Carry out in threads that begin at the same moment; what they return, in their order."""
    together = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def one(number: int) -> None:
        together.wait(10)
        results[number] = works[number]()

    threads = [
        threading.Thread(target=in_thread(lambda n=number: one(n))) for number in range(len(works))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


# Lanes.

HOLDING = [(S.RUNNING, S.RUNNING), (S.RUNNING, S.UNKNOWN), (S.UNKNOWN, S.UNKNOWN)]


@pytest.mark.parametrize(("first", "second"), HOLDING)
def test_a_lane_has_one_job_that_is_running_or_unknown(
    acme: Account, first: str, second: str
) -> None:
    Job.objects.create(kind=KIND, account=acme, step="work", lane="x", state=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind=KIND, account=acme, step="work", lane="x", state=second)
    Job.objects.create(kind=KIND, account=acme, step="work", lane="y", state=second)
    # No lane is no lane: such jobs do not queue for each other.
    for _ in range(2):
        Job.objects.create(kind=KIND, account=acme, step="work", lane="", state=second)
        Job.objects.create(kind=KIND, account=acme, step="work", lane="x", state=S.QUEUED)


def test_a_job_behind_a_running_one_waits_and_says_so(acme: Account, errand: Errand) -> None:
    first, second = job_of(acme, lane="x"), job_of(acme, lane="x")
    assert claim(first.pk, "one")

    assert claim(second.pk, "two") is None

    second.refresh_from_db()
    assert (second.state, second.reason) == (S.QUEUED, "lane-busy")
    assert second.reason_params == {"job": str(first.pk)}
    assert second.message
    assert second.due_at
    assert second.due_at > timezone.now()
    first.refresh_from_db()
    first.succeed()
    make_due(second)
    taken = claim(second.pk, "two")
    assert taken
    assert (taken.state, taken.reason) == (S.RUNNING, "")


def test_a_job_behind_an_unknown_one_waits_until_somebody_settles_it(
    acme: Account, errand: Errand
) -> None:
    first, second = job_of(acme, lane="x"), job_of(acme, lane="x")
    held = claim(first.pk, "one")
    assert held
    held.lose_sight("timed-out")

    assert not runner.run(second.pk, "two")

    second.refresh_from_db()
    assert second.reason == "lane-unknown"
    assert str(first.pk) in second.message
    # A command does not wait for a person.
    assert follow(second, lambda job: None).state == S.QUEUED
    held.settle_by_hand(S.FAILED, "looked", by=None)
    make_due(second)
    assert runner.run(second.pk, "two")
    second.refresh_from_db()
    assert second.state == S.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_start_two_jobs_of_one_lane(acme: Account, errand: Errand) -> None:
    for _ in range(3):
        jobs = [job_of(acme, lane="x") for _ in range(4)]
        works = [lambda pk=job.pk: claim(pk, "worker") for job in jobs]

        claimed = [job for job in at_once(*works) if job is not None]

        assert len(claimed) == 1
        assert Job.objects.filter(state=S.RUNNING).count() == 1
        claimed[0].succeed()
        Job.objects.filter(state=S.QUEUED).update(lane="")


# Claims.


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["queued", "waiting", "lapsed"])
def test_of_claimers_at_once_one_wins(acme: Account, errand: Errand, state: str) -> None:
    job = job_of(acme)
    if state != "queued":
        found = claim(job.pk, "before")
        assert found
        if state == "waiting":
            found.wait(timezone.now())
        else:
            lapse(job)
    before = Job.objects.get(pk=job.pk)

    won = at_once(*[lambda n=number: claim(job.pk, f"worker {n}") for number in range(6)])

    (winner,) = [found for found in won if found is not None]
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.claimed_by) == (S.RUNNING, winner.claimed_by)
    assert row.version == winner.version == before.version + 1
    assert row.crashes == (1 if state == "lapsed" else 0)
    assert Event.objects.filter(verb="job.running").count() == 1


def test_a_claim_is_for_what_is_due_and_nobody_s(acme: Account, errand: Errand) -> None:
    job = job_of(acme)
    Job.objects.update(due_at=timezone.now() + timedelta(seconds=60))
    assert claim(job.pk, "one") is None
    make_due(job)
    first = claim(job.pk, "one")
    assert first
    assert first.lease_until
    assert timezone.now() < first.lease_until <= timezone.now() + LEASE
    assert claim(job.pk, "two") is None
    first.succeed()
    assert claim(job.pk, "two") is None
    assert claim(0, "two") is None


@pytest.mark.parametrize("state", [S.UNKNOWN, S.SUCCEEDED, S.PARTIAL, S.FAILED, S.CANCELLED])
def test_what_is_settled_or_unknown_is_never_due(acme: Account, state: str) -> None:
    job = job_of(acme)
    settled = state != S.UNKNOWN
    Job.objects.update(state=state, finished_at=timezone.now() if settled else None)
    assert not due(timezone.now() + timedelta(days=1)).exists()
    assert claim(job.pk, "one") is None


def test_what_has_been_due_longest_comes_first_then_what_was_asked_first(acme: Account) -> None:
    first, second, third = (job_of(acme) for _ in range(3))
    now = timezone.now()
    Job.objects.update(due_at=now)
    Job.objects.filter(pk=third.pk).update(due_at=now - timedelta(hours=1))
    assert [job.pk for job in due(now)] == [third.pk, first.pk, second.pk]


def test_a_long_line_does_not_keep_others_from_their_turn(acme: Account, errand: Errand) -> None:
    """Those in line are looked at again each second, and a turn has room for some only."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert claim(job_of(acme, lane="import:acme").pk, "one")
        for _ in range(60):
            job_of(acme, lane="import:acme")
        other = job_of(acme)
        for _turn in range(10):
            clock.shift(0.4)
            for pk in due(timezone.now()).values_list("pk", flat=True)[:16]:
                claim(pk, "two")
    other.refresh_from_db()
    assert other.state == S.RUNNING


def test_a_step_that_ended_while_its_claim_was_taken_over_is_not_repeated(acme: Account) -> None:
    """Its worker was late, and done between our look at the job and our claim."""
    late = claim(job_of(acme).pk, "late")
    assert late
    lapse(late)
    done: list[bool] = []

    def end_the_step(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and not done:
            done.append(True)
            late.go("next", after=timedelta(hours=1))
        return execute(sql, *rest)

    with connection.execute_wrapper(end_the_step):
        assert claim(late.pk, "next") is None
    assert done
    late.refresh_from_db()
    assert (late.step, late.crashes, late.claimed_by) == ("next", 0, "")


# Fenced writes.

WRITES: dict[str, Callable[[Job], None]] = {
    "write": lambda job: job.write(progress=50),
    "go": lambda job: job.go("next"),
    "wait": lambda job: job.wait(timezone.now()),
}
MOVES: dict[str, Callable[[Job], None]] = {
    "succeed": lambda job: job.succeed(),
    "fail": lambda job: job.fail("timed-out"),
    "lose sight": lambda job: job.lose_sight("timed-out"),
    "finish in part": lambda job: job.finish_in_part("timed-out"),
    "cancel": lambda job: job.cancel(),
}


@pytest.mark.parametrize("taken_by", ["another worker", "a person who cancelled"])
@pytest.mark.parametrize("name", [*WRITES, *MOVES])
def test_who_lost_the_claim_writes_nothing(
    acme: Account, errand: Errand, name: str, taken_by: str
) -> None:
    job = job_of(acme)
    slow = claim(job.pk, "slow")
    assert slow
    if taken_by == "another worker":
        lapse(job)
        assert claim(job.pk, "quick")
    else:
        Job.objects.get(pk=job.pk).cancel()
    before = Job.objects.values().get(pk=job.pk)
    events = Event.objects.count()

    with pytest.raises(Superseded if name in WRITES else IllegalMove):
        {**WRITES, **MOVES}[name](slow)

    assert Job.objects.values().get(pk=job.pk) == before
    assert Event.objects.count() == events
    # The runner takes this for what it is, not for a failure.
    with runner.whatever_comes(slow):
        {**WRITES, **MOVES}[name](slow)
    assert Job.objects.values().get(pk=job.pk) == before
    assert errand.gave_up == []


def test_a_step_that_is_done_lets_go_and_forgets_its_failures(acme: Account) -> None:
    job = job_of(acme)
    Job.objects.update(misses=2, crashes=2, reason="timed-out", nudged_at=timezone.now())
    held = claim(job.pk, "one")
    assert held
    held.go("next", after=timedelta(minutes=5), cursor={"page": 2}, progress=40)
    row = Job.objects.get()
    assert (row.step, row.misses, row.crashes, row.reason) == ("next", 0, 0, "")
    assert (row.lease_until, row.claimed_by, row.nudged_at) == (None, "", None)
    assert (row.cursor, row.progress, row.state) == ({"page": 2}, 40, S.RUNNING)
    assert row.due_at
    assert row.due_at > timezone.now() + timedelta(minutes=4)


# Workers that die, and code that fails.


def test_a_worker_that_dies_three_times_in_a_step_ends_the_job(
    acme: Account, errand: Errand
) -> None:
    def die(job: Job) -> None:
        raise SystemExit

    errand.does = die
    job = job_of(acme)
    for death in range(1, runner.MAX_CRASHES + 1):
        with pytest.raises(SystemExit):
            runner.run(job.pk, "worker")
        assert errand.runs == death
        assert not runner.run(job.pk, "worker"), "its lease still runs"
        lapse(job)

    assert runner.run(job.pk, "worker")

    job.refresh_from_db()
    assert errand.runs == 3
    assert (job.state, job.reason) == (S.FAILED, "crashed")
    assert job.reason_params == {"times": 3}
    assert errand.gave_up == [("crashed", {"times": 3})]
    assert "3 times" in job.message


def test_code_that_fails_three_times_ends_the_job(
    acme: Account, errand: Errand, caplog: pytest.LogCaptureFixture
) -> None:
    cell = "Inès Marchal"

    def fail(job: Job) -> None:
        raise ValueError(cell)

    errand.does = fail
    job = job_of(acme)
    for _ in range(3):
        make_due(job)
        assert runner.run(job.pk, "worker")
    job.refresh_from_db()
    assert errand.runs == 3
    assert (job.state, job.reason, job.reason_params) == (S.FAILED, "crashed", {"times": 3})
    # The log has where, and not what: a message may quote a cell.
    assert "ValueError" in caplog.text
    assert "fail" in caplog.text
    assert "Marchal" not in caplog.text


def test_a_failure_after_the_job_was_settled_in_vain_is_tried_again(
    acme: Account, errand: Errand
) -> None:
    """The transaction is undone, and the job does not wait for its lease to lapse."""
    job = job_of(acme)

    def settle_in_vain(claimed: Job) -> None:
        with transaction.atomic():
            claimed.succeed()
            raise ZeroDivisionError

    errand.does = settle_in_vain
    assert runner.run(job.pk, "worker")
    job.refresh_from_db()
    assert (job.state, job.crashes, job.lease_until) == (S.RUNNING, 1, None)


def test_deaths_and_failures_count_together_and_a_step_done_forgets_them(
    acme: Account, errand: Errand
) -> None:
    def fail(job: Job) -> None:
        raise ValueError

    job = job_of(acme)
    assert claim(job.pk, "dies")
    lapse(job)
    errand.does = fail
    assert runner.run(job.pk, "fails")
    job.refresh_from_db()
    assert (job.crashes, job.state) == (2, S.RUNNING)
    make_due(job)
    errand.does = lambda job: job.go("next")
    assert runner.run(job.pk, "works")
    job.refresh_from_db()
    assert job.crashes == 0
    errand.does = fail
    assert runner.run(job.pk, "fails")
    job.refresh_from_db()
    assert (job.crashes, job.state) == (1, S.RUNNING)


def raising(error: Exception) -> Callable[[Job], None]:
    def does(job: Job) -> None:
        raise error

    return does


def test_a_throttled_step_waits_until_it_may_and_counts_as_nothing(
    acme: Account, errand: Errand
) -> None:
    until = timezone.now() + timedelta(seconds=30)
    errand.does = raising(Throttled("over-budget", until))
    job = job_of(acme)
    for _ in range(10):
        make_due(job)
        assert runner.run(job.pk, "worker")
    job.refresh_from_db()
    assert (job.state, job.due_at, job.misses, job.crashes) == (S.RUNNING, until, 0, 0)
    assert job.reason == "over-budget"
    assert job.message


@pytest.mark.parametrize(
    "error", [Unreachable("unreachable", host="acme"), OutcomeUnknown("timed-out")]
)
def test_what_asking_again_may_cure_is_asked_three_times(
    acme: Account, errand: Errand, error: Exception
) -> None:
    errand.does = raising(error)
    job = job_of(acme)
    for turn in range(3):
        make_due(job)
        assert runner.run(job.pk, "worker")
        job.refresh_from_db()
        assert (job.state == S.RUNNING) is (turn < 2)
        assert turn == 2 or (job.due_at and job.due_at > timezone.now())
    assert job.state == S.FAILED
    assert errand.runs == 3


@pytest.mark.parametrize(
    "error",
    [
        Misconfigured("key-refused", status=401),
        Misconfigured("no-key", variable="X"),
        Refused("refused", status=400),
    ],
)
def test_what_asking_again_cannot_cure_ends_at_once(
    acme: Account, errand: Errand, error: Exception
) -> None:
    errand.does = raising(error)
    job = job_of(acme)
    assert runner.run(job.pk, "worker")
    job.refresh_from_db()
    assert (job.state, errand.runs) == (S.FAILED, 1)
    assert job.message


def test_a_busy_lucca_is_left_alone_until_the_time_it_names(acme: Account, errand: Errand) -> None:
    until = timezone.now() + timedelta(seconds=50)
    errand.does = raising(OutcomeUnknown("server-error", status=503, until=until))
    job = job_of(acme)
    assert runner.run(job.pk, "worker")
    job.refresh_from_db()
    assert (job.state, job.due_at) == (S.RUNNING, until)


def test_no_wait_is_longer_than_the_deadline(acme: Account, errand: Errand) -> None:
    """Lucca may name a time far away; with no background service nobody else would look."""
    limit = timezone.now() + timedelta(minutes=1)
    errand.does = raising(Throttled("throttled", limit + timedelta(hours=1), status=429))
    job = job_of(acme)
    Job.objects.update(deadline=limit)
    assert runner.run(job.pk, "command")
    job.refresh_from_db()
    assert (job.state, job.due_at) == (S.RUNNING, limit)


def test_holding_back_for_our_own_budget_is_no_standstill(acme: Account, errand: Errand) -> None:
    now = timezone.now()
    errand.does = raising(Throttled("over-budget", now + timedelta(seconds=60)))
    job = job_of(acme)
    Job.objects.update(deadline=now + timedelta(seconds=20))
    assert runner.run(job.pk, "command")
    job.refresh_from_db()
    assert job.due_at == now + timedelta(seconds=60)
    assert job.deadline
    assert job.deadline > now + timedelta(seconds=79)


# Waiting for another job.


@pytest.mark.parametrize("state", S)
def test_a_job_waits_for_the_end_of_another(acme: Account, errand: Errand, state: JobState) -> None:
    first = job_of(acme)
    second = job_of(acme, waits_for=first)
    open_ = state in (S.QUEUED, S.RUNNING, S.UNKNOWN)
    Job.objects.filter(pk=first.pk).update(
        state=state, finished_at=None if open_ else timezone.now()
    )
    # What is unknown may stay so for days: the waiting job goes on and decides for itself.
    assert (claim(second.pk, "one") is not None) is (state not in (S.QUEUED, S.RUNNING))


def test_a_command_carries_out_what_its_job_waits_for(acme: Account, errand: Errand) -> None:
    first = job_of(acme)
    second = job_of(acme, waits_for=first)
    assert follow(second, lambda job: None).state == S.SUCCEEDED
    first.refresh_from_db()
    assert first.state == S.SUCCEEDED
    assert errand.runs == 2


# Deadlines, and the sweeper.


def test_a_deadline_ends_a_job_before_its_step(acme: Account, errand: Errand) -> None:
    job = job_of(acme)
    Job.objects.update(deadline=timezone.now())
    assert runner.run(job.pk, "worker")
    job.refresh_from_db()
    assert (job.state, job.reason, errand.runs) == (S.FAILED, "deadline", 0)


FAR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("deadline", "lease", "woken"),
    [
        (-FAR, None, True),
        (-FAR, -FAR, True),
        (-FAR, FAR, False),
        (FAR, None, False),
        (None, None, False),
    ],
)
def test_the_sweeper_wakes_what_has_no_time_left(
    acme: Account,
    deadline: timedelta | None,
    lease: timedelta | None,
    woken: bool,
) -> None:
    now = timezone.now()
    for state in (S.QUEUED, S.RUNNING):
        Job.objects.create(
            kind=KIND,
            account=acme,
            step="work",
            state=state,
            due_at=now + FAR,
            deadline=deadline and now + deadline,
            lease_until=lease and now + lease,
        )

    sweeper.sweep()

    assert Job.objects.filter(due_at__lte=timezone.now()).count() == (2 if woken else 0)


def test_the_sweeper_leaves_what_is_settled_alone(acme: Account) -> None:
    now = timezone.now()
    for state in (S.UNKNOWN, S.FAILED):
        Job.objects.create(
            kind=KIND,
            account=acme,
            step="work",
            state=state,
            due_at=None,
            deadline=now - FAR,
            finished_at=None if state == S.UNKNOWN else now,
        )
    before = list(Job.objects.order_by("pk").values())
    sweeper.sweep()
    assert list(Job.objects.order_by("pk").values()) == before


def test_a_job_that_nobody_follows_is_nudged_again_but_not_at_every_look(
    acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("portal.jobs.pulse.async_task", lambda *args: sent.append(args))
    job = job_of(acme)
    for _ in range(3):
        sweeper.sweep()
    assert sent == [("portal.jobs.tasks.run_job", job.pk)]
    Job.objects.update(nudged_at=timezone.now() - timedelta(seconds=61))
    sweeper.sweep()
    assert len(sent) == 2
    # Somebody carries it out: no more messages.
    assert claim(job.pk, "worker")
    Job.objects.update(nudged_at=None)
    sweeper.sweep()
    assert len(sent) == 2


# Cancelling.


def test_a_job_that_is_cancelled_in_mid_step_keeps_nothing_of_it(
    acme: Account, errand: Errand
) -> None:
    def cancelled_meanwhile(job: Job) -> None:
        Job.objects.get(pk=job.pk).cancel()
        job.go("next")

    errand.does = cancelled_meanwhile
    job = job_of(acme)
    assert runner.run(job.pk, "worker")
    job.refresh_from_db()
    assert (job.state, job.step, job.crashes) == (S.CANCELLED, "work", 0)


@pytest.mark.django_db(transaction=True)
def test_who_cancels_while_something_leaves_for_good_loses(acme: Account, errand: Errand) -> None:
    """The attempt is written in a transaction that the one who cancels cannot see into."""
    held = claim(job_of(acme).pk, "worker")
    assert held
    writing, asked = threading.Event(), threading.Event()

    def send() -> None:
        with transaction.atomic():
            held.write(nudged_at=None)
            Attempt.objects.create(
                job=held, purpose="send", number=1, irreversible=True, sent_at=timezone.now()
            )
            writing.set()
            # Time for the other one to look at the row and at attempts that are not there yet.
            asked.wait(10)
            threading.Event().wait(0.3)

    def cancel() -> str:
        writing.wait(10)
        if connection.vendor == "sqlite":
            asked.set()  # which waits at BEGIN
        job = Job.objects.get(pk=held.pk)
        asked.set()
        try:
            job.cancel()
        except IllegalMove:
            return "refused"
        return "cancelled"

    assert at_once(send, cancel)[1] == "refused"
    assert Job.objects.get().state == S.RUNNING


# Processes of this machine that are not there any more.


def dead_pid() -> int:
    """The id of a process that has just ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


HERE = socket.gethostname()


@pytest.mark.parametrize(
    ("name", "freed"),
    [
        (lambda: f"queue {HERE} {dead_pid()}", True),
        (lambda: f"command {HERE} {dead_pid()}", True),
        (lambda: f"queue {HERE} {os.getpid()}", False),
        (lambda: f"queue {HERE} 1", False),
        (lambda: f"queue elsewhere.{HERE} {dead_pid()}", False),
        (lambda: f"queue elsewhere {dead_pid()}", False),
        (lambda: "somebody", False),
        (lambda: "", False),
    ],
)
def test_the_sweeper_frees_the_claims_of_the_dead_of_this_machine(
    acme: Account, errand: Errand, name: Callable[[], str], freed: bool
) -> None:
    job = job_of(acme)
    assert claim(job.pk, name())
    sweeper.sweep()
    assert (claim(job.pk, "another") is not None) is freed


def test_a_command_goes_on_behind_a_job_whose_process_died(acme: Account, errand: Errand) -> None:
    """With no background service there is nobody else who would carry on with it."""
    stopped, mine = job_of(acme, lane="x"), job_of(acme, lane="x")
    assert claim(stopped.pk, f"command {HERE} {dead_pid()}")
    looks = 0

    def not_for_ever(job: Job) -> None:
        nonlocal looks
        looks += 1
        assert looks < 30, "it waits for a job that nobody follows"

    assert follow(mine, not_for_ever).state == S.SUCCEEDED
    stopped.refresh_from_db()
    assert (stopped.state, stopped.crashes) == (S.SUCCEEDED, 1)
