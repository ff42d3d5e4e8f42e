"""A small directory, and the check of a text against it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imports.check import Checked, Directory, Employee, Location, check
from portal.sheets.issues import IssueRow

TODAY = dt.date(2026, 3, 2)
HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion"
DIRECTORY = Directory(
    employees={
        "imarchal": Employee(1),
        "tnoll": Employee(2, ends_on=dt.date(2026, 6, 30), starts_on=dt.date(2026, 1, 1)),
        "zoë.lefèvre": Employee(3),
        "gone": Employee(4, left_on=dt.date(2026, 3, 1)),
        "leaving": Employee(5, left_on=TODAY),
        "MDurand": Employee(6),
        "twin": Employee(7),
        "Twin": Employee(8),
    },
    locations={
        "Lyon Part-Dieu": Location(areas={"Finance": 1, "Open space B": 1, "Twice": 2}),
        "Télétravail": Location(),
        "Closed": Location(active=0, inactive=1),
        "Again": Location(active=1, inactive=2),
        "Double": Location(active=2),
        'Odd; "name"': Location(areas={"a;b": 1}),
    },
)


@dataclass
class Outcome:
    """What came out of a check, and the issues it handed on."""

    checked: Checked
    rows: list[IssueRow]

    @property
    def causes(self) -> list[tuple[int | None, str]]:
        return [(row[0], row[3]) for row in self.rows]

    @property
    def sent(self) -> list[str]:
        """The data lines of the canonical file."""
        if self.checked.canonical is None:
            return []
        text = self.checked.canonical.path.read_bytes().decode("utf-8-sig")
        return text.split("\r\n")[1:-1]

    def params(self, slug: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(next(row[4] for row in self.rows if row[3] == slug))
        return found


def check_file(path: Path, folder: Path, **options: Any) -> Outcome:
    """Check a file; every outcome's counts are verified on the way."""
    rows: list[IssueRow] = []
    given: dict[str, Any] = {"unknown_login": "error", "lines_per_upload": 20_000, **options}
    checked = check(
        path,
        given.pop("directory", DIRECTORY),
        today=TODAY,
        folder=folder,
        on_issues=rows.extend,
        **given,
    )
    assert checked.total == checked.blank + checked.refused + checked.valid
    # In a grid, a line is a cell or a half of one.
    wrong = {
        (row[0], checked.grid and row[1])
        for row in rows
        if row[2] == "error" and row[0] and row[0] > 1
    }
    if not checked.fatal:
        assert len(wrong) == checked.refused
        assert checked.creations + checked.deletions == checked.valid
    assert sum(found.count for found in checked.causes.values()) == len(rows)
    return Outcome(checked, rows)


def check_text(folder: Path, text: str, **options: Any) -> Outcome:
    """Check a text written as UTF-8."""
    path = folder / "in.csv"
    path.write_bytes(text.encode())
    return check_file(path, folder / "out", **options)


def check_lines(folder: Path, *lines: str, **options: Any) -> Outcome:
    """Check lines under the full header."""
    return check_text(folder, "\r\n".join([HEADER, *lines]) + "\r\n", **options)
