"""Cells of a workbook that show an error such as #N/A.

calamine gives them as empty, and an area lost to a failed VLOOKUP would be sent as "no area". So
the sheet's XML is searched for them, streamed, by the attribute that marks them.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

MOST_ERRORS = 100_000
_CELL = re.compile(rb'<c ([^>]*\bt="e"[^>]*)>(.*?)</c>', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<v>([^<]{1,20})</v>")
_SLICE = 1 << 20
_OVERLAP = 4096


def error_cells(workbook: Path, sheet: str) -> dict[int, dict[int, str]]:
    """Row (from 1) -> column (from 0) -> the error's text, for the sheet of that name."""
    found: dict[int, dict[int, str]] = {}
    try:
        with zipfile.ZipFile(workbook) as archive:
            part = _part_of(archive, sheet)
            if part is not None:
                _search(archive, part, found)
    except (
        zipfile.BadZipFile, zlib.error, KeyError, OSError, ValueError, RuntimeError, EOFError
    ):  # fmt: skip
        return found  # the reader of the cells has the last word on a damaged workbook
    return found


def _search(archive: zipfile.ZipFile, part: str, found: dict[int, dict[int, str]]) -> None:
    kept, count = b"", 0
    with archive.open(part) as file:
        while piece := file.read(_SLICE):
            window = kept + piece
            for attributes, inner in _CELL.findall(window):
                place, value = _PLACE.search(attributes), _VALUE.search(inner)
                if place and count < MOST_ERRORS:
                    text = value[1].decode("ascii", "replace") if value else "#ERROR"
                    found.setdefault(int(place[2]), {})[_column(place[1])] = text
                    count += 1
            kept = window[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The archive's member that holds the sheet, by way of the workbook's relations."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        name, key = re.search(r'\bname="([^"]*)"', tag), re.search(r'\br:id="([^"]*)"', tag)
        if name and key and _unescaped(name[1]) == sheet:
            for relation in re.findall(r"<Relationship\b[^>]*>", relations):
                target = re.search(r'\bTarget="([^"]*)"', relation)
                if target and f'Id="{key[1]}"' in relation:
                    return target[1].lstrip("/") if target[1][0] == "/" else f"xl/{target[1]}"
    return None


def _unescaped(text: str) -> str:
    for entity, mark in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(entity, mark)
    return text.replace("&amp;", "&")
