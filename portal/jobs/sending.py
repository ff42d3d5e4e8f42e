"""The one request that cannot be undone: an attempt that is committed before it leaves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from portal.audit import record
from portal.connect import connect
from portal.jobs.models import Attempt, Job
from portal.lucca.errors import LuccaError, OutcomeUnknown, Throttled
from portal.lucca.session import Request
from portal.models import LuccaCall

T = TypeVar("T")
# More 429 in a row than this, and a person has to look.
MOST_THROTTLED = 10
Outcome = Attempt.Outcome


@dataclass(frozen=True)
class Sent(Generic[T]):
    """What came of it: Lucca's `answer`, where it could be read. `reason` and `params` say why it
    was not carried out; `pause`, how long Lucca asked us to wait."""

    attempt: Attempt
    answer: T | None = None
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    pause: timedelta = timedelta(0)


def post_once(
    job: Job,
    request: Request[T],
    purpose: str,
    *,
    number: int,
    values: Mapping[str, Any],
    name: Callable[[T], str] = str,
    keep: Callable[[], None] = lambda: None,
) -> Sent[T]:
    """Post it once. `values` go into the history, `name` gives the id of what was made, `keep`
    writes what else must be known before it leaves. Raises a LuccaError only when nothing left."""
    lucca = connect(job.account, job)
    with transaction.atomic():
        # Fenced: whoever cancelled or took over this job in the meantime wins, and nothing leaves.
        job.hold()
        call = lucca.open(request)
        attempt = Attempt.objects.create(
            job=job,
            purpose=purpose,
            number=number,
            call_id=call,
            irreversible=True,
            sent_at=timezone.now(),
        )
        keep()
        record("lucca.sent", job, account=job.account.label, by=job.asked_by, values=values)
        # Writing the history may have waited for others: the budget counts from now.
        LuccaCall.objects.filter(pk=call).update(sent_at=Now())
    try:
        answer = lucca.close(request, call, lucca.exchange(request))
    except LuccaError as error:
        return _not_answered(attempt, error)
    attempt.answer(Outcome.DONE, name(answer))
    return Sent(attempt, answer)


def _not_answered(attempt: Attempt, error: LuccaError) -> Sent[Any]:
    if isinstance(error, OutcomeUnknown):
        attempt.answer(Outcome.UNKNOWN)
        return Sent(attempt, None, error.reason, error.params)
    if isinstance(error, Throttled):
        attempt.answer(Outcome.THROTTLED)
        pause = max(error.until - timezone.now(), timedelta(0))
        return Sent(attempt, None, error.reason, error.params, pause)
    attempt.answer(Outcome.NOT_DONE)
    if error.status is None:
        raise error  # no connection was made
    return Sent(attempt, None, error.reason, error.params)


def was_declined(attempt: Attempt) -> bool:
    """Whether Lucca itself said no, as opposed to a connection that was never made."""
    return attempt.outcome == Outcome.THROTTLED or bool(
        attempt.outcome == Outcome.NOT_DONE and attempt.call and attempt.call.status
    )


def why_declined(attempt: Attempt, right: str) -> tuple[str, dict[str, Any]]:
    """The reason of that no and its parameters, from the record of the call."""
    if attempt.call is None or not attempt.call.failure:
        return "crashed", {"times": 1}
    until = timezone.localtime().strftime("%H:%M:%S")
    params = {"status": attempt.call.status, "right": right, "until": until}
    return attempt.call.failure, params
