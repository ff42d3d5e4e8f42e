"""A workbook is read in a child process and comes out as a person would type it."""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest

from portal.sheets import xlsx
from portal.sheets.detection import detect
from portal.sheets.issues import Unreadable
from portal.sheets.reading import open_table

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def test_the_first_visible_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = SAMPLES / "workbook.xlsx"
    with open_table(path, detect(path)) as rows:
        assert (rows.detected.kind, rows.detected.sheet) == ("xlsx", "Mars & avril")
        table = dict(rows)
    assert table[2] == [
        "imarchal", "Lyon Part-Dieu", "Finance", "2026-03-09", "FullDay", "a, b", "false",
    ]  # fmt: skip
    assert table[3] == [""] * 7
    assert table[4] == ["tnoll", "Télétravail", "", "2026-03-09", "FirstHalf", "", "true"]
    assert table[5][2:6] == ["#N/A", "2026-03-10", "FullDay", "12"]
    assert list(tmp_path.iterdir()) == []


def test_cells_keep_their_place_when_the_sheet_does_not_begin_at_a1() -> None:
    path = SAMPLES / "workbook-not-at-a1.xlsx"
    with open_table(path, detect(path)) as rows:
        assert list(rows)[2] == (3, ["", "", "login"])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("x", "x"), (True, "true"), (12.0, "12"), (1.5, "1.5"), (7, "7"),
        (dt.date(2026, 3, 9), "2026-03-09"), (dt.datetime(2026, 3, 9), "2026-03-09"),
        (dt.datetime(2026, 3, 9, 8, 30), "2026-03-09 08:30:00"), (dt.time(8, 30), "08:30:00"),
        (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_cells_as_text(cell: object, text: str) -> None:
    assert xlsx.as_text(cell) == text


def refused(path: Path) -> str:
    with pytest.raises(Unreadable) as caught, open_table(path, detect(path)) as rows:
        list(rows)
    assert str(caught.value).endswith(".")
    return caught.value.cause


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as member:
            for _ in range(320):
                member.write(b" " * 1_000_000)
    assert path.stat().st_size < 1_000_000
    assert refused(path) == "workbook-too-large"


def test_a_cell_in_the_last_corner_does_not_eat_the_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "login"
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")
    assert refused(tmp_path / "a.xlsx") == "workbook-too-large"


def test_a_damaged_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook><broken")
    assert refused(tmp_path / "a.xlsx") == "broken-workbook"


def test_an_empty_workbook(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert refused(tmp_path / "a.xlsx") == "empty-file"


def test_a_child_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "SECONDS", 0.001)
    assert refused(SAMPLES / "workbook.xlsx") == "workbook-too-large"


def test_the_child_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, dict[str, str]] = {}

    def run(*_args: object, env: dict[str, str], **_rest: object) -> object:
        given["env"] = env
        raise ValueError

    monkeypatch.setenv("LUCCA_API_KEY_ACME", "secret")
    monkeypatch.setattr("subprocess.run", run)
    assert refused(SAMPLES / "workbook.xlsx") == "workbook-too-large"
    assert "secret" not in given["env"].values()
