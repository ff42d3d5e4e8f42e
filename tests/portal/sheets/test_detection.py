"""How a file is written is told from its bytes; what is no table gets a sentence."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from portal.sheets import detection
from portal.sheets.detection import detect
from portal.sheets.issues import Unreadable
from portal.sheets.reading import open_table

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.mark.parametrize(
    ("name", "label", "separator", "newline"),
    [
        ("excel-fr-windows-1252.csv", "Windows-1252", ";", "\r\n"),
        ("excel-fr-utf8-bom.csv", "UTF-8 with BOM", ";", "\r\n"),
        ("excel-unicode-text.txt", "UTF-16 with BOM", "\t", "\r\n"),
        ("google-sheets-comma.csv", "UTF-8", ",", "\n"),
        ("sep-line.csv", "Windows-1252", ";", "\r\n"),
        ("old-mac.csv", "UTF-8", ";", "\r"),
    ],
)
def test_one_table_in_every_way_people_save_it(
    name: str, label: str, separator: str, newline: str
) -> None:
    found = detect(SAMPLES / name)
    assert (found.kind, found.label, found.separator) == ("csv", label, separator)
    assert found.newline == newline
    with open_table(SAMPLES / name, found) as rows:
        table = list(rows)
    assert [line for line, _ in table] == [1, 2, 3, 4, 5]
    assert table[0][1][:2] == ["login", "workLocationName"]
    assert table[4][1][:2] == ["zoë.lefèvre", "Télétravail"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_bom_is_told_by_its_nuls(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("login;date\r\nimarchal;2026-03-09\r\n".encode(encoding))
    found = detect(path)
    assert (found.encoding, found.bom, found.separator) == (encoding, False, ";")


NOT_TABLES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "empty-file"),
    ("blanks", b" \r\n\t\r\n", "empty-file"),
    ("a BOM only", b"\xef\xbb\xbf", "empty-file"),
    ("a UTF-16 BOM only", b"\xff\xfe", "empty-file"),
    ("a long run of blanks", b"\n" * 100_000, "empty-file"),
    ("rubbish", bytes(range(256)) * 20, "binary-file"),
    ("PDF", b"%PDF-1.7\n", "not-a-table"),
    ("PNG", b"\x89PNG\r\n\x1a\n", "not-a-table"),
    ("gzip", gzip.compress(b"login;date\n"), "not-a-table"),
    ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "other-workbook"),
    (
        "encrypted",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "encrypted-workbook",
    ),
    ("broken zip", b"PK\x03\x04" + b"x" * 50, "broken-workbook"),
    ("web page", b"\r\n<!DOCTYPE html><table><tr>", "web-page"),
    ("XML 2003", b"<?xml?><a 'urn:schemas-microsoft-com:office:spreadsheet'>", "other-workbook"),
    ("undefined in Windows-1252", b"login;date\r\nab\xe9\r\nx\x81y\r\n", "unknown-encoding"),
    ("BOM and not UTF-8", b"\xef\xbb\xbflogin\r\n\r\n\xe9;\r\n", "unknown-encoding"),
    ("joined", "login\r\nzoë;\r\n".encode() + "zoë;\r\n".encode("cp1252"), "mixed-encodings"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "content", "cause"), NOT_TABLES, ids=[n[0] for n in NOT_TABLES])
def test_what_is_no_table_gets_a_sentence(
    tmp_path: Path, what: str, content: bytes, cause: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as caught:
        detect(path)
    assert caught.value.cause == cause
    said = str(caught.value)
    assert said.endswith(".") and "%(" not in said and "…" not in said
    if caught.value.line:
        assert caught.value.line == 3 and "3" in said


def test_windows_1252_that_is_utf8_by_chance_in_one_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("login;comment\r\nx;SOCIÉTÉ\xa0: CAFÉ»\r\ny;été\r\n".encode("cp1252"))
    assert detect(path).label == "Windows-1252"


def test_a_zip_named_csv_is_called_a_zip() -> None:
    with pytest.raises(Unreadable, match="ZIP archive"):
        detect(SAMPLES / "zip-named.csv")


@pytest.mark.parametrize(
    ("member", "content", "cause"),
    [
        ("xl/workbook.bin", b"", "other-workbook"),
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet", "other-workbook"),
        ("word/document.xml", b"", "not-a-table"),
        ("lines.csv", b"", "zip-file"),
    ],
)
def test_other_archives_are_told_apart(
    tmp_path: Path, member: str, content: bytes, cause: str
) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    with pytest.raises(Unreadable) as caught:
        detect(path)
    assert caught.value.cause == cause


def test_a_file_of_200_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(Unreadable, match="200 MB; at most 150 MB"):
        detect(path)


def test_a_character_may_lie_across_two_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection, "SLICE", 7)
    path = tmp_path / "a.csv"
    path.write_bytes(("é" * 50 + "\n").encode())
    assert detect(path).encoding == "utf-8"


def test_quotes_in_the_header_do_not_mislead_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"a, b, c, d";"e"\n1;2\n', encoding="utf-8")
    assert detect(path).separator == ";"
