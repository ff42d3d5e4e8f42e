"""How a report's file is written, and its rows. What a person said about it goes before what was
detected.

A report is looked at and not sent, so it is read as far as it can be: a file that is damaged, torn
or uneven is shown, and what is wrong with it is said.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from portal.sheets.detection import Detected, detect
from portal.sheets.issues import Params, Unreadable
from portal.sheets.reading import open_table
from reports.table.cells import Mark

SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}
MARKS: dict[str, Mark] = {"comma": ",", "point": "."}


@dataclass(frozen=True)
class Told:
    """What a person said of the file; empty is to be detected. Words, as in the address."""

    separator: str = ""
    mark: str = ""

    @property
    def suffix(self) -> str:
        """Part of the name of the table's file: each way of reading has its own."""
        return "".join(
            f"-{part}" for part in (self.separator, self.mark and f"d{self.mark}") if part
        )


def told(separator: object, mark: object) -> Told:
    """From an address; what is no such word is left out."""
    return Told(
        str(separator) if separator in SEPARATORS else "", str(mark) if mark in MARKS else ""
    )


def examine(path: Path, said: Told) -> Detected:
    """``Unreadable`` when the file is no text, or empty."""
    found = detect(path, lenient=True)
    if found.kind != "csv":
        raise Unreadable("not-a-table", {"kind": "XLSX"})
    # A report may have a column of that name; it is none of our files all the same.
    found = replace(found, is_faulty_lines=False)
    return replace(found, separator=SEPARATORS[said.separator]) if said.separator else found


class Rows:
    """Header and rows of the file. Afterwards `broken` says from where on it cannot be read."""

    def __init__(self, path: Path, detected: Detected) -> None:
        self._path, self._detected = path, detected
        self.broken: tuple[str, Params, int] | None = None
        self.last: list[str] = []

    @contextmanager
    def opened(self) -> Iterator[tuple[list[str], Iterator[tuple[int, list[str]]]]]:
        with open_table(self._path, self._detected) as table:
            header = next(table, (1, []))[1]
            yield header, self._until_broken(iter(table))

    def _until_broken(
        self, rows: Iterator[tuple[int, list[str]]]
    ) -> Iterator[tuple[int, list[str]]]:
        """Rows that are blank throughout are none."""
        try:
            for line, cells in rows:
                if any(cells):
                    self.last = cells
                    yield line, cells
        except Unreadable as unreadable:
            self.broken = unreadable.cause, unreadable.params, unreadable.line or 0

    def ends_in_a_line(self) -> bool:
        """Whether the file ends with a line end, as a file that was written to its end does."""
        size = self._path.stat().st_size
        with self._path.open("rb") as file:
            file.seek(max(0, size - 2), os.SEEK_SET)
            end = file.read()
        return b"\n" in end or b"\r" in end
