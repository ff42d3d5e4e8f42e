"""Making the table of a file: a SQLite file, from two passes over the CSV, a block at a time.

Columns lie in strips of fifty, each in two tables: `strip_0` has what is compared and summed (whole
numbers, seconds, ISO days, folded texts), and `raw_0` the cells as they are in the file, joined by
a sign that no cell has. A look at some columns thus reads those only, and a file may have more
columns than a SQLite table can. Nothing of the file is ever part of an SQL statement.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from reports.table.cells import Value, fold, iso, number, seconds, shape
from reports.table.columns import Column, Profile, Shapes, decide
from reports.table.detect import MARKS, Rows, Told, examine
from reports.table.summary import JOINT, STRIP, Summary, figures, strips_of

MOST_COLUMNS = 5_000
_BLOCK_CELLS = 60_000
_MOST_KNOWN = 50_000
_REPLACED = str.maketrans({JOINT: "\ufffd", "\0": "\ufffd"})

Block = list[tuple[int, list[str]]]


@dataclass
class _Seen:
    """What the first pass found."""

    header: list[str]
    profiles: list[Profile] = field(default_factory=list)
    rows: int = 0
    widest: int = 0
    uneven: int = 0
    first_uneven: int = 0


def build(source: Path, target: Path, said: Told) -> None:
    """``Unreadable`` when the file is no text, or nothing of it can be read."""
    detected = examine(source, said)
    rows = Rows(source, detected)
    seen = _look(rows)
    headings = seen.header[:MOST_COLUMNS]
    headings += [""] * (len(seen.profiles) - len(headings))
    found = decide(headings, seen.profiles, detected.separator, MARKS.get(said.mark))
    columns = found.columns
    while len(columns) > 1 and not columns[-1].heading and not columns[-1].filled:
        columns.pop()
    summary = Summary(
        seen.rows,
        columns,
        detected.encoding,
        detected.bom,
        detected.separator,
        found.mark or "",
        found.is_assumed,
        detected.is_damaged,
        seen.uneven,
        seen.first_uneven,
        max(0, seen.widest - MOST_COLUMNS),
        bool(rows.last) and len(rows.last) < len(seen.header) and not rows.ends_in_a_line(),
        (rows.broken[0], dict(rows.broken[1]), rows.broken[2]) if rows.broken else None,
    )
    with closing(sqlite3.connect(target, isolation_level=None)) as table:
        _write(table, Rows(source, detected), summary)


def _blocks(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[Block]:
    size = max(20, _BLOCK_CELLS // max(1, width))
    block: Block = []
    for row in rows:
        block.append(row)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block


def _by_column(block: Block, width: int) -> Iterator[tuple[str, ...]]:
    """The cells of each column, short rows filled up."""
    even = (
        cells if len(cells) == width else (cells + [""] * (width - len(cells)))[:width]
        for _line, cells in block
    )
    return zip(*even, strict=True)


def _look(rows: Rows) -> _Seen:
    shapes = Shapes()
    with rows.opened() as (header, lines):
        seen = _Seen(header, [Profile() for _ in header[:MOST_COLUMNS]], widest=len(header))
        for block in _blocks(lines, len(header)):
            _note_width(seen, block)
            width = min(seen.widest, MOST_COLUMNS)
            seen.profiles += [Profile() for _ in range(width - len(seen.profiles))]
            seen.rows += len(block)
            for profile, cells in zip(seen.profiles, _by_column(block, width), strict=True):
                profile.see(cells, shapes)
    return seen


def _note_width(seen: _Seen, block: Block) -> None:
    usual = len(seen.header)
    for line, cells in block:
        if len(cells) == usual or (len(cells) > usual and not any(cells[usual:])):
            continue
        seen.uneven += 1
        seen.first_uneven = seen.first_uneven or line
        seen.widest = max(seen.widest, len(cells))


def _write(table: sqlite3.Connection, rows: Rows, summary: Summary) -> None:
    # A file that is not finished is thrown away, so nothing need be undone or awaited.
    for pragma in ("page_size = 8192", "journal_mode = OFF", "synchronous = OFF"):
        table.execute(f"PRAGMA {pragma}")
    strips = strips_of(summary.columns)
    table.execute("BEGIN")
    table.execute("CREATE TABLE summary (json TEXT)")
    table.execute("CREATE TABLE line (n INTEGER PRIMARY KEY, line INTEGER)")
    for at, strip in enumerate(strips):
        names = "".join(f", c{column.at}" for column in strip)
        table.execute(f"CREATE TABLE strip_{at} (n INTEGER PRIMARY KEY{names})")
        table.execute(f"CREATE TABLE raw_{at} (n INTEGER PRIMARY KEY, cells TEXT)")
    left_out = _fill(table, rows, strips)
    columns = [
        replace(column, **found, first_left_out=left_out.get(column.at, 0))
        for at, strip in enumerate(strips)
        for column, found in _figures(table, at, strip)
    ]
    text = json.dumps(asdict(replace(summary, columns=columns)), ensure_ascii=False)
    table.execute("INSERT INTO summary VALUES (?)", [text])
    table.execute("COMMIT")


def _fill(table: sqlite3.Connection, rows: Rows, strips: list[list[Column]]) -> dict[int, int]:
    """The rows. Gives the first line of each column that was left out of its numbers."""
    columns = [column for strip in strips for column in strip]
    known, left_out, n = _known(columns), dict[int, int](), 0
    with rows.opened() as (_header, lines):
        for block in _blocks(lines, len(columns)):
            numbers = range(n + 1, n + 1 + len(block))
            n += len(block)
            table.executemany(
                "INSERT INTO line VALUES (?, ?)",
                zip(numbers, (line for line, _cells in block), strict=True),
            )
            cells = list(_by_column(block, len(columns)))
            for at, strip in enumerate(strips):
                values = [
                    _converted(column, cells[column.at], known[column.at], block, left_out)
                    for column in strip
                ]
                marks = ", ?" * len(strip)
                table.executemany(
                    f"INSERT INTO strip_{at} VALUES (?{marks})",  # noqa: S608
                    zip(numbers, *values, strict=True),
                )
                raw = zip(*cells[at * STRIP : at * STRIP + len(strip)], strict=True)
                joined = map(_joined, raw)
                table.executemany(
                    f"INSERT INTO raw_{at} VALUES (?, ?)",  # noqa: S608
                    zip(numbers, joined, strict=True),
                )
    return left_out


def _joined(cells: tuple[str, ...]) -> str:
    joined = JOINT.join(cells)
    if joined.count(JOINT) >= len(cells) or "\0" in joined:
        return JOINT.join(map(_clean, cells))
    return joined


def _clean(cell: str) -> str:
    return cell.translate(_REPLACED)


def _converted(
    column: Column, cells: tuple[str, ...], known: "_Known", block: Block, left_out: dict[int, int]
) -> list[Value]:
    values = list(map(known.__getitem__, cells))
    if column.left_out and column.at not in left_out:
        for (line, _cells), cell, value in zip(block, cells, values, strict=True):
            # Neither a number nor a blank, of which the reader must hear.
            if value is None and shape(cell).kind != "empty":
                left_out[column.at] = line
                break
    return values


class _Known(dict[str, Value]):
    """Cells as they are compared and summed. Equal ones are converted once, in all columns that are
    written alike; bounded, because a report may have millions of different ones."""

    def __init__(self, convert: Callable[[str], Value]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, cell: str) -> Value:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        found = self[cell] = self._convert(cell)
        return found


def _known(columns: list[Column]) -> list[_Known]:
    ways: dict[Any, _Known] = {}
    return [
        ways.setdefault(
            (column.kind, column.mark, column.decimals, column.order), _Known(_converter(column))
        )
        for column in columns
    ]


def _converter(column: Column) -> Callable[[str], Value]:
    if column.kind == "duration":
        return seconds
    if column.kind == "date":
        return lambda cell: iso(cell, column.order)
    if column.kind == "text" or column.mark is None:
        return lambda cell: fold(_clean(cell)) or None
    mark, decimals = column.mark, column.decimals

    def value(cell: str) -> Value:
        found = number(cell, mark)
        if found is None:
            return None
        digits, fraction = found
        if decimals is None:
            return float(digits / 10**fraction)
        return int(digits * 10 ** (decimals - fraction))

    return value


def _figures(
    table: sqlite3.Connection, at: int, strip: list[Column]
) -> Iterator[tuple[Column, dict[str, Any]]]:
    """Sum, least and most of each column that has them, and how many cells were left out."""
    found = figures(table, f"strip_{at}", strip)
    rows = table.execute("SELECT COUNT(*) FROM line").fetchone()[0]
    for column in strip:
        if column.at not in found:
            yield column, {}
            continue
        count, least, most, total = found[column.at]
        left_out = column.filled - count
        known = {"sum": total, "least": least, "most": most, "left_out": left_out}
        yield column, {**known, "has_gaps": count < rows}
