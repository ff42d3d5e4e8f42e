"""Writing with arrangements: the day is read again, merged, and replaced in one request.

https://developers.lucca.fr/api-reference/legacy/schedule/shift-overrides/replace-shift-overrides

Whatever stands there of others is sent again as it is. Between the last reading and the request
lies only the record of it; that window cannot be closed from outside Lucca.
"""

from collections.abc import Sequence
from datetime import datetime

from portal.connect import connect
from portal.jobs.models import Attempt, Job
from portal.jobs.sending import Sent, post_once
from portal.lucca import overrides
from portal.lucca.overrides import NewOverride, Override
from portal.lucca.session import Session
from schedules.override_models import ScheduleOverride
from schedules.overrides import merge, shape
from schedules.overrides.merge import Merge
from schedules.overrides.reading import asked, standing
from schedules.overrides.standing import POSITION_OF, Item, ledger, read_item
from schedules.overrides.stopping import Stopped

_PUT = "put"
# Readings until two in a row agree.
_MOST_READINGS = 4


def purposes(override: ScheduleOverride, job: Job) -> list[str]:
    return [_PUT]


def send(job: Job, override: ScheduleOverride, purpose: str, number: int) -> Sent[list[Override]]:
    """Read, merge, replace. Raises Stopped where nothing may be sent."""
    lucca = connect(job.account, job)
    before = _at_rest(job, override, lucca)
    withdrawing = job.pk == override.withdrawal_id
    merged = _without(override, before) if withdrawing else _with(override, before)
    wanted = [] if withdrawing else _wanted(override)
    items = [*merged.kept, *wanted]
    merge.guard(before, merged, items, str(override.day))

    def keep() -> None:
        _journal(override, before, merged, wanted, withdrawing=withdrawing)

    request = overrides.replace_overrides(override.employee, override.day, map(_new, items))
    values = {"employee": override.employee, "day": str(override.day), "kept": len(merged.kept)}
    return post_once(
        job, request, purpose, number=number, values=values, name=lambda _items: "", keep=keep
    )


def _at_rest(job: Job, override: ScheduleOverride, lucca: Session) -> list[Item]:
    """The day as it stands now: as it was when a person agreed, or the same twice in a row."""
    last = [read_item(one) for one in override.standing]
    if job.pk == override.withdrawal_id:
        last = [read_item(one) for one in override.journal.get("left", [])]
    for _number in range(_MOST_READINGS):
        found = standing(lucca, job.account, asked([override]), whole=False)
        current = found.on(override.employee, override.day)
        if merge.same(current, last):
            return current
        last = current
    raise Stopped("override-restless")


def _wanted(override: ScheduleOverride) -> list[Item]:
    return [read_item(one) for one in override.wanted]


def _with(override: ScheduleOverride, current: Sequence[Item]) -> Merge:
    merged = merge.put(current, _wanted(override), ledger(override))
    # Of ours only what a person was shown may give way.
    shown = {item.content for item in map(read_item, override.standing)}
    unseen = [item for item in merged.removed if item.content not in shown]
    if merged.findings or unseen or merge.must_be_plain(merged.kept):
        raise Stopped("override-conflict")
    return merged


def _without(override: ScheduleOverride, current: Sequence[Item]) -> Merge:
    ours = [read_item(one) for one in override.journal.get("sent", [])]
    merged = merge.take(current, ours, ledger(override))
    changed = [item for item in merged.kept if override.marker in (item.comment or "")]
    if changed or merged.findings or merge.must_be_plain(merged.kept):
        raise Stopped("withdrawal-changed")
    if not merged.removed:
        raise Stopped("withdrawal-nothing", is_gone=True)
    return merged


def _new(item: Item) -> NewOverride:
    return NewOverride(
        position=POSITION_OF[item.part],
        starts_at=datetime.fromisoformat(item.starts_at),
        iso=item.iso,
        duration_unit=item.duration_unit,
        nature=item.nature,
        comment=item.comment,
    )


def _journal(
    override: ScheduleOverride,
    before: Sequence[Item],
    merged: Merge,
    wanted: Sequence[Item],
    *,
    withdrawing: bool,
) -> None:
    """What stood there and what is sent, committed with the attempt."""
    read = [item.stored() for item in before]
    kept = [item.stored() for item in merged.kept]
    if withdrawing:
        override.journal = {**override.journal, "withdrawal_read": read, "withdrawal_kept": kept}
    else:
        sent = [item.stored() for item in wanted]
        override.journal = {"read": read, "kept": kept, "sent": sent}
        if not merge.same(before, map(read_item, override.standing)):
            # Somebody changed another part of the day: only of ours is known what it will be.
            override.expected = shape.expected_of(wanted)
    ScheduleOverride.objects.filter(pk=override.pk).update(
        journal=override.journal, expected=override.expected
    )


# After a lost answer


def is_there(override: ScheduleOverride, job: Job, items: Sequence[Item]) -> bool:
    """Whether the day shows what the attempt sent: ours is there, or is gone."""
    contents = {item.content for item in items}
    ours = [read_item(one).content for one in override.journal.get("sent", [])]
    if job.pk == override.withdrawal_id:
        return not any(content in contents for content in ours)
    return bool(ours) and all(content in contents for content in ours)


def number_in(override: ScheduleOverride, attempt: Attempt, items: Sequence[Item]) -> str:
    """Ids are not what ours are told by."""
    return ""


def note(override: ScheduleOverride, attempt: Attempt) -> None:
    """Nothing is learned from the answer that is not read again."""
