"""What a day will hold after a change of ours: everybody else's as it is, and ours.

The only way to write shift overrides is to replace all of a day (schedules of the newer model), so
whatever is not sent again is gone. This is the rule that nothing of others ever is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from schedules.overrides.findings import Finding, blocks
from schedules.overrides.standing import Item, Ledger, overlap


@dataclass(frozen=True)
class Merge:
    """`kept` stays as it is (of others, and ours elsewhere on the day), `removed` is ours and goes.
    Nothing may be sent where there are `findings`."""

    kept: list[Item] = field(default_factory=list)
    removed: list[Item] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def put(current: Sequence[Item], wanted: Sequence[Item], ours: Ledger) -> Merge:
    """Our wanted items beside what stands. What stands there of ours already, on the same part of
    the day, gives way; what stands there of others blocks."""

    def gives_way(item: Item) -> bool:
        return any(overlap(item.part, one.part) for one in wanted)

    return _merge(current, ours, gives_way)


def take(current: Sequence[Item], gone: Iterable[Item], ours: Ledger) -> Merge:
    """The day without these items of ours."""
    contents = {item.content for item in gone}
    return _merge(current, ours, lambda item: ours.has(item) and item.content in contents)


def _merge(current: Sequence[Item], ours: Ledger, gives_way: Callable[[Item], bool]) -> Merge:
    merged = Merge()
    for item in current:
        if item.is_locked:
            merged.findings.append(blocks("locked"))
        if gives_way(item) and ours.has(item):
            merged.removed.append(item)
            continue
        merged.kept.append(item)
        if gives_way(item):
            merged.findings.append(blocks("conflict", what=item.part))
    return merged


def must_be_plain(items: Iterable[Item]) -> list[Finding]:
    """Of items that have to be sent again: those that cannot be, as they are."""
    return [
        blocks("cannot-be-kept", what=", ".join(item.extra) or item.nature or item.part)
        for item in items
        if not item.is_plain
    ]


def same(one: Iterable[Item], other: Iterable[Item]) -> bool:
    """Whether nothing was changed between two readings."""
    return {item.identity for item in one} == {item.identity for item in other}


def guard(current: Sequence[Item], merged: Merge, sent: Sequence[Item], day: str) -> None:
    """What must hold of a replacement before it may leave; anything else is a bug of ours."""
    contents = [item.content for item in sent]
    lost = [item for item in merged.kept if item.content not in contents]
    if lost or len(merged.kept) + len(merged.removed) != len(current):
        raise AssertionError("an override of somebody else would be lost")
    if any(not item.starts_at.startswith(day) for item in sent):
        raise AssertionError("an override of another day")
    if not sent and len(merged.removed) != len(current):
        raise AssertionError("a day would be cleared that is not ours alone")
