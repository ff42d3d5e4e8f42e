"""The parts of a canonical file: slices of it, each under a header of its own.

They are cut between employee-days and never within one: with override, a later part could undo an
earlier one. The lines of one employee-day that stand apart are brought together first.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

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


class Apart:
    """Lines of one employee-day that do not follow each other, by position in the canonical file.

    Positions count from 0; each pair is an earlier line and the later one that must follow it.
    """

    def __init__(self) -> None:
        self.earlier, self.later = array("I"), array("I")

    def add(self, earlier: int, later: int) -> None:
        """One pair."""
        self.earlier.append(earlier)
        self.later.append(later)


def digest(path: Path) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_SLICE):
            found.update(piece)
    return found.hexdigest()


def split(
    path: Path,
    lines: array[int],
    size: int,
    sha256: str,
    lines_per_upload: int,
    apart: Apart | None,
    ahead: int = 0,
) -> tuple[str, tuple[Part, ...]]:
    """Cut the canonical file of that size and hash; give its hash afterwards, and the parts.

    A file that is one part stays as it is, and is its own part. Otherwise lines may move, and
    ``lines``, the map, with them. ``apart`` is looked for when the caller does not know it.
    ``ahead``: so many lines are a first part of their own, fewer where an employee-day would be
    torn, and more only where the first one has more.
    """
    count = len(lines)
    if not ahead and count <= lines_per_upload and size <= MOST_PART_BYTES:
        return sha256, (Part(path, 1, count, sha256),)
    if _bring_together(path, lines, apart or _apart(path)):
        sha256 = digest(path)
    return sha256, tuple(_cut(path, lines_per_upload, count, sha256, ahead))


def first_cell(text: str) -> str:
    """The content of the first cell of a canonical line."""
    if not text.startswith('"'):
        return text.split(";", 1)[0]
    end = 1
    while text[end : end + 2] == '""' or text[end] != '"':
        end += 2 if text[end] == '"' else 1
    return text[1:end].replace('""', '"')


def _employee_day(data: bytes) -> tuple[str, bytes]:
    """Neither place nor area is looked at; a login with other capitals is the same employee."""
    front, date = data.rsplit(b";", 4)[:2]
    return first_cell(front.decode()).casefold(), date


def _apart(path: Path) -> Apart:
    """What stands apart in the file; only lines of half-days can be two of one employee-day."""
    last: dict[int, int] = {}  # by hash: a collision only moves a line in vain
    found = Apart()
    with path.open("rb") as file:
        next(file)
        for at, data in enumerate(file):
            if b"Half;" not in data:
                continue
            key = hash(_employee_day(data))
            before = last.get(key)
            last[key] = at
            if before is not None and before != at - 1:
                found.add(before, at)
    return found


def _bring_together(path: Path, lines: array[int], apart: Apart) -> bool:
    """Move each later line behind its earlier one; the others keep their order.

    ``lines`` follows. False when there was nothing to move. Arrays throughout: with a million
    half-days, dictionaries would take more memory than all the rest.
    """
    if not apart.later:
        return False
    follower = array("I", bytes(4 * len(lines)))  # no line follows by being the first: 0 is none
    moved = bytearray(len(lines))
    for earlier, later in zip(apart.earlier, apart.later, strict=True):
        follower[earlier] = later
        moved[later] = 1
    order = array("I")
    for first in range(len(lines)):
        at = 0 if moved[first] else first + 1
        while at:
            order.append(at - 1)
            at = follower[at - 1] and follower[at - 1] + 1
    _rewrite(path, order)
    lines[:] = array("I", map(lines.__getitem__, order))
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
            handle, write, pread = file.fileno(), out.write, os.pread
            begin = end = order[0]
            for at in order:
                if at != end:  # a run of lines that stay together ends here
                    start = starts[begin]
                    if (length := starts[end] - start) < _SLICE:
                        write(pread(handle, length, start))
                    else:
                        _copy(handle, start, starts[end], write)
                    begin = at
                end = at + 1
            _copy(handle, starts[begin], starts[end], write)
    target.replace(path)


def _copy(handle: int, start: int, end: int, *write: Callable[[bytes], object]) -> None:
    while start < end:
        piece = os.pread(handle, min(_SLICE, end - start), start)
        start += len(piece)
        for each in write:
            each(piece)


def _cut(path: Path, most_lines: int, count: int, sha256: str, ahead: int) -> Iterator[Part]:
    """Write the parts: slices of the canonical file, each under a header of its own."""
    with path.open("rb") as file:
        cuts = list(_cuts(file, most_lines, ahead))
        if len(cuts) == 1:
            yield Part(path, 1, count, sha256)
            return
        for number, (first, start, end, lines) in enumerate(cuts, 1):
            target = path.parent / f"part-{number:04}.csv"
            hashed = hashlib.sha256(START)
            with target.open("wb") as out:
                out.write(START)
                _copy(file.fileno(), start, end, out.write, hashed.update)
            yield Part(target, first, lines, hashed.hexdigest())


def _cuts(
    file: Iterator[bytes], most_lines: int, ahead: int
) -> Iterator[tuple[int, int, int, int]]:
    """(first line, first byte, last byte, lines) of each part.

    When a part is full, the lines of the employee-day that it would tear go to the next one.
    """
    next(file)
    first, start, size, lines = 1, len(START), 0, 0
    recent: deque[bytes] = deque(maxlen=8)
    most = min(ahead or most_lines, most_lines)
    for data in file:
        if lines >= most or size + len(data) + len(START) > MOST_PART_BYTES:
            taken = _torn(recent, data, lines)
            bytes_taken = sum(len(each) for each in taken)
            if len(taken) < lines:
                yield first, start, start + size - bytes_taken, lines - len(taken)
                first, start = first + lines - len(taken), start + size - bytes_taken
                size, lines = bytes_taken, len(taken)
                most = most_lines
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
