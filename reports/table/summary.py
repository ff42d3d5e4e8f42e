"""What is known of a table without looking into it, and the figures of its columns."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from reports.table.cells import Value
from reports.table.columns import Column

STRIP = 50
JOINT = "\x1f"


@dataclass(frozen=True)
class Summary:
    """All that is known of a table without looking into it. `broken` is a cause, its parameters and
    the line from which on the file cannot be read. `mark` is "" where no number has decimals."""

    rows: int
    columns: list[Column]
    encoding: str
    bom: bool
    separator: str
    mark: str
    is_mark_assumed: bool
    is_damaged: bool
    uneven: int = 0
    first_uneven: int = 0
    left_out_columns: int = 0
    is_cut: bool = False
    broken: tuple[str, dict[str, Any], int] | None = None

    @classmethod
    def loaded(cls, text: str) -> "Summary":
        found = json.loads(text)
        found["columns"] = [Column(**one) for one in found["columns"]]
        return cls(**found)


def strips_of(columns: list[Column]) -> list[list[Column]]:
    return [columns[at : at + STRIP] for at in range(0, len(columns), STRIP)]


def figures(
    table: sqlite3.Connection, source: str, columns: list[Column], rows: int = 0
) -> dict[int, tuple[int, Value, Value, Value]]:
    """Count, least, most and sum of each column but texts, over the rows of a source of ours. The
    sum is None where it would mean nothing. `rows` spares counting where no cell of a column is
    empty."""
    asked = [column for column in columns if column.kind != "text"]
    names = [
        (f"COUNT(c{one.at})" if one.has_gaps or not rows else str(rows))
        + f", MIN(c{one.at}), MAX(c{one.at}), "
        + (f"SUM(c{one.at})" if one.is_summed else "NULL")
        for one in asked
    ]
    if not asked:
        return {}
    row = table.execute(f"SELECT {', '.join(names)} FROM {source}").fetchone()  # noqa: S608
    return {one.at: tuple(row[4 * n : 4 * n + 4]) for n, one in enumerate(asked)}
