"""The table as the template draws it: heads that sort, cells, figures below, and the way around."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.words import number
from reports.pages.table_address import Address
from reports.pages.table_words import heading, name, written
from reports.table.cells import Value
from reports.table.chart import rank
from reports.table.columns import Column
from reports.table.look import EMPTY, PAGE, Look
from reports.table.summary import STRIP, Summary

# Columns with few different texts that can be chosen among, such as departments.
_CHOICES = 4


@dataclass(frozen=True)
class Head:
    """`sorted` is the value of aria-sort, empty where rows are not in the order of the column."""

    title: str
    period: str
    query: str
    sorted: str
    is_number: bool


@dataclass(frozen=True)
class Cell:
    """`raw` is the cell of the file, where it is written in another way."""

    text: str
    raw: str
    is_number: bool


def shown(summary: Summary, found: Look, address: Address) -> dict[str, Any]:
    columns = found.columns
    return {
        "heads": [_head(column, address) for column in columns],
        "rows": [
            (
                number(row.line),
                [_cell(*pair, address) for pair in zip(columns, row.cells, strict=True)],
            )
            for row in found.rows
        ],
        "figures": list(_figures(found)),
        "said": _said(summary, found),
        "is_filtered": found.choice.is_filtered,
        "everything": address.query(replace(found.choice, text="", within=None, values={}, page=1)),
        "pages": _pages(found, address),
        "strips": list(_strips(summary, address)),
        "searched": [(column.at, name(column)) for column in summary.columns],
        "choices": list(_choices(summary, address)),
        "other_writing": address.query(is_raw=not address.is_raw),
    }


def _head(column: Column, address: Address) -> Head:
    choice = address.choice
    here = choice.sort == column.at
    # Up, down, and back to the order of the file.
    then = replace(choice, sort=column.at, descending=False, page=1)
    if here:
        then = (
            replace(then, descending=True)
            if not choice.descending
            else replace(then, sort=None, descending=False)
        )
    word = ("descending" if choice.descending else "ascending") if here else ""
    split = column.period and column.base != column.heading
    return Head(
        column.base if split else heading(column),
        column.period,
        address.query(then),
        word,
        column.is_measured,
    )


def _cell(column: Column, cell: tuple[str, Value], address: Address) -> Cell:
    raw, value = cell
    # A number that is a name, such as 2026 or an employee's, has no thousands to part.
    plain = not column.is_measured or (column.kind == "number" and not column.is_summed)
    if address.is_raw or plain or value is None:
        return Cell(raw, "", column.is_measured)
    text = written(column.kind, column.decimals, value)
    return Cell(text, raw if raw.strip() != text else "", True)


def _figures(found: Look) -> Iterator[tuple[str, list[tuple[str, bool]]]]:
    """Sum, least and most below the columns that have them."""
    names = {3: _("Total"), 1: _("Smallest"), 2: _("Largest")}
    for place, title in names.items():
        line = []
        for column in found.columns:
            of_column = found.figures.get(column.at)
            named = column.kind == "number" and not column.is_summed
            value = None if of_column is None or named else of_column[place]
            line.append((written(column.kind, column.decimals, value), column.is_measured))
        if any(text for text, _is_number in line):
            yield title, line


def _said(summary: Summary, found: Look) -> str:
    """“Rows 101–200 of 200,000”."""
    if not found.total:
        return _("No row fits this choice.") if summary.rows else ""
    last = min(found.first + PAGE - 1, found.total)
    given = {"first": number(found.first), "last": number(last), "total": number(found.total)}
    if not found.choice.is_filtered:
        return _("Rows %(first)s–%(last)s of %(total)s") % given
    return ngettext(
        "%(total)s row fits, of %(all)s in the report",
        "Rows %(first)s–%(last)s of %(total)s that fit, of %(all)s in the report",
        found.total,
    ) % {**given, "all": number(summary.rows)}


def _pages(found: Look, address: Address) -> list[tuple[str, str]]:
    page, last = found.choice.page, found.pages
    wanted = [
        (1, _("First rows"), page > 2),
        (page - 1, _("Rows before"), page > 1),
        (page + 1, _("Next rows"), page < last),
        (last, _("Last rows"), page < last - 1),
    ]
    return [
        (label, address.query(replace(found.choice, page=to)))
        for to, label, there in wanted
        if there
    ]


def _strips(summary: Summary, address: Address) -> Iterator[tuple[str, str, bool]]:
    """A wide table is shown some columns at a time."""
    count = len(summary.columns)
    if count <= STRIP:
        return
    for strip in range(-(-count // STRIP)):
        first, last = strip * STRIP + 1, min((strip + 1) * STRIP, count)
        query = address.query(replace(address.choice, strip=strip))
        yield f"{number(first)}–{number(last)}", query, strip == address.choice.strip


def _choices(summary: Summary, address: Address) -> Iterator[dict[str, Any]]:
    few = [c for c in summary.columns if c.values and len(c.values) > 1 and not c.period]
    few.sort(key=rank)
    chosen = address.choice.values
    listed = [c for c in few if c.at in chosen] + [c for c in few if c.at not in chosen]
    for column in sorted(listed[:_CHOICES], key=lambda column: column.at):
        yield {
            "at": column.at,
            "name": name(column),
            "values": column.values,
            "chosen": chosen.get(column.at, ""),
            "empty": EMPTY if column.has_gaps else "",
        }
    # What a bar of the chart or an address sent by somebody chose in another column.
    for at, value in chosen.items():
        if all(column.at != at for column in listed[:_CHOICES]):
            said = _("(empty)") if value == EMPTY else value
            yield {
                "at": at,
                "name": name(summary.columns[at]),
                "values": [],
                "chosen": value,
                "said": said,
                "empty": "",
            }
