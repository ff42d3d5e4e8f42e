"""What a person may do with an override. Pages, commands and files of overrides call these.

Each refuses with a sentence (`Refusal`) what may not be done now, and of two callers that want the
same at the same moment exactly one wins.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import record
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.jobs.moves import IllegalMove, JobState
from portal.models import Account
from portal.refusals import Refusal
from schedules.lanes import of_employee
from schedules.models import ScheduleOverride
from schedules.overrides.asked import Ask, problems
from schedules.overrides.findings import read

PREPARE, APPLY, WITHDRAW, LOOK = (
    *("schedules.prepare", "schedules.override", "schedules.withdraw", "schedules.look"),
)
# What was read longer ago is read again before anything is sent because of it.
PREPARED_FOR = timedelta(hours=1)
# The stages at which something of ours may stand in Lucca.
WITHDRAWABLE = ("verified", "different", "applied", "partial")
Model = Account.ScheduleModel


def ask_for(
    account: Account,
    wanted: Sequence[Ask],
    *,
    by: Any,
    interactive: bool = True,
    **more: Any,
) -> list[ScheduleOverride]:
    """Keep what is asked for, and have those days read: nothing is sent to change anything.

    `more` are further columns of each. Raises Refusal where the account's model of schedules is not
    confirmed, or an ask is wrong whatever Lucca says.
    """
    must_be_confirmed(account)
    for one in wanted:
        for problem in problems(one):
            raise Refusal(str(problem))
    with transaction.atomic():
        job = ask(PREPARE, account, by=by, interactive=interactive)
        made = ScheduleOverride.objects.bulk_create(
            [_row(account, one, job, by, more) for one in wanted]
        )
        for override in made:
            record(
                "override.asked", override, account=account.label, by=by, values=_named(override)
            )
    return made


def must_be_confirmed(account: Account) -> None:
    """What is written on the other model has no defined effect, so a person says which it is."""
    if account.schedule_model == Model.AUTO:
        raise Refusal(
            _(
                "Nobody has confirmed yet how working time is kept in this Lucca. Check the"
                " account: its page says what was found. Then set the schedule model in the"
                " account's settings."
            )
        )


def _row(account: Account, one: Ask, job: Job, by: Any, more: dict[str, Any]) -> ScheduleOverride:
    return ScheduleOverride(
        account=account,
        host=account.host,
        employee=one.employee,
        day=one.day,
        part=one.part,
        nature=one.nature,
        minutes=one.minutes,
        counted_in=one.counted_in,
        starts=one.starts,
        comment=one.comment,
        asked_by=by,
        preparation=job,
        schedule_model=account.schedule_model,
        **more,
    )


def _named(override: ScheduleOverride) -> dict[str, Any]:
    """For the history: whose day, which, and what; no comment."""
    return {
        "employee": override.employee,
        "day": str(override.day),
        "part": override.part,
        "nature": override.nature,
        "minutes": override.minutes,
    }


def look_again(override: ScheduleOverride, *, by: Any) -> Job:
    """Have the day read again, before it is agreed to."""
    with transaction.atomic():
        mine = _locked(override)
        if mine.stage not in ("blocked", "ready", "not-read"):
            raise Refusal(_("This override is not waiting for anybody. Look where it stands."))
        must_be_confirmed(mine.account)
        job = ask(PREPARE, mine.account, by=by, interactive=True)
        ScheduleOverride.objects.filter(pk=mine.pk).update(
            preparation=job, prepared_at=None, schedule_model=mine.account.schedule_model
        )
    override.refresh_from_db()
    return job


def agree(
    override: ScheduleOverride,
    *,
    accepted: Iterable[str] = (),
    by: Any,
    interactive: bool = True,
) -> Job:
    """Have it applied. `accepted` are the slugs of all its questions.

    Raises Refusal where it is blocked, a question is open, what was read is too old, or it is no
    longer waiting (somebody else agreed first).
    """
    yes = set(accepted)
    with transaction.atomic():
        mine = _locked(override)
        _may_be_applied(mine, yes)
        lane = of_employee(mine.account, mine.employee)
        job = ask(APPLY, mine.account, by=by, lane=lane, interactive=interactive)
        ScheduleOverride.objects.filter(pk=mine.pk).update(job=job, accepted=sorted(yes))
        record(
            "override.agreed",
            mine,
            account=mine.account.label,
            by=by,
            values={**_named(mine), "accepted": sorted(yes)},
        )
    override.refresh_from_db()
    return job


def _may_be_applied(override: ScheduleOverride, yes: set[str]) -> None:
    if override.stage == "blocked":
        raise Refusal(" ".join(str(one) for one in read(override.blocking)))
    if override.stage != "ready":
        raise Refusal(_("This override is not waiting for anybody. Look where it stands."))
    if too_old(override):
        raise Refusal(
            _("What was read of this day is too old, or the account was changed. Look again.")
        )
    still = [one for one in read(override.questions) if one.slug not in yes]
    if still:
        raise Refusal(" ".join(str(one) for one in still))


def too_old(override: ScheduleOverride) -> bool:
    """Whether what was read of the day must be read again before anything is sent."""
    account, at = override.account, override.prepared_at
    moved = account.host != override.host or account.schedule_model != override.schedule_model
    return moved or at is None or timezone.now() - at > PREPARED_FOR


def _locked(override: ScheduleOverride) -> ScheduleOverride:
    """As it stands, under a lock: of two who agree, the second is told. In a transaction."""
    rows = ScheduleOverride.objects.select_for_update(of=("self",))
    related = ("account", "preparation", "job", "withdrawal")
    return rows.select_related(*related).get(pk=override.pk)


def withdraw(override: ScheduleOverride, *, by: Any, interactive: bool = True) -> Job:
    """Have taken back what this override wrote, and nothing else."""
    with transaction.atomic():
        mine = _locked(override)
        if mine.stage not in WITHDRAWABLE:
            raise Refusal(_("Only an override that was applied can be taken back."))
        if mine.account.host != mine.host:
            raise Refusal(_("The account has another address by now: this was done at the former."))
        if mine.account.schedule_model != mine.schedule_model:
            raise Refusal(_("The account's schedule model was changed since this was applied."))
        lane = of_employee(mine.account, mine.employee)
        job = ask(WITHDRAW, mine.account, by=by, lane=lane, interactive=interactive)
        ScheduleOverride.objects.filter(pk=mine.pk).update(withdrawal=job)
        record("override.withdrawal_asked", mine, account=mine.account.label, by=by,
               values=_named(mine))  # fmt: skip
    override.refresh_from_db()
    return job


def cancel(override: ScheduleOverride, *, by: Any) -> None:
    """While nothing has left: what was read is not gone on with, and no job that waits is."""
    with transaction.atomic():
        mine = _locked(override)
        job = mine.job or mine.preparation
        if mine.stage in ("not-read", "blocked", "ready"):
            ScheduleOverride.objects.filter(pk=mine.pk).update(dropped_at=timezone.now())
            label = mine.account.label
            record("override.dropped", mine, account=label, by=by, values=_named(mine))
            return
        if job is None or job.state not in OPEN:
            raise Refusal(_("This can no longer be cancelled. Look where it stands."))
        if mine.job is None and mine.file_id is not None:
            raise Refusal(_("Its day is being read with others. Cancel it once that is done."))
        try:
            job.cancel(by=by)
        except IllegalMove:
            raise Refusal(
                _("It was sent already, so it can no longer be cancelled. It can be taken back.")
            ) from None


def ask_to_look(override: ScheduleOverride, *, by: Any) -> Job:
    """Have Lucca read back, to settle an outcome that is unknown. Nothing is sent again."""
    with transaction.atomic():
        mine = _locked(override)
        if unknown_job(mine) is None:
            raise Refusal(_("Only an override whose outcome is unknown can be settled."))
        if mine.look is not None and mine.look.state in OPEN:
            raise Refusal(_("Lucca is being read back already."))
        job = ask(LOOK, mine.account, by=by, interactive=by is not None)
        ScheduleOverride.objects.filter(pk=mine.pk).update(look=job)
    override.refresh_from_db()
    return job


def unknown_job(override: ScheduleOverride) -> Job | None:
    """The job of this override that may have acted, for all that is known."""
    for job in (override.withdrawal, override.job):
        if job is not None and job.state == JobState.UNKNOWN:
            return job
    return None


def settle(override: ScheduleOverride, *, was_done: bool, why: str, by: Any) -> None:
    """A person looked in Lucca, and says what became of an unknown outcome."""
    if not why.strip():
        raise Refusal(_("Say how you know it."))
    with transaction.atomic():
        mine = _locked(override)
        job = unknown_job(mine)
        if job is None:
            raise Refusal(_("Only an override whose outcome is unknown can be settled."))
        job.settle_by_hand(JobState.SUCCEEDED if was_done else JobState.FAILED, why.strip(), by=by)
        if was_done and job.pk == mine.withdrawal_id:
            ScheduleOverride.objects.filter(pk=mine.pk).update(withdrawn_at=timezone.now())
    override.refresh_from_db()
