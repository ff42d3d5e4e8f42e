"""What stands on a day besides the plan: overrides or exceptions, of either model, and whose.

Lucca has no notion of an owner. Ours is what our own rows say that we sent, with the marker in its
comment (or, of exceptions, by the id that Lucca gave), as long as it still has the same content.
Authors prove nothing: what we send again for others gets our name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.lucca.overrides import NATURES, Override
from portal.lucca.workcycles import WorkCycleException
from schedules.amounts import minutes_of
from schedules.arithmetic import FIRST, FULL, SECOND
from schedules.override_models import ScheduleOverride

POSITIONS = {"firstHalf": FIRST, "secondHalf": SECOND, "fullDay": FULL}
POSITION_OF = {part: position for position, part in POSITIONS.items()}


@dataclass(frozen=True)
class Item:
    """An override, or an exception (without nature, comment, iso). `part` is first, second or full,
    or a word of Lucca's that nobody has heard of; `starts_at` as 2026-06-15T09:00:00. `number` is
    its id in Lucca, 0 before it has one; `version` changes when it is changed."""

    part: str
    starts_at: str
    minutes: int
    nature: str = ""
    comment: str | None = None
    iso: str = ""
    duration_unit: str = ""
    unit: str = ""
    number: int = 0
    version: str = ""
    is_locked: bool = False
    extra: tuple[str, ...] = ()

    @property
    def content(self) -> tuple[Any, ...]:
        """What must stay the same when it is sent again."""
        return (self.part, self.starts_at, self.minutes, self.duration_unit, self.nature,
                self.comment or "")  # fmt: skip

    @property
    def identity(self) -> tuple[Any, ...]:
        return (self.number, self.version, self.is_locked, *self.content)

    @property
    def is_plain(self) -> bool:
        """Whether it can be sent again as it is."""
        known = self.part in POSITION_OF and self.nature in NATURES
        return known and bool(self.iso and self.duration_unit) and not self.extra

    def stored(self) -> dict[str, Any]:
        return {**asdict(self), "extra": list(self.extra)}


def read_item(stored: Mapping[str, Any]) -> Item:
    return Item(**{**stored, "extra": tuple(stored["extra"])})


def of_override(found: Override) -> Item:
    return Item(
        part=POSITIONS.get(found.position, found.position),
        starts_at=found.starts_at.isoformat(timespec="seconds"),
        minutes=minutes_of(found.duration) or 0,
        nature=found.nature,
        comment=found.comment,
        iso=found.iso,
        duration_unit=found.duration_unit,
        unit=found.unit,
        number=found.id,
        version=found.updated_at,
        is_locked=found.is_locked,
        extra=found.extra,
    )


def of_exception(found: WorkCycleException) -> Item:
    return Item(
        part=FIRST if found.is_am else SECOND,
        starts_at=found.starts_at.isoformat(timespec="seconds"),
        minutes=minutes_of(found.duration) or 0,
        unit=found.unit,
        number=found.id,
        version=found.modified_at or found.created_at,
    )


def ends_at(item: Item) -> datetime:
    return datetime.fromisoformat(item.starts_at) + timedelta(minutes=item.minutes)


def overlap(one: str, other: str) -> bool:
    """Whether two parts of a day share any of it. A word that nobody knows may be any part."""
    known = {FIRST, SECOND}
    return one == other or not (one in known and other in known)


@dataclass(frozen=True)
class Ledger:
    """What we wrote on a day and have not taken back: contents of overrides (with our marker), and
    exceptions by id and content."""

    contents: frozenset[tuple[Any, ...]] = frozenset()
    numbered: frozenset[tuple[Any, ...]] = frozenset()

    def has(self, item: Item) -> bool:
        return item.content in self.contents or (item.number, *item.content) in self.numbered


def ledger_of(rows: Iterable[ScheduleOverride]) -> Ledger:
    """Of our rows of one employee and day: those that were sent, for all we know."""
    contents: set[tuple[Any, ...]] = set()
    numbered: set[tuple[Any, ...]] = set()
    for row in rows:
        for sent in map(read_item, row.journal.get("sent", [])):
            # A marker of ours is in no comment by chance.
            if row.marker in (sent.comment or ""):
                contents.add(sent.content)
            elif number := row.journal.get("made", {}).get(sent.part):
                numbered.add((number, *sent.content))
    return Ledger(frozenset(contents), frozenset(numbered))


def ledger(override: ScheduleOverride) -> Ledger:
    """Of all our overrides of this employee and day at this address, but those taken back."""
    return ledger_of(
        ScheduleOverride.objects.filter(
            account=override.account_id,
            host=override.host,
            employee=override.employee,
            day=override.day,
            withdrawn_at=None,
        )
    )
