"""The lines in error as rows to be edited: their cells as the file has them, and what was said."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import groupby
from pathlib import Path

from imports.checking import load_locations
from imports.grid.cells import Cells
from imports.grid.header import GridHeader, read_grid_header
from imports.grid.origin import WHOLE, column_and_half, pack, place
from imports.header import COLUMNS, read_header
from imports.issues import message
from imports.models import ImportBatch, LineIssue
from portal.sheets.detection import Detected
from portal.sheets.headers import Header
from portal.sheets.issues import Origin
from portal.sheets.reading import Row, open_table

# Of a cell of a grid no column of a line is kept, but what is wrong tells which one it is about.
_COLUMN_OF = {
    "unknown-login": "login",
    "former-employee": "login",
    "unknown-place": "workLocationName",
    "inactive-place": "workLocationName",
    "ambiguous-place": "workLocationName",
    "unknown-area": "areaName",
    "ambiguous-area": "areaName",
}


@dataclass(frozen=True)
class Said:
    """One thing that is wrong: about a column, or ("") about the line as a whole."""

    column: str
    sentence: str


@dataclass
class FaultyRow:
    """`origin` is what the map of lines would hold of it; `row` and `label` are for people.

    `more` are cells beyond the columns of the file, which no cell of the table takes up.
    """

    origin: int
    row: int
    label: str
    cells: dict[str, str]
    said: list[Said] = field(default_factory=list)
    # Of these, what Lucca said: our check cannot say it again.
    by_lucca: list[Said] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    first_name: str = ""
    last_name: str = ""


def read(batch: ImportBatch, most: int) -> list[FaultyRow]:
    """The lines in error, in the order of the file; beyond `most` the rest is not looked for.

    Of a grid, each day or half-day that a cell names is a line. Reads the file up to its last
    faulty line, and raises Unreadable where it cannot be read that far.
    """
    issues = (
        batch.issues.filter(severity="error", line__gt=1)
        .order_by("line", "pk")
        .iterator(chunk_size=2000)
    )
    wanted: dict[int, list[LineIssue]] = {}
    for line, found in groupby(issues, key=lambda issue: issue.line or 0):
        if len(wanted) > most:
            break
        wanted[line] = list(found)
    facts = Detected(**{each.name: batch.detected[each.name] for each in fields(Detected)})
    with open_table(Path(batch.original.path), facts) as rows:
        names = next(rows, (1, [""]))[1]
        grid = read_grid_header(names)
        make: Callable[[int, list[str], list[LineIssue]], Iterable[FaultyRow]] = (
            _GridLines(batch, grid).lines if grid else _Lines(read_header(names)).lines
        )
        return [
            one for line, cells in _only(rows, wanted) for one in make(line, cells, wanted[line])
        ]


def _only(rows: Iterator[Row], wanted: Mapping[int, object]) -> Iterator[Row]:
    left = len(wanted)
    for line, cells in rows if left else ():
        if line in wanted:
            yield line, cells
            left -= 1
            if not left:
                return


class _Lines:
    """Of a file that has a row for each line."""

    def __init__(self, header: Header) -> None:
        self._header = header

    def lines(
        self, line: int, cells: list[str], issues: Sequence[LineIssue]
    ) -> Iterator[FaultyRow]:
        places, width = self._header.places, self._header.width
        more = [cell for cell in cells[width:] if cell.strip()]
        padded = [*cells[:width], *[""] * (width - len(cells)), ""]
        named = {name: padded[places.get(name, -1)] for name in (*COLUMNS, "firstName", "lastName")}
        first, last = named.pop("firstName"), named.pop("lastName")
        found = FaultyRow(line, line, "", named, [], [], more, first, last)
        _say(found, issues, lambda issue: _column(issue.column))
        yield found


class _GridLines:
    """Of a grid, whose cells are days: a faulty cell is edited as a line, or as two."""

    def __init__(self, batch: ImportBatch, header: GridHeader) -> None:
        self._header = header
        self._cells = Cells(load_locations(batch.account))

    def lines(self, row: int, cells: list[str], issues: Sequence[LineIssue]) -> list[FaultyRow]:
        found: dict[int, FaultyRow] = {}
        said: dict[tuple[int, int] | None, list[LineIssue]] = defaultdict(list)
        for issue in issues:
            said[column_and_half(issue.column)].append(issue)
        for cell, some in said.items():
            for one in self._named(row, cells, cell):
                _say(found.setdefault(one.origin, one), some, _column_in_grid)
        return [found[origin] for origin in sorted(found)]

    def _named(
        self, row: int, cells: list[str], cell: tuple[int, int] | None
    ) -> Iterator[FaultyRow]:
        """The lines that an issue is about: of the whole row where it names no cell."""
        columns = self._header.days if cell is None else [cell[0]]
        for at in columns:
            text = cells[at] if at < len(cells) else ""
            if not text.strip():
                continue
            pieces = self._cells.read(text)
            half = cell[1] if cell else WHOLE
            # A cell that reads otherwise since the directory was read anew is edited as a whole.
            for piece in [one for one in pieces if one.half == half] or pieces:
                values = dict.fromkeys(COLUMNS, "")
                values |= {
                    "login": cells[self._header.login],
                    "workLocationName": piece.place,
                    "areaName": piece.area,
                    "date": self._header.days[at],
                    "position": piece.position,
                }
                origin = pack(row, at, piece.half)
                yield FaultyRow(origin, *self._where(origin), values)

    def _where(self, origin: int) -> tuple[int, str]:
        row, label = place(origin, self._header.by_letter)
        return row, label or ""


def _say(row: FaultyRow, issues: Iterable[LineIssue], column: Callable[[LineIssue], str]) -> None:
    """Each sentence once: two parts, or two halves, may have the same."""
    for issue in issues:
        said = Said(column(issue), message(issue))
        if said not in row.said:
            row.said.append(said)
            if issue.origin != Origin.CHECK:
                row.by_lucca.append(said)


def _column(name: str) -> str:
    return name if name in COLUMNS else ""


def _column_in_grid(issue: LineIssue) -> str:
    return _COLUMN_OF.get(issue.cause) or _column(str(json.loads(issue.params).get("name", "")))
