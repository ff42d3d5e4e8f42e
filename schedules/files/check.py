"""The check of a file of overrides, before Lucca is asked about it.

A line that is refused does not occupy its half of the day: a later line is compared with the lines
that are taken, so correcting the first of two problems never uncovers a false one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.sheets.cells import Finding, finding
from portal.sheets.detection import Detected, detect
from portal.sheets.headers import Header
from portal.sheets.issues import IssueRow, Unreadable, to_json
from portal.sheets.reading import Row, open_table
from schedules.files.columns import read_header
from schedules.files.lines import Employees, LineReader
from schedules.overrides.asked import Ask

MOST_LINES = 2000
_BITS = {"first": 1, "second": 2, "full": 3}


@dataclass
class Checked:
    """What the check found. ``total == blank + refused + len(asks)`` always; ``asks`` are
    (line, ask), in the order of lines, and empty where nothing of the file can be used."""

    detected: Detected | None = None
    total: int = 0
    blank: int = 0
    refused: int = 0
    asks: list[tuple[int, Ask]] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)

    def refuse_all(self) -> None:
        self.refused, self.asks = self.total - self.blank, []


def check(path: Path, employees: Employees) -> Checked:
    """Never raises for what is wrong with the file: that is an issue without a line, or with it."""
    found = Checked()
    try:
        found.detected = detect(path)
        with open_table(path, found.detected) as rows:
            found.detected = rows.detected
            _go_through(iter(rows), employees, found)
    except Unreadable as error:
        found.issues.append((error.line, None, "error", error.cause, to_json(**error.params)))
        found.refuse_all()
    return found


def _go_through(rows: Iterator[Row], employees: Employees, found: Checked) -> None:
    header = read_header(next(rows, (1, [""]))[1])
    found.issues += header.issues
    if header.fatal:
        for line, cells in rows:
            found.total = line - 1
            found.blank += not any(cell.strip() for cell in cells)
        found.refuse_all()
        return
    _Lines(header, employees, found).read(rows)
    if found.total == found.blank:
        found.issues.append((None, *finding("no-data-lines", None)))


class _Lines:
    """The lines below the header, one after the other."""

    def __init__(self, header: Header, employees: Employees, found: Checked) -> None:
        self._header, self._found = header, found
        self._reader = LineReader(employees)
        # Who has which half of which day, at which line.
        self._taken: dict[tuple[int, dt.date], dict[int, int]] = {}

    def read(self, rows: Iterator[Row]) -> None:
        found = self._found
        for line, cells in rows:
            if line - 1 > MOST_LINES and any(cell.strip() for cell in cells):
                raise Unreadable("too-many-overrides", {"most": MOST_LINES})
            found.total = line - 1
            if not any(cell.strip() for cell in cells):
                found.blank += 1
                continue
            ask = self._line(line, cells)
            if ask is None:
                found.refused += 1
            else:
                found.asks.append((line, ask))

    def _line(self, line: int, cells: Sequence[str]) -> Ask | None:
        width = self._header.width
        if any(cell.strip() for cell in cells[width:]):
            self._refuse(line, finding("cell-count", None, found=len(cells), expected=width))
            return None
        named = {
            name: cells[at] if at < len(cells) else "" for name, at in self._header.places.items()
        }
        ask, who, findings = self._reader.read(named)
        if ask is not None and (earlier := self._earlier(ask)):
            date = ask.day.isoformat()
            findings.append(
                finding("same-half-twice", "half", earlier=earlier, login=who, date=date)
            )
            ask = None
        self._found.issues += [(line, *one) for one in findings]
        if ask is not None:
            self._occupy(line, ask)
        return ask

    def _refuse(self, line: int, why: Finding) -> None:
        self._found.issues.append((line, *why))

    def _earlier(self, ask: Ask) -> int:
        """The line that has this part of the day, or some of it; 0 if there is none."""
        taken = self._taken.get((ask.employee, ask.day), {})
        bits = _BITS[ask.part]
        return min((line for half, line in taken.items() if half & bits), default=0)

    def _occupy(self, line: int, ask: Ask) -> None:
        taken = self._taken.setdefault((ask.employee, ask.day), {})
        taken.update({half: line for half in (1, 2) if half & _BITS[ask.part]})
