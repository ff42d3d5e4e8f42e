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
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from imports.canonical import Canonical, Writer
from imports.directory import Directory, Employee, Location
from imports.grid.rows import GridFound
from imports.lines import CauseCount, Issues, Lines, OnIssues, OnProgress
from portal.sheets.detection import Detected, detect
from portal.sheets.issues import Unreadable, to_json
from portal.sheets.reading import open_table

__all__ = ["CauseCount", "Checked", "Directory", "Employee", "Location", "check"]


@dataclass(frozen=True)
class Checked:
    """What the check found. ``total == blank + refused + valid`` always.

    In a grid, a line is a day or half-day that a cell names. ``fatal``: nothing can be sent, not
    even without the lines in error. ``canonical`` is None then, and when no line is valid. ``line``
    numbers are the spreadsheet's.
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
    grid: GridFound | None = None
    """What the grid is whose cells are the lines; None when the file has a row for each line."""


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
    issues = Issues(on_issues)
    lines = Lines(directory, today, unknown_login, issues, on_progress)
    writer = Writer(folder)
    detected: Detected | None = None
    canonical: Canonical | None = None
    fatal = True
    try:
        detected = detect(path)
        with open_table(path, detected) as rows, _no_search_for_cycles():
            detected = rows.detected
            fatal = not lines.go_through(iter(rows), writer)
    except Unreadable as error:
        issues.flush()
        issues.placed = None  # the line is the spreadsheet's
        issues.add(error.line, (None, "error", error.cause, to_json(**error.params)))
        fatal = True
    except BaseException:
        writer.discard()
        raise
    found = _counted(lines, detected)
    if fatal:
        writer.discard()
    else:
        try:
            canonical = writer.finish(lines_per_upload, lines.apart)
        except BaseException:
            writer.discard()
            raise
    issues.flush()
    return replace(found, canonical=canonical, fatal=fatal, causes=issues.causes)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """A million lines make a million tuples of strings and no cycle among them, but looking for
    one, again and again among all that is alive, took a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _counted(lines: Lines, detected: Detected | None) -> Checked:
    """What the lines came to, before the canonical file is finished."""
    kinds = [(lines.whats.kinds[at], count) for at, count in lines.counts.items()]
    first_date, last_date = lines.dates()
    return Checked(
        detected=detected,
        total=max(lines.last_line - 1, 0),
        blank=lines.blank,
        refused=lines.refused,
        valid=lines.valid,
        creations=sum(count for (_p, _a, deletion), count in kinds if not deletion),
        deletions=sum(count for (_p, _a, deletion), count in kinds if deletion),
        causes={},
        first_date=first_date,
        last_date=last_date,
        employees=lines.count_employees(),
        places=frozenset((place, area) for (place, area, _d), _count in kinds if place),
        canonical=None,
        fatal=True,
        grid=lines.grid.found if lines.grid else None,
    )
