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
from portal.jobs.sending import was_declined
from portal.lucca.errors import LuccaError
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
Outcome = Attempt.Outcome


def override_of(job: Job) -> ScheduleOverride:
    rows = ScheduleOverride.objects.select_related("account")
    return rows.get(Q(job=job) | Q(withdrawal=job))


def _writer(override: ScheduleOverride) -> Any:
    newer = override.schedule_model == Account.ScheduleModel.ARRANGEMENTS
    return shift_writing if newer else exception_writing


def _send(job: Job) -> None:
    """Whatever of it has not left yet, one request after the other."""
    override = override_of(job)
    writer = _writer(override)
    try:
        _must_be_at(override, job)
        for purpose in writer.purposes(override, job):
            last = job.attempts.filter(purpose=purpose).first()
            if last is not None and last.outcome in ("", Outcome.UNKNOWN):
                _lost(job, last)
                return
            if last is not None and was_declined(last):
                _declined(job, *_why(last))
                return
            if last is not None and last.outcome == Outcome.DONE:
                writer.note(override, last)
                continue
            sent = writer.send(job, override, purpose)
            if sent is not None and sent.error is not None:
                _unanswered(job, sent.attempt, sent.error)
                return
    except Stopped as stopped:
        stopped.end(job, override)
        return
    job.go(VERIFY, cursor=job.cursor)


def _must_be_at(override: ScheduleOverride, job: Job) -> None:
    """An account that was changed meanwhile is another Lucca."""
    account = job.account
    if (account.host, account.schedule_model) != (override.host, override.schedule_model):
        raise Stopped("override-account-changed")


def _lost(job: Job, attempt: Attempt) -> None:
    attempt.answer(Outcome.UNKNOWN)
    job.go(LOOK, after=_LOOK_AFTER, cursor=job.cursor)


def _unanswered(job: Job, attempt: Attempt, error: LuccaError) -> None:
    if attempt.outcome == Outcome.UNKNOWN:
        job.go(LOOK, after=_LOOK_AFTER, cursor=job.cursor)
    else:
        _declined(job, error.reason, error.params)


def _why(declined: Attempt) -> tuple[str, dict[str, Any]]:
    """Of an answer whose process died: from the record of the call."""
    call = declined.call
    if call is None or not call.failure:
        return "refused", {"status": "–"}
    return call.failure, {"status": call.status, "right": WRITE_RIGHT}


def _declined(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Lucca said no. What it did all the same, the day shows."""
    refusal = {"reason": reason, "params": dict(params)}
    job.go(VERIFY, cursor=job.cursor | {"refusal": refusal})


def _look(job: Job) -> None:
    """An answer was lost: does the day show what was sent?"""
    override = override_of(job)
    lucca = connect(job.account, job)
    found = standing(lucca, job.account, asked([override]), whole=False)
    items = found.on(override.employee, override.day)
    if not _writer(override).is_there(override, job, items):
        job.lose_sight("override-unknown")
        return
    with transaction.atomic():
        job.hold()
        for attempt in job.attempts.filter(outcome=Outcome.UNKNOWN):
            attempt.answer(Outcome.DONE, _writer(override).number_in(override, attempt, items))
        job.go(SEND, cursor=job.cursor)


def _verify(job: Job) -> None:
    override = override_of(job)
    found = Found.read(connect(job.account, job), job.account, asked([override]))
    verifying.end(job, override, found)


def verify_block(job: Job, overrides: Sequence[ScheduleOverride]) -> None:
    """Read once what a block of overrides needs, with the budget of `job`, and end those of their
    jobs that wait for it. The block is one of schedules.overrides.reading.blocks."""
    found = Found.read(connect(job.account, job), job.account, asked(overrides))
    for override in overrides:
        waiting = Job.objects.filter(pk=override.job_id or 0, step=VERIFY, lease_until=None)
        if not waiting.update(due_at=timezone.now()):
            continue
        mine = claim(override.job_id or 0, name_of_process("block"))
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
