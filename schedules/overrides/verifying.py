"""Whether a day is as it was meant to be: what stands on it, and what Lucca makes of it.

Lucca's own computation of the day is the arbiter. One reading serves the overrides of a block: see
schedules.overrides.writing.verify_block.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.jobs.models import Attempt, Job
from portal.lucca.session import Session
from portal.models import Account
from schedules.override_models import ScheduleOverride
from schedules.overrides.reading import Asked, Standing, days, standing
from schedules.overrides.standing import Item, read_item
from schedules.overrides.stopping import in_part

Verdict = ScheduleOverride.Verdict


@dataclass(frozen=True)
class Found:
    """What was read of a block of employees and days."""

    standing: Standing
    days: Mapping[tuple[int, date], dict[str, Any]]

    @classmethod
    def read(cls, lucca: Session, account: Account, wanted: Asked) -> "Found":
        return cls(standing(lucca, account, wanted, whole=False), days(lucca, wanted))

    def of(self, override: ScheduleOverride) -> tuple[list[Item], dict[str, Any] | None]:
        key = (override.employee, override.day)
        return self.standing.on(*key), self.days.get(key)


def end(job: Job, override: ScheduleOverride, found: Found) -> None:
    """End the job of an override, or of its withdrawal, by what was read."""
    items, day = found.of(override)
    withdrawing = job.pk == override.withdrawal_id
    stands = (is_gone if withdrawing else is_as_meant)(override, items, day)
    with transaction.atomic():
        job.hold()
        keep(override, items, day, stands=stands, withdrawing=withdrawing)
        if refusal := job.cursor.get("refusal"):
            _end_refused(job, override, items, refusal)
        elif stands:
            job.succeed()
        else:
            job.finish_in_part("override-different")


def keep(
    override: ScheduleOverride,
    items: Sequence[Item],
    day: Mapping[str, Any] | None,
    *,
    stands: bool,
    withdrawing: bool,
) -> None:
    """The day as it was read, and the verdict. In a transaction."""
    values: dict[str, Any] = {
        "after": day,
        "journal": {**override.journal, "left": [item.stored() for item in items]},
    }
    if not withdrawing:
        values["verdict"] = Verdict.VERIFIED if stands else Verdict.DIFFERENT
    elif not _ours(override, items):
        values["withdrawn_at"] = timezone.now()
    ScheduleOverride.objects.filter(pk=override.pk).update(**values)
    for name, value in values.items():
        setattr(override, name, value)


def note_without_reading(override: ScheduleOverride, job: Job) -> None:
    """Lucca answered that it is done, and the day could not be read. In a transaction."""
    if job.pk == override.withdrawal_id:
        ScheduleOverride.objects.filter(pk=override.pk).update(withdrawn_at=timezone.now())


def is_as_meant(
    override: ScheduleOverride, items: Sequence[Item], day: Mapping[str, Any] | None
) -> bool:
    """Ours is there, what others had is there unchanged, and the day counts what it should."""
    contents = [item.content for item in items]
    ours = [one.content for one in _sent(override)]
    has_ours = bool(ours) and all(content in contents for content in ours)
    return has_ours and _others_are_there(override, "kept", contents) and _counts(override, day)


def is_gone(
    override: ScheduleOverride, items: Sequence[Item], day: Mapping[str, Any] | None
) -> bool:
    """Ours is not there, and what others had is there unchanged."""
    contents = [item.content for item in items]
    return not _ours(override, items) and _others_are_there(override, "withdrawal_kept", contents)


def _others_are_there(
    override: ScheduleOverride, what: str, contents: Sequence[tuple[Any, ...]]
) -> bool:
    kept = [read_item(one).content for one in override.journal.get(what, [])]
    return all(content in contents for content in kept)


def _sent(override: ScheduleOverride) -> list[Item]:
    return [read_item(one) for one in override.journal.get("sent", [])]


def _ours(override: ScheduleOverride, items: Iterable[Item]) -> list[Item]:
    """What is still there of what we sent: by its marker, or by the id that Lucca gave it."""
    made = set(override.journal.get("made", {}).values())
    sent = {one.content for one in _sent(override) if override.marker in (one.comment or "")}
    return [item for item in items if item.content in sent or item.number in made]


def _counts(override: ScheduleOverride, day: Mapping[str, Any] | None) -> bool:
    expected = override.expected or {}
    if day is None:
        return False
    whole = expected.get("theoretical")
    if whole is not None and day["theoretical"] != whole:
        return False
    halves = expected.get("halves", {})
    return all(
        day["halves"][part]["theoretical"] == minutes
        for part, minutes in halves.items()
        if minutes is not None and part in day["halves"]
    )


def _end_refused(
    job: Job, override: ScheduleOverride, items: Sequence[Item], refusal: Mapping[str, Any]
) -> None:
    """Lucca said no. It may have done a part of it all the same; then a person has to know."""
    name = "withdrawal_read" if job.pk == override.withdrawal_id else "read"
    before = [read_item(one).content for one in override.journal.get(name, [])]
    after = [item.content for item in items]
    reason, params = refusal["reason"], refusal["params"]
    if job.attempts.filter(outcome=Attempt.Outcome.DONE).exists():
        job.finish_in_part(in_part(job, override), **params, cause=reason)
        return
    if sorted(map(str, before)) != sorted(map(str, after)):
        job.finish_in_part("override-refused-changed", status=params.get("status", "–"))
        return
    if job.pk == override.job_id:
        ScheduleOverride.objects.filter(pk=override.pk).update(verdict="")
    job.fail("override-refused" if reason == "refused" else reason, **params)
