"""What somebody probably meant: near misses of logins, places, areas and parts of the day.

From the mirror of the account, and for a handful of lines only: the check of a large file bounds
its effort and names the nearest one.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from imports.checking import load_locations
from imports.places import FRENCH_POSITIONS, POSITIONS
from imports.positions import position_words
from portal.directory import today
from portal.models import Account, DirectoryState
from portal.sheets.nearest import Nearest, folded

_MOST = 5
# All places, or areas of a place, are offered up to so many; of more, the nearest.
_ALL = 300
_EFFORT = 4_000_000
_BETWEEN_NAMES = re.compile(r"[._\-\s]+")


@dataclass(frozen=True)
class Option:
    """A value that may be typed, and what it stands for."""

    value: str
    label: str = ""


class Suggestions:
    """Of one account."""

    def __init__(self, account: Account) -> None:
        self.locations = load_locations(account)
        self._account = account
        self._people: dict[str, str] | None = None
        self._places = Nearest(self.places, _EFFORT)
        self._areas: dict[str, Nearest] = {}

    @property
    def places(self) -> list[str]:
        """The names that lead to exactly one place."""
        return sorted(name for name, found in self.locations.items() if found.active == 1)

    def areas(self, place: str) -> list[str]:
        found = self.locations.get(place)
        return sorted(name for name, many in found.areas.items() if many == 1) if found else []

    def login(self, typed: str, *names: str) -> list[Option]:
        """By the login, else by the name of the person: a name in its place is a common mistake.

        `names` are what the line has besides, first name and last name.
        """
        people = self._load()
        typed = typed.strip()
        if typed in people:
            return []
        spoken = " ".join(_BETWEEN_NAMES.split(typed.partition("@")[0])).strip()
        found = dict.fromkeys(self._named(" ".join(names)))
        found |= dict.fromkeys(self._logins.some(typed, _MOST))
        found |= dict.fromkeys(self._named(spoken))
        return [Option(login, people[login]) for login in list(found)[:_MOST]]

    def place(self, typed: str) -> list[Option]:
        typed = typed.strip()
        known = self.locations.get(typed)
        if known and known.active == 1:
            return []
        return [Option(name) for name in self._places.some(typed, _MOST)]

    def area(self, place: str, typed: str) -> list[Option]:
        place, typed = place.strip(), typed.strip()
        areas = self.areas(place)
        if not typed or typed in areas:
            return []
        near = self._areas.setdefault(place, Nearest(areas, _EFFORT))
        return [Option(name) for name in near.some(typed, _MOST)]

    def offered(self, names: list[str]) -> list[str]:
        """What a list beside a field offers: everything, while that is not too much."""
        return names if len(names) <= _ALL else []

    def _named(self, name: str) -> list[str]:
        if not name.strip():
            return []
        return [login for one in self._names.some(name, _MOST) for login in self._by_name[one]]

    def _load(self) -> dict[str, str]:
        """Everybody whom the last complete reading saw and who has not left."""
        if self._people is not None:
            return self._people
        state = DirectoryState.objects.filter(account=self._account).first()
        rows = self._account.employees.exclude(login="")
        rows = rows.exclude(contract_end__lt=today(self._account))
        if state and state.employees_at:
            rows = rows.filter(seen_at__gte=state.employees_at)
        self._people = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for login, first, last in rows.values_list("login", "first_name", "last_name"):
            self._people[login] = f"{first} {last}".strip()
            for name in (f"{first} {last}", f"{last} {first}"):
                self._by_name[folded(name)].append(login)
        self._logins = Nearest(self._people, _EFFORT)
        self._names = Nearest(self._by_name, _EFFORT)
        return self._people

    def position(self, typed: str) -> list[Option]:
        typed = typed.strip()
        near = FRENCH_POSITIONS.get(folded(typed)) or Nearest(POSITIONS).to(typed)
        return [Option(near, position_words(near))] if near and near != typed else []
