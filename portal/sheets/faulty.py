"""The faulty-lines file: the lines to correct, each with its reasons, as a spreadsheet opens it.

The file is handed out, so a cell that a spreadsheet would run as a formula is escaped by an
apostrophe. ``portal.sheets.reading`` undoes exactly that, and ignores the column of reasons: the
corrected file is accepted as the next batch.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from portal.sheets.detection import REASON_COLUMN, Detected
from portal.sheets.issues import Unreadable
from portal.sheets.reading import Row, open_table

# A cell that already begins with apostrophes before such a sign gets one more: undoing is exact.
_RISKY = re.compile(r"'*[=+\-@\t\r]")


def write_faulty_lines(
    path: Path,
    detected: Detected,
    reasons: Iterable[tuple[int, Iterable[str]]],
    target: Path,
    *,
    trim: Callable[[int, list[str]], list[str]] | None = None,
) -> int:
    """Write the named lines of the file with their reasons; give how many were written.

    ``reasons`` are (line, sentences) in the order of lines. Line 1 and lines that the file does
    not have are passed over. ``trim`` takes from the cells of a line what is not in error. Streams:
    neither file is held in memory.
    """
    written = 0
    with (
        open_table(path, detected) as rows,
        target.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        header = next(rows, (1, []))[1]
        width = len(header)
        writer.writerow([escape(cell) for cell in header] + [REASON_COLUMN])
        for line, cells, sentences in _paired(iter(rows), iter(reasons)):
            cells = trim(line, cells) if trim else cells
            cells += [""] * (width - len(cells))
            row = [*cells[:width], " ".join(sentences), *cells[width:]]
            writer.writerow([escape(cell) for cell in row])
            written += 1
    return written


def _paired(
    rows: Iterator[Row], reasons: Iterator[tuple[int, Iterable[str]]]
) -> Iterator[tuple[int, list[str], Iterable[str]]]:
    """Each row that has reasons, with them. What follows an unreadable place is not in the file."""
    wanted = next(reasons, None)
    try:
        for line, cells in rows:
            while wanted is not None and wanted[0] < line:
                wanted = next(reasons, None)
            if wanted is None:
                return
            if wanted[0] == line:
                yield line, cells, wanted[1]
    except Unreadable:
        return


def escape(cell: str) -> str:
    """The cell as a spreadsheet will show it and not run it."""
    return "'" + cell if _RISKY.match(cell) else cell
