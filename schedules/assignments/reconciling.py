"""Finding out what became of an assignment whose answer was lost. Nothing is ever sent again.

listed                   -> it was made
another change is listed -> a person decides
not listed               -> not made, from two readings apart, both long after the request
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.jobs.claims import OPEN, ask
from portal.jobs.kinds import Kind, Read, register
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.lucca import arrangements
from portal.lucca.arrangements import Assignment
from portal.lucca.session import Request
from portal.lucca.types import Page
from portal.refusals import Refusal, one_wins
from portal.words import moment
from schedules import gathering
from schedules.assignments.evidence import look_for
from schedules.assignments.looking import in_order
from schedules.assignments.sending import keep, sent_at
from schedules.gathering import Plain
from schedules.models import ArrangementAssignment

LOOK_AGAIN = "schedules.assign_again"
# Between the two readings that show nothing.
APART = timedelta(minutes=10)
# What the sweeper tries for one before it is left to a person.
_MOST_LOOKS = 8


def look_again(row: ArrangementAssignment, *, by: Any, interactive: bool = False) -> Job:
    """Have Lucca's list read, and the outcome settled by it."""
    if row.job is None or row.job.state != JobState.UNKNOWN:
        raise Refusal(_("Only an assignment whose outcome is unknown can be settled."))
    if row.again and row.again.state in OPEN:
        return row.again
    with one_wins():
        # Not in the employee's lane, which the unknown one keeps closed.
        job = ask(LOOK_AGAIN, row.account, by=by, interactive=interactive)
        mine = ArrangementAssignment.objects.filter(pk=row.pk, again=row.again)
        # Of what the sweeper asks for there is an end; a person may always look.
        if not mine.update(again=job, looks=F("looks") + (0 if by else 1)):
            job.cancel()
    row.refresh_from_db()
    return row.again or job


def believed_from(row: ArrangementAssignment) -> datetime:
    """From when on what Lucca does not list counts as not made."""
    return (sent_at(row) or row.asked_at) + row.account.reconcile_after


def reconcile_due() -> None:
    """The sweeper's."""
    unknown = ArrangementAssignment.objects.filter(
        job__state=JobState.UNKNOWN, looks__lt=_MOST_LOOKS
    ).exclude(job__reason="assignment-unclear")
    for row in unknown.select_related("account", "job", "again")[:20]:
        if _is_due(row):
            with suppress(Refusal):
                look_again(row, by=None)


def _is_due(row: ArrangementAssignment) -> bool:
    now, due = timezone.now(), believed_from(row)
    if row.absent_at:
        due = row.absent_at + APART
    if now < due or (row.again and row.again.state in OPEN):
        return False
    last = row.again.finished_at if row.again else None
    return last is None or last < due or now >= last + APART


def _row(job: Job) -> ArrangementAssignment:
    rows = ArrangementAssignment.objects.select_related("account", "job__account")
    return rows.get(again=job)


def _request(job: Job) -> Request[Page[Assignment]]:
    return arrangements.assignments([_row(job).employee], gathering.page_of(job))


@gathering.whole(gathering.assignment)
def _conclude(job: Job, items: list[Plain]) -> None:
    row = _row(job)
    if row.job and row.job.state == JobState.UNKNOWN:
        _settle(row, row.job, in_order(gathering.of(row.employee, items)))
    job.succeed()


def _settle(row: ArrangementAssignment, unknown: Job, assignments: list[dict[str, Any]]) -> None:
    found, now = look_for(row, assignments), timezone.now()
    rows = ArrangementAssignment.objects.filter(pk=row.pk)
    if found.is_there:
        keep(row, found, unknown.attempts.may_have_acted().get())
        if found.is_as_expected:
            unknown.settle_by_evidence(JobState.SUCCEEDED, "assignment-seen")
        else:
            unknown.settle_by_evidence(JobState.PARTIAL, "assignment-differs")
    elif found.has_others:
        rows.update(absent_at=None)
        unknown.write(reason="assignment-unclear", reason_params={})
    elif now < believed_from(row):
        return
    elif row.absent_at is None:
        rows.update(absent_at=now)
    elif now >= row.absent_at + APART:
        rows.update(after=assignments, is_verified=False)
        unknown.settle_by_evidence(JobState.FAILED, "assignment-absent")


def words(row: ArrangementAssignment) -> str:
    """What is still to come while the outcome is unknown."""
    if row.job is None or row.job.reason == "assignment-unclear":
        return ""
    if row.absent_at:
        return _(
            "Lucca does not list it. A second reading decides, from %(at)s on; the portal does it"
            " by itself."
        ) % {"at": moment(row.absent_at + APART)}
    return _(
        "Lucca may be slow: what it does not list counts only from %(at)s on. The portal looks"
        " again then by itself."
    ) % {"at": moment(believed_from(row))}


def settle(row: ArrangementAssignment, to: JobState, why: str, *, by: Any) -> None:
    """A person has looked in Lucca and says what became of it: made, or not made."""
    if not why.strip():
        raise Refusal(_("Say how you know what became of this assignment."))
    if row.job is None or row.job.state != JobState.UNKNOWN:
        raise Refusal(_("Only an assignment whose outcome is unknown can be settled."))
    with one_wins():
        row.job.settle_by_hand(to, why, by=by)


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    job.fail(reason, **params)


def register_kind() -> None:
    register(
        Kind(
            LOOK_AGAIN,
            gettext_lazy("look for an assignment whose outcome is unknown"),
            first="assignments",
            steps={"assignments": Read(_request, _conclude)},
            give_up=_give_up,
        )
    )
