"""The jobs that write an override and that take it back, step by step.

    send -> verify                 Lucca answered
    send -> look -> send | verify  the answer was lost, and the day shows that it was carried out
    send -> look -> unknown        it does not show it yet: see schedules.overrides.looking

Each request is an attempt that is committed before it leaves, and none is ever sent again: with
arrangements there is one (the day is replaced), with work cycles one for each half.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.connect import connect
from portal.jobs.claims import claim, name_of_process
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Attempt, Job
from portal.jobs.runner import whatever_comes
from portal.jobs.sending import MOST_THROTTLED, was_declined, why_declined
from portal.lucca.workcycles import WRITE_RIGHT
from portal.models import Account
from schedules.override_models import ScheduleOverride
from schedules.overrides import exception_writing, shift_writing, verifying
from schedules.overrides.reading import asked, standing
from schedules.overrides.services import APPLY, WITHDRAW
from schedules.overrides.stopping import Stopped
from schedules.overrides.verifying import Found

SEND, VERIFY, LOOK = "send", "verify", "look"
# Lucca may still be at it when its answer is lost.
_LOOK_AFTER = timedelta(seconds=3)
# So long one of many waits to be verified with its block, before it does so by itself.
_TOGETHER = timedelta(minutes=10)
Outcome = Attempt.Outcome


def override_of(job: Job) -> ScheduleOverride:
    rows = ScheduleOverride.objects.select_related("account")
    return rows.get(Q(job=job) | Q(withdrawal=job))


def writer_of(override: ScheduleOverride) -> Any:
    """How this override is written: the module of its model of schedules."""
    newer = override.schedule_model == Account.ScheduleModel.ARRANGEMENTS
    return shift_writing if newer else exception_writing


def _send(job: Job) -> None:
    """Whatever of it has not left yet, one request after the other."""
    override = override_of(job)
    try:
        _must_be_at(override, job)
        for purpose in writer_of(override).purposes(override, job):
            if not _is_sent(job, override, purpose):
                return
    except Stopped as stopped:
        stopped.end(job, override)
        return
    # Of many at once, whoever hands them over verifies a block together: schedules.files.feeding.
    after = _TOGETHER if job.cursor.get("together") else timedelta(0)
    job.go(VERIFY, after=after, cursor=job.cursor)


_FINAL = (Outcome.DONE, Outcome.UNKNOWN)


def _is_sent(job: Job, override: ScheduleOverride, purpose: str) -> bool:
    """Whether it is done: sent now, or before. If not, the job was told how it goes on."""
    writer = writer_of(override)
    last = job.attempts.filter(purpose=purpose).select_related("call").first()
    if last is not None and last.outcome == "":
        last.answer(Outcome.UNKNOWN)  # its process died: the answer is lost
    if last is None or not (last.outcome in _FINAL or was_declined(last)) or _may_leave_anew(last):
        sent = writer.send(job, override, purpose, last.number + 1 if last else 1)
        if sent is None:
            return True
        last = sent.attempt
        if _may_leave_anew(last):
            said = {"reason": sent.reason, "reason_params": sent.params}
            job.wait(timezone.now() + sent.pause, **said)
            return False
    if last.outcome == Outcome.DONE:
        writer.note(override, last)
        return True
    if last.outcome == Outcome.UNKNOWN:
        job.go(LOOK, after=_LOOK_AFTER, cursor=job.cursor)
    else:
        # Lucca said no. What it did all the same, the day shows.
        reason, params = why_declined(last, WRITE_RIGHT)
        job.go(VERIFY, cursor=job.cursor | {"refusal": {"reason": reason, "params": params}})
    return False


def _may_leave_anew(attempt: Attempt) -> bool:
    """429 was certainly not carried out; after some of them a person has to look."""
    return attempt.outcome == Outcome.THROTTLED and attempt.number < MOST_THROTTLED


def _must_be_at(override: ScheduleOverride, job: Job) -> None:
    """An account that was changed meanwhile is another Lucca."""
    account = job.account
    if (account.host, account.schedule_model) != (override.host, override.schedule_model):
        raise Stopped("override-account-changed")


def _look(job: Job) -> None:
    """An answer was lost: does the day show what was sent?"""
    override = override_of(job)
    lucca = connect(job.account, job)
    found = standing(lucca, job.account, asked([override]), whole=False)
    items = found.on(override.employee, override.day)
    if not writer_of(override).is_there(override, job, items):
        job.lose_sight("override-unknown")
        return
    with transaction.atomic():
        job.hold()
        for attempt in job.attempts.filter(outcome=Outcome.UNKNOWN):
            attempt.answer(Outcome.DONE, writer_of(override).number_in(override, attempt, items))
        job.go(SEND, cursor=job.cursor)


def _verify(job: Job) -> None:
    override = override_of(job)
    found = Found.read(connect(job.account, job), job.account, asked([override]))
    verifying.end(job, override, found)


def verify_block(job: Job, block: Sequence[tuple[ScheduleOverride, Job]]) -> None:
    """Read once what a block of overrides needs, with the budget of `job`, and end those of their
    jobs that wait for it. At most ten employees and 31 days: see schedules.overrides.reading."""
    overrides = [override for override, _theirs in block]
    found = Found.read(connect(job.account, job), job.account, asked(overrides))
    for override, theirs in block:
        waiting = Job.objects.filter(pk=theirs.pk, step=VERIFY, lease_until=None)
        if not waiting.update(due_at=timezone.now()):
            continue
        mine = claim(theirs.pk, name_of_process("block"))
        if mine is not None:
            with whatever_comes(mine):
                verifying.end(mine, override, found)


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    override = override_of(job)
    said = {**params, "cause": reason}
    with transaction.atomic():
        job.hold()
        if job.step == VERIFY and not job.cursor.get("refusal"):
            job.finish_in_part("override-not-verified", **said)
            verifying.note_without_reading(override, job)
        elif job.attempts.may_have_acted().exists() or job.cursor.get("refusal"):
            job.lose_sight("override-unknown")
        else:
            job.fail(reason, **params)


def register_kinds() -> None:
    steps = {
        SEND: Work(_send, tries=6),
        VERIFY: Work(_verify, tries=6),
        LOOK: Work(_look, tries=4),
    }
    register(Kind(APPLY, _("change of a day"), SEND, steps, _give_up))
    register(Kind(WITHDRAW, _("taking back of a change"), SEND, steps, _give_up))
