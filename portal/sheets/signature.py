"""What the first bytes give away: a workbook, or something that is no table at all."""

from __future__ import annotations

import zipfile
from pathlib import Path

from portal.sheets.issues import Unreadable

_NO_TABLES = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"{\\rtf": "RTF",
    b"\x1f\x8b": "GZIP",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"BZh": "BZIP2",
    b"SQLite format 3": "SQLite",
}
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files, and encrypted new ones
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
_WEB = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")


def refuse_what_is_no_table(path: Path, start: bytes) -> str:
    """ "xlsx" or "text"; ``Unreadable`` for anything known to be neither."""
    for magic, kind in _NO_TABLES.items():
        if start.startswith(magic):
            raise Unreadable("not-a-table", {"kind": kind})
    if start.startswith(_COMPOUND):
        if _holds(path, _ENCRYPTED):
            raise Unreadable("encrypted-workbook")
        if _holds(path, _WORD):
            raise Unreadable("not-a-table", {"kind": "Word"})
        raise Unreadable("other-workbook", {"format": "XLS (Excel 97-2003)"})
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _workbook(path)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_WEB):
        raise Unreadable("web-page")
    if text.startswith(b"<?xml"):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in text:
            raise Unreadable("other-workbook", {"format": "XML 2003"})
        raise Unreadable("not-a-table", {"kind": "XML"})
    return "text"


def _holds(path: Path, needle: bytes) -> bool:
    """Is the needle in the directory of the compound file? It stands in its first or last part."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if needle in file.read(1 << 20):
            return True
        file.seek(max(0, size - (1 << 20)))
        return needle in file.read()


def _workbook(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:80] if _small(archive, "mimetype") else b""
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError, EOFError):
        raise Unreadable("broken-workbook") from None
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise Unreadable("other-workbook", {"format": "XLSB"})
    if b"opendocument" in kind:
        raise Unreadable("other-workbook", {"format": "OpenDocument"})
    if "word/document.xml" in names:
        raise Unreadable("not-a-table", {"kind": "Word"})
    raise Unreadable("zip-file")


def _small(archive: zipfile.ZipFile, name: str) -> bool:
    return name in archive.namelist() and archive.getinfo(name).file_size < 1000
