"""The job that gives the arrangement: what was confirmed is compared once more, then it is sent.

    arrangement -> check -> send -> verify
                     ^       |
                     `-------'      after 429, and where what was compared is no longer fresh

Sent at most once for each decision. After a lost answer Lucca's list says whether it arrived; where
it does not show it yet, the outcome is unknown (schedules.assignments.reconciling).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.kinds import Kind, Read, Work, register
from portal.jobs.models import Attempt, Job
from portal.jobs.sending import MOST_THROTTLED, Sent, post_once, was_declined, why_declined
from portal.lucca import arrangements
from portal.lucca.arrangements import ASSIGN_RIGHT, Assignment
from portal.lucca.session import Request
from portal.lucca.types import Page
from portal.models import Account
from schedules import gathering
from schedules.assignments.evidence import Evidence, look_for
from schedules.assignments.looking import arrangement_request, chosen, in_order
from schedules.gathering import Plain
from schedules.models import ArrangementAssignment

SEND = "schedules.assign"
_PURPOSE = "assign"
# What was compared longer ago is compared anew before anything leaves.
_FRESH = timedelta(minutes=2)
# How often Lucca's list is asked for what it has just confirmed.
_MOST_LOOKS, _PAUSE = 4, timedelta(seconds=3)
Outcome = Attempt.Outcome


def row_of(job: Job) -> ArrangementAssignment:
    return ArrangementAssignment.objects.select_related("account").get(job=job)


# Compared


@gathering.whole(gathering.arrangement)
def _check_arrangement(job: Job, items: list[Plain]) -> None:
    row = row_of(job)
    found = chosen(items, row.arrangement)
    if not _is_same_account(row):
        job.fail("assignment-account-changed")
    elif found is None or found["is_archived"] or not found["is_valid"]:
        job.fail("assignment-arrangement-gone")
    elif found["unit"] != row.unit:
        job.fail("assignment-changed")
    else:
        job.go("check", cursor=gathering.rest(job))


def _is_same_account(row: ArrangementAssignment) -> bool:
    model = row.account.schedule_model
    return row.account.host == row.host and model == Account.ScheduleModel.ARRANGEMENTS


def _assignments_request(job: Job) -> Request[Page[Assignment]]:
    return arrangements.assignments([row_of(job).employee], gathering.page_of(job))


@gathering.whole(gathering.assignment)
def _check_assignments(job: Job, items: list[Plain]) -> None:
    row = row_of(job)
    if in_order(gathering.of(row.employee, items)) != row.found["assignments"]:
        job.fail("assignment-changed")
    else:
        job.go("send", cursor=gathering.rest(job, compared=timezone.now().isoformat()))


def _is_fresh(job: Job) -> bool:
    compared = job.cursor.get("compared")
    return bool(compared and datetime.fromisoformat(compared) > timezone.now() - _FRESH)


# Sent


def _send(job: Job) -> None:
    """Post it, unless it may have left before: then only look what became of it."""
    last = job.attempts.first()
    if last and last.outcome == "":
        last.answer(Outcome.UNKNOWN)  # its process died: the answer is lost
    if last and last.outcome in (Outcome.UNKNOWN, Outcome.DONE):
        _verify_it(job, "connection-lost")
    elif last and last.outcome == Outcome.NOT_DONE and was_declined(last):
        reason, params = why_declined(last, ASSIGN_RIGHT)
        job.fail(reason, **params)
    elif last and last.outcome == Outcome.THROTTLED and last.sent_at > _compared(job):
        job.go("arrangement", cursor={})  # the process died between the no and this
    elif not _is_fresh(job):
        job.go("arrangement", cursor={})
    else:
        _post(job, last.number + 1 if last else 1)


def _compared(job: Job) -> datetime:
    return datetime.fromisoformat(job.cursor["compared"])


def _post(job: Job, number: int) -> None:
    row = row_of(job)
    sent = post_once(
        job,
        arrangements.assign(row.employee, row.arrangement, row.starts_on),
        _PURPOSE,
        number=number,
        values={
            "assignment": row.pk,
            "employee": str(row.employee),
            "arrangement": str(row.arrangement),
            "starts_on": str(row.starts_on),
            "number": number,
        },
        name=lambda made: str(made.id or ""),
    )
    outcome = sent.attempt.outcome
    if outcome in (Outcome.DONE, Outcome.UNKNOWN):
        _verify_it(job, sent.reason, sent.params)
    elif outcome == Outcome.THROTTLED and number < MOST_THROTTLED:
        _later(job, sent)
    else:
        job.fail(sent.reason, **sent.params)


def _later(job: Job, sent: Sent[Assignment]) -> None:
    """When Lucca's time has passed; by then something may have changed."""
    with transaction.atomic():
        job.go("arrangement", after=sent.pause, cursor={})
        job.write(reason=sent.reason, reason_params=dict(sent.params))


# Verified


def _verify_it(job: Job, why: str, params: Mapping[str, Any] | None = None) -> None:
    """`why` the answer was lost, if it was."""
    job.go("verify", cursor={"why": why or "connection-lost", "params": dict(params or {})})


@gathering.whole(gathering.assignment)
def _verify(job: Job, items: list[Plain]) -> None:
    row = row_of(job)
    found = look_for(row, in_order(gathering.of(row.employee, items)))
    attempt = job.attempts.may_have_acted().get()
    if found.is_there:
        keep(row, found, attempt)
        if found.is_as_expected:
            job.succeed()
        else:
            job.finish_in_part("assignment-differs")
    elif attempt.outcome == Outcome.UNKNOWN:
        cursor = job.cursor
        lose_sight(job, cursor["why"], unclear=found.has_others, **cursor["params"])
    elif job.cursor.get("looks", 1) < _MOST_LOOKS:
        looks = job.cursor.get("looks", 1) + 1
        job.go("verify", after=_PAUSE, cursor=gathering.rest(job, looks=looks))
    else:
        keep(row, found, attempt)
        job.finish_in_part("assignment-not-listed", number=attempt.remote_id)


def keep(row: ArrangementAssignment, found: Evidence, attempt: Attempt) -> None:
    """What was read back; in the transaction that settles the job."""
    verified = found.is_there and found.is_as_expected
    rows = ArrangementAssignment.objects.filter(pk=row.pk)
    rows.update(after=found.assignments, is_verified=verified)
    if found.is_there and attempt.outcome == Outcome.UNKNOWN:
        attempt.answer(Outcome.DONE, str(found.ours[0]["id"] or ""))


def lose_sight(job: Job, why: str, *, unclear: bool, **params: Any) -> None:
    if unclear:
        job.lose_sight("assignment-unclear")
    else:
        job.lose_sight("assignment-unknown", **params, cause=why)


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    attempt = job.attempts.may_have_acted().first()
    if attempt is None:
        job.fail(reason, **params)
    elif attempt.outcome == Outcome.DONE:
        said = {**params, "number": attempt.remote_id, "cause": reason}
        job.finish_in_part("assignment-not-read-back", **said)
    else:
        lose_sight(job, reason, unclear=False, **params)


def sent_at(row: ArrangementAssignment) -> datetime | None:
    """When the request left that may have arrived."""
    attempt = row.job.attempts.may_have_acted().first() if row.job else None
    return attempt.sent_at if attempt else None


def register_kind() -> None:
    register(
        Kind(
            SEND,
            _("assignment of an arrangement"),
            first="arrangement",
            steps={
                "arrangement": Read(arrangement_request, _check_arrangement),
                "check": Read(_assignments_request, _check_assignments),
                "send": Work(_send),
                # Long, because what cannot be read back has a person look.
                "verify": Read(_assignments_request, _verify, tries=8),
            },
            give_up=_give_up,
        )
    )
