"""The first line of a table that people send: what every kind of file has in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.sheets.issues import IssueRow, cause, to_json


@dataclass(frozen=True)
class Header:
    """Where each column stands (from 0), the number of cells, and what was wrong."""

    places: dict[str, int]
    width: int
    issues: tuple[IssueRow, ...]
    fatal: bool


def width_of(cells: Sequence[str]) -> int:
    """The number of cells, without empty ones at the end."""
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return width


def bare_names(cells: Sequence[str]) -> list[str]:
    """The names without blanks and marks around them."""
    return [cell.strip().strip("\ufeff\u200b") for cell in cells]


class Found:
    """The issues of the header; any error among them is fatal."""

    def __init__(self) -> None:
        self.rows: list[IssueRow] = []
        self.fatal = False

    def add(self, slug: str, column: str | None, **params: str | int | None) -> None:
        severity = cause(slug).severity
        self.fatal = self.fatal or severity == "error"
        self.rows.append((1, column, severity.value, slug, to_json(**params)))
