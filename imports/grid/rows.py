"""A grid's rows as the lines of the ordinary form."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from imports.directory import Location
from imports.grid.cells import Cells
from imports.grid.header import GridHeader
from imports.grid.origin import WHOLE, address, pack, place
from portal.sheets.cells import Finding, finding
from portal.sheets.issues import IssueRow, Unreadable, to_json
from portal.sheets.reading import MOST_ROWS, Row

_FIRST_LINE = 2  # as in a file of lines, where line 1 is the header
MOST_LINES = MOST_ROWS - 1


@dataclass(frozen=True)
class GridFound:
    """What a grid is: its days by the letter of their column, and its rows with a login."""

    columns: Mapping[str, str]
    employees: int


class Grid:
    """Numbers the lines of a grid from 2 on, and knows where each came from.

    ``refuse`` gets the number of a line that stands for a row which cannot be read at all.
    """

    def __init__(
        self,
        header: GridHeader,
        locations: Mapping[str, Location],
        refuse: Callable[[int, Finding], None],
    ) -> None:
        self._header, self._refuse = header, refuse
        self._cells = Cells(locations)
        self._days = header.by_letter
        self._origins = array("I")
        self._employees = 0

    @property
    def found(self) -> GridFound:
        return GridFound(self._days, self._employees)

    def lines(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The cells, in the order of the canonical columns, of each day or half-day named."""
        known, read, origins = self._cells.known, self._cells.read, self._origins
        width, login_at = self._header.width, self._header.login
        days = [(at, day, pack(0, at)) for at, day in self._header.days.items()]
        for row, cells in rows:
            if len(cells) != width and not self._fits(row, cells):
                continue
            login, start = cells[login_at], pack(row)
            if login.strip():
                self._employees += 1
            for at, day, column in days:
                cell = cells[at]
                if not cell or cell.isspace():
                    continue
                for piece in known.get(cell) or read(cell):
                    origins.append(start | column | piece.half)
                    values = [login, piece.place, piece.area, day, piece.position, "", ""]
                    yield len(origins) + 1, values
            if len(origins) > MOST_LINES:
                raise Unreadable("grid-too-large", {"most": MOST_LINES}, row)

    def _fits(self, row: int, cells: list[str]) -> bool:
        """Take empty cells too many away; a row of another width is one refused line."""
        width = self._header.width
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) == width:
            return True
        if "".join(cells).strip():
            self._origins.append(pack(row, None, WHOLE))
            wrong = finding("cell-count", None, found=len(cells), expected=width)
            self._refuse(len(self._origins) + 1, wrong)
        return False

    def translate(self, lines: array[int]) -> None:
        """Numbers of lines become what the map of lines keeps: see ``imports.grid.origin``."""
        lines[:] = array("I", (self._origins[line - _FIRST_LINE] for line in lines))

    def placed(self, issue: IssueRow) -> IssueRow:
        """An issue of a line as one of its row and cell. Those of the header stay."""
        line, _column, severity, cause, params = issue
        if line is None or line < _FIRST_LINE:
            return issue
        row, label = place(self._origins[line - _FIRST_LINE], self._days)
        if '"earlier"' in params:
            said = json.loads(params)
            earlier = self._origins[said["earlier"] - _FIRST_LINE]
            said["earlier"] = f"{place(earlier, self._days)[0]} ({address(earlier)})"
            params = to_json(**said)
        return (row, label, severity, cause, params)
