"""What speaks against an assignment, by what was read: some of it stops, the rest is asked.

A stop is nothing that the portal could put right: a person decides in Lucca. A question is accepted
by whoever confirms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import directory
from portal.models import Employee
from portal.words import day, number
from schedules.amounts import unit_words
from schedules.models import ArrangementAssignment

Plain = dict[str, Any]
# How many changed days are named.
_NAMED = 5


@dataclass(frozen=True)
class Question:
    """`name` tells it from the others."""

    name: str
    label: str
    about: str


@dataclass(frozen=True)
class Judgement:
    """`current` is in force on the first day until now; `wrong` are days of changes whose unit is
    another one than that of the new arrangement."""

    current: Plain | None
    wrong: list[date]
    stops: list[str]
    questions: list[Question]


def judge(row: ArrangementAssignment) -> Judgement:
    current = in_force(row.found.get("assignments", []), row.starts_on)
    wrong = _wrong(row, current)
    stops = [said for stop in _STOPS for said in stop(row, current)]
    return Judgement(current, wrong, stops, _questions(row, current, wrong))


def in_force(assignments: list[Plain], at: date) -> Plain | None:
    """The last that covers this day."""
    text = at.isoformat()
    covering = [one for one in assignments if one["starts"] <= text <= (one["ends"] or "9999")]
    return covering[-1] if covering else None


def words_of(one: Plain) -> str:
    """The arrangement of an assignment; its name may be left out by Lucca."""
    return str(one["name"] or one["number"] or _("without a name"))


def _wrong(row: ArrangementAssignment, current: Plain | None) -> list[date]:
    """Where an override does not say its unit, it is that of the arrangement so far."""
    before = current["unit"] if current else ""
    units = [(one["day"], one["unit"] or before) for one in row.found.get("overrides", [])]
    return sorted({date.fromisoformat(at) for at, unit in units if unit != row.unit})


def _arrangement(row: ArrangementAssignment, current: Plain | None) -> list[str]:
    found = row.found.get("arrangement")
    if found is None:
        return [_("Lucca shows no such arrangement. Choose another one.")]
    if found["is_archived"]:
        return [
            _("The arrangement “%(name)s” is archived: it is not given to anybody any more.")
            % {"name": row.name}
        ]
    if not found["is_valid"]:
        return [
            _("The arrangement “%(name)s” has no schedule, so it cannot be given to anybody. An"
              " administrator of Lucca gives it one.") % {"name": row.name}
        ]  # fmt: skip
    return []


def _same_day(row: ArrangementAssignment, current: Plain | None) -> list[str]:
    text = row.starts_on.isoformat()
    same = [one for one in row.found.get("assignments", []) if one["starts"] == text]
    return [
        _("On %(day)s the arrangement “%(name)s” begins already. What Lucca makes of a second one"
          " is not known: change it in Lucca, in the employee's work contract.")
        % {"day": day(row.starts_on), "name": words_of(one)}
        for one in same[:1]
    ]  # fmt: skip


def _later(row: ArrangementAssignment, current: Plain | None) -> list[str]:
    text = row.starts_on.isoformat()
    later = [one for one in row.found.get("assignments", []) if one["starts"] > text]
    return [
        _("The arrangement “%(name)s” is planned from %(day)s on. What becomes of it when another"
          " one is given before is not known: decide about it in Lucca, in the employee's work"
          " contract.")
        % {"day": day(date.fromisoformat(one["starts"])), "name": words_of(one)}
        for one in later[:1]
    ]  # fmt: skip


def _nothing_new(row: ArrangementAssignment, current: Plain | None) -> list[str]:
    if current is None or current["number"] != row.arrangement:
        return []
    if current["starts"] == row.starts_on.isoformat():
        return []
    return [
        _("The employee has the arrangement “%(name)s” on this day already.") % {"name": row.name}
    ]


def _contract(row: ArrangementAssignment, current: Plain | None) -> list[str]:
    """By the directory, whose contract is the one that applies today."""
    known = person(row)
    if known is None:
        return []
    if known.contract_end and known.contract_end < row.starts_on:
        return [
            _("The employee's contract ends on %(day)s. After it no arrangement can be given; a"
              " new contract is made in Lucca, with its arrangement.")
            % {"day": day(known.contract_end)}
        ]  # fmt: skip
    if known.contract_start and known.contract_start > row.starts_on:
        return [
            _("The employee's contract begins on %(day)s. Before it no arrangement can be given.")
            % {"day": day(known.contract_start)}
        ]
    return []


_STOPS: list[Callable[[ArrangementAssignment, Plain | None], list[str]]] = [
    _arrangement,
    _same_day,
    _later,
    _nothing_new,
    _contract,
]


def person(row: ArrangementAssignment) -> Employee | None:
    known = Employee.objects.filter(account=row.account_id, remote_id=row.employee)
    return known.first() if row.account.host == row.host else None


def _questions(
    row: ArrangementAssignment, current: Plain | None, wrong: list[date]
) -> list[Question]:
    found = []
    if row.starts_on < directory.today(row.account):
        found.append(
            Question(
                "past",
                _("I give it from a day in the past."),
                _("Time that was counted since then is counted anew by the new arrangement, also"
                  " where a timesheet was approved or pay was worked out."),
            )
        )  # fmt: skip
    if current is None:
        found.append(
            Question(
                "first",
                _("I give it although no arrangement is in force on this day."),
                _("Lucca shows none for %(day)s. It may refuse where no contract covers the day.")
                % {"day": day(row.starts_on)},
            )
        )
    elif current["unit"] and current["unit"] != row.unit:
        found.append(_unit(current["unit"], row.unit))
    return [*found, *_about_wrong(row, wrong)]


def _unit(before: str, after: str) -> Question:
    said = {"before": unit_words(before), "after": unit_words(after)}
    return Question(
        "unit",
        _("I change what the employee's time is counted in: %(before)s until now, %(after)s from"
          " then on.") % said,
        _("Leave, timesheets and changes of single days go by it."),
    )  # fmt: skip


def _about_wrong(row: ArrangementAssignment, wrong: list[date]) -> list[Question]:
    if not wrong:
        return []
    label = ngettext(
        "I give it although the change of %(count)s day becomes wrong.",
        "I give it although the changes of %(count)s days become wrong.",
        len(wrong),
    )
    named = ", ".join(map(day, wrong[:_NAMED]))
    about = _(
        "They are in another unit than the arrangement: %(days)s. Take them back before, or enter"
        " them anew after."
    )
    more = len(wrong) - _NAMED
    if more > 0:
        named = _("%(named)s and %(count)s more") % {"named": named, "count": number(more)}
    return [Question("wrong", label % {"count": number(len(wrong))}, about % {"days": named})]


def eve(row: ArrangementAssignment) -> date:
    return row.starts_on - timedelta(days=1)
