"""A file as rows of cells, numbered as a spreadsheet numbers them.

The header is line 1; a quoted cell with line breaks is still one line; empty lines count. The file
is streamed: memory does not grow with it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

from portal.sheets.detection import MOST_CHARACTERS, REASON_COLUMN, Detected
from portal.sheets.issues import Unreadable

MOST_ROWS = 1_048_576  # what a spreadsheet can show
MOST_CELL_CHARACTERS = 131_072  # the csv module's own limit, left as it is
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")

Row = tuple[int, list[str]]


class Table:
    """The rows of a file, to be gone through once, and how the file is written."""

    def __init__(self, rows: Iterator[Row], detected: Detected) -> None:
        self.detected = detected
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        return self._rows  # not self: a loop over a million rows then pays nothing for this class

    def __next__(self) -> Row:
        return next(self._rows)


@contextmanager
def open_table(path: Path, detected: Detected) -> Iterator[Table]:
    """Give an iterator of (line, cells), the header first.

    Its ``detected`` also knows the sheet when the file is a workbook. The iterator raises
    ``Unreadable`` at the line after which nothing can be trusted.
    """
    if detected.kind == "xlsx":
        from portal.sheets.xlsx import as_csv  # a workbook is rare: its machinery is loaded late

        with as_csv(path) as (converted, sheet), _open_csv(converted, sheet) as rows:
            yield Table(rows, replace(sheet, kind="xlsx"))
    else:
        with _open_csv(path, detected) as rows:
            yield Table(rows, detected)


@contextmanager
def _open_csv(path: Path, detected: Detected) -> Iterator[Iterator[Row]]:
    with path.open("rb") as file:
        file.seek(detected.bom_length)
        errors = "replace" if detected.is_damaged else "strict"
        text = io.TextIOWrapper(file, encoding=detected.encoding, errors=errors, newline="")
        if detected.has_separator_hint:
            text.readline(16)
        yield _rows(text, detected)


def _rows(text: io.TextIOWrapper, detected: Detected) -> Iterator[Row]:
    lines: Iterable[str] = _short_lines(text) if detected.has_long_line else text
    if detected.has_quotes:
        rows = _quoted_rows(lines, detected.separator)
    else:
        plain = csv.reader(lines, delimiter=detected.separator, quoting=csv.QUOTE_NONE)
        rows = _plain_rows(plain)
    return _without_escapes(rows) if detected.is_faulty_lines else rows


def _plain_rows(reader: Iterator[list[str]]) -> Iterator[Row]:
    """No quotation mark in the whole file: a row is a physical line."""
    line = 0
    try:
        for line, cells in enumerate(reader, 1):
            if line > MOST_ROWS:
                raise Unreadable("too-many-rows", {"most": MOST_ROWS}, line)
            yield line, cells
    except csv.Error:
        raise _long_cell(line + 1) from None


def _quoted_rows(lines: Iterable[str], separator: str) -> Iterator[Row]:
    """Rows of a file with quotation marks: one that runs into the end of the file is no row.

    The csv module gives the torn row as if it were whole, so the end of the file tells on itself.
    """
    ended: list[bool] = []
    reader = csv.reader(chain(lines, _end(ended)), delimiter=separator)
    line, physical, width = 0, 0, 0
    try:
        for line, cells in enumerate(reader, 1):
            if ended:
                raise Unreadable("unclosed-quote", {"line": line}, line)
            width = width or len(cells)
            more = reader.line_num - physical - 1
            if more and _swallows(cells, separator, width):
                raise Unreadable("swallowed-lines", {"line": line, "count": more}, line)
            if line > MOST_ROWS:
                raise Unreadable("too-many-rows", {"most": MOST_ROWS}, line)
            physical = reader.line_num
            yield line, cells
    except csv.Error:
        if reader.line_num > physical + 1:
            raise Unreadable("unclosed-quote", {"line": line + 1}, line + 1) from None
        raise _long_cell(line + 1) from None


def _swallows(cells: list[str], separator: str, width: int) -> bool:
    """Does a cell hold whole lines of the table, because a quotation mark closes too late?

    A cell that swallowed n line ends holds n times the separators of a line; a text of several
    lines does not (a separator before a blank is taken for punctuation). Without this, lines would
    be lost in a comment, in silence.
    """
    if width < 2:
        return False
    bare = re.compile(re.escape(separator) + "(?! )")
    return any(
        breaks and len(bare.findall(cell)) >= breaks * (width - 1)
        for cell in cells
        for breaks in [cell.count("\n") or cell.count("\r")]
    )


def _end(ended: list[bool]) -> Iterator[str]:
    ended.append(True)
    yield from ()


def _long_cell(line: int) -> Unreadable:
    return Unreadable("cell-too-long", {"line": line, "most": MOST_CELL_CHARACTERS}, line)


def _short_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Physical lines, until one that is too long to be held."""
    number = 0
    while piece := text.readline(MOST_CHARACTERS + 1):
        number += 1
        if len(piece) > MOST_CHARACTERS:
            raise Unreadable("line-too-long", {"line": number}, number)
        yield piece


def _without_escapes(rows: Iterator[Row]) -> Iterator[Row]:
    """Undo what ``portal.sheets.faulty`` did to a file: its escapes and its column of reasons."""
    at = -1
    for line, cells in rows:
        if at < 0:
            names = [cell.strip().casefold() for cell in cells]
            at = names.index(REASON_COLUMN) if REASON_COLUMN in names else len(cells)
        del cells[at : at + 1]
        yield line, [unescape(cell) for cell in cells]


def unescape(cell: str) -> str:
    """The cell without the apostrophe that ``portal.sheets.faulty.escape`` put before it."""
    return cell[1:] if _ESCAPED.match(cell) else cell
