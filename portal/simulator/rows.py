"""What the lines of an import file mean for the rows of the tenant.

The vendor documents the frame (developers.lucca.fr/api-reference/legacy/timmi-office/, pages
imports/import-user-locations and guides/import-and-create-user-locations): lines in error are
skipped, lines with a warning are imported, an override replaces, a deletion removes. The rest is
the reading we judge likeliest, and each choice has a switch in Settings. Messages are those of
the vendor's samples where a sample exists; clients must not branch on them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from .exchange import Json
from .settings import Settings
from .upload import Line

POSITIONS = ("FullDay", "FirstHalf", "SecondHalf")

NO_USER = "User doesn't exist"
NO_ENTRY = "User location doesn't exist"
NO_AREA = "Area doesn't exist"
AMBIGUOUS = "Several work locations have this name"
BAD_DATE = "Date is not valid"
BAD_POSITION = "Position is not valid"
BAD_FLAG = "IsDeletion is not valid"
BAD_WIDTH = "The line has too many columns"
TAKEN = "A user location already exists for this day"
REPEATED = "Another line of the file is about the same part of this day"
CONFLICT = "This user location can create conflict with a day off"

Day = tuple[int, str]


class LineError(Exception):
    """A line that is refused; the message is what the report says."""


@dataclass
class Register:
    """What the tenant holds that the lines are judged against."""

    users: dict[str, Json]
    places: list[Json]
    entries: dict[Day, list[tuple[int, str]]]
    leaves: dict[Day, set[str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that was understood."""

    line: Line
    user: Json
    place: Json | None
    area: int | None
    date: str

    @property
    def day(self) -> Day:
        """Whose day it is about."""
        return self.user["id"], self.date


@dataclass
class Verdict:
    """What an import does, or would do."""

    created: list[Entry] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    deletions: int = 0
    errors: list[tuple[Line, str]] = field(default_factory=list)
    warnings: list[tuple[Line, str, bool]] = field(default_factory=list)


def overlap(one: str, other: str) -> bool:
    """Whether two positions share a part of the day."""
    return one == other or "FullDay" in (one, other)


class Judge:
    """Goes through the lines of one file once."""

    def __init__(self, register: Register, settings: Settings, override: bool, today: str) -> None:
        """`today` decides who has left."""
        self._register = register
        self._settings = settings
        self._override = override
        self._today = today
        self._verdict = Verdict()
        self._made: dict[Day, dict[str, Entry]] = defaultdict(dict)
        self._dropped: set[int] = set()
        self._dates: dict[str, str | None] = {}
        self._places = _by_name(register.places, settings)
        self._ignore_case = settings.name_matching == "ignore_case"

    def judge(self, lines: Iterable[Line]) -> Verdict:
        """Deletions first, then creations: so one file can move a person's day."""
        creations: list[Entry] = []
        for line in lines:
            try:
                entry, deletes = self._understood(line)
                if deletes:
                    self._delete(entry)
                else:
                    creations.append(entry)
            except LineError as error:
                self._verdict.errors.append((line, str(error)))
        for entry in creations:
            try:
                self._create(entry)
            except LineError as error:
                self._verdict.errors.append((entry.line, str(error)))
        return self._ordered()

    def _ordered(self) -> Verdict:
        verdict = self._verdict
        verdict.created = [each for each in verdict.created if id(each) not in self._dropped]
        verdict.errors.sort(key=lambda each: each[0].index)
        verdict.warnings.sort(key=lambda each: each[0].index)
        return verdict

    def _understood(self, line: Line) -> tuple[Entry, bool]:
        if line.surplus:
            raise LineError(BAD_WIDTH)
        flag = line.is_deletion.lower()
        if flag not in ("", "true", "false"):
            raise LineError(BAD_FLAG)
        deletes = flag == "true"
        day = self._date(line.date)
        if day is None:
            raise LineError(BAD_DATE)
        user = self._user(line.login, day)
        if line.position not in POSITIONS:
            raise LineError(BAD_POSITION)
        place = None if self._needs_no_place(line, deletes) else self._place(line.place)
        area = None if place is None else self._area(place, line.area)
        return Entry(line, user, place, area, day), deletes

    def _date(self, text: str) -> str | None:
        """2026-03-09 or 2026/03/09 as an ISO date; None for anything else."""
        if text not in self._dates:
            self._dates[text] = iso_date(text)
        return self._dates[text]

    def _user(self, login: str, day: str) -> Json:
        wanted = login.lower() if self._settings.login_matching == "ignore_case" else login
        user = self._register.users.get(wanted)
        if user is None:
            raise LineError(NO_USER)
        end = user["dtContractEnd"]
        last_day = day if self._settings.contract_checked_on == "line_date" else self._today
        if end is not None and end[:10] < last_day:
            raise LineError(NO_USER)
        return user

    def _needs_no_place(self, line: Line, deletes: bool) -> bool:
        if not deletes:
            return False
        blank = not line.place and self._settings.blank_place_on_deletion
        return blank or self._settings.deletion_ignores_place

    def _place(self, name: str) -> Json:
        """The active location of that name; the sample wording covers every other case."""
        found = self._places.get(name.lower() if self._ignore_case else name, [])
        if not found:
            raise LineError(NO_ENTRY)
        if len(found) > 1 and self._settings.duplicate_names == "error":
            raise LineError(AMBIGUOUS)
        return found[0]

    def _area(self, place: Json, name: str) -> int | None:
        if not name:
            return None
        wanted = name.lower() if self._ignore_case else name
        for area in (place.get("office") or {}).get("areas") or []:
            if (area["name"].lower() if self._ignore_case else area["name"]) == wanted:
                return int(area["id"])
        raise LineError(NO_AREA)

    def _delete(self, entry: Entry) -> None:
        existing = self._register.entries.get(entry.day, [])
        gone = [row for row in existing if row[1] == entry.line.position]
        if not gone and self._settings.deletion_by_day:
            gone = existing
        if not gone:
            raise LineError(NO_ENTRY)
        self._remove(entry.day, gone)
        self._verdict.deletions += 1
        if self._settings.deletion_with_leave_warns:
            self._warn_of_leave(entry)

    def _remove(self, day: Day, gone: list[tuple[int, str]]) -> None:
        self._verdict.removed += [number for number, _ in gone]
        left = [row for row in self._register.entries.get(day, []) if row not in gone]
        self._register.entries[day] = left

    def _create(self, entry: Entry) -> None:
        if not self._wins_over_other_lines(entry):
            return
        position = entry.line.position
        existing = self._register.entries.get(entry.day, [])
        touched = [row for row in existing if overlap(row[1], position)]
        if not self._override:
            if touched or (existing and self._settings.other_half_is_taken):
                self._leave_out(entry.line)
                return
        elif existing:
            whole_day = self._settings.override_scope == "day"
            self._remove(entry.day, existing if whole_day else touched)
        self._made[entry.day][position] = entry
        self._verdict.created.append(entry)
        self._warn_of_leave(entry)

    def _wins_over_other_lines(self, entry: Entry) -> bool:
        made = self._made.get(entry.day, {})
        rivals = [each for each in made if overlap(each, entry.line.position)]
        if not rivals or self._settings.duplicate_lines == "last_wins":
            self._dropped.update(id(made.pop(each)) for each in rivals)
            return True
        if self._settings.duplicate_lines == "first_wins":
            return False
        raise LineError(REPEATED)

    def _leave_out(self, line: Line) -> None:
        if self._settings.day_taken == "error":
            raise LineError(TAKEN)
        if self._settings.day_taken == "warning":
            self._verdict.warnings.append((line, TAKEN, False))

    def _warn_of_leave(self, entry: Entry) -> None:
        leaves = self._register.leaves.get(entry.day)
        if leaves and any(overlap(each, entry.line.position) for each in leaves):
            self._verdict.warnings.append((entry.line, CONFLICT, True))


def iso_date(text: str) -> str | None:
    """The two documented spellings of a date; None for anything else."""
    if not re.fullmatch(r"\d{4}([-/])\d{2}\1\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text.replace("/", "-")).isoformat()
    except ValueError:
        return None


def _by_name(places: Iterable[Json], settings: Settings) -> dict[str, list[Json]]:
    """Active locations by name: an inactive one cannot be imported to."""
    found: dict[str, list[Json]] = defaultdict(list)
    for place in places:
        if place["isActive"]:
            name = place["name"]
            found[name.lower() if settings.name_matching == "ignore_case" else name].append(place)
    return found
