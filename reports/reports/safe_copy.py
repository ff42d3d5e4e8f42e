"""A copy of a report that a spreadsheet opens without running anything in it."""

import csv
import re
from pathlib import Path

from portal.sheets.detection import detect
from portal.sheets.faulty import escape
from portal.sheets.reading import open_table

# A negative number is no formula, and as a text it could not be summed.
_NUMBER = re.compile(r"-\d[\d\s.,:]*")


def write_safe_copy(source: Path, target: Path) -> None:
    """UTF-8 with BOM, the separator of the file. A cell that would be run gets an apostrophe.

    Raises Unreadable for what is no table. Streams: neither file is held in memory.
    """
    detected = detect(source)
    with (
        open_table(source, detected) as rows,
        target.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        writer = csv.writer(file, delimiter=detected.separator or ";", lineterminator="\r\n")
        for _line, cells in rows:
            writer.writerow([safe_cell(cell) for cell in cells])


def safe_cell(cell: str) -> str:
    """The cell as a spreadsheet will show it and not run it."""
    return cell if _NUMBER.fullmatch(cell) else escape(cell)
