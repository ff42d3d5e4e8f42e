"""Where in a grid a line comes from: its row, its column, and which half of the cell.

As one number in the map of lines, where a file of lines has the spreadsheet line; as row and label
(``C 2026-03-09``, or ``C 2026-03-09 1/2`` for a first half) in what is said about the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# row (20 bits) | column from 1 (9 bits; 0 is the row as a whole) | half (2 bits)
_COLUMN, _ROW = 2, 11
MOST_COLUMNS = (1 << (_ROW - _COLUMN)) - 1
WHOLE, FIRST, SECOND = 0, 1, 2

_HALVES = {WHOLE: "", FIRST: " 1/2", SECOND: " 2/2"}
_LABEL = re.compile(r"([A-Z]{1,2}) \d{4}-\d\d-\d\d(?: ([12])/2)?", re.A)


def pack(row: int, column: int | None = None, half: int = WHOLE) -> int:
    """``column`` counts from 0; without one, the row as a whole is meant."""
    return row << _ROW | (0 if column is None else column + 1) << _COLUMN | half


def letter(column: int) -> str:
    """The column, from 0, as a spreadsheet calls it: A, …, Z, AA, …"""
    before, last = divmod(column, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def place(origin: int, days: Mapping[str, str]) -> tuple[int, str | None]:
    """Row and label; ``days`` are the dates by the letter of their column."""
    row, column, half = _unpacked(origin)
    if column is None:
        return row, None
    return row, f"{letter(column)} {days[letter(column)]}{_HALVES[half]}"


def where(detected: Mapping[str, Any], line: int) -> tuple[int, str | None]:
    """Row and label of what the map of lines holds; of a file of lines, the line alone.

    ``detected`` is what the check found out about the batch's file.
    """
    grid = detected.get("grid")
    return place(line, grid["columns"]) if grid else (line, None)


def address(origin: int) -> str:
    """The cell as a spreadsheet calls it: C4."""
    row, column, _half = _unpacked(origin)
    return f"{'' if column is None else letter(column)}{row}"


def is_cell(label: str) -> bool:
    """Whether the label is of a cell of a grid; else it names a column of the ordinary form."""
    return _LABEL.fullmatch(label) is not None


def column_and_half(label: str) -> tuple[int, int] | None:
    """The column, from 0, and the half that a label names; None when it is no label of a cell."""
    found = _LABEL.fullmatch(label)
    if found is None:
        return None
    column = 0
    for sign in found[1]:
        column = column * 26 + ord(sign) - ord("A") + 1
    return column - 1, int(found[2] or WHOLE)


def entry(row: int, label: str) -> int:
    """What the map of lines holds for the line that an issue names by row and label."""
    cell = column_and_half(label)
    return pack(row, *cell) if cell else row


def _unpacked(origin: int) -> tuple[int, int | None, int]:
    column = origin >> _COLUMN & MOST_COLUMNS
    return origin >> _ROW, column - 1 if column else None, origin & 3
