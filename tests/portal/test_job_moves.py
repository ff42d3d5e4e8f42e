"""Every pair of states: what is allowed succeeds once and is written down, the rest is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.audit import first_bad_entry
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import HOLDS_LANE, MOVES, SETTLED, IllegalMove, JobState
from portal.models import Account, Event, EventDetail, User

pytestmark = [pytest.mark.database, pytest.mark.django_db]

S = JobState
# The diagram, written down a second time on purpose.
ALLOWED = {
    (S.QUEUED, S.RUNNING),
    (S.QUEUED, S.CANCELLED),
    (S.RUNNING, S.SUCCEEDED),
    (S.RUNNING, S.PARTIAL),
    (S.RUNNING, S.FAILED),
    (S.RUNNING, S.UNKNOWN),
    (S.RUNNING, S.CANCELLED),
    (S.UNKNOWN, S.SUCCEEDED),
    (S.UNKNOWN, S.PARTIAL),
    (S.UNKNOWN, S.FAILED),
}
ENDS = {S.SUCCEEDED, S.PARTIAL, S.FAILED, S.CANCELLED}
MOVE: dict[JobState, Callable[[Job], None]] = {
    S.QUEUED: lambda job: job._move(S.QUEUED),
    S.RUNNING: lambda job: job.start(claimed_by="test", lease_until=timezone.now()),
    S.SUCCEEDED: lambda job: job.succeed(),
    S.PARTIAL: lambda job: job.finish_in_part("server-error", status=500),
    S.FAILED: lambda job: job.fail("server-error", status=500),
    S.UNKNOWN: lambda job: job.lose_sight("timed-out"),
    S.CANCELLED: lambda job: job.cancel(),
}
PAIRS = [(before, after) for before in S for after in S]


@pytest.fixture
def acme(db: None) -> Account:
    return Account.objects.create(
        label="acme", base_url="https://acme.ilucca.net", kind="production", host="acme:443"
    )


def job_in(acme: Account, state: JobState, **fields: Any) -> Job:
    return Job.objects.create(
        **{
            "kind": "directory",
            "account": acme,
            "step": "employees",
            "state": state,
            "finished_at": timezone.now() if state in ENDS else None,
            **fields,
        }
    )


def test_the_table_is_the_diagram() -> None:
    assert {(S(a), S(b)) for a, exits in MOVES.items() for b in exits} == ALLOWED
    assert set(SETTLED) == ENDS
    assert set(HOLDS_LANE) == {S.RUNNING, S.UNKNOWN}
    assert set(MOVES) == set(S)


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda state: str(state.value))
def test_a_move(acme: Account, before: JobState, after: JobState) -> None:
    job = job_in(acme, before, claimed_by="test", lease_until=timezone.now())
    late = Job.objects.get(pk=job.pk)

    if (before, after) not in ALLOWED:
        with pytest.raises(IllegalMove):
            MOVE[after](job)
        assert Job.objects.get(pk=job.pk).state == before
        assert not Event.objects.exists()
        return

    MOVE[after](job)

    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.version) == (after, late.version + 1)
    # The object in hand knows what the row knows.
    assert {f.attname: getattr(job, f.attname) for f in Job._meta.concrete_fields} == {
        f.attname: getattr(row, f.attname) for f in Job._meta.concrete_fields
    }
    assert (row.finished_at is not None) is (after in ENDS)
    assert (row.started_at is not None) is (after == S.RUNNING)
    if after != S.RUNNING:
        assert (row.due_at, row.lease_until, row.claimed_by) == (None, None, "")
    event = Event.objects.get()
    assert (event.verb, event.subject, event.account) == (f"job.{after}", f"job:{job.pk}", "acme")
    assert EventDetail.objects.get().values["before"] == before
    assert first_bad_entry() is None

    # Whoever saw the same row before loses, and leaves nothing behind.
    with pytest.raises(IllegalMove):
        MOVE[after](late)
    assert Event.objects.count() == 1
    assert Job.objects.get(pk=job.pk).version == row.version


def test_a_move_that_fails_to_be_written_down_does_not_happen(
    acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_in(acme, S.RUNNING)

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("portal.jobs.models.record", fail)
    with pytest.raises(RuntimeError):
        job.succeed()
    assert Job.objects.get(pk=job.pk).state == S.RUNNING
    assert job.state == S.RUNNING


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("to", S)
def test_a_person_settles_only_what_is_unknown(
    acme: Account, state: JobState, to: JobState
) -> None:
    ines = User.objects.create_user("ines")
    job = job_in(acme, state)
    if state == S.UNKNOWN and to in (S.SUCCEEDED, S.PARTIAL, S.FAILED):
        job.settle_by_hand(to, "seen in Lucca: 100 % of it", by=ines)
        assert job.state == to
        assert "seen in Lucca: 100 % of it" in job.message
        assert EventDetail.objects.get().actor == "ines"
    else:
        with pytest.raises(IllegalMove):
            job.settle_by_hand(to, "because", by=ines)
        assert Job.objects.get(pk=job.pk).state == state


@pytest.mark.parametrize("state", S)
def test_the_database_ties_the_end_to_its_moment(acme: Account, state: JobState) -> None:
    wrong = None if state in ENDS else timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        job_in(acme, state, finished_at=wrong)


@pytest.mark.parametrize("outcome", ["", *Attempt.Outcome.values])
@pytest.mark.parametrize("irreversible", [True, False])
def test_cancelling_ends_with_what_cannot_be_undone(
    acme: Account, outcome: str, irreversible: bool
) -> None:
    job = job_in(acme, S.RUNNING)
    Attempt.objects.create(
        job=job,
        purpose="send",
        number=1,
        irreversible=irreversible,
        sent_at=timezone.now(),
        outcome=outcome,
    )
    sent = irreversible and outcome not in (Attempt.Outcome.NOT_DONE, Attempt.Outcome.THROTTLED)
    if sent:
        with pytest.raises(IllegalMove):
            job.cancel()
        assert Job.objects.get().state == S.RUNNING
    else:
        job.cancel()
        assert Job.objects.get().state == S.CANCELLED


# Attempts.

COUNTS = ["", Attempt.Outcome.DONE, Attempt.Outcome.UNKNOWN]
HARMLESS = [Attempt.Outcome.NOT_DONE, Attempt.Outcome.THROTTLED]


def attempt(job: Job, number: int, outcome: str = "", **fields: Any) -> Attempt:
    values = {"purpose": "send", "irreversible": True, "sent_at": timezone.now(), **fields}
    return Attempt.objects.create(job=job, number=number, outcome=outcome, **values)


@pytest.mark.parametrize("first", [*COUNTS, *HARMLESS])
@pytest.mark.parametrize("second", [*COUNTS, *HARMLESS])
def test_one_irreversible_attempt_that_counts(acme: Account, first: str, second: str) -> None:
    job = job_in(acme, S.RUNNING)
    attempt(job, 1, first)
    if first in COUNTS and second in COUNTS:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt(job, 2, second)
        assert Attempt.objects.count() == 1
    else:
        attempt(job, 2, second)


def test_attempts_of_another_purpose_job_or_kind_are_apart(acme: Account) -> None:
    job, other = job_in(acme, S.RUNNING), job_in(acme, S.RUNNING)
    attempt(job, 1)
    attempt(job, 1, purpose="other")
    attempt(other, 1)
    attempt(job, 2, irreversible=False)
    attempt(job, 3, irreversible=False)


def test_a_number_is_used_once(acme: Account) -> None:
    job = job_in(acme, S.RUNNING)
    attempt(job, 1, Attempt.Outcome.THROTTLED)
    with pytest.raises(IntegrityError), transaction.atomic():
        attempt(job, 1, Attempt.Outcome.THROTTLED)


@pytest.mark.parametrize("outcome", [*COUNTS, *HARMLESS])
def test_an_answer_replaces_only_what_is_not_known(acme: Account, outcome: str) -> None:
    sent = attempt(job_in(acme, S.RUNNING), 1, outcome)
    sent.answer(Attempt.Outcome.DONE, "abc")
    row = Attempt.objects.get()
    if outcome in ("", Attempt.Outcome.UNKNOWN):
        assert (row.outcome, row.remote_id) == ("done", "abc")
        assert row.answered_at
    else:
        assert (row.outcome, row.remote_id, row.answered_at) == (outcome, "", None)


def test_a_job_with_attempts_cannot_be_deleted(acme: Account) -> None:
    job = job_in(acme, S.RUNNING)
    attempt(job, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).delete()
