"""What is planned for some people, as a file that can be edited and imported again.

The file has exactly the columns of an import, one line per entry, and passes our check as it is:
what the check would refuse (who has left, a place that is gone) is left out and said.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from imports.checking import load_directory
from imports.logins import Logins
from imports.models import Reading
from imports.place_names import PlaceNames
from imports.places import Whats
from imports.reading import ask_for
from imports.reading_models import is_pending
from imports.verdicts import halves
from portal.directory import today
from portal.models import Account, Employee
from portal.sheets.cells import Findings
from portal.sheets.issues import title

MOST_PEOPLE = 500
MOST_DAYS = 366


# Choosing


def ask_planned(
    account: Account, people: Iterable[int], first: date, last: date, *, by: Any, agreed: bool
) -> Reading:
    """Have the entries of these employees (their ids in Lucca) read, from the first to the last
    day, both included."""
    days = [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]
    reading = Reading(
        account=account,
        host=account.host,
        purpose=Reading.Purpose.PLANNED,
        asked_by=by,
        people=sorted(people),
        days=days,
        first_day=first,
        last_day=last,
    )
    ask_for(reading, by=by, agreed=agreed)
    return reading


# What was found


@dataclass
class Person:
    """An employee with what was found: entries that are in the file, that wait for an approval,
    and that were left out."""

    login: str
    name: str
    entries: int = 0
    pending: int = 0
    left_out: int = 0
    days: set[date] = field(default_factory=set)


@dataclass(frozen=True)
class Planned:
    """`rows` are the lines of the file, by login and day; `people` by name; `left_out` why, and how
    many entries."""

    rows: list[list[str]]
    people: list[Person]
    left_out: Counter[str]

    @property
    def pending(self) -> int:
        return sum(person.pending for person in self.people)

    @property
    def without(self) -> int:
        """How many people have nothing entered on these days."""
        return sum(not (person.entries or person.left_out) for person in self.people)


def compose(reading: Reading) -> Planned:
    """The entries as lines of a file, with the names that the directory has now."""
    people = {
        employee.remote_id: Person(
            employee.login, f"{employee.first_name} {employee.last_name}".strip()
        )
        for employee in Employee.objects.filter(
            account=reading.account, remote_id__in=reading.people
        )
    }
    judge = _Judge(reading.account)
    rows, left_out = [], Counter[str]()
    # Of two entries for one half of a day, which Lucca does not rule out, the newer one.
    entries = reading.entries.order_by("-remote_id").values_list(*_READ)
    for owner, place, area, day, position, status in entries.iterator():
        person = people.get(owner) or people.setdefault(owner, Person("", str(owner)))
        named = judge.names(place, area)
        line = [person.login, *named, day.isoformat(), position, "", "false"]
        refusal = judge.refusal(place, area, line)
        if refusal:
            person.left_out += 1
            left_out[refusal] += 1
            continue
        rows.append(line)
        person.entries += 1
        person.pending += is_pending(status)
        person.days.add(day)
    rows.sort(key=lambda line: (line[0], line[3], line[4]))
    return Planned(rows, list(people.values()), left_out)


_READ = ("owner", "place", "area", "day", "position", "status")


class _Judge:
    """Whether the check would take an entry as a line: asked of the very code that checks files,
    once for each login and each combination of place, area and position."""

    def __init__(self, account: Account) -> None:
        directory = load_directory(account)
        self._names = PlaceNames(account)
        self._logins = Logins(directory.employees, today(account), account.unknown_login)  # type: ignore[arg-type]  # by its choices
        self._whats = Whats(directory.locations)
        self._about_login = cache(self._login)
        self._about_place = cache(self._place)
        self._taken: dict[tuple[str, str], frozenset[int]] = {}

    def names(self, place: int | None, area: int | None) -> tuple[str, str]:
        """Of the place and the area; empty for what is not known."""
        known = self._names.places.get(place or 0)
        return known.name if known else "", self._names.areas.get((place or 0, area or 0), "")

    def refusal(self, place: int | None, area: int | None, line: list[str]) -> str:
        """Why this entry cannot be a line, in words; empty if it can, which then takes its half."""
        login, _place, _area, day, position, *_rest = line
        refused = self._about_place(place, area, position) or self._about_login(login)
        if refused:
            return refused
        taken = self._taken.get((login, day), frozenset())
        if taken & halves(position):
            return _("Another entry covers the same part of the day")
        self._taken[login, day] = taken | halves(position)
        return ""

    def _login(self, login: str) -> str:
        return _first_error(self._logins.read(login).findings)

    def _place(self, place: int | None, area: int | None, position: str) -> str:
        known = self._names.places.get(place or 0)
        if known is None:
            return _("The place is not in the directory any more")
        if not known.is_active:
            # Said before the name is looked up: an active place may have the same one.
            return title("inactive-place")
        name, area_name = self.names(place, area)
        if area is not None and not area_name:
            return _("The area is not in the directory any more")
        return _first_error(self._whats.read((name, area_name, position, "false")).findings)


def _first_error(findings: Findings) -> str:
    errors = (title(cause) for _column, severity, cause, _p in findings if severity == "error")
    return next(errors, "")
