"""Workbooks that we hand out: tables, and templates with lists to choose from.

What a tenant calls its people and places is written as text, whatever it begins with: it never
becomes a formula or a link. The sheets with the lists stand behind the table, because of a workbook
the first visible sheet is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from portal.sheets.xlsx import MOST_ROWS

# The library has no types of its own: a workbook, and one of its sheets.
Book: TypeAlias = Any
Sheet: TypeAlias = Any
_FIRST_DAY, _LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 12, 31)


@dataclass(frozen=True)
class Column:
    """A column of the table: its name, or its day, and what may be chosen in its cells.

    ``within``: the name of the column on whose value the choice depends; ``choices`` then are
    pairs of that value and what it allows. ``hint`` is shown beside a cell that is chosen; a
    spreadsheet takes at most 255 characters. Other values may be written after a warning.
    """

    name: str | dt.date
    width: int = 18
    choices: Sequence[str] = ()
    pairs: Sequence[tuple[str, str]] = ()
    within: str = ""
    is_date: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Template:
    """What a workbook is to hold.

    ``rows`` are the first cells of the rows that stand there already. ``names`` is a second sheet
    for people to look up, its header first. ``sheets`` are the names of the table, of that sheet
    and of the hidden one with the lists. ``frozen`` columns stay in sight.
    """

    sheets: tuple[str, str, str]
    columns: Sequence[Column]
    rows: Iterable[Sequence[str]] = ()
    names: Iterable[Sequence[str]] = ()
    frozen: int = 0


def write_template(target: Path, template: Template) -> None:
    """Write the workbook, row by row: memory does not grow with the rows."""
    with _open(target) as book:
        table, names, lists = map(book.add_worksheet, template.sheets)
        lists.hide()
        _write_header(table, book, template)
        for number, row in enumerate(template.rows, 1):
            for at, value in enumerate(row):
                table.write_string(number, at, value)
        _write_names(names, book, template.names)
        _offer(table, lists, template.columns)


def write_table(target: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One sheet of texts: what looks like a number, a date or a formula stays what it says."""
    with _open(target) as book:
        sheet = book.add_worksheet()
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        # For cells that are typed later, too: an id with a zero in front keeps it.
        sheet.set_column(0, len(header) - 1, 20, text)
        sheet.freeze_panes(1, 0)
        for number, cells in enumerate(chain([header], rows)):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell, text if number else bold)


@contextmanager
def _open(target: Path) -> Iterator[Book]:
    import xlsxwriter  # a workbook is rare: its machinery is loaded late

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(target), options)
    try:
        yield book
    finally:
        book.close()


def _write_header(table: Sheet, book: Book, template: Template) -> None:
    bold = book.add_format({"bold": True, "bottom": 1, "align": "left"})
    day = book.add_format(
        {"bold": True, "bottom": 1, "align": "left", "num_format": "dddd d mmmm yyyy"}
    )
    as_text = book.add_format({"num_format": "@"})  # a login of digits keeps its first noughts
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, column in enumerate(template.columns):
        table.set_column(at, at, column.width, as_date if column.is_date else as_text)
        if isinstance(column.name, dt.date):
            table.write_datetime(0, at, column.name, day)
        else:
            table.write_string(0, at, column.name, bold)
    table.freeze_panes(1, template.frozen)


def _write_names(sheet: Sheet, book: Book, rows: Iterable[Sequence[str]]) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.set_column(0, 2, 24)
    for number, row in enumerate(rows):
        for at, value in enumerate(row):
            sheet.write_string(number, at, value, None if number else bold)
    sheet.freeze_panes(1, 0)


def _offer(
    table: Sheet,
    lists: Sheet,
    columns: Sequence[Column],
) -> None:
    """Lists to choose from; the values stand on their own sheet, one column for each list."""
    where: dict[tuple[object, ...], int] = {}
    stacks: list[Sequence[str]] = []
    for column in columns:
        for values in (column.choices, *zip(*column.pairs, strict=True)):
            if values and tuple(values) not in where:
                where[tuple(values)] = len(stacks)
                stacks.append(values)
    _write_stacks(lists, stacks)
    positions = {column.name: at for at, column in enumerate(columns)}
    for at, column in enumerate(columns):
        rule = _rule(column, where, positions, lists.get_name())
        if rule and table.data_validation(1, at, MOST_ROWS - 1, at, rule):
            raise ValueError(f"A spreadsheet refuses the rule of the column {column.name}.")


def _write_stacks(lists: Sheet, stacks: Sequence[Sequence[str]]) -> None:
    for row in range(max(map(len, stacks), default=0)):
        for at, values in enumerate(stacks):
            if row < len(values):
                lists.write_string(row, at, values[row])


def _rule(
    column: Column,
    where: Mapping[tuple[object, ...], int],
    positions: Mapping[str | dt.date, int],
    sheet: str,
) -> dict[str, Any] | None:
    """The vendor of the format calls it a data validation."""
    rule: dict[str, Any] = {"error_type": "warning", "input_message": column.hint}
    if column.is_date:
        limits = {"criteria": "between", "minimum": _FIRST_DAY, "maximum": _LAST_DAY}
        return rule | {"validate": "date", **limits}
    if column.pairs:
        outer, inner = zip(*column.pairs, strict=True)
        keys = _range(sheet, where[outer], len(outer))
        first = _range(sheet, where[inner], 1)
        cell = f"${_letter(positions[column.within])}2"
        source = f"=OFFSET({first},MATCH({cell},{keys},0)-1,0,COUNTIF({keys},{cell}),1)"
        return rule | {"validate": "list", "source": source}
    if column.choices:
        source = "=" + _range(sheet, where[tuple(column.choices)], len(column.choices))
        return rule | {"validate": "list", "source": source}
    return rule | {"validate": "any"} if column.hint else None


def _range(sheet: str, column: int, length: int) -> str:
    name = sheet.replace("'", "''")
    return f"'{name}'!${_letter(column)}$1:${_letter(column)}${length}"


def _letter(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))
