"""The lines of a verification as people read them, a page at a time, whatever their number."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import islice
from operator import or_
from pathlib import Path
from typing import Any

from django.db.models import Q

from imports.canonical import START
from imports.grid.origin import where
from imports.models import Finding, ImportBatch, LineVerdict, ReadEntry, Verification, Why
from imports.place_names import PlaceNames
from imports.positions import position_words
from imports.preview import standing_words
from imports.touched import parse
from imports.verdicts import Line
from portal.models import Employee

PAGE = 50
NOT_VERIFIED = (Finding.DIFFERENT, Finding.MISSING, Finding.NOT_READABLE)
_AT_ONCE = 500
_UINT = 4


@dataclass(frozen=True)
class Row:
    """A line with what stands in Lucca (`there`) and what it asked for, in words. `line` is the
    spreadsheet's; of a grid, `column` names the cell."""

    verdict: LineVerdict
    line: int
    column: str
    content: Line
    day: date
    name: str
    there: str
    wanted: str

    @property
    def finding(self) -> Finding:
        return Finding(self.verdict.finding)

    @property
    def why(self) -> str:
        return str(Why(self.verdict.why).label)

    @property
    def part(self) -> str:
        return position_words(self.content.position)


def page(
    found: Verification, findings: Sequence[int], after: int
) -> tuple[list[LineVerdict], int | None]:
    """The next lines with these verdicts in the order of the file, and after which line the page
    that follows begins. One query for each verdict: no OFFSET, and no count."""
    some: list[LineVerdict] = []
    for finding in findings:
        rows = found.verdicts.filter(finding=finding, number__gt=after)
        some += rows.order_by("number")[: PAGE + 1]
    some.sort(key=lambda row: row.number)
    return some[:PAGE], some[PAGE - 1].number if len(some) > PAGE else None


def every(found: Verification, findings: Sequence[int]) -> Iterator[Row]:
    """All lines with these verdicts; streams."""
    reader = Reader(found)
    for finding in findings:
        rows = found.verdicts.filter(finding=finding).order_by("number")
        stream = rows.iterator(chunk_size=_AT_ONCE)
        while some := list(islice(stream, _AT_ONCE)):
            yield from reader.rows(some)


class Reader:
    """Puts verdicts beside their lines and the entries that were read."""

    def __init__(self, found: Verification) -> None:
        self._found, self._batch = found, found.batch
        self._names = PlaceNames(found.batch.account)

    def rows(self, verdicts: Sequence[LineVerdict]) -> list[Row]:
        """Two queries, three where a login differs by capitals."""
        contents = dict(lines_at(self._batch, [row.at for row in verdicts]))
        origins = _origins(self._batch, [row.number for row in verdicts])
        people = find_people(self._batch, {line.login for line in contents.values()})
        held = self._held({person.remote_id for person in people.values()}, contents.values())
        return [
            self._row(row, origins[row.number], contents[row.at], people, held) for row in verdicts
        ]

    def _row(
        self,
        row: LineVerdict,
        origin: int,
        content: Line,
        people: dict[str, Employee],
        held: dict[tuple[int, str], list[ReadEntry]],
    ) -> Row:
        person = people.get(content.login)
        line, column = where(self._batch.detected, origin)
        there = held.get((person.remote_id, content.day), []) if person else []
        area = f" / {content.area}" if content.area else ""
        return Row(
            verdict=row,
            line=line,
            column=column or "",
            content=content,
            day=date.fromisoformat(content.day),
            name=f"{person.first_name} {person.last_name}".strip() if person else "",
            there=standing_words(there, self._names),
            wanted="" if content.is_deletion else f"{content.place}{area}",
        )

    def _held(
        self, owners: set[int], lines: Iterable[Line]
    ) -> dict[tuple[int, str], list[ReadEntry]]:
        found: dict[tuple[int, str], list[ReadEntry]] = defaultdict(list)
        days = {line.day for line in lines}
        entries = ReadEntry.objects.filter(
            reading=self._found.reading_id, owner__in=owners, day__in=days
        )
        for entry in entries:
            found[entry.owner, str(entry.day)].append(entry)
        return found


def lines_at(batch: ImportBatch, offsets: Iterable[int]) -> Iterator[tuple[int, Line]]:
    """The lines of the file as sent that begin at these places."""
    with Path(batch.canonical.path).open("rb") as file:
        for at in offsets:
            file.seek(max(at, len(START)))
            yield at, parse(file.readline())


def _origins(batch: ImportBatch, numbers: Iterable[int]) -> dict[int, int]:
    """What the map of lines has of these lines."""
    found = {}
    with Path(batch.line_map.path).open("rb") as file:
        for number in numbers:
            file.seek((number - 1) * _UINT)
            # As `array("I")` wrote it on this machine.
            found[number] = memoryview(file.read(_UINT)).cast("I")[0]
    return found


def find_people(batch: ImportBatch, logins: set[str]) -> dict[str, Employee]:
    """By login as the file has it; a login that differs by capitals only is the same person's."""
    rows = Employee.objects.filter(account=batch.account_id)
    exact = rows.filter(login__in=logins).order_by("seen_at", "pk")
    found = {employee.login: employee for employee in exact}
    if missing := logins - found.keys():
        alike: Any = reduce(or_, (Q(login__iexact=login) for login in missing))
        by_case = {employee.login.casefold(): employee for employee in rows.filter(alike)}
        found |= {
            login: by_case[login.casefold()] for login in missing if login.casefold() in by_case
        }
    return found
