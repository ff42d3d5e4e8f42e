"""Writing with work cycles: an exception for each half, read again just before it is sent.

https://developers.lucca.fr/api-reference/legacy/schedule/workcycle-exceptions/create-workcycle-exception

A POST on a half that has an exception changes that one, whoever made it, without any error: so it
leaves only where none stands, or one of ours that a person was shown. Only ids that Lucca gave us
are ever deleted, and only while their content is still what we sent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from portal.connect import connect
from portal.jobs.models import Attempt, Job
from portal.jobs.sending import Sent, post_once
from portal.lucca import workcycles
from schedules.arithmetic import FIRST, HALVES
from schedules.override_models import ScheduleOverride
from schedules.overrides import merge, shape
from schedules.overrides.reading import asked, standing
from schedules.overrides.standing import Item, ledger, ledger_of, read_item
from schedules.overrides.stopping import Stopped


def purposes(override: ScheduleOverride, job: Job) -> list[str]:
    """The halves, in order: each is a request of its own."""
    if job.pk == override.withdrawal_id:
        made = override.journal.get("made", {})
        if not made:
            # A person said that it was carried out: whose the one is that stands there is a guess.
            raise Stopped("withdrawal-not-known")
        return [part for part in HALVES if part in made]
    return [one["part"] for one in override.wanted]


def send(job: Job, override: ScheduleOverride, purpose: str, number: int) -> Sent[Any] | None:
    """One half. None: there was nothing to do. Raises Stopped where nothing may be sent."""
    lucca = connect(job.account, job)
    found = standing(lucca, job.account, asked([override]), whole=False)
    current = found.on(override.employee, override.day)
    values = {"employee": override.employee, "day": str(override.day), "part": purpose}
    if job.pk == override.withdrawal_id:
        ours = _ours_of(override, purpose, current)
        if ours is None:
            return None
        return post_once(
            job, workcycles.delete_exception(ours), purpose, number=number, values=values,
            name=lambda _nothing: "", keep=lambda: _journal_taking_back(job, override, current),
        )  # fmt: skip
    item = _may_be_written(override, purpose, current)
    request = workcycles.write_exception(
        override.employee,
        datetime.fromisoformat(item.starts_at),
        is_am=purpose == FIRST,
        duration=timedelta(minutes=item.minutes),
        unit=override.unit,
    )
    return post_once(
        job, request, purpose, number=number, values=values,
        name=lambda made: str(made.id), keep=lambda: _journal(override, current, item),
    )  # fmt: skip


def _may_be_written(override: ScheduleOverride, part: str, current: Sequence[Item]) -> Item:
    (wanted,) = [item for item in map(read_item, override.wanted) if item.part == part]
    merged = merge.put(current, [wanted], ledger(override))
    shown = {item.identity for item in map(read_item, override.standing)}
    if merged.findings or any(item.identity not in shown for item in merged.removed):
        raise Stopped("override-conflict")
    return wanted


def _journal(override: ScheduleOverride, current: Sequence[Item], item: Item) -> None:
    """What stood there and what is sent, committed with the attempt."""
    journal = dict(override.journal)
    # Of an attempt that was not carried out, nothing is kept.
    before = [one for one in journal.get("sent", []) if one["part"] != item.part]
    if not before:
        journal["read"] = [one.stored() for one in current]
    journal["sent"] = [*before, item.stored()]
    written = {one["part"] for one in journal["sent"]}
    journal["kept"] = [one for one in journal["read"] if one["part"] not in written]
    if not merge.same(map(read_item, journal["read"]), map(read_item, override.standing)):
        # Somebody changed the other half: only of ours is known what it will be.
        override.expected = shape.expected_of([read_item(one) for one in override.wanted])
    override.journal = journal
    ScheduleOverride.objects.filter(pk=override.pk).update(
        journal=journal, expected=override.expected
    )


def _journal_taking_back(job: Job, override: ScheduleOverride, current: Sequence[Item]) -> None:
    """What stood there before the first half was taken back, and what of it stays."""
    ours = set(override.journal["made"].values())
    read = [one.stored() for one in current]
    if job.attempts.filter(outcome=Attempt.Outcome.DONE).exists():
        read = override.journal["withdrawal_read"]
    kept = [one for one in read if one["number"] not in ours]
    override.journal = {**override.journal, "withdrawal_read": read, "withdrawal_kept": kept}
    ScheduleOverride.objects.filter(pk=override.pk).update(journal=override.journal)


def note(override: ScheduleOverride, attempt: Attempt) -> None:
    """Keep the id that Lucca gave: by it an exception is known for ours."""
    if override.withdrawal_id == attempt.job_id or not attempt.remote_id:
        return
    made = {**override.journal.get("made", {}), attempt.purpose: int(attempt.remote_id)}
    override.journal = {**override.journal, "made": made}
    ScheduleOverride.objects.filter(pk=override.pk).update(journal=override.journal)


def _ours_of(override: ScheduleOverride, part: str, current: Sequence[Item]) -> int | None:
    """The exception of this half that we made, as we made it; None if it is gone by now."""
    number = override.journal["made"][part]
    found = [item for item in current if item.number == number]
    if not found:
        return None
    # By this one's own record: another of ours may have changed it since.
    if not ledger_of([override]).has(found[0]):
        raise Stopped("withdrawal-changed")
    return int(number)


# After a lost answer


def is_there(override: ScheduleOverride, job: Job, items: Sequence[Item]) -> bool:
    """Whether the day shows what the attempts without an answer sent."""
    open_ = job.attempts.filter(outcome=Attempt.Outcome.UNKNOWN)
    return all(_shows(override, job, one.purpose, items) for one in open_)


def _shows(override: ScheduleOverride, job: Job, part: str, items: Sequence[Item]) -> bool:
    if job.pk == override.withdrawal_id:
        return override.journal["made"][part] not in {item.number for item in items}
    return _written(override, part, items) is not None


def _written(override: ScheduleOverride, part: str, items: Sequence[Item]) -> Item | None:
    """The exception that holds what we sent for this half, and that was not there before as it is
    now."""
    before = {item.identity for item in map(read_item, override.journal.get("read", []))}
    sent = [item for item in map(read_item, override.journal.get("sent", [])) if item.part == part]
    for item in items:
        if item.identity not in before and any(item.content == one.content for one in sent):
            return item
    return None


def number_in(override: ScheduleOverride, attempt: Attempt, items: Sequence[Item]) -> str:
    """Its id, read back."""
    found = _written(override, attempt.purpose, items)
    return str(found.number) if found else ""
