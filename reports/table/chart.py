"""Sums for a chart: a measure by period, by month, or by the texts of a column such as departments.

A measure is a column of numbers, or all the columns that repeat one measure for each period.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from reports.table.cells import MOST_DIGITS, fold
from reports.table.columns import Column
from reports.table.summary import JOINT, STRIP, Summary

TOP = 20
PERIODS = "p"
_DEPARTMENTS = (
    "departement", "department", "service", "direction", "equipe", "team", "pole", "etablissement",
    "entite", "legal entity", "unite", "unit", "site", "projet", "project", "activite", "activity",
)  # fmt: skip
# Of a column of dates: the text that names a group, by how many days lie between first and last.
_BY_DATE = (
    (45, "day", "substr({c}, 1, 10)"),
    (190, "week", "date(substr({c}, 1, 10), 'weekday 0', '-6 days')"),
    (1900, "month", "substr({c}, 1, 7)"),
    (10**6, "year", "substr({c}, 1, 4)"),
)


@dataclass(frozen=True)
class Measure:
    """`key` stands in the address. The decimals of all columns are brought to the most of them."""

    key: str
    name: str
    columns: list[Column]

    @property
    def kind(self) -> str:
        return self.columns[0].kind

    @property
    def decimals(self) -> int | None:
        """None where a sum of whole numbers could become too large for the database."""
        most = max(column.decimals or 0 for column in self.columns)
        fits = all(
            column.decimals is not None
            and len(str(max(abs(column.least or 0), abs(column.most or 0))))
            <= MOST_DIGITS - most + column.decimals
            for column in self.columns
        )
        return most if fits else None

    @property
    def is_periodic(self) -> bool:
        return len(self.columns) > 1


@dataclass(frozen=True)
class Grouping:
    """By the periods of the measure (no column), or by a column. `unit` is of a column of dates."""

    key: str
    column: Column | None = None
    unit: str = ""

    @property
    def in_time(self) -> bool:
        return self.column is None or self.column.kind == "date"


@dataclass(frozen=True)
class Group:
    """`value` is in the measure's decimals. `others` is how many groups this one stands for."""

    label: str
    value: float
    others: int = 0


@dataclass(frozen=True)
class Sums:
    measure: Measure
    grouping: Grouping
    groups: list[Group] = field(default_factory=list)


def measures(columns: Sequence[Column]) -> list[Measure]:
    """Columns that repeat a measure are one, and come first; a period of another kind is left out
    of it."""
    families: dict[str, list[Column]] = {}
    for column in columns:
        if column.is_summed:
            families.setdefault(
                fold(column.base) if column.period else f"\0{column.at}", []
            ).append(column)
    found = []
    for family in families.values():
        alike = [column for column in family if column.kind == family[0].kind]
        several = len(alike) > 1
        name = alike[0].base if several else alike[0].heading
        found.append(Measure(f"{'s' if several else 'c'}{alike[0].at}", name, alike))
    return sorted(found, key=lambda one: not one.is_periodic)


def groupings(columns: Sequence[Column], measure: Measure) -> list[Grouping]:
    """Periods first, then dates, then texts: those that look like departments before others."""
    found = [Grouping(PERIODS)] if measure.is_periodic else []
    dates = [c for c in columns if c.kind == "date" and c.least and not c.period]
    found += [Grouping(f"c{column.at}", column, _unit(column)[0]) for column in dates]
    texts = [c for c in columns if c.kind == "text" and c.filled and not c.period]
    ranked = sorted(texts, key=lambda column: (*rank(column), column.at))
    return found + [Grouping(f"c{column.at}", column) for column in ranked]


def rank(column: Column) -> tuple[bool, bool]:
    """First what people sum by."""
    few = column.values is not None and len(column.values) > 1
    return not any(word in fold(column.heading) for word in _DEPARTMENTS), not few


def _unit(column: Column) -> tuple[str, str]:
    try:
        first, last = (date.fromisoformat(str(x)[:10]) for x in (column.least, column.most))
    except ValueError:  # 31 February is written like a date
        return "month", _BY_DATE[2][2]
    days = (last - first).days
    return next((unit, text) for most, unit, text in _BY_DATE if days <= most)


def sums(
    table: sqlite3.Connection, measure: Measure, grouping: Grouping, is_filtered: bool
) -> Sums:
    """Over the rows that fit: with a filter those in `hit` (reports.table.look.select)."""
    hit = " JOIN hit USING (n)" if is_filtered else ""
    if grouping.column is None:
        groups = _by_period(table, measure, hit) if hit else _known(measure)
    else:
        groups = _by_column(table, measure, grouping.column, hit)
    return Sums(measure, grouping, groups)


def _scaled(measure: Measure, column: Column) -> str:
    if measure.decimals is None:
        return f"c{column.at} / {10.0 ** (column.decimals or 0)}"
    return f"c{column.at} * {10 ** (measure.decimals - (column.decimals or 0))}"


def _known(measure: Measure) -> list[Group]:
    """The sums of all rows were worked out when the table was made."""
    decimals, groups = measure.decimals, []
    for column in measure.columns:
        own = 10 ** (column.decimals or 0)
        scale = 1 / own if decimals is None else 10**decimals // own
        groups.append(Group(column.period, (column.sum or 0) * scale))
    return groups


def _by_period(table: sqlite3.Connection, measure: Measure, hit: str) -> list[Group]:
    groups = []
    for strip, columns in _strips(measure.columns):
        asked = ", ".join(f"SUM({_scaled(measure, column)})" for column in columns)
        row = table.execute(f"SELECT {asked} FROM strip_{strip}{hit}").fetchone()  # noqa: S608
        groups += [
            Group(column.period, value or 0) for column, value in zip(columns, row, strict=True)
        ]
    return groups


def _by_column(
    table: sqlite3.Connection, measure: Measure, column: Column, hit: str
) -> list[Group]:
    """A part of the sums for each strip, put together on disk: there may be as many groups as
    rows."""
    home = column.at // STRIP
    key = f"c{column.at}" if column.kind == "text" else _unit(column)[1].format(c=f"c{column.at}")
    table.execute("DROP TABLE IF EXISTS temp.part")
    table.execute("CREATE TEMP TABLE part (g, n, v)")
    for strip, columns in _strips(measure.columns):
        value = " + ".join(f"COALESCE({_scaled(measure, one)}, 0)" for one in columns)
        # The column's own strip may be the measure's, too.
        joined = "" if strip == home else f" JOIN strip_{strip} USING (n)"
        table.execute(
            f"INSERT INTO part SELECT {key} AS g, MIN(n), SUM({value})"  # noqa: S608
            f" FROM strip_{home}{joined}{hit} GROUP BY g"
        )
    # COUNT(DISTINCT) passes over rows without a text.
    count, total = table.execute(
        "SELECT COUNT(DISTINCT g) + MAX(g IS NULL), SUM(v) FROM part"
    ).fetchone()
    in_time = column.kind == "date"
    order, most = ("g IS NULL, g", 400) if in_time else ("SUM(v) DESC, g", TOP)
    found = table.execute(
        f"SELECT g, MIN(n), SUM(v) FROM part GROUP BY g ORDER BY {order} LIMIT {most}"  # noqa: S608
    ).fetchall()
    groups = [Group(_label(table, column, g, n), value) for g, n, value in found]
    if count > len(found):
        rest = total - sum(group.value for group in groups)
        groups.append(Group("", rest, count - len(found)))
    return groups


def _label(table: sqlite3.Connection, column: Column, key: Any, n: int) -> str:
    """As the file writes it, the first time; dates as they are grouped."""
    if key is None or column.kind == "date":
        return str(key or "")
    query = f"SELECT cells FROM raw_{column.at // STRIP} WHERE n = ?"  # noqa: S608
    (cells,) = table.execute(query, [n]).fetchone()
    return " ".join(str(cells).split(JOINT)[column.at % STRIP].split())


def _strips(columns: Sequence[Column]) -> list[tuple[int, list[Column]]]:
    found: dict[int, list[Column]] = {}
    for column in columns:
        found.setdefault(column.at // STRIP, []).append(column)
    return sorted(found.items())


def chosen(
    summary: Summary, measure_key: str, grouping_key: str
) -> tuple[list[Measure], list[Grouping], Measure | None, Grouping | None]:
    """What can be drawn and what was asked for; else the first of each."""
    can = measures(summary.columns)
    if not can:
        return [], [], None, None
    measure = next((one for one in can if one.key == measure_key), can[0])
    by = groupings(summary.columns, measure)
    grouping = next((one for one in by if one.key == grouping_key), by[0] if by else None)
    return can, by, measure, grouping
