"""Tables that are handed out as CSV. No cell of theirs is ever run as a formula."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

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
    if comes_back:
        table = [list(row) for row in rows]
        escaped = [[escape(cell) for cell in row] for row in table]
        changed = escaped != table
        names = [*header, REASON_COLUMN] if changed else header
        _write(target, names, ([*row, ""] for row in escaped) if changed else escaped)
    else:
        _write(target, header, ([escape(cell) for cell in row] for row in rows))


def _write(target: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)
