"""The canonical file: exactly what is sent to Lucca, its hash, its map of lines and its parts.

BOM, ``;``, CRLF, the exact header, ISO dates, ``true`` and ``false``; nothing is quoted that needs
no quoting (developers.lucca.fr/api-reference/legacy/timmi-office/guides/
import-and-create-user-locations). The map is a binary array of unsigned 32-bit integers: the
spreadsheet line of each data line. A part is a slice of the canonical file under its own header,
cut between employee-days and never within one: with override, a later part could undo an earlier.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

START = b"\xef\xbb\xbflogin;workLocationName;areaName;date;position;comment;isDeletion\r\n"
MOST_PART_BYTES = 90_000_000  # Lucca refuses a request above 100 MB
_SLICE = 1 << 20


@dataclass(frozen=True)
class Part:
    """What goes into one upload: data lines ``first`` (from 1) and following of the canonical."""

    path: Path
    first: int
    lines: int
    sha256: str


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


def digest(path: Path) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_SLICE):
            found.update(piece)
    return found.hexdigest()


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
        self.path.unlink(missing_ok=True)

    def finish(
        self, lines_per_upload: int, apart: Iterable[tuple[int, int]] | None = None
    ) -> Canonical | None:
        """Close, cut into parts, write the map; None, and no file, when there is no line.

        ``apart`` are the (earlier, later) spreadsheet lines of one employee-day that do not follow
        each other; they are looked for in the file when the caller does not know them.
        """
        size = self._file.tell()
        self._file.close()
        count = len(self.lines)
        if not count:
            self.path.unlink()
            return None
        sha256 = self._hash.hexdigest()
        map_path = self.folder / "lines.map"
        if count <= lines_per_upload and size <= MOST_PART_BYTES:
            parts: tuple[Part, ...] = (Part(self.path, 1, count, sha256),)
        else:
            if _bring_together(
                self.path, self.lines, _apart(self.path, self.lines) if apart is None else apart
            ):
                sha256 = digest(self.path)
            parts = tuple(_cut(self.path, self.folder, lines_per_upload, count, sha256))
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
) -> Canonical | None:
    """A new canonical file in ``folder`` without the given spreadsheet lines.

    The folder must be another one. None when no line is left.
    """
    writer = Writer(folder)
    with canonical_path.open("rb") as file:
        next(file)
        for line, data in zip(read_map(map_path), file, strict=True):
            if line not in lines:
                writer.write(data)
                writer.lines.append(line)
    return writer.finish(lines_per_upload)


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
            yield _first_cell(front), date, position, deletion


def _first_cell(text: str) -> str:
    if not text.startswith('"'):
        return text.split(";", 1)[0]
    end = 1
    while text[end : end + 2] == '""' or text[end] != '"':
        end += 2 if text[end] == '"' else 1
    return text[1:end].replace('""', '"')


def _employee_day(data: bytes) -> tuple[str, bytes]:
    """Neither place nor area is looked at; a login with other capitals is the same employee."""
    front, date = data.rsplit(b";", 4)[:2]
    return _first_cell(front.decode()).casefold(), date


def _apart(path: Path, lines: array[int]) -> list[tuple[int, int]]:
    """Lines of one employee-day that do not follow each other; only half-days can be two."""
    last: dict[int, tuple[int, int]] = {}  # by hash: a collision only moves a line in vain
    found = []
    with path.open("rb") as file:
        next(file)
        for at, (line, data) in enumerate(zip(lines, file, strict=True)):
            if b"Half;" not in data:
                continue
            key = hash(_employee_day(data))
            before = last.get(key)
            last[key] = at, line
            if before is not None and before[0] != at - 1:
                found.append((before[1], line))
    return found


def _bring_together(path: Path, lines: array[int], apart: Iterable[tuple[int, int]]) -> bool:
    """Move each later line behind its earlier one; the others keep their order.

    ``lines`` follows. False when there was nothing to move.
    """
    follower = dict(apart)
    if not follower:
        return False
    moved = set(follower.values())
    order = array("I")
    index = {line: at for at, line in enumerate(lines) if line in moved}
    for at, line in enumerate(lines):
        if line in moved:
            continue
        order.append(at)
        while line in follower:
            line = follower[line]
            order.append(index[line])
    _rewrite(path, order)
    lines[:] = array("I", (lines[at] for at in order))
    return True


def _rewrite(path: Path, order: array[int]) -> None:
    """The data lines in the given order, read by position: the file is not held in memory."""
    starts = array("Q", [len(START)])
    target = path.with_suffix(".new")
    with path.open("rb") as file:
        next(file)
        for data in file:
            starts.append(starts[-1] + len(data))
        with target.open("wb") as out:
            out.write(START)
            begin, end = order[0], order[0]
            for at in order:
                if at != end:
                    _copy(file.fileno(), starts[begin], starts[end], out.write)
                    begin = at
                end = at + 1
            _copy(file.fileno(), starts[begin], starts[end], out.write)
    target.replace(path)


def _copy(handle: int, start: int, end: int, *write: Callable[[bytes], object]) -> None:
    while start < end:
        piece = os.pread(handle, min(_SLICE, end - start), start)
        start += len(piece)
        for each in write:
            each(piece)


def _cut(path: Path, folder: Path, most_lines: int, count: int, sha256: str) -> Iterator[Part]:
    """Write the parts: slices of the canonical file, each under a header of its own."""
    with path.open("rb") as file:
        cuts = list(_cuts(file, most_lines))
        if len(cuts) == 1:
            yield Part(path, 1, count, sha256)
            return
        for number, (first, start, end, lines) in enumerate(cuts, 1):
            target = folder / f"part-{number:04}.csv"
            hashed = hashlib.sha256(START)
            with target.open("wb") as out:
                out.write(START)
                _copy(file.fileno(), start, end, out.write, hashed.update)
            yield Part(target, first, lines, hashed.hexdigest())


def _cuts(file: Iterator[bytes], most_lines: int) -> Iterator[tuple[int, int, int, int]]:
    """(first line, first byte, last byte, lines) of each part.

    When a part is full, the lines of the employee-day that it would tear go to the next one.
    """
    next(file)
    first, start, size, lines = 1, len(START), 0, 0
    recent: deque[bytes] = deque(maxlen=8)
    for data in file:
        if lines >= most_lines or size + len(data) + len(START) > MOST_PART_BYTES:
            taken = _torn(recent, data, lines)
            bytes_taken = sum(len(each) for each in taken)
            if len(taken) < lines:
                yield first, start, start + size - bytes_taken, lines - len(taken)
                first, start = first + lines - len(taken), start + size - bytes_taken
                size, lines = bytes_taken, len(taken)
        recent.append(data)
        size += len(data)
        lines += 1
    yield first, start, start + size, lines


def _torn(recent: deque[bytes], data: bytes, lines: int) -> list[bytes]:
    """The last lines of the part that belong to the same employee-day as the next line."""
    day = _employee_day(data)
    taken: list[bytes] = []
    for each in reversed(recent):
        if _employee_day(each) != day or len(taken) == lines:
            break
        taken.append(each)
    return taken
