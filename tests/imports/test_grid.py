"""The check of a weekly grid: its days, its cells, and where each line comes from."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from imports.canonical import read_map
from imports.check import Location
from imports.grid import origin
from imports.grid.cells import Cells
from imports.grid.days import looks_like_day, read_day
from portal.sheets.issues import sentence

from .samples import DIRECTORY, Outcome, check_file, check_text

HEADER = "login;2026-03-09;2026-03-10;2026-03-11"
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LOCATIONS = {
    **dict.fromkeys(["Paris", "Home", "Closed", "A", "B", "A / B", "B / C", "C", "R&D/Lab"]),
    "Lyon": Location(areas={"Finance": 1, "Desks / left": 1, "X > Y": 1}),
    "Client > site": Location(),
}
CELLS = Cells({name: found or Location() for name, found in LOCATIONS.items()})


def grid(folder: Path, *rows: str, header: str = HEADER) -> Outcome:
    return check_text(folder, "\r\n".join([header, *rows]) + "\r\n")


def said(outcome: Outcome, severity: str = "error") -> list[tuple[int | None, str | None, str]]:
    return [(row[0], row[1], row[3]) for row in outcome.rows if row[2] == severity]


def sentences(outcome: Outcome) -> list[str]:
    return [sentence(row[3], json.loads(row[4])) for row in outcome.rows]


# Cells.


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("Home", [("Home", "", "FullDay")]),
        (" Home ", [(" Home ", "", "FullDay")]),  # the check says what it takes away
        ("Home / Paris", [("Home", "", "FirstHalf"), ("Paris", "", "SecondHalf")]),
        ("Home/Paris", [("Home", "", "FirstHalf"), ("Paris", "", "SecondHalf")]),
        ("Home /", [("Home", "", "FirstHalf")]),
        ("/ Paris", [("Paris", "", "SecondHalf")]),
        ("/Paris", [("Paris", "", "SecondHalf")]),
        ("Lyon > Finance", [("Lyon", "Finance", "FullDay")]),
        ("Lyon>Finance / Home", [("Lyon", "Finance", "FirstHalf"), ("Home", "", "SecondHalf")]),
        ("Lyon > Desks / left", [("Lyon", "Desks / left", "FullDay")]),
        ("Lyon > X > Y", [("Lyon", "X > Y", "FullDay")]),
        ("Client > site", [("Client > site", "", "FullDay")]),
        # The account has a place of that name.
        ("A / B", [("A / B", "", "FullDay")]),
        ("A / B / Home", [("A / B", "", "FirstHalf"), ("Home", "", "SecondHalf")]),
        ("R&D/Lab", [("R&D/Lab", "", "FullDay")]),
        ("R&D/Lab / Home", [("R&D/Lab", "", "FirstHalf"), ("Home", "", "SecondHalf")]),
        # Two ways to read it, and nothing is guessed.
        ("A / B / C", [("A / B / C", "", "FullDay")]),
        # Unknown, as it is most likely meant.
        ("Pari / Home", [("Pari", "", "FirstHalf"), ("Home", "", "SecondHalf")]),
        ("Pari/Home", [("Pari/Home", "", "FullDay")]),
        ("Lyon > Financ", [("Lyon", "Financ", "FullDay")]),
        ("Lyons > Finance", [("Lyons", "Finance", "FullDay")]),
        ("a /  b", [("a /  b", "", "FullDay")]),  # like the place of that name
        ("-", [("-", "", "FullDay")]),
        ("/", [("/", "", "FullDay")]),
        (">", [(">", "", "FullDay")]),
        ("Home / Oslo / Rome", [("Home", "", "FirstHalf"), ("Oslo / Rome", "", "SecondHalf")]),
    ],
)  # fmt: skip
def test_what_a_cell_says(cell: str, read: list[tuple[str, str, str]]) -> None:
    assert [piece[:3] for piece in CELLS.read(cell)] == read


def test_a_half_alone_reads_as_the_same_half() -> None:
    for cell in ("Home / Paris", "Lyon>Finance / A / B", "/ Home", "Nowhere / Home"):
        for piece in CELLS.read(cell):
            assert [one[:4] for one in CELLS.read(piece.text)] == [piece[:4]]


# Days.


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-09", "2026/03/09", "09/03/2026", "9/3/2026", "2026-03-09 00:00:00", "9 mars 2026",
        "lundi 9 mars 2026", "Lundi 09/03/2026", "lun. 9 mars 2026", "Mon 9 March 2026",
        "Monday, 9th March 2026", "lundi\n09/03/2026", "LUN 2026-03-09", "9 Mar 2026",
    ],
)  # fmt: skip
def test_a_day_that_is_read(text: str) -> None:
    assert looks_like_day(text)
    assert read_day(text) == dt.date(2026, 3, 9)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("09/03/26", "day-two-digit-year"), ("lundi 09/03/26", "day-two-digit-year"),
        ("03/13/2026", "day-month-first"), ("mardi 9 mars 2026", "day-weekday"),
        ("32/03/2026", "day-unreadable"), ("Lundi", "day-unreadable"), ("Mon.", "day-unreadable"),
        ("9 mars", "day-unreadable"), ("lundi 9", "day-unreadable"), ("46090", "day-unreadable"),
        ("09.03.2026", "day-unreadable"), ("March 9, 2026", "day-unreadable"),
        ("9/3", "day-unreadable"), ("31 février 2026", "day-unreadable"),
        ("09/03/1926", "day-unreadable"), ("1er août 1926", "day-unreadable"),
    ],
)  # fmt: skip
def test_a_day_that_is_not_guessed(text: str, slug: str) -> None:
    assert looks_like_day(text)
    assert read_day(text) == slug


@pytest.mark.parametrize(
    "text", ["login", "Équipe", "Monitor", "Marché", "Total", "2026", "Semaine 11", "S11", ""]
)
def test_what_is_no_day(text: str) -> None:
    assert not looks_like_day(text)


# Where a line comes from.


@pytest.mark.parametrize("column", [0, 1, 25, 26, 77, 400, 510])
@pytest.mark.parametrize("half", [origin.WHOLE, origin.FIRST, origin.SECOND])
def test_an_issue_leads_back_to_its_line(column: int, half: int) -> None:
    days = {origin.letter(column): "2026-03-09"}
    packed = origin.pack(1_048_576, column, half)
    assert packed < 1 << 32
    row, label = origin.place(packed, days)
    assert label and len(label) <= 20 and origin.is_cell(label)
    assert origin.entry(row, label) == packed
    assert origin.address(packed) == f"{origin.letter(column)}1048576"


def test_letters_of_columns() -> None:
    for column, letter in ((0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ")):
        assert origin.letter(column) == letter


def test_a_column_of_the_ordinary_form_is_no_cell() -> None:
    assert not origin.is_cell("workLocationName") and not origin.is_cell("")
    assert origin.entry(7, "date") == origin.entry(7, "") == 7


# The check.


def test_a_grid_becomes_lines(tmp_path: Path) -> None:
    outcome = grid(
        tmp_path,
        "imarchal;Télétravail;;Lyon Part-Dieu > Finance",
        ";;;",
        "tnoll;Télétravail / Lyon Part-Dieu;/ Télétravail;",
        "zoë.lefèvre;;;",
    )
    assert outcome.rows == []
    assert outcome.sent == [
        "imarchal;Télétravail;;2026-03-09;FullDay;;false",
        "imarchal;Lyon Part-Dieu;Finance;2026-03-11;FullDay;;false",
        "tnoll;Télétravail;;2026-03-09;FirstHalf;;false",
        "tnoll;Lyon Part-Dieu;;2026-03-09;SecondHalf;;false",
        "tnoll;Télétravail;;2026-03-10;SecondHalf;;false",
    ]
    checked = outcome.checked
    assert (checked.total, checked.valid, checked.employees) == (5, 5, 2)
    assert checked.grid and checked.grid.employees == 3
    assert checked.grid.columns == {"B": "2026-03-09", "C": "2026-03-10", "D": "2026-03-11"}
    assert checked.canonical
    assert [origin.address(line) for line in read_map(checked.canonical.map_path)] == [
        "B2", "D2", "B4", "B4", "C4",
    ]  # fmt: skip


def test_what_is_wrong_names_row_and_cell(tmp_path: Path) -> None:
    outcome = grid(
        tmp_path,
        "imarchal;Teletravail;-;off",
        "tnol;Télétravail;;",
        "tnoll;Télétravail / Lyon Part Dieu;Lyon Part-Dieu > Financ;Closed",
    )
    assert said(outcome) == [
        (2, "B 2026-03-09", "unknown-place"),
        (2, "C 2026-03-10", "unknown-place"),
        (2, "D 2026-03-11", "unknown-place"),
        (3, "B 2026-03-09", "unknown-login"),
        (4, "B 2026-03-09 2/2", "unknown-place"),
        (4, "C 2026-03-10", "unknown-area"),
        (4, "D 2026-03-11", "inactive-place"),
    ]
    words = sentences(outcome)
    assert words[0].endswith("Did you mean “Télétravail”?")
    assert words[4].endswith("Did you mean “Lyon Part-Dieu”?")
    assert words[5].endswith("Did you mean “Finance”?")
    assert (outcome.checked.total, outcome.checked.refused, outcome.checked.valid) == (8, 7, 1)
    assert outcome.checked.causes["unknown-place"].line == 2
    assert outcome.checked.causes["unknown-place"].column == "B 2026-03-09"


def test_an_employee_and_a_day_that_stand_twice(tmp_path: Path) -> None:
    outcome = grid(
        tmp_path,
        "imarchal;Télétravail;Télétravail /;Télétravail",
        "imarchal;Télétravail;/ Télétravail;Télétravail /",
        header="login;2026-03-09;2026-03-10;09/03/2026",
    )
    assert said(outcome) == [
        (2, "D 2026-03-09", "duplicate"),
        (3, "B 2026-03-09", "duplicate"),
        (3, "D 2026-03-09 1/2", "overlap"),
    ]
    assert "Line 2 (B2) already has “imarchal” on 2026-03-09" in sentences(outcome)[1]
    assert outcome.checked.valid == 3


def test_halves_of_one_day_far_apart_stay_in_one_part(tmp_path: Path) -> None:
    rows = [f"{login};{cell};;" for cell in ("Télétravail /", "/ Télétravail")
            for login in ("imarchal", "tnoll", "zoë.lefèvre")]  # fmt: skip
    path = tmp_path / "in.csv"
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    outcome = check_file(path, tmp_path / "out", lines_per_upload=2)
    assert outcome.checked.canonical
    assert [part.lines for part in outcome.checked.canonical.parts] == [2, 2, 2]
    assert [origin.address(line) for line in read_map(outcome.checked.canonical.map_path)] == [
        "B2", "B5", "B3", "B6", "B4", "B7",
    ]  # fmt: skip


def test_columns_for_people_are_silent_and_strange_ones_are_said(tmp_path: Path) -> None:
    outcome = grid(
        tmp_path,
        "Marchal;Inès;Finance;imarchal;Télétravail;;12;x",
        header="Nom;Prénom;Équipe;Login;lundi 9 mars 2026;10/03/2026;Total;",
    )
    assert outcome.checked.fatal is False
    assert [(row[1], row[3]) for row in outcome.rows if row[0] == 1] == [
        ("login", "header-rewritten"),
        (None, "header-ignored"),
        ("E", "day-read"),
        ("F", "day-read"),
    ]
    assert said(outcome) == [(2, None, "cell-count")]


def test_a_row_of_another_width_is_one_line_refused(tmp_path: Path) -> None:
    outcome = grid(tmp_path, "imarchal;Télétravail", "imarchal;Télétravail;;;", "tnoll;;;;x")
    assert said(outcome) == [(2, None, "cell-count"), (4, None, "cell-count")]
    assert (outcome.checked.total, outcome.checked.refused, outcome.checked.valid) == (3, 2, 1)


@pytest.mark.parametrize(
    ("header", "causes"),
    [
        ("login;Lundi;Mardi", ["day-unreadable", "day-unreadable"]),
        ("login;2026-03-09;10/03/26", ["day-two-digit-year"]),
        ("login;2026-03-09;03/13/2026", ["day-month-first"]),
        ("login;2026-03-09;mardi 11 mars 2026", ["day-weekday"]),
        ("identifiant;2026-03-09;2026-03-10", ["header-wrong", "header-missing"]),
        ("lgoin;Prénom;2026-03-09;2026-03-10", ["header-wrong", "header-missing"]),
        ("Nom;2026-03-09;2026-03-10", ["header-missing"]),
        ("login;Login;2026-03-09;2026-03-10", ["header-duplicate"]),
        ("login;isDeletion;2026-03-09;2026-03-10", ["grid-column"]),
    ],
)
def test_a_header_that_is_not_guessed(tmp_path: Path, header: str, causes: list[str]) -> None:
    outcome = grid(tmp_path, "imarchal;Télétravail;", header=header)
    assert outcome.checked.fatal and outcome.sent == []
    assert [row[3] for row in outcome.rows if row[2] == "error"] == causes


def test_a_bad_day_names_letter_and_header(tmp_path: Path) -> None:
    outcome = grid(tmp_path, "imarchal;x;Télétravail;", header="login;team;2026-03-09;Mardi")
    assert said(outcome) == [(1, "D", "day-unreadable")]
    assert sentences(outcome)[-1].startswith("Column D is called “Mardi”, which is no day")


@pytest.mark.parametrize(
    "header",
    [
        "login;workLocationName;date;position;2026-03-09;2026-03-10",
        "login;2026-03-09",
        "a;b;2026-03-09;2026-03-10",
        "imarchal;Télétravail;;2026-03-09;FullDay;;",
    ],
)
def test_what_is_no_grid(tmp_path: Path, header: str) -> None:
    outcome = grid(tmp_path, "imarchal;Télétravail;;;;;", header=header)
    assert outcome.checked.grid is None
    assert not any(row[3].startswith(("day-", "grid-")) for row in outcome.rows)


def test_a_grid_without_places(tmp_path: Path) -> None:
    outcome = grid(tmp_path, "imarchal;;;", "tnoll; ;;")
    assert outcome.checked.fatal and outcome.causes == [(None, "grid-empty")]


def test_as_many_days_as_a_year_has_and_no_more(tmp_path: Path) -> None:
    first = dt.date(2026, 1, 1)
    for days, fatal in ((400, False), (401, True)):
        header = ";".join(["login", *(str(first + dt.timedelta(n)) for n in range(days))])
        outcome = grid(tmp_path, "imarchal;" + ";".join(["Télétravail"] * days), header=header)
        assert outcome.checked.fatal == fatal
        assert outcome.checked.valid == (0 if fatal else days)
    assert outcome.causes == [(1, "grid-too-wide")]


def test_more_lines_than_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.grid.rows.MOST_LINES", 4)
    outcome = grid(
        tmp_path,
        "imarchal;Télétravail / Télétravail;Nowhere;",
        "tnoll;Télétravail / Télétravail;;",
    )
    assert outcome.checked.fatal
    assert said(outcome) == [(2, "C 2026-03-10", "unknown-place"), (3, None, "grid-too-large")]


def test_what_cannot_be_read_further_names_the_spreadsheet_s_line(tmp_path: Path) -> None:
    outcome = grid(tmp_path, "imarchal;Télétravail;Nowhere;", 'tnoll;"Télétravail;;')
    assert said(outcome) == [(2, "C 2026-03-10", "unknown-place"), (3, None, "unclosed-quote")]
    assert outcome.checked.fatal


@pytest.mark.parametrize("name", ["weekly-grid.csv", "weekly-grid.xlsx"])
def test_what_people_keep(tmp_path: Path, name: str) -> None:
    """As a French Excel saves it, and as a workbook whose days are real dates."""
    outcome = check_file(SAMPLES / name, tmp_path / "out")
    assert {row[2] for row in outcome.rows} <= {"rewritten"}
    assert outcome.sent == [
        "imarchal;Lyon Part-Dieu;Finance;2026-03-09;FullDay;;false",
        "imarchal;Télétravail;;2026-03-10;FullDay;;false",
        "tnoll;Télétravail;;2026-03-09;FirstHalf;;false",
        "tnoll;Lyon Part-Dieu;;2026-03-09;SecondHalf;;false",
        "tnoll;Télétravail;;2026-03-11;SecondHalf;;false",
    ]


def test_the_directory_of_these_tests_has_no_place_with_a_sign() -> None:
    assert not any("/" in name or ">" in name for name in DIRECTORY.locations)
