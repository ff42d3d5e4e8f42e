"""The lines of a user-location file, one after the other: looked up, compared and written."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Literal

from imports.canonical import Apart, Writer
from imports.directory import Directory
from imports.grid.header import GridHeader, read_grid_header
from imports.grid.rows import Grid
from imports.header import COLUMNS, read_header
from imports.logins import Logins, Who
from imports.places import HALF, LINE_BITS, What, Whats
from imports.values import Day, Days, read_comment
from portal.sheets.cells import Finding, finding
from portal.sheets.headers import Header
from portal.sheets.issues import IssueRow, quoted, shorten
from portal.sheets.reading import Row

ISSUES_AT_ONCE = 25_000
LINES_AT_ONCE = 1 << 13  # a power of two: the loop tests it with a mask
OnIssues = Callable[[list[IssueRow]], None]
OnProgress = Callable[[int], None]


@dataclass(frozen=True)
class CauseCount:
    """How often a cause was found, and its first issue as the example."""

    count: int
    severity: str
    line: int | None
    column: str | None
    params: str


class Issues:
    """Collects issue rows, counts them by cause and hands them on in slices."""

    def __init__(self, on_issues: OnIssues) -> None:
        self.causes: dict[str, CauseCount] = {}
        self.rows: list[IssueRow] = []
        self.placed: Callable[[IssueRow], IssueRow] | None = None
        """Where the numbers of lines are not those of the spreadsheet: puts an issue right."""
        self._on_issues = on_issues

    def add(self, line: int | None, found: Finding) -> None:
        """One problem of one line."""
        self.rows.append((line, *found))

    def flush(self) -> None:
        """Hand on what was collected."""
        if not self.rows:
            return
        if self.placed:
            self.rows = list(map(self.placed, self.rows))
        for slug, count in Counter(map(itemgetter(3), self.rows)).items():
            known = self.causes.get(slug)
            if known is None:
                first = next(row for row in self.rows if row[3] == slug)
                known = CauseCount(0, first[2], first[0], first[1], first[4])
            self.causes[slug] = replace(known, count=known.count + count)
        self._on_issues(self.rows)
        self.rows = []


class Lines:
    """Goes through the lines: looks every cell up, and writes the lines that are right."""

    def __init__(
        self,
        directory: Directory,
        today: dt.date,
        unknown_login: Literal["error", "warning"],
        issues: Issues,
        on_progress: OnProgress | None,
    ) -> None:
        self.logins = Logins(directory.employees, today, unknown_login)
        self.days = Days()
        self.whats = Whats(directory.locations)
        self.issues = issues
        self.on_progress = on_progress
        self.blank = self.refused = self.valid = self.last_line = 0
        self.counts: Counter[int] = Counter()
        self.apart = Apart()
        self.grid: Grid | None = None
        self._locations = directory.locations

    def go_through(self, rows: Iterator[Row], writer: Writer) -> bool:
        """False when the header, or the lack of lines, leaves nothing to check."""
        lines = self._below_header(next(rows, (1, [""]))[1], rows)
        if lines is None:
            return False
        try:
            self._loop(lines, writer)
        finally:
            self.valid = len(writer.lines)
            if self.grid:
                self.grid.translate(writer.lines)
        if self.last_line <= 1 or self.blank == self.last_line - 1:
            self.issues.add(None, finding("grid-empty" if self.grid else "no-data-lines", None))
            return False
        return True

    def _below_header(self, names: list[str], rows: Iterator[Row]) -> Iterable[Row] | None:
        """The lines below that header; None when nothing can be read below it."""
        header: Header | GridHeader = read_grid_header(names) or read_header(names)
        self.issues.rows += header.issues
        if header.fatal:
            return None
        if isinstance(header, Header):
            return self._in_order(rows, header)
        self.grid = Grid(header, self._locations, self._refuse)
        self.issues.placed = self.grid.placed
        return self.grid.lines(rows)

    def _refuse(self, line: int, found: Finding) -> None:
        self.last_line = line
        self.refused += 1
        self.issues.add(line, found)

    def _in_order(self, rows: Iterator[Row], header: Header) -> Iterator[Row]:
        """The cells in the order of the canonical columns; nothing to do when they are."""
        if header.width == len(COLUMNS) and list(header.places) == list(COLUMNS):
            return rows
        return self._rearranged(rows, header)

    def _rearranged(self, rows: Iterator[Row], header: Header) -> Iterator[Row]:
        pick = itemgetter(*(header.places.get(name, -1) for name in COLUMNS))
        width, absent = header.width, [""]
        for line, cells in rows:
            if len(cells) != width:
                fitted = self._fitted(line, cells, width)
                if fitted is None:
                    continue
                cells = fitted
            elif not any(cells):
                self._blank(line)
                continue
            yield line, pick(cells + absent)

    def _blank(self, line: int) -> None:
        self.blank += 1
        self.last_line = line

    def _fitted(self, line: int, cells: list[str], width: int) -> list[str] | None:
        """A row of another width, without empty cells too many; None when it is done with."""
        self.last_line = line
        if not "".join(cells).strip():
            self.blank += 1
            return None
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) == width:
            return cells
        self._refuse(line, _cell_count(len(cells), width))
        return None

    def _loop(self, rows: Iterable[Row], writer: Writer) -> None:
        """The one hot loop, hence its length: a call per line would cost a third of its time.

        A line in which nothing is to be said takes three look-ups, one more for duplicates, and
        is written. Everything else goes through ``_trouble``.
        """
        logins, days, whats = self.logins.known, self.days.known, self.whats.known
        read_login, read_day, read_what = self.logins.read, self.days.read, self.whats.read
        out: list[str] = []
        sent_lines, counts = writer.lines, Counter[int]()
        line = 1
        try:
            for line, cells in rows:
                if not line & (LINES_AT_ONCE - 1):
                    self._pause(line, out, writer)
                    out = []
                if len(cells) != 7:
                    fitted = self._fitted(line, cells, 7)
                    if fitted is None:
                        continue
                    cells = fitted
                login, place, area, date, position, comment, deletion = cells
                who = logins.get(login) or read_login(login)
                day = days.get(date) or read_day(date)
                key = (place, area, position, deletion)
                what = whats.get(key) or read_what(key)
                sent, employee, first, last, about_who = who
                date, ordinal, taken, about_day = day
                start, middle, end, spread, mask, mark, number, about_what = what
                if comment or about_who or about_day or about_what or not first <= ordinal <= last:
                    kept = self._trouble(line, who, day, what, comment, cells)
                    if kept is None:
                        continue
                    comment = kept
                before = taken.get(employee)
                if before is None:
                    taken[employee] = line * spread + mark
                elif before & mask:
                    self.issues.add(line, _clash(before, who, day, what))
                    self.refused += 1
                    continue
                else:
                    taken[employee] = before + line * spread + mark
                    earlier = before & HALF or before >> LINE_BITS & HALF
                    if earlier != sent_lines[-1]:
                        self.apart.add(bisect_left(sent_lines, earlier), len(sent_lines))
                out.append(f"{sent}{start}{date}{middle}{comment}{end}")
                sent_lines.append(line)
                counts[number] += 1
        finally:
            self.last_line = max(line, self.last_line)
            self.counts.update(counts)
            self._pause(line, out, writer)

    def _pause(self, line: int, out: list[str], writer: Writer) -> None:
        """Write what is ready, hand on issues, and say how far we are."""
        writer.write("".join(out).encode())
        if len(self.issues.rows) >= ISSUES_AT_ONCE:
            self.issues.flush()
        if self.on_progress:
            self.on_progress(line)

    def _trouble(
        self, line: int, who: Who, day: Day, what: What, comment: str, cells: Iterable[str]
    ) -> str | None:
        """Say what there is to say about a line; its comment as sent, or None when refused."""
        sent, employee, first, last, found = who
        ordinal, taken = day.ordinal, day.taken
        if not sent and not "".join(cells).strip():
            self.blank += 1
            return None
        found = found + day.findings + what.findings
        if comment:
            about_comment: list[Finding] = []
            comment = read_comment(comment, about_comment)
            found += tuple(about_comment)
        if ordinal and employee and not first <= ordinal <= last:
            found += self.logins.outside_contract(who, day)
        refused = False
        rows = self.issues.rows
        for each in found:
            rows.append((line, *each))
            if each[1] == "error":
                refused = True
        if refused:
            self.refused += 1
            if taken and (before := taken.get(employee, 0)) & what.mask:
                rows.append((line, *_clash(before, who, day, what)))
        if len(rows) >= ISSUES_AT_ONCE:
            self.issues.flush()
        return None if refused else comment

    def dates(self) -> tuple[dt.date | None, dt.date | None]:
        """The first and the last date of the lines that are right."""
        used = [ordinal for ordinal, who in self.days.taken.items() if who]
        if not used:
            return None, None
        return dt.date.fromordinal(min(used)), dt.date.fromordinal(max(used))

    def count_employees(self) -> int:
        """How many employees the right lines have; frees what only the loop needed.

        Day by day, so that the days and their union are never both in memory.
        """
        self.logins.known.clear()
        self.days.known.clear()
        employees: set[str] = set()
        while self.days.taken:
            employees.update(self.days.taken.popitem()[1])
        return len(employees)


@lru_cache(maxsize=256)
def _cell_count(found: int, expected: int) -> Finding:
    return finding("cell-count", None, found=found, expected=expected)


def _clash(before: int, who: Who, day: Day, what: What) -> Finding:
    """Why a line cannot stand beside an earlier one of the same employee and day."""
    shared = before & what.mask
    earlier = shared & HALF or shared >> LINE_BITS
    was_deletion = before >> (2 * LINE_BITS) & (1 if shared & HALF else 2) != 0
    first, second = before & HALF, before >> LINE_BITS & HALF
    was_full = first == second
    if was_deletion != bool(what.mark):
        slug = "deletion-and-creation"
    elif was_full == (what.spread > 1 << LINE_BITS):
        slug = "duplicate"
    else:
        slug = "overlap"
    # By hand, like portal.sheets.issues.about: every line of a file may be a duplicate.
    params = f'{{"earlier": {earlier}, "login": {quoted(shorten(who.key))}, "date": "{day.sent}"}}'
    return ("position", "error", slug, params)
