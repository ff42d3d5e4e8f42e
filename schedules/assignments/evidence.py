"""What Lucca's list of an employee's assignments says about one that we sent."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from schedules.models import ArrangementAssignment

Plain = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """`ours` begin on the day with the arrangement. `has_others`: what is listed and was not there
    before is none of ours."""

    assignments: list[Plain]
    ours: list[Plain]
    has_others: bool
    is_as_expected: bool

    @property
    def is_there(self) -> bool:
        return bool(self.ours)


def look_for(row: ArrangementAssignment, assignments: list[Plain]) -> Evidence:
    first = row.starts_on.isoformat()
    ours = [
        one for one in assignments if one["starts"] == first and one["number"] == row.arrangement
    ]
    others = [one for one in assignments if one not in ours]
    return Evidence(
        assignments,
        ours,
        has_others=_key(others) != _key(row.found["assignments"]),
        # Lucca ends the one before, and changes nothing else.
        is_as_expected=len(ours) == 1 and _key(others) == _key(_ended(row)),
    )


def _ended(row: ArrangementAssignment) -> list[Plain]:
    """The assignments from before, with the one in force ending on the eve."""
    first = row.starts_on.isoformat()
    eve = (row.starts_on - timedelta(days=1)).isoformat()
    return [
        {**one, "ends": eve} if one["starts"] < first <= (one["ends"] or "9999") else one
        for one in row.found["assignments"]
    ]


def _key(assignments: list[Plain]) -> list[tuple[Any, ...]]:
    """What matters of each: whether Lucca keeps its own number is not known."""
    return [(one["starts"], one["ends"], one["number"]) for one in assignments]
