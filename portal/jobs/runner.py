"""Carrying out one step of one job, and what its errors mean for the job.

A step may end in an answer, in an error that asking again may cure, in an error that ends the job,
in the loss of the claim, or in a failure of our own code. All five are on this page.
"""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.connect import connect
from portal.jobs.claims import claim
from portal.jobs.kinds import Step, Work, kind_of, step_of
from portal.jobs.models import Job
from portal.jobs.moves import IllegalMove, Superseded
from portal.lucca.errors import LuccaError, OutcomeUnknown, Throttled, Unreachable

logger = logging.getLogger(__name__)
MAX_CRASHES = 3


def run(pk: int, by: str) -> bool:
    """Claim the job and carry out its next step here and now. False: there was nothing to do."""
    job = claim(pk, by)
    if job is None:
        return False
    carry_out(job)
    return True


def carry_out(job: Job) -> None:
    """The next step of a claimed job, in this process."""
    if ended(job):
        return
    step = step_of(job)
    with whatever_comes(job):
        if isinstance(step, Work):
            step.run(job)
        else:
            request = step.request(job)
            step.apply(job, connect(job.account, job).send(request))


@contextmanager
def whatever_comes(job: Job) -> Iterator[None]:
    """Turns what a step raises into what becomes of its job."""
    try:
        try:
            with job.as_it_was_claimed():
                yield
        except LuccaError as error:
            answered_badly(job, error)
        except (Superseded, IllegalMove):
            raise
        except Exception as error:  # noqa: BLE001  (recorded on the job, tried again, given up)
            crashed(job, error)
    except Superseded:
        logger.info("job %s was taken over", job.pk)
    except IllegalMove as error:
        _cannot_move(job, error)


def _cannot_move(job: Job, error: IllegalMove) -> None:
    """Somebody else moved the job, or what it works on is somewhere this job cannot be.

    The second must not come back for ever: after a few tries the job ends by itself.
    """
    if not Job.objects.filter(pk=job.pk, version=job.version, state=job.state).exists():
        logger.info("job %s was taken over", job.pk)
        return
    logger.error("job %s (step %s) does not fit: %s", job.pk, job.step, error)
    with suppress(Superseded, IllegalMove):
        if job.crashes + 1 < MAX_CRASHES:
            pause = timedelta(seconds=2 ** (job.crashes + 1))
            job.wait(timezone.now() + pause, crashes=job.crashes + 1)
        elif job.attempts.may_have_acted().exists():
            job.lose_sight("crashed-unknown")
        else:
            job.fail("crashed", times=MAX_CRASHES)


def ended(job: Job) -> bool:
    """End a job that has no time or no tries left; true if it did."""
    if job.crashes >= MAX_CRASHES:
        reason = "crashed"
    elif job.deadline and job.deadline <= timezone.now():
        if _looks_once_more(job):
            return False
        reason = "deadline"
    else:
        return False
    with whatever_comes(job):
        kind_of(job).give_up(job, reason, {"times": job.crashes})
    return True


def _looks_once_more(job: Job) -> bool:
    """Whether what has long been followed is asked about a last time: it may only be that nobody
    of ours looked. The mark stays until something moves."""
    if step_of(job).tries is not None or job.cursor.get("last"):
        return False
    with whatever_comes(job):
        job.write(cursor=job.cursor | {"last": True})
    return True


def answered_badly(job: Job, error: LuccaError) -> None:
    """Ask again later, or give up."""
    step, now = step_of(job), timezone.now()
    stored: dict[str, Any] = {"reason": error.reason, "reason_params": error.params}
    if isinstance(error, Throttled):
        until = max(error.until, now)
        if error.reason == "over-budget" and job.deadline:
            # It is we who hold back, so this time does not count against Lucca.
            stored["deadline"] = job.deadline + (until - now)
        job.wait(until, **stored)
    elif _worth_another_try(job, step, error):
        again = now + timedelta(seconds=min(2 ** (job.misses + 1), 20))
        if isinstance(error, OutcomeUnknown) and error.until:
            again = max(again, error.until)
        job.wait(again, misses=job.misses + 1, **stored)
    else:
        kind_of(job).give_up(job, error.reason, error.params)


def _worth_another_try(job: Job, step: Step, error: LuccaError) -> bool:
    if error.status in step.patient:
        # Not known yet, or never: only some tries, even where everything else is waited for.
        return job.misses < 20
    curable = isinstance(error, OutcomeUnknown | Unreachable)
    return curable and (step.tries is None or job.misses + 1 < step.tries)


def crashed(job: Job, error: Exception) -> None:
    """Our own code failed. The log gets where, but no message: it may quote a cell or a name."""
    logger.error(
        "job %s (%s, step %s) failed with %s\n%s",
        job.pk,
        job.kind,
        job.step,
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    if job.crashes + 1 >= MAX_CRASHES:
        kind_of(job).give_up(job, "crashed", {"times": job.crashes + 1})
    else:
        pause = timedelta(seconds=2 ** (job.crashes + 1))
        job.wait(timezone.now() + pause, crashes=job.crashes + 1)
