"""An employee's arrangements over time, with the one that is to come."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from portal.words import day
from schedules.amounts import unit_words
from schedules.assignments.judging import eve, words_of
from schedules.models import ArrangementAssignment


@dataclass(frozen=True)
class Period:
    """`change` is what the assignment does to it, in words; `look` is new, ends or empty."""

    name: str
    unit: str
    starts: str
    ends: str
    change: str = ""
    look: str = ""


def timeline(
    row: ArrangementAssignment, assignments: list[dict[str, Any]], *, is_plan: bool
) -> list[Period]:
    """`is_plan`: nothing was sent or read back yet, so the new one is added, and the one that it
    ends is marked."""
    first = row.starts_on.isoformat()
    found = []
    for one in assignments:
        is_ours = one["starts"] == first and one["number"] == row.arrangement
        ends = is_plan and one["starts"] < first <= (one["ends"] or "9999")
        found.append(period(one, *_marks(row, is_ours and not is_plan, ends)))
    if is_plan and row.name:
        found.append(
            Period(row.name, unit_words(row.unit), day(row.starts_on), "", _("is new"), "new")
        )
    return found


def _marks(row: ArrangementAssignment, is_new: bool, ends: bool) -> tuple[str, str]:
    if is_new:
        return _("is new"), "new"
    if ends:
        return _("will end on %(day)s") % {"day": day(eve(row))}, "ends"
    return "", ""


def period(one: dict[str, Any], change: str = "", look: str = "") -> Period:
    return Period(
        words_of(one),
        unit_words(one["unit"]),
        day(date.fromisoformat(one["starts"])) if one["starts"] else "",
        day(date.fromisoformat(one["ends"])) if one["ends"] else "",
        change,
        look,
    )
