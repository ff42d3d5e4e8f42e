"""Templates to fill in: the tenant's own logins, places and areas, as the mirror has them.

Made of what the portal has read before; Lucca is not asked.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.checking import load_locations
from imports.directory import Location
from imports.grid.cells import Cells
from imports.header import COLUMNS
from imports.places import POSITIONS
from portal.audit import record
from portal.directory import today
from portal.models import Account, DirectoryState, Employee
from portal.refusals import Refusal
from portal.sheets.cells import Finding, cleaned
from portal.sheets.workbook import Column, Template, write_template

KINDS = {
    "lines": gettext_lazy("One row per person and day"),
    "week": gettext_lazy("Weekly grid: one row per person, one column per day"),
}


@dataclass(frozen=True)
class Offer:
    """What there is of an account to make templates of; `read_at` is None until it was read."""

    account: Account
    read_at: dt.datetime | None


def offers() -> list[Offer]:
    """All accounts, each with the date of its employees and places."""
    accounts = Account.objects.select_related("directory_state")
    return [Offer(account, read_at(account)) for account in accounts]


def read_at(account: Account) -> dt.datetime | None:
    """When employees and places were last read, both of them; None when one never was."""
    state: DirectoryState | None = getattr(account, "directory_state", None)
    if not state or not state.employees_at or not state.locations_at:
        return None
    return min(state.employees_at, state.locations_at)


def coming_week(account: Account) -> list[dt.date]:
    """From Monday to Friday, of the week that begins next."""
    now = today(account)
    monday = now + dt.timedelta(days=7 - now.weekday())
    return [monday + dt.timedelta(days=number) for number in range(5)]


def write(account: Account, kind: str, target: Path, *, by: Any) -> None:
    """Write the template of that kind to `target`, and its entry into the history.

    Raises Refusal while employees and places were never read.
    """
    if read_at(account) is None:
        raise Refusal(never_read(account))
    people, places = _people(account), load_locations(account)
    make = _lines if kind == "lines" else _week
    write_template(target, make(account, people, places))
    record(
        "import.template",
        account,
        account=account.label,
        by=by,
        values={"kind": kind, "employees": people.count(), "places": len(_usable(places))},
    )


def never_read(account: Account) -> str:
    return _(
        "The employees and places of %(account)s were never read from Lucca, so there is nothing"
        " to choose from yet. Have them read first."
    ) % {"account": account.label}


def _people(account: Account) -> QuerySet[Employee]:
    """Who has not left; also those who begin later."""
    state = DirectoryState.objects.get(account=account)
    stays = Q(contract_end=None) | Q(contract_end__gte=today(account))
    seen = account.employees.filter(stays, seen_at__gte=state.employees_at)
    return seen.exclude(login="").order_by("last_name", "first_name", "pk")


def _usable(places: dict[str, Location]) -> dict[str, list[str]]:
    """Places and areas whose names lead to exactly one; Lucca is told the names only."""
    return {
        name: sorted(area for area, count in place.areas.items() if count == 1 and _is_taken(area))
        for name, place in sorted(places.items())
        if place.active == 1 and _is_taken(name)
    }


def _is_taken(name: str) -> bool:
    """Whether the check reads it in a cell as what it is: blanks around it, say, are taken away."""
    found: list[Finding] = []
    return name == cleaned(name, "", found) and not found


def _sheets(table: str) -> tuple[str, str, str]:
    return table, _("Employees"), _("Lists")


def _names(people: QuerySet[Employee]) -> Iterator[Sequence[str]]:
    yield "login", _("Last name"), _("First name")
    yield from people.values_list("login", "last_name", "first_name").iterator()


def _lines(account: Account, people: QuerySet[Employee], places: dict[str, Location]) -> Template:
    usable = _usable(places)
    more: dict[str, dict[str, Any]] = {
        "login": {
            "choices": list(filter(_is_taken, people.values_list("login", flat=True))),
            "hint": _("One row per person and day. Names and logins are on the next sheet."),
        },
        "workLocationName": {"choices": list(usable), "width": 28},
        "areaName": {
            "pairs": [(name, area) for name, areas in usable.items() for area in areas],
            "within": "workLocationName",
            "hint": _("May stay empty. Choose the work location first."),
        },
        "date": {"is_date": True},
        "position": {
            "choices": POSITIONS,
            "hint": _("FullDay: the whole day. FirstHalf, SecondHalf: the morning, the afternoon."),
        },
        "comment": {"width": 30},
        "isDeletion": {
            "choices": ("false", "true"),
            "hint": _("true deletes what Lucca has for that day. Empty or false: nothing goes."),
        },
    }
    columns = [Column(name, **more[name]) for name in COLUMNS]
    return Template(_sheets(_("Import")), columns, names=_names(people), frozen=1)


def _week(account: Account, people: QuerySet[Employee], places: dict[str, Location]) -> Template:
    read = Cells(places).read
    usable = [
        (text, (name, area))
        for name, areas in _usable(places).items()
        for text, area in [(name, ""), *((f"{name} > {area}", area) for area in areas)]
    ]
    # Names may hold the signs of the notation: what would be read otherwise is not offered.
    choices = [text for text, name in usable if [piece[:2] for piece in read(text)] == [name]]
    hint = _(
        "The place of the day. Two halves: Home / Office. One half: Home / or / Office. Empty:"
        " nothing is planned."
    )
    return Template(
        _sheets(_("Week")),
        [
            *(Column(name) for name in ("lastName", "firstName", "login")),
            *(Column(day, 26, choices=choices, hint=hint) for day in coming_week(account)),
        ],
        rows=people.values_list("last_name", "first_name", "login").iterator(),
        names=_names(people),
        frozen=3,
    )
