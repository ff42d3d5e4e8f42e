"""The lines of an import that Lucca has, or may have: by employee and day, whatever their number.

A file may have a million lines and a reading as many entries, so neither is held in memory. Of a
line a number is kept that sorts by employee and day; the file is read at the line's place when its
turn comes, and the entries come from the database in the same order.
"""

import csv
from array import array
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from mmap import ACCESS_READ, mmap
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from imports.canonical import START, read_map
from imports.grid.origin import entry
from imports.models import ImportBatch, LineIssue, Reading, Upload
from imports.parts import first_cell
from imports.verdicts import Line
from portal.directory import today
from portal.jobs.moves import JobState
from portal.models import Account, DirectoryState
from portal.sheets.issues import Origin

# Lucca has carried them out, or may have.
SENT = (JobState.SUCCEEDED, JobState.PARTIAL, JobState.UNKNOWN)
# Of the number that sorts: the day, then which line. 100 MB are three million lines.
_DAY, _LINE = 22, 22
_AT_ONCE = 2000


class Held(NamedTuple):
    """An entry as it was read."""

    position: str
    place: int | None
    area: int | None
    status: str


class Person(NamedTuple):
    id: int
    has_left: bool


class EmployeeDay(NamedTuple):
    """The lines of one employee on one day (their places in `Touched`), and what each reading has
    of that day."""

    person: Person
    day: date
    lines: list[int]
    entries: list[list[Held]]


class People:
    """Employees by login: as the file has it, else the only one that differs by capitals."""

    def __init__(self, account: Account) -> None:
        state = DirectoryState.objects.filter(account=account).first()
        seen, now = state.employees_at if state else None, today(account)
        self._exact: dict[str, Person] = {}
        self._folded: dict[str, Person | None] = {}
        rows = account.employees.exclude(login="").order_by("seen_at", "pk")
        for login, id_, end, at in rows.values_list(
            "login", "remote_id", "contract_end", "seen_at"
        ).iterator():
            gone = bool((end and end < now) or (seen and at < seen))
            person = Person(id_, gone)
            self._exact[login] = person
            folded = login.casefold()
            self._folded[folded] = None if folded in self._folded else person

    def find(self, login: str) -> Person | None:
        return self._exact.get(login) or self._folded.get(login.casefold())


def parse(data: bytes) -> Line:
    """A line of the canonical file."""
    text = data.decode().rstrip("\r\n")
    cells = next(csv.reader([text], delimiter=";")) if '"' in text else text.split(";")
    login, place, area, day, position, _comment, deletion = cells
    return Line(login, place, area, day, position, deletion == "true")


class Touched:
    """The sent lines of a batch without those that Lucca refused, or all that would be sent. A
    context: it holds the file."""

    def __init__(self, batch: ImportBatch, *, sent_only: bool = True) -> None:
        self._batch, self._sent_only = batch, sent_only
        self.people = People(batch.account)
        self.numbers, self.offsets = array("I"), array("Q")
        # Places of lines whose login is nobody's.
        self.strangers: list[int] = []
        self._order: list[int] = []
        self._persons: dict[int, Person] = {}
        self.days: set[str] = set()
        self._ordinals: dict[bytes, int] = {}

    def __enter__(self) -> Self:
        with Path(self._batch.canonical.path).open("rb") as file:
            self._held = mmap(file.fileno(), 0, access=ACCESS_READ)
        self._find()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def owners(self) -> list[int]:
        """Their ids in Lucca."""
        return sorted(self._persons)

    def line(self, place: int) -> Line:
        return self.line_at(self.offsets[place])

    def line_at(self, offset: int) -> Line:
        return parse(self._held[offset : self._held.find(b"\n", offset)])

    def _find(self) -> None:
        origins = read_map(Path(self._batch.line_map.path))
        refused, spans = set[int](), [(1, len(origins))]
        if self._sent_only:
            refused, spans = _refused(self._batch), _sent(self._batch)
        at = len(START)
        for number, origin in enumerate(origins, 1):
            end = self._held.find(b"\n", at) + 1
            if origin not in refused and any(first <= number <= last for first, last in spans):
                self._add(number, at, self._held[at:end])
            at = end
        self._order.sort()

    def _add(self, number: int, at: int, data: bytes) -> None:
        front, day = data.rsplit(b";", 4)[:2]
        place = len(self.numbers)
        self.numbers.append(number)
        self.offsets.append(at)
        ordinal = self._ordinals.get(day) or self._new_day(day)
        person = self.people.find(first_cell(front.decode()))
        if person is None:
            self.strangers.append(place)
            return
        self._persons[person.id] = person
        self._order.append((person.id << _DAY | ordinal) << _LINE | place)

    def _new_day(self, day: bytes) -> int:
        found = self._ordinals[day] = date.fromisoformat(day.decode()).toordinal()
        self.days.add(day.decode())
        return found

    def by_day(self, *readings: Reading) -> Iterator[EmployeeDay]:
        """In the order of employees and days. One query for each reading."""
        held = [_Entries(reading) for reading in readings]
        for key, found in groupby(self._order, lambda packed: packed >> _LINE):
            owner, day = key >> _DAY, date.fromordinal(key & (1 << _DAY) - 1)
            lines = [packed & (1 << _LINE) - 1 for packed in found]
            entries = [each.of(owner, day) for each in held]
            yield EmployeeDay(self._persons[owner], day, lines, entries)


class _Entries:
    """The entries of a reading, asked for in their own order."""

    def __init__(self, reading: Reading) -> None:
        rows = (
            reading.entries.order_by("owner", "day", "position", "remote_id")
            .values_list("owner", "day", "position", "place", "area", "status")
            .iterator(chunk_size=_AT_ONCE)
        )
        self._days = groupby(rows, itemgetter(0, 1))
        self._next = self._read()

    def _read(self) -> tuple[tuple[int, date], list[Held]] | None:
        for key, rows in self._days:
            return key, [Held(*row[2:]) for row in rows]
        return None

    def of(self, owner: int, day: date) -> list[Held]:
        while self._next and self._next[0] < (owner, day):
            self._next = self._read()
        return self._next[1] if self._next and self._next[0] == (owner, day) else []


def _sent(batch: ImportBatch) -> list[tuple[int, int]]:
    """The first and the last line of each part that was sent and not declined."""
    uploads = Upload.objects.filter(
        batch=batch, round=batch.round, create=True, job__state__in=SENT
    )
    spans = []
    for number in uploads.values_list("part", flat=True):
        part = batch.parts[number - 1]
        spans.append((part["first"], part["first"] + part["lines"] - 1))
    return spans


def _refused(batch: ImportBatch) -> set[int]:
    """What the map of lines holds of the lines that Lucca's results refused."""
    rows = LineIssue.objects.filter(
        batch=batch, severity="error", origin=Origin.RESULTS, cause="refused-by-lucca"
    ).exclude(line=None)
    return {
        entry(line or 0, column)
        for line, column in rows.values_list("line", "column").iterator(chunk_size=_AT_ONCE)
    }
