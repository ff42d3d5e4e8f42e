"""The check of a file of overrides: every wrong line with its cause, and lines that add up."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portal.models import Account
from portal.refusals import Refusal
from portal.sheets.workbook import write_table
from schedules.files import faulty, receiving, services, templates
from schedules.files.check import MOST_LINES, Checked, check
from schedules.files.columns import COLUMNS
from schedules.files.lines import Employees
from schedules.models import OverrideFile, ScheduleOverride
from schedules.overrides.asked import Ask
from tests.conftest import carry
from tests.schedules import override_files as files

LOGINS = {"imarchal": 812, "tnoll": 640, "204417": 669}
WHO = Employees(LOGINS, {number: login for login, number in LOGINS.items()})
DAY = "2031-03-03"


def checked(folder: Path, *lines: str, **more: Any) -> Checked:
    found = check(files.written(folder, *lines, **more), WHO)
    assert found.total == found.blank + found.refused + len(found.asks)
    return found


def causes(found: Checked, severity: str = "error") -> list[tuple[int | None, str]]:
    return [(line, cause) for line, _column, of, cause, _params in found.issues if of == severity]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (f"nobody;;{DAY};full;off;;;", "unknown-login"),
        (f";999;{DAY};full;off;;;", "unknown-id"),
        (f";8l2;{DAY};full;off;;;", "unknown-id"),
        (f"imarchal;640;{DAY};full;off;;;", "login-and-id-differ"),
        (f";;{DAY};full;off;;;", "nobody-named"),
        ("imarchal;;;full;off;;;", "missing-value"),
        ("imarchal;;3 mars;full;off;;;", "date-format"),
        ("imarchal;;03/03/31;full;off;;;", "date-two-digit-year"),
        ("imarchal;;2031-02-30;full;off;;;", "date-impossible"),
        (f"imarchal;;{DAY};evening;off;;;", "unknown-half"),
        (f"imarchal;;{DAY};;off;;;", "missing-value"),
        (f"imarchal;;{DAY};full;holiday;;;", "unknown-nature"),
        (f"imarchal;;{DAY};full;worked;;;", "duration-missing"),
        (f"imarchal;;{DAY};full;worked;25:00;;", "duration-too-long"),
        (f"imarchal;;{DAY};full;worked;often;;", "duration-unreadable"),
        (f"imarchal;;{DAY};first;worked;1;;", "more-than-half"),
        (f"imarchal;;{DAY};full;off;3:30;;", "duration-without-work"),
        (f"imarchal;;{DAY};full;worked;3:30;25h;", "clock-unreadable"),
        (f"imarchal;;{DAY};full;worked;8:00;20:00;", "ends-after-midnight"),
        (f"imarchal;;{DAY};full;off;;09:00;", "start-without-work"),
        (f"imarchal;;{DAY};full;off;;;=1+1", "comment-formula"),
        (f"imarchal;;{DAY};full;off;;;{'x' * 201}", "comment-too-long"),
        (f"imarchal;;{DAY};full;off;;;;more", "cell-count"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, line: str, cause: str) -> None:
    found = checked(tmp_path, line, f"tnoll;;{DAY};full;off;;;")
    assert causes(found) == [(2, cause)]
    assert [at for at, _ask in found.asks] == [3]


def test_as_people_write_it(tmp_path: Path) -> None:
    header = "Identifiant;Jour;Demi-journée;Type;Durée;Début;Commentaire;Nom\r\n"
    found = checked(
        tmp_path,
        " imarchal ;03/03/2031;Matin;travaillé;3h30;9h;a  b;Marchal",
        "TNOLL;2031/03/03;journée;repos hebdomadaire;;;;Noll",
        "204417;2031-03-03;après-midi;worked;0,5;;;Benali",
        ";;;;;;;",
        header=header,
    )
    assert not causes(found)
    assert [ask for _line, ask in found.asks] == [
        Ask(812, date(2031, 3, 3), "first", "worked", 210, "hour", "09:00", "a b"),
        Ask(640, date(2031, 3, 3), "full", "weeklyRest"),
        Ask(669, date(2031, 3, 3), "second", "worked", 720, "day"),
    ]
    assert (found.total, found.blank) == (4, 1)
    said = {cause for _line, cause in causes(found, "rewritten")}
    assert {"column-taken-as", "word-taken-as", "login-taken-as", "date-rewritten"} <= said


@pytest.mark.parametrize(
    ("first", "second", "is_twice"),
    [
        ("first", "first", True),
        ("full", "second", True),
        ("second", "full", True),
        ("first", "second", False),
    ],
)
def test_the_same_half_twice(tmp_path: Path, first: str, second: str, is_twice: bool) -> None:
    found = checked(tmp_path, f"imarchal;;{DAY};{first};off;;;", f";812;03/03/2031;{second};off;;;")
    assert causes(found) == ([(3, "same-half-twice")] if is_twice else [])


def test_a_refused_line_takes_no_half(tmp_path: Path) -> None:
    wrong, right = f"imarchal;;{DAY};full;worked;;;", f"imarchal;;{DAY};full;off;;;"
    assert causes(checked(tmp_path, wrong, right)) == [(2, "duration-missing")]


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ("login;workLocationName;place\r\n", "header-missing"),
        ("name;surname;city\r\n", "not-overrides"),
        ("login;date;half\r\n", "header-missing"),
        ("date;half;nature\r\n", "no-employee-column"),
        ("login;date;date;half;nature\r\n", "header-duplicate"),
        ("login;date;half;nature;duratoin\r\n", "column-strange"),
    ],
)
def test_headers_that_cannot_be_known(tmp_path: Path, header: str, cause: str) -> None:
    found = checked(tmp_path, "a;b;c", ";;", header=header)
    assert cause in {slug for _line, slug in causes(found)}
    assert (found.total, found.blank, found.refused, found.asks) == (2, 1, 1, [])


def test_files_that_are_none(tmp_path: Path) -> None:
    assert causes(checked(tmp_path)) == [(None, "no-data-lines")]
    assert causes(checked(tmp_path, f'imarchal;;{DAY};full;off;;;"x')) == [(2, "unclosed-quote")]
    lines = [f"imarchal;;{DAY};full;off;;;"] * (MOST_LINES + 1)
    found = checked(tmp_path, *lines)
    assert (None, "too-many-overrides") in causes(found) and not found.asks


def test_a_workbook_with_cells_as_a_spreadsheet_keeps_them(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "changes.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, COLUMNS)
    sheet.write_string(1, 0, "imarchal")
    sheet.write_datetime(1, 2, date(2031, 3, 3), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_string(1, 3, "first")
    sheet.write_string(1, 4, "worked")
    sheet.write_number(1, 5, 3.5 / 24, book.add_format({"num_format": "h:mm"}))
    sheet.write_number(1, 6, 9 / 24, book.add_format({"num_format": "h:mm"}))
    book.close()
    found = check(path, WHO)
    assert [ask for _line, ask in found.asks] == [
        Ask(812, date(2031, 3, 3), "first", "worked", 210, "hour", "09:00")
    ]


# The job


pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_the_check_makes_overrides_and_has_them_read(directory: Account, tmp_path: Path) -> None:
    account = files.confirmed(directory)
    path = files.written(
        tmp_path, f"imarchal;;{DAY};full;off;;;", f"nobody;;{DAY};full;off;;;", ";;;;;;;"
    )
    file = files.received(account, path)
    job = services.check(file, by=None)
    with pytest.raises(Refusal):
        services.check(file, by=None)
    carry(job)
    file = files.reload(file)
    assert (file.total, file.blank, file.refused, file.changes) == (3, 1, 1, 1)
    assert (file.employees, file.first_day, file.stage) == (1, date(2031, 3, 3), "preparing")
    (row,) = ScheduleOverride.objects.all()
    assert (row.file, row.line, row.preparation) == (file, 2, file.preparation)
    assert [(issue.line, issue.cause) for issue in file.issues.all()] == [(3, "unknown-login")]
    assert "nobody" in file.issues.get().message
    assert len(file.sha256) == 64 and Path(file.original.path).read_bytes() == path.read_bytes()


def test_a_file_of_which_nothing_can_be_used(directory: Account, tmp_path: Path) -> None:
    file = files.prepared(files.confirmed(directory), files.written(tmp_path, "a;b;c;d;e;;;"))
    assert (file.stage, file.changes, file.preparation) == ("to-correct", 0, None)
    with pytest.raises(Refusal):
        services.launch(file, by=None)


def test_no_file_before_somebody_said_which_model(directory: Account, tmp_path: Path) -> None:
    path = files.written(tmp_path, f"imarchal;;{DAY};full;off;;;")
    with pytest.raises(Refusal, match="model"):
        files.received(directory, path)
    assert not OverrideFile.objects.exists()


def test_a_form_that_is_sent_twice(directory: Account, tmp_path: Path) -> None:
    account = files.confirmed(directory)
    path = files.written(tmp_path, f"imarchal;;{DAY};full;off;;;")
    first = files.received(account, path, token="a" * 32)
    with pytest.raises(receiving.ReceivedAlready) as twice:
        files.received(account, path, token="a" * 32)
    assert twice.value.file == first


def test_the_faulty_lines_come_back_as_they_are(directory: Account, tmp_path: Path) -> None:
    account = files.confirmed(directory)
    # Whoever has none of Lucca's arrangements cannot be changed; the other is not known at all.
    lines = [f"salmeida;;{DAY};full;off;;;", f"nobody;;{DAY};full;off;;;=x"]
    file = files.prepared(account, files.written(tmp_path, f"imarchal;;{DAY};full;off;;;", *lines))
    target = tmp_path / "to-correct.csv"
    assert faulty.write(file, target) == 2
    with target.open(encoding="utf-8-sig", newline="") as handed_out:
        rows = list(csv.reader(handed_out, delimiter=";"))
    assert rows[0] == [*COLUMNS, "_reason"]
    assert [row[0] for row in rows[1:]] == ["salmeida", "nobody"]
    assert rows[2][7] == "'=x" and all(row[8] for row in rows[1:])
    again = check(target, WHO)
    assert {cause for _line, cause in causes(again)} == {"unknown-login", "comment-formula"}


@pytest.mark.parametrize("kind", templates.KINDS)
def test_templates_can_be_filled_in(directory: Account, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"template.{kind}"
    templates.write(directory, kind, target, by=None)
    found = check(target, WHO)
    assert causes(found) == [(None, "no-data-lines")]
    filled = tmp_path / f"filled.{kind}"
    if kind == "xlsx":
        row = ["imarchal", "", DAY, "full", "off", "", "", ""]
        write_table(filled, COLUMNS, [row])
        assert len(check(filled, WHO).asks) == 1
