"""A look at a table: which rows, in which order, which of them are on the page, and their figures.

All is asked by the address, so a look can be sent to somebody else. Values of the address are
bound; the names in SQL are numbers of columns that the table has.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reports.table.cells import Mark, Value, fold, number, seconds
from reports.table.columns import Column
from reports.table.summary import JOINT, STRIP, Summary, figures

PAGE = 100
# In an address: cells without anything in them.
EMPTY = "\u2205"
_MOST_TEXT = 200
_COMPARED = re.compile(r"\s*(<=|>=|<|>|=)\s*(.+?)\s*")
_OWN_VALUE = re.compile(r"f([0-9]{1,4})", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """`within` is the column that is searched for the text, None for all. `values` are whole cells:
    column -> text, "" for empty ones."""

    text: str = ""
    within: int | None = None
    values: dict[int, str] = field(default_factory=dict)
    sort: int | None = None
    descending: bool = False
    page: int = 1
    strip: int = 0

    @classmethod
    def of(cls, asked: Mapping[str, Any], columns: int) -> "Choice":
        """What is no number of a column is left out."""
        sort = str(asked.get("sort", ""))
        values = {
            at: str(asked[name]).replace("\0", "")[:_MOST_TEXT]
            for name in asked
            if (found := _OWN_VALUE.fullmatch(name)) and asked[name]
            if (at := _number(found[1], columns)) is not None
        }
        return cls(
            str(asked.get("q", "")).replace("\0", "").strip()[:_MOST_TEXT],
            _number(asked.get("in", ""), columns),
            values,
            _number(sort.removeprefix("-"), columns),
            sort.startswith("-"),
            (_number(asked.get("page", ""), 10**8) or 1),
            min(_number(asked.get("columns", ""), 10**4) or 0, max(0, columns - 1) // STRIP),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or self.values)

    def pairs(self) -> dict[str, str]:
        """As it stands in the address; of what is usual nothing."""
        sort = "" if self.sort is None else f"{'-' if self.descending else ''}{self.sort}"
        return {
            "q": self.text,
            "in": "" if self.within is None or not self.text else str(self.within),
            **{f"f{at}": value for at, value in self.values.items()},
            "sort": sort,
            "columns": str(self.strip) if self.strip else "",
            "page": str(self.page) if self.page > 1 else "",
        }


def _number(text: object, below: int) -> int | None:
    text = str(text)
    found = int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else below
    return found if found < below else None


@dataclass(frozen=True)
class Row:
    """`cells` are those of the columns shown, each with its value as it is compared."""

    n: int
    line: int
    cells: list[tuple[str, Value]]


@dataclass(frozen=True)
class Look:
    """`figures`: column -> count, least, most, sum; over all rows that fit, not only the page's."""

    choice: Choice
    total: int
    first: int
    columns: list[Column]
    rows: list[Row]
    figures: dict[int, tuple[int, Value, Value, Value]]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def look(table: sqlite3.Connection, summary: Summary, choice: Choice) -> Look:
    """Memory: one page of rows, and a list of numbers of those that fit."""
    columns = summary.columns[choice.strip * STRIP : (choice.strip + 1) * STRIP]
    total = select(table, summary, choice) if choice.is_filtered else summary.rows
    page = min(choice.page, max(1, -(-total // PAGE)))
    choice = replace(choice, page=page)
    chosen = [n for (n,) in numbers(table, choice, PAGE, (page - 1) * PAGE)]
    if choice.is_filtered:
        source = f"strip_{choice.strip} JOIN hit USING (n)"
        found = figures(table, source, columns, total) if total else {}
    else:
        found = {
            one.at: (one.filled - one.left_out, one.least, one.most, one.sum)
            for one in columns
            if one.kind != "text"
        }
    # The first column says what a row is about, wherever in a wide table one is.
    shown = columns if not choice.strip else [summary.columns[0], *columns]
    first = (page - 1) * PAGE + 1 if total else 0
    return Look(choice, total, first, shown, rows(table, chosen, shown), found)


def select(table: sqlite3.Connection, summary: Summary, choice: Choice) -> int:
    """Note the rows that fit in `hit`, and give their count."""
    parts, bound = [], list[Any]()
    for condition, params in _conditions(summary, choice):
        parts.append(condition)
        bound += params
    table.execute("CREATE TEMP TABLE IF NOT EXISTS hit (n INTEGER PRIMARY KEY)")
    table.execute("DELETE FROM hit")
    table.execute(f"INSERT OR IGNORE INTO hit {' INTERSECT '.join(parts)}", bound)
    return int(table.execute("SELECT COUNT(*) FROM hit").fetchone()[0])


def numbers(table: sqlite3.Connection, choice: Choice, limit: int, skip: int) -> sqlite3.Cursor:
    """The rows that fit (`select` was called before), in the order chosen, empty cells last."""
    if choice.sort is None:
        if not choice.is_filtered:
            return table.execute("SELECT n FROM line WHERE n > ? ORDER BY n LIMIT ?", [skip, limit])
        return table.execute("SELECT n FROM hit ORDER BY n LIMIT ? OFFSET ?", [limit, skip])
    source = f"strip_{choice.sort // STRIP}" + (" JOIN hit USING (n)" if choice.is_filtered else "")
    name, way = f"c{choice.sort}", "DESC" if choice.descending else "ASC"
    order = f"ORDER BY {name} IS NULL, {name} {way}, n LIMIT ? OFFSET ?"
    return table.execute(f"SELECT n FROM {source} {order}", [limit, skip])  # noqa: S608


def rows(table: sqlite3.Connection, chosen: list[int], columns: list[Column]) -> list[Row]:
    raw: dict[int, list[str]] = {n: [] for n in chosen}
    values: dict[int, list[Value]] = {n: [] for n in chosen}
    marks = ", ".join("?" * len(chosen))
    lines = dict(table.execute(f"SELECT n, line FROM line WHERE n IN ({marks})", chosen))  # noqa: S608
    for strip, those in _by_strip(columns):
        names = ", ".join(f"c{column.at}" for column in those)
        query = (
            f"SELECT n, cells, {names} FROM strip_{strip} JOIN raw_{strip} USING (n)"  # noqa: S608
            f" WHERE n IN ({marks})"
        )
        for n, cells, *found in table.execute(query, chosen):
            split = cells.split(JOINT)
            raw[n] += [split[column.at % STRIP] for column in those]
            values[n] += found
    return [Row(n, lines[n], list(zip(raw[n], values[n], strict=True))) for n in chosen]


def _by_strip(columns: list[Column]) -> Iterator[tuple[int, list[Column]]]:
    for strip in sorted({column.at // STRIP for column in columns}):
        yield strip, [column for column in columns if column.at // STRIP == strip]


def _conditions(summary: Summary, choice: Choice) -> Iterator[tuple[str, list[Any]]]:
    """Queries of row numbers; a row fits that is in all of them."""
    for at, value in choice.values.items():
        yield _is(summary.columns[at], value)
    if not choice.text:
        return
    if choice.within is not None:
        yield _in_column(summary.columns[choice.within], choice.text)
        return
    queries, bound = [], list[Any]()
    for strip, columns in _by_strip(summary.columns):
        texts = [column for column in columns if column.kind == "text"]
        if texts:
            any_of = " OR ".join(f"instr(c{column.at}, ?)" for column in texts)
            queries.append(f"SELECT n FROM strip_{strip} WHERE {any_of}")  # noqa: S608
            bound += [fold(choice.text)] * len(texts)
        if len(texts) < len(columns):
            queries.append(f"SELECT n FROM raw_{strip} WHERE instr(cells, ?)")  # noqa: S608
            bound.append(choice.text)
    yield f"SELECT n FROM ({' UNION ALL '.join(queries)})", bound  # noqa: S608


def _is(column: Column, value: str) -> tuple[str, list[Any]]:
    strip, name = column.at // STRIP, f"c{column.at}"
    if value == EMPTY:
        return f"SELECT n FROM strip_{strip} WHERE {name} IS NULL", []  # noqa: S608
    if column.kind == "text":
        return f"SELECT n FROM strip_{strip} WHERE {name} = ?", [fold(value)]  # noqa: S608
    if column.kind == "date":
        # A day has all its times, a month all its days.
        return f"SELECT n FROM strip_{strip} WHERE instr({name}, ?) = 1", [value]  # noqa: S608
    return _in_column(column, value)


def _in_column(column: Column, text: str) -> tuple[str, list[Any]]:
    """Of numbers and durations also >7,5 and <=40, and a number alone is that number, however it is
    written; anything else is a part of the cell."""
    strip, name = column.at // STRIP, f"c{column.at}"
    if column.kind == "text":
        return f"SELECT n FROM strip_{strip} WHERE instr({name}, ?)", [fold(text)]  # noqa: S608
    if column.is_measured:
        compared = _COMPARED.fullmatch(text)
        sign, said = (compared[1], compared[2]) if compared else ("=", text)
        value = _measured(column, said)
        if value is not None:
            return f"SELECT n FROM strip_{strip} WHERE {name} {sign} ?", [value]  # noqa: S608
    query = f"SELECT n FROM raw_{strip} WHERE has(cells, ?, ?)"  # noqa: S608
    return query, [column.at % STRIP, fold(text)]


def _measured(column: Column, said: str) -> Value:
    """What a person types as a number, with the file's decimal mark or the other one."""
    if column.kind == "duration":
        return seconds(said)
    marks: tuple[Mark, ...] = (",", ".") if column.mark == "," else (".", ",")
    for mark in marks:
        found = number(said, mark)
        if found:
            digits, fraction = found
            return float(digits / 10 ** (fraction - (column.decimals or 0)))
    return None
