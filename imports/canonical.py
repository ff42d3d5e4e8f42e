"""The canonical file: exactly what is sent to Lucca, its hash, its map of lines and its parts.

BOM, ``;``, CRLF, the exact header, ISO dates, ``true`` and ``false``; nothing is quoted that needs
no quoting (developers.lucca.fr/api-reference/legacy/timmi-office/guides/
import-and-create-user-locations). The map is a binary array of unsigned 32-bit integers: the
spreadsheet line of each data line; of a grid, row and cell as ``imports.grid.origin`` packs them.
A part is a slice of the canonical file under its own header,
cut between employee-days and never within one: with override, a later part could undo an earlier.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from imports.parts import START, Apart, Part, digest, first_cell, split

__all__ = [
    "START",
    "Apart",
    "Canonical",
    "Echo",
    "Part",
    "Writer",
    "digest",
    "find",
    "quote",
    "read_map",
    "without",
]


@dataclass(frozen=True)
class Canonical:
    """The file that a person decides on."""

    path: Path
    sha256: str
    lines: int
    map_path: Path
    parts: tuple[Part, ...]


class Echo(NamedTuple):
    """A line as Lucca names it in a report; ``line_number`` is a hint, its origin is not known."""

    login: str
    date: str
    position: str
    is_deletion: bool
    line_number: int | None = None


def quote(value: str) -> str:
    """The value as a cell, quoted after RFC 4180 only when it must be."""
    if ";" in value or '"' in value or "\n" in value or "\r" in value:
        return '"' + value.replace('"', '""') + '"'
    return value


class Writer:
    """Writes the canonical file and hashes it on the way; ``lines`` collects the map."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / "canonical.csv"
        self.lines = array("I")
        self._hash = hashlib.sha256(START)
        self._file = self.path.open("wb")
        self._file.write(START)

    def write(self, data: bytes) -> None:
        """Whole lines; their spreadsheet lines must be added to ``lines``."""
        self._file.write(data)
        self._hash.update(data)

    def discard(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        for pattern in ("canonical.*", "lines.map", "part-*.csv"):
            for path in self.folder.glob(pattern):
                path.unlink(missing_ok=True)

    def finish(
        self, lines_per_upload: int, apart: Apart | None = None, ahead: int = 0
    ) -> Canonical | None:
        """Close, cut into parts, write the map; None, and no file, when there is no line.

        ``apart`` is looked for in the file when the caller does not know it. ``ahead``: so many
        lines are a first part of their own.
        """
        size = self._file.tell()
        self._file.close()
        count = len(self.lines)
        if not count:
            self.path.unlink()
            return None
        map_path = self.folder / "lines.map"
        sha256, parts = split(
            self.path, self.lines, size, self._hash.hexdigest(), lines_per_upload, apart, ahead
        )
        with map_path.open("wb") as file:
            self.lines.tofile(file)
        return Canonical(self.path, sha256, count, map_path, parts)


def read_map(map_path: Path) -> array[int]:
    """The spreadsheet line of each data line of the canonical file."""
    lines = array("I")
    lines.frombytes(map_path.read_bytes())
    return lines


def without(
    canonical_path: Path,
    map_path: Path,
    lines: set[int],
    folder: Path,
    lines_per_upload: int,
    ahead: int = 0,
) -> Canonical | None:
    """A new canonical file in ``folder`` without the given spreadsheet lines, cut anew.

    The folder must be another one. None when no line is left.
    """
    if folder.resolve() == canonical_path.parent.resolve():
        raise ValueError("The canonical file cannot be rewritten in its own folder.")
    writer = Writer(folder)
    with canonical_path.open("rb") as file:
        next(file)
        for line, data in zip(read_map(map_path), file, strict=True):
            if line not in lines:
                writer.write(data)
                writer.lines.append(line)
    return writer.finish(lines_per_upload, ahead=ahead)


def find(part: Part, map_path: Path, echoes: Iterable[Echo]) -> list[int | None]:
    """The spreadsheet line of each line that Lucca names, in the order of the echoes.

    The content decides: login, date, position and deletion; then the same without the deletion
    mark. The number counts only for an echo whose content is incomplete, and only when what it
    has agrees. Content that the part does not hold gives None. One pass over the part; memory
    grows with the echoes only.
    """
    wanted = list(echoes)
    exact: dict[tuple[str, ...], int | None] = {}
    hinted: dict[int, list[int]] = {}
    for at, echo in enumerate(wanted):
        exact[_content(echo, True)] = None
        exact[_content(echo, False)] = None
        if echo.line_number is not None and not (echo.login and echo.date and echo.position):
            for number in (echo.line_number - 1, echo.line_number):
                hinted.setdefault(number, []).append(at)
    by_hint: dict[int, int] = {}
    spreadsheet = read_map(map_path)
    for number, held in enumerate(_contents(part.path), 1):
        line = spreadsheet[part.first + number - 2]
        for key in (held, held[:3]):
            if key in exact and exact[key] is None:
                exact[key] = line
        for at in hinted.get(number, ()):
            if _agrees(wanted[at], held):
                by_hint.setdefault(at, line)
    return [
        exact[_content(echo, True)] or exact[_content(echo, False)] or by_hint.get(at)
        for at, echo in enumerate(wanted)
    ]


def _content(echo: Echo, with_deletion: bool) -> tuple[str, ...]:
    key = (echo.login, echo.date, echo.position)
    return (*key, "true" if echo.is_deletion else "false") if with_deletion else key


def _agrees(echo: Echo, held: tuple[str, ...]) -> bool:
    given = (echo.login, echo.date, echo.position)
    return any(given) and all(
        not said or said == kept for said, kept in zip(given, held, strict=False)
    )


def _contents(path: Path) -> Iterator[tuple[str, ...]]:
    """(login, date, position, deletion) of each data line."""
    with path.open("r", encoding="utf-8-sig", newline="\r\n") as file:
        next(file)
        for text in file:
            front, date, position, _comment, deletion = text.rstrip("\r\n").rsplit(";", 4)
            yield first_cell(front), date, position, deletion
