"""The first visible sheet of a workbook, as a CSV file.

Workbooks are opened in a child process with limits on memory, time and output: a hostile or
enormous one ends the child, never the worker. The child gets no environment of ours, hence no key.

    python -m portal.sheets.xlsx WORKBOOK CSV      one JSON document on standard output
"""

from __future__ import annotations

import csv
import datetime as dt
import errno
import json
import os
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from portal.sheets.sheet_errors import error_cells

if TYPE_CHECKING:
    from portal.sheets.detection import Detected

MOST_UNPACKED = 300_000_000
MOST_ROWS = 300_000
MOST_COLUMNS = 450  # a grid has one for each of up to 400 days
MOST_CELLS = 10_000_000  # empty ones between the filled ones count
MOST_MEMORY = 1_500_000_000
MOST_OUTPUT = 300_000_000
SECONDS = 120
ROOT = Path(__file__).resolve().parents[2]

_TOO_LARGE = {"most": MOST_UNPACKED // 1_000_000, "rows": MOST_ROWS, "columns": MOST_COLUMNS}


@contextmanager
def as_csv(path: Path) -> Iterator[tuple[Path, Detected]]:
    """Give the sheet as a UTF-8 CSV file and what it is; the file is removed afterwards.

    Raises ``Unreadable`` for a workbook that is too large, damaged or protected.
    """
    from portal.sheets.detection import Detected
    from portal.sheets.issues import Unreadable

    handle, name = tempfile.mkstemp(prefix="sheet-", suffix=".csv")
    os.close(handle)
    converted = Path(name)
    try:
        answer = _ask_child(path, converted)
        if "cause" in answer:
            raise Unreadable(str(answer["cause"]), _params(str(answer["cause"])))
        yield (
            converted,
            Detected(
                "csv",
                separator=",",
                sheet=str(answer["sheet"]),
                has_quotes=bool(answer["has_quotes"]),
                is_faulty_lines=bool(answer["is_faulty_lines"]),
            ),
        )
    finally:
        converted.unlink(missing_ok=True)


def _params(cause: str) -> dict[str, int]:
    return _TOO_LARGE if cause == "workbook-too-large" else {}


def _ask_child(path: Path, converted: Path) -> dict[str, object]:
    """Run the child; whatever ends it without an answer means that the workbook is too much."""
    try:
        child = subprocess.run(  # noqa: S603  (ourselves, with two paths)
            [sys.executable, "-m", "portal.sheets.xlsx", str(path.resolve()), str(converted)],
            cwd=ROOT,
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        if child.returncode > 0:  # a bug or a panic of the reader; limits end it by a signal
            return {"cause": "broken-workbook"}
        answer = json.loads(child.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"cause": "workbook-too-large"}
    return answer if isinstance(answer, dict) else {"cause": "broken-workbook"}


# What follows runs in the child.


def main(workbook: str, converted: str) -> dict[str, object]:
    """Convert, and answer with {sheet, rows, has_quotes, is_faulty_lines} or {cause}."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_OUTPUT, MOST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with zipfile.ZipFile(workbook) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return {"cause": "broken-workbook"}
    if unpacked > MOST_UNPACKED:
        return {"cause": "workbook-too-large"}
    return _convert(workbook, converted)


def _convert(workbook: str, converted: str) -> dict[str, object]:
    import python_calamine as calamine

    try:
        with calamine.CalamineWorkbook.from_path(workbook) as book:
            visible = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.visible == calamine.SheetVisibleEnum.Visible
                and sheet.typ == calamine.SheetTypeEnum.WorkSheet
            ]
            if not visible:
                return {"cause": "no-visible-sheet"}
            return _write(book.get_sheet_by_name(visible[0]), workbook, converted)
    except calamine.PasswordError:
        return {"cause": "encrypted-workbook"}
    except MemoryError:
        return {"cause": "workbook-too-large"}
    except (calamine.CalamineError, OSError, ValueError) as error:
        full = isinstance(error, OSError) and error.errno == errno.EFBIG
        return {"cause": "workbook-too-large" if full else "broken-workbook"}


def _write(sheet: object, workbook: str, converted: str) -> dict[str, object]:
    start, end = sheet.start, sheet.end  # type: ignore[attr-defined]
    name: str = sheet.name  # type: ignore[attr-defined]
    if start is None or end is None:
        return {"cause": "empty-file"}
    if end[0] >= MOST_ROWS or (end[0] + 1) * (end[1] + 1) > MOST_CELLS:
        return {"cause": "workbook-too-large"}
    errors = error_cells(Path(workbook), name)
    rows = _padded(sheet, start)
    has_quotes = is_faulty_lines = False
    width = 0
    with Path(converted).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate(rows, 1):
            cells = [as_text(cell) for cell in row]
            for column, text in errors.get(number, {}).items():
                if column < len(cells):
                    cells[column] = text
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if number == 1:
                width = len(cells)
                is_faulty_lines = any(cell.strip().casefold() == "_reason" for cell in cells)
            if len(cells) > MOST_COLUMNS:
                return {"cause": "workbook-too-large"}
            has_quotes = has_quotes or any(_needs_quotes(cell) for cell in cells)
            writer.writerow(cells)
    return {
        "sheet": name,
        "rows": end[0] + 1,
        "has_quotes": has_quotes or end[1] == 0,
        "is_faulty_lines": is_faulty_lines,
    }


def _needs_quotes(cell: str) -> bool:
    return "," in cell or '"' in cell or "\n" in cell or "\r" in cell


def _padded(sheet: object, start: tuple[int, int]) -> Iterator[list[object]]:
    """Rows from A1 on: calamine leaves out the empty columns before the first filled one."""
    blanks: list[object] = [""] * start[1]
    rows: Iterator[list[object]] = sheet.iter_rows()  # type: ignore[attr-defined]
    for row in rows:
        yield blanks + row


def as_text(cell: object) -> str:
    """A cell as a person would type it: ISO dates, true and false, whole numbers without ".0"."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    # One line, flushed: a child that Rust aborts on a failed allocation has printed nothing.
    print(json.dumps(main(sys.argv[1], sys.argv[2])))
