"""Tables that are handed out, as CSV or as XLSX. No cell of theirs is ever run as a formula."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from portal.sheets.detection import REASON_COLUMN
from portal.sheets.faulty import escape


def write_csv(
    target: Path, header: Sequence[str], rows: Iterable[Sequence[str]], *, comes_back: bool = False
) -> None:
    """With BOM and semicolons, as a French spreadsheet opens it. A cell that would be run is
    escaped by an apostrophe.

    `comes_back`: the file is edited and uploaded. Then a file with such a cell gets the column of
    reasons, empty: by it our reading knows the escapes, and takes them away (portal.sheets).
    """
    table = [list(row) for row in rows]
    escaped = [[escape(cell) for cell in row] for row in table]
    names = list(header)
    if comes_back and escaped != table:
        names.append(REASON_COLUMN)
        escaped = [[*row, ""] for row in escaped]
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(names)
        writer.writerows(escaped)


def write_xlsx(target: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One sheet of texts: what looks like a number, a date or a formula stays what it says."""
    with xlsxwriter.Workbook(str(target), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        # For cells that are typed later, too: an id with a zero in front keeps it.
        sheet.set_column(0, len(header) - 1, 20, text)
        sheet.freeze_panes(1, 0)
        for number, cells in enumerate([header, *rows]):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell, text if number else bold)
