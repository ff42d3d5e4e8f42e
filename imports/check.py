"""The check of a user-location file, before Lucca is called.

Everything that can be known beforehand is said at once, by spreadsheet line; what is right is
written as the canonical file on the way. The rules follow the vendor's guide,
developers.lucca.fr/api-reference/legacy/timmi-office/guides/import-and-create-user-locations,
and where it is silent, the careful reading: what Lucca may take in two ways is refused.

A line that is refused does not occupy its half-day: a later line is compared with the lines that
will be sent, so correcting the first of two problems never uncovers a false one. A refused line is
still compared with the earlier good ones, so that all its problems are said at once.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Literal

from imports.canonical import Canonical, Writer
from imports.header import COLUMNS, Header, read_header
from imports.values import (
    HALF,
    LINE_BITS,
    Day,
    Days,
    Directory,
    Employee,
    Finding,
    Location,
    Logins,
    What,
    Whats,
    Who,
    finding,
    read_comment,
)
from portal.sheets.detection import Detected, detect
from portal.sheets.issues import IssueRow, Unreadable, quoted, shorten, to_json
from portal.sheets.reading import Row, open_table

__all__ = ["CauseCount", "Checked", "Directory", "Employee", "Location", "check"]

ISSUES_AT_ONCE = 5_000
LINES_AT_ONCE = 1 << 13  # a power of two: the loop tests it with a mask
OnIssues = Callable[[list[IssueRow]], None]
OnProgress = Callable[[int], None]


@dataclass(frozen=True)
class CauseCount:
    """How often a cause was found, and its first line as the example."""

    count: int
    severity: str
    line: int | None
    params: str


@dataclass(frozen=True)
class Checked:
    """What the check found. ``total == blank + refused + valid`` always.

    ``fatal``: nothing can be sent, not even without the lines in error. ``canonical`` is None then,
    and when no line is valid. ``line`` numbers are the spreadsheet's.
    """

    detected: Detected | None
    total: int
    blank: int
    refused: int
    valid: int
    creations: int
    deletions: int
    causes: dict[str, CauseCount]
    first_date: dt.date | None
    last_date: dt.date | None
    employees: int
    places: frozenset[tuple[str, str]]
    canonical: Canonical | None
    fatal: bool


def check(
    path: Path,
    directory: Directory,
    *,
    today: dt.date,
    unknown_login: Literal["error", "warning"],
    lines_per_upload: int,
    folder: Path,
    on_issues: OnIssues,
    on_progress: OnProgress | None = None,
) -> Checked:
    """Check the file and write what is right in it into ``folder``.

    ``on_issues`` gets slices of issue rows in the order of lines, ready for ``executemany``;
    ``on_progress`` gets the number of the line reached. Never raises for what is wrong with the
    file: that is an issue without a line, or with it, and ``fatal``.
    """
    issues = _Issues(on_issues)
    lines = _Lines(directory, today, unknown_login, issues, on_progress)
    writer = Writer(folder)
    detected: Detected | None = None
    canonical: Canonical | None = None
    fatal = True
    try:
        detected = detect(path)
        with open_table(path, detected) as rows:
            detected = rows.detected
            fatal = not lines.go_through(iter(rows), writer)
    except Unreadable as error:
        issues.add(error.line, (None, "error", error.cause, to_json(**error.params)))
        fatal = True
    except BaseException:
        writer.discard()
        raise
    if fatal:
        writer.discard()
    found = lines.summary()
    if not fatal:
        lines.forget()
        canonical = writer.finish(lines_per_upload, lines.apart)
    issues.flush()
    return replace(found, detected=detected, canonical=canonical, fatal=fatal, causes=issues.causes)


class _Issues:
    """Collects issue rows, counts them by cause and hands them on in slices."""

    def __init__(self, on_issues: OnIssues) -> None:
        self.causes: dict[str, CauseCount] = {}
        self.rows: list[IssueRow] = []
        self._on_issues = on_issues

    def add(self, line: int | None, found: Finding) -> None:
        """One problem of one line."""
        self.rows.append((line, *found))

    def flush(self) -> None:
        """Hand on what was collected."""
        if not self.rows:
            return
        for slug, count in Counter(map(itemgetter(3), self.rows)).items():
            known = self.causes.get(slug)
            if known is None:
                first = next(row for row in self.rows if row[3] == slug)
                known = CauseCount(0, first[2], first[0], first[4])
            self.causes[slug] = replace(known, count=known.count + count)
        self._on_issues(self.rows)
        self.rows = []


class _Lines:
    """Goes through the lines: looks every cell up, and writes the lines that are right."""

    def __init__(
        self,
        directory: Directory,
        today: dt.date,
        unknown_login: Literal["error", "warning"],
        issues: _Issues,
        on_progress: OnProgress | None,
    ) -> None:
        self.logins = Logins(directory.employees, today, unknown_login)
        self.days = Days()
        self.whats = Whats(directory.locations)
        self.issues = issues
        self.on_progress = on_progress
        self.blank = self.refused = self.valid = self.last_line = 0
        self.counts: Counter[int] = Counter()
        self.apart: list[tuple[int, int]] = []

    def go_through(self, rows: Iterator[Row], writer: Writer) -> bool:
        """False when the header, or the lack of lines, leaves nothing to check."""
        header = read_header(next(rows, (1, [""]))[1])
        for row in header.issues:
            self.issues.rows.append(row)
        if header.fatal:
            return False
        try:
            self._loop(self._in_order(rows, header), writer, header)
        finally:
            self.valid = len(writer.lines)
        if self.last_line <= 1 or self.blank == self.last_line - 1:
            self.issues.add(None, finding("no-data-lines", None))
            return False
        return True

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
        self.refused += 1
        self.issues.add(line, _cell_count(len(cells), width))
        return None

    def _loop(self, rows: Iterable[Row], writer: Writer, header: Header) -> None:
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
                        self.apart.append((earlier, line))
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
        found = [*who.findings, *day.findings, *what.findings]
        if not who.sent and not "".join(cells).strip():
            self.blank += 1
            return None
        if comment:
            comment = read_comment(comment, found)
        if day.ordinal and who.key and not who.first <= day.ordinal <= who.last:
            found += self.logins.outside_contract(who, day)
        refused = False
        rows = self.issues.rows
        for column, severity, slug, params in found:
            rows.append((line, column, severity, slug, params))
            if severity == "error":
                refused = True
        if refused:
            self.refused += 1
            if day.taken and what.spread:
                before = day.taken.get(who.key, 0)
                if before & what.mask:
                    rows.append((line, *_clash(before, who, day, what)))
        if len(rows) >= ISSUES_AT_ONCE:
            self.issues.flush()
        return None if refused else comment

    def forget(self) -> None:
        """Free what only the loop needed, before the parts are cut."""
        self.days.taken.clear()
        self.days.known.clear()
        self.logins.known.clear()

    def summary(self) -> Checked:
        """What was counted."""
        kinds = [(self.whats.kinds[at], count) for at, count in self.counts.items()]
        taken = {at: who for at, who in self.days.taken.items() if who}
        return Checked(
            detected=None,
            total=max(self.last_line - 1, 0),
            blank=self.blank,
            refused=self.refused,
            valid=self.valid,
            creations=sum(count for (_p, _a, deletion), count in kinds if not deletion),
            deletions=sum(count for (_p, _a, deletion), count in kinds if deletion),
            causes={},
            first_date=dt.date.fromordinal(min(taken)) if taken else None,
            last_date=dt.date.fromordinal(max(taken)) if taken else None,
            employees=len(set[str]().union(*taken.values())),
            places=frozenset((place, area) for (place, area, _d), _count in kinds if place),
            canonical=None,
            fatal=True,
        )


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


assert array("I").itemsize == 4, "the map of lines needs 32-bit integers"
