"""The request that has Lucca make an export; it cannot be undone."""

from portal.jobs.models import Attempt, Job
from portal.jobs.sending import Sent, post_once
from portal.lucca import timesheet
from reports.models import ExportRun

SEND = "send"
# Two purposes, because of each purpose the database lets one attempt be open, answered or unknown:
# the request itself, and the one that a configuration allows after its deadline.
TRIGGER, RETRY = "trigger", "retry"


def post(job: Job, run: ExportRun, purpose: str, *, number: int) -> Sent[int]:
    """Post it once. Raises a LuccaError only when nothing left."""
    configuration = run.configuration
    path = job.account.export_trigger_path
    return post_once(
        job,
        timesheet.trigger(path, configuration.remote_id, run.ends_at),
        purpose,
        number=number,
        values={
            "configuration": configuration.remote_id,
            "ends_at": str(run.ends_at),
            "baseline": run.baseline,
            "purpose": purpose,
            "number": number,
        },
    )


def requests_sent(run: ExportRun) -> int:
    """Requests to export that left, for all we know, and were not answered 429."""
    unsent = {"outcome": Attempt.Outcome.NOT_DONE, "call__status": None}
    attempts = run.job.attempts.exclude(outcome=Attempt.Outcome.THROTTLED)
    return int(attempts.exclude(**unsent).count())
