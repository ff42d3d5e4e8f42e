"""The columns are recognised by their names, or the file is refused before its lines are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.sheets.issues import sentence

from .samples import HEADER, check_text

VALUES = {
    "login": "imarchal", "workLocationName": "Lyon Part-Dieu", "areaName": "Finance",
    "date": "2026-03-09", "position": "FullDay", "comment": "x", "isDeletion": "false",
}  # fmt: skip
LINE = ";".join(VALUES.values())


def test_any_order_and_only_the_required_columns(tmp_path: Path) -> None:
    names = ["position", "date", "workLocationName", "login"]
    text = ";".join(names) + "\n" + ";".join(VALUES[name] for name in names) + "\n"
    outcome = check_text(tmp_path, text)
    assert outcome.rows == []
    assert outcome.sent == ["imarchal;Lyon Part-Dieu;;2026-03-09;FullDay;;false"]


def test_columns_that_are_known_and_not_sent(tmp_path: Path) -> None:
    outcome = check_text(tmp_path, f"firstName;{HEADER};lastName\nInès;{LINE};Marchal\n")
    assert outcome.rows == [] and outcome.sent == [LINE]


@pytest.mark.parametrize("name", ["LOGIN", " Login ", "lo gin", "lógin", "login\xa0"])
def test_capitals_accents_and_blanks_do_not_matter(tmp_path: Path, name: str) -> None:
    outcome = check_text(tmp_path, HEADER.replace("login", name) + f"\n{LINE}\n")
    assert outcome.causes == [(1, "header-rewritten")]
    assert outcome.sent == [LINE]


@pytest.mark.parametrize(
    ("header", "causes", "said"),
    [
        (HEADER.replace("login", "logn"), ["header-wrong", "header-missing"], "mean “login”?"),
        (HEADER.replace("comment", "coment"), ["header-wrong"], "mean “comment”?"),
        (HEADER.replace("date", "jour"), ["header-wrong", "header-missing"], "mean “date”?"),
        (HEADER.replace("areaName", "Zone"), ["header-wrong"], "mean “areaName”?"),
        (HEADER.replace("comment", "Date"), ["header-duplicate"], "“date”"),
        (HEADER.replace("position", "Équipe"), ["header-ignored", "header-missing"], "Équipe"),
        ("a;b;c", ["no-known-column"], "“a, b, c”"),
        (LINE, ["no-header"], "looks like data"),
    ],
)
def test_a_header_that_cannot_be_trusted(
    tmp_path: Path, header: str, causes: list[str], said: str
) -> None:
    outcome = check_text(tmp_path, f"{header}\n{LINE}\n")
    assert sorted(row[3] for row in outcome.rows) == sorted(causes)
    assert {row[0] for row in outcome.rows} == {1}
    assert outcome.checked.fatal and outcome.checked.canonical is None
    assert any(said in sentence(row[3], outcome.params(row[3])) for row in outcome.rows)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_column_without_a_name(tmp_path: Path) -> None:
    outcome = check_text(tmp_path, f";{HEADER};;\nx;{LINE};;\n")
    assert outcome.causes == [(1, "header-unnamed")]
    assert outcome.params("header-unnamed") == {"number": 1}
    assert outcome.sent == [LINE]


def test_a_column_of_ones_own_is_ignored_with_a_warning(tmp_path: Path) -> None:
    outcome = check_text(tmp_path, f"{HEADER};Service RH\n{LINE};Paie\n")
    assert [(row[2], row[3]) for row in outcome.rows] == [("warning", "header-ignored")]
    assert outcome.sent == [LINE]


def test_a_corrected_faulty_lines_file_is_the_next_batch(tmp_path: Path) -> None:
    text = f"{HEADER};_reason\n{LINE.replace(';x;', ';' + chr(39) + '=x;')};Because.\n"
    outcome = check_text(tmp_path, text)
    assert outcome.causes == [(2, "comment-formula")]
    assert outcome.params("comment-formula") == {"value": "=x"}
