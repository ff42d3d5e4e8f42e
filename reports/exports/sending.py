"""The one request that cannot be undone: an attempt that is committed before it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from portal.audit import record
from portal.connect import connect
from portal.jobs.models import Attempt, Job
from portal.lucca import timesheet
from portal.lucca.errors import LuccaError, OutcomeUnknown, Throttled
from portal.models import LuccaCall
from reports.models import ExportRun

SEND = "send"
# Two purposes, because of each purpose the database lets one attempt be open, answered or unknown:
# the request itself, and the one that a configuration allows after its deadline.
TRIGGER, RETRY = "trigger", "retry"
# More 429 in a row than this, and a person has to look.
MOST_THROTTLED = 10
Outcome = Attempt.Outcome


@dataclass(frozen=True)
class Sent:
    """What came of it. `reason` and `params` say why it was not carried out; `pause`, how long
    Lucca asked us to wait."""

    attempt: Attempt
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    pause: timedelta = timedelta(0)


def post(job: Job, run: ExportRun, purpose: str, *, number: int) -> Sent:
    """Post it once. Raises a LuccaError only when nothing left."""
    account = job.account
    configuration = run.configuration
    request = timesheet.trigger(account.export_trigger_path, configuration.remote_id, run.ends_at)
    lucca = connect(account, job)
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
        record(
            "lucca.sent",
            job,
            account=account.label,
            by=job.asked_by,
            values={
                "configuration": configuration.remote_id,
                "ends_at": str(run.ends_at),
                "baseline": run.baseline,
                "purpose": purpose,
                "number": number,
            },
        )
        # Writing the history may have waited for others: the budget counts from now.
        LuccaCall.objects.filter(pk=call).update(sent_at=Now())
    try:
        made = lucca.close(request, call, lucca.exchange(request))
    except LuccaError as error:
        return _not_answered(attempt, error)
    attempt.answer(Outcome.DONE, str(made))
    return Sent(attempt)


def _not_answered(attempt: Attempt, error: LuccaError) -> Sent:
    if isinstance(error, OutcomeUnknown):
        attempt.answer(Outcome.UNKNOWN)
        return Sent(attempt)
    if isinstance(error, Throttled):
        attempt.answer(Outcome.THROTTLED)
        pause = max(error.until - timezone.now(), timedelta(0))
        return Sent(attempt, error.reason, error.params, pause)
    attempt.answer(Outcome.NOT_DONE)
    if error.status is None:
        raise error  # no connection was made
    return Sent(attempt, error.reason, error.params)


def was_declined(attempt: Attempt) -> bool:
    """Whether Lucca itself said no, as opposed to a connection that was never made."""
    return attempt.outcome == Outcome.THROTTLED or bool(
        attempt.outcome == Outcome.NOT_DONE and attempt.call and attempt.call.status
    )


def why_declined(
    attempt: Attempt, right: str = timesheet.EXPORT_RIGHT
) -> tuple[str, dict[str, Any]]:
    """The reason of that no and its parameters, from the record of the call."""
    if attempt.call is None or not attempt.call.failure:
        return "crashed", {"times": 1}
    until = timezone.localtime().strftime("%H:%M:%S")
    params = {"status": attempt.call.status, "right": right, "until": until}
    return attempt.call.failure, params


def requests_sent(run: ExportRun) -> int:
    """Requests to export that left, for all we know, and were not answered 429."""
    unsent = {"outcome": Outcome.NOT_DONE, "call__status": None}
    attempts = run.job.attempts.exclude(outcome=Outcome.THROTTLED)
    return int(attempts.exclude(**unsent).count())
