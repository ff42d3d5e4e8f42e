"""What a file is: CSV or XLSX, its encoding, separator and line ends.

One streamed pass, in slices of a megabyte. The encoding is a BOM's, else strict UTF-8, else
Windows-1252: guessing by statistics was wrong on most French files that were tried.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from portal.sheets.issues import Unreadable
from portal.sheets.signature import refuse_what_is_no_table

MOST_BYTES = 150_000_000
SLICE = 1 << 20
MOST_CHARACTERS = SLICE  # in one physical line: one that lies within a slice is never too long
REASON_COLUMN = "_reason"

_LABELS = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_HINT = re.compile(r"sep=(.)\r?\n")  # the line that Excel takes as an order and does not show
_CONTROL = bytes({*range(32), 127} - {9, 10, 12, 13, 26})
_ACCENTS = re.compile("[\u00c0-\u00ff\u0152\u0153\u2010-\u20ac]")
_BLANK = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b"\0 \t\r\n"


@dataclass(frozen=True)
class Detected:
    """How a file is written. ``encoding`` is the codec, ``label`` what people call it."""

    kind: Literal["csv", "xlsx"]
    encoding: str = "utf-8"
    bom: bool = False
    separator: str = ";"
    newline: str = "\n"
    sheet: str | None = None
    has_quotes: bool = False
    has_long_line: bool = False
    has_separator_hint: bool = False
    is_faulty_lines: bool = False
    """The file is one of our faulty-lines files, corrected: see ``portal.sheets.faulty``."""
    is_damaged: bool = False
    """Not all of it is of that encoding; what is not reads as U+FFFD."""

    @property
    def label(self) -> str:
        """The encoding for people, such as "UTF-8 with BOM"; empty for a workbook."""
        if self.kind == "xlsx":
            return ""
        return encoding_name(self.encoding) + (" with BOM" if self.bom else "")

    @property
    def bom_length(self) -> int:
        """Bytes to skip at the start of the file."""
        return (3 if self.encoding == "utf-8" else 2) if self.bom else 0


def encoding_name(encoding: str) -> str:
    """What people call the codec."""
    return _LABELS[encoding]


def detect(path: Path, *, lenient: bool = False) -> Detected:
    """Tell how the file is written; ``Unreadable`` when it is no table or too large.

    ``lenient``: a file that is to be looked at, and not sent, may be damaged in places.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise Unreadable(
            "file-too-large", {"megabytes": size // 1_000_000, "most": MOST_BYTES // 1_000_000}
        )
    with path.open("rb") as file:
        start = file.read(1 << 16)
    if not start.strip(_BLANK):
        _refuse_blank(path)
    if refuse_what_is_no_table(path, start) == "xlsx":
        return Detected("xlsx")
    encoding, bom = _marked_encoding(start)
    if encoding is None and _looks_binary(start):
        raise Unreadable("binary-file")
    scan = _Scan(path)
    try:
        encoding = _read_through(scan, encoding, bom)
    except Unreadable as unreadable:
        if not lenient:
            raise
        guess = "utf-8" if unreadable.cause == "mixed-encodings" else "cp1252"
        damaged = Detected(
            "csv",
            encoding=encoding or guess,
            bom=bom,
            has_quotes=True,
            has_long_line=True,
            is_damaged=True,
        )
        return _with_header(path, damaged)
    found = Detected(
        "csv",
        encoding=encoding,
        bom=bom,
        has_quotes=scan.has_quotes,
        has_long_line=scan.has_long_line,
    )
    return _with_header(path, found)


def _read_through(scan: _Scan, marked: str | None, bom: bool) -> str:
    """The encoding in which all of the file can be read."""
    encoding = marked
    if encoding is None:
        encoding = "utf-8" if scan.decodes("utf-8", 0) else "cp1252"
        if encoding == "cp1252" and not scan.decodes("cp1252", 0):
            raise Unreadable("unknown-encoding", {"line": scan.line}, scan.line)
    elif not scan.decodes(encoding, (3 if encoding == "utf-8" else 2) if bom else 0):
        raise Unreadable("unknown-encoding", {"line": scan.line}, scan.line)
    return encoding


def _refuse_blank(path: Path) -> None:
    """A file of nothing but blanks, however long, is an empty file."""
    with path.open("rb") as file:
        while piece := file.read(SLICE):
            if piece.strip(_BLANK):
                return
    raise Unreadable("empty-file")


def _marked_encoding(start: bytes) -> tuple[str | None, bool]:
    """The encoding that a BOM, or NULs at every other place, give away."""
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8", True
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", True
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", True
    pairs = len(start) // 2
    if pairs and start[1::2].count(0) > 0.7 * pairs and start[0::2].count(0) < 0.1 * pairs:
        return "utf-16-le", False
    if pairs and start[0::2].count(0) > 0.7 * pairs and start[1::2].count(0) < 0.1 * pairs:
        return "utf-16-be", False
    return None, False


def _looks_binary(start: bytes) -> bool:
    controls = len(start) - len(start.translate(None, _CONTROL))
    return controls > 0.05 * len(start) and controls > 8  # in random bytes they are 11 %


class _Scan:
    """One pass over the file in one encoding: does it decode, and what is in it?"""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line = 0
        self.has_quotes = False
        self.has_long_line = False

    def decodes(self, encoding: str, skip: int) -> bool:
        """Read all of it; on failure ``line`` is where it failed.

        UTF-8 that fails after accents were read well is no Windows-1252: two files were joined, and
        reading the whole as Windows-1252 would garble names in silence. By chance, Windows-1252
        gives other letters only: "É" before a fixed blank reads as one from U+0240 on.
        """
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        self.has_quotes = self.has_long_line = False
        lines, since_break, accents = 1, 0, False
        with self.path.open("rb") as file:
            file.seek(skip)
            while True:
                piece = file.read(SLICE)
                try:
                    text = decoder.decode(piece, final=not piece)
                except UnicodeDecodeError as error:
                    read = error.object[: error.start]
                    self.line = lines + read.count(b"\n") + (_lone_returns(read))
                    accents = accents or bool(_ACCENTS.search(read.decode(encoding, "replace")))
                    if encoding == "utf-8" and accents:
                        raise Unreadable(
                            "mixed-encodings", {"line": self.line}, self.line
                        ) from None
                    return False
                accents = accents or (not text.isascii() and bool(_ACCENTS.search(text)))
                self.has_quotes = self.has_quotes or '"' in text
                lines += text.count("\n")
                since_break = self._measure(text, since_break)
                if not piece:
                    return True

    def _measure(self, text: str, before: int) -> int:
        """Characters since the last line end; a slice alone cannot hold too long a line."""
        first = min((at for at in (text.find("\n"), text.find("\r")) if at >= 0), default=-1)
        if first < 0:
            before += len(text)
            self.has_long_line = self.has_long_line or before > MOST_CHARACTERS
            return before
        inner = text.rfind("\n"), text.rfind("\r")
        self.has_long_line = self.has_long_line or before + first > MOST_CHARACTERS
        return len(text) - 1 - max(inner)


def _lone_returns(data: bytes) -> int:
    return data.count(b"\r") if b"\n" not in data else 0


def _with_header(path: Path, found: Detected) -> Detected:
    """Add what the first line tells: separator, line ends, and whether it is ours."""
    with path.open("rb") as file:
        file.seek(found.bom_length)
        start = io.TextIOWrapper(file, encoding=found.encoding, errors="replace", newline="").read(
            1 << 16
        )
    hint = _HINT.match(start)
    if hint:
        start = start[hint.end() :]
    header = re.split(r"\r\n|\r|\n", start, maxsplit=1)[0]
    separator = hint[1] if hint and hint[1] in ";,\t" else _separator(header)
    names = next(csv.reader([header], delimiter=separator), [])
    return Detected(
        "csv",
        encoding=found.encoding,
        bom=found.bom,
        separator=separator,
        newline="\r\n" if "\r\n" in start else "\n" if "\n" in start else "\r",
        has_quotes=found.has_quotes,
        has_long_line=found.has_long_line,
        has_separator_hint=hint is not None,
        is_damaged=found.is_damaged,
        is_faulty_lines=any(name.strip().casefold() == REASON_COLUMN for name in names),
    )


def _separator(header: str) -> str:
    """The separator that cuts the header into most cells; quoted cells are left whole."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(";\t,", key=bare.count)
