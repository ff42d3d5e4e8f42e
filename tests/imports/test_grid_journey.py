"""A weekly grid on its whole way: corrected, analysed, left out in part, imported."""

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from imports import faulty_file, services
from imports.models import ImportBatch
from imports.pages.rights import address
from imports.reasons import detected_words
from imports.stages import Stage
from portal.models import Account, User
from portal.simulator import Simulator
from tests.imports.batches import analysed, checked, launched, rest
from tests.imports.test_command import Run

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HEADER = "Nom;login;lundi 8 mars 2027;09/03/2027;2027-03-10"
ROWS = [
    "Marchal;imarchal;Home;Home / Lyon Part-Dieu > Finance;",
    "Noll;tnoll;/ Paris Opéra;;Client site",
]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def write_grid(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str, header: str = HEADER) -> Path:
        path = tmp_path / "week.csv"
        path.write_bytes("\r\n".join([header, *rows, ""]).encode("cp1252"))
        return path

    return write


def entries(lucca: Simulator) -> set[tuple[str, str, str, str]]:
    """(login, place, date, position) of what the tenant holds in the week of the tests."""
    return {
        (row["login"], row["workLocationName"], row["date"][:10], row["position"])
        for row in lucca.state()["userLocations"]["effective"]
        if row["date"].startswith("2027-03")
    }


EXPECTED = {
    ("imarchal", "Home", "2027-03-08", "FullDay"),
    ("imarchal", "Home", "2027-03-09", "FirstHalf"),
    ("imarchal", "Lyon Part-Dieu", "2027-03-09", "SecondHalf"),
    ("tnoll", "Paris Opéra", "2027-03-08", "SecondHalf"),
    ("tnoll", "Client site", "2027-03-10", "FullDay"),
}


def test_a_grid_is_imported(
    account: Account, lucca: Simulator, run: Run, write_grid: Callable[..., Path]
) -> None:
    code, document = run(write_grid(*ROWS), "--launch", "--json")
    assert (code, document["stage"], document["lines"]["accepted"]) == (0, "done", 5)
    assert entries(lucca) == EXPECTED
    grid = document["detected"]["grid"]
    assert (grid["days"], grid["first_day"], grid["employees"]) == (3, "2027-03-08", 2)


def test_the_command_names_row_and_cell(
    account: Account, run: Run, write_grid: Callable[..., Path]
) -> None:
    code, words = run(write_grid("Marchal;imarchal;Home;Home / Lyon;"))
    assert code == 2
    assert "Weekly grid: 3 days from Monday 8 March 2027\n" in words
    assert "3 lines: 1 to correct, 2 not decided yet" in words
    assert "line 2, D 2027-03-09 2/2: There is no work location with the name “Lyon”" in words


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_the_faulty_cells_come_back_as_a_grid(
    account: Account,
    lucca: Simulator,
    run: Run,
    write_grid: Callable[..., Path],
    tmp_path: Path,
) -> None:
    faulty = tmp_path / "to-correct.csv"
    path = write_grid(
        "Marchal;imarchal;Hom;Home / Lyon;Home", "Noll;tnol;Home;;Home", "Roy;sroy;Home;Home;Home"
    )
    code, _words = run(path, "--launch", "--leave-refused", "--faulty-lines", str(faulty))
    assert code == 0
    rows = read_csv(faulty)
    assert [row[:5] for row in rows] == [
        HEADER.split(";"),
        ["Marchal", "imarchal", "Hom", "/ Lyon", ""],
        ["Noll", "tnol", "Home", "", "Home"],
    ]
    assert rows[0][5] == "_reason"
    assert rows[1][5].startswith("C 2027-03-08: There is no work location with the name “Hom”")
    assert "D 2027-03-09 2/2: There is no work location with the name “Lyon”" in rows[1][5]
    # The same sentence about several cells is said once.
    assert rows[2][5] == (
        "C 2027-03-08, E 2027-03-10: There is no employee with the login “tnol”."
        " Did you mean “tnoll”?"
    )
    before = entries(lucca)
    assert len(before) == 5

    text = (
        faulty.read_text(encoding="utf-8-sig").replace("tnol;", "tnoll;").replace("Hom;", "Home;")
    )
    faulty.write_bytes(text.replace(";/ Lyon;", ";/ Lyon Part-Dieu;").encode("cp1252"))
    # Lucca fills a day's other half only when existing entries may be replaced.
    code, document = run(faulty, "--override", "--launch", "--json")
    assert (code, document["stage"], document["lines"]["accepted"]) == (0, "done", 4)
    assert entries(lucca) - before == {
        ("imarchal", "Home", "2027-03-08", "FullDay"),
        ("imarchal", "Lyon Part-Dieu", "2027-03-09", "SecondHalf"),
        ("tnoll", "Home", "2027-03-08", "FullDay"),
        ("tnoll", "Home", "2027-03-10", "FullDay"),
    }


def occupy(lucca: Simulator, account: Account, write: Callable[..., Path]) -> None:
    """Lucca has an entry already, and so refuses another on that half-day."""
    path = write("imarchal;Paris Opéra;;2027-03-09;SecondHalf;;false", name="before.csv")
    assert launched(account, path).stage == Stage.DONE


def test_what_lucca_refuses_leads_back_to_the_cell_and_can_be_left_out(
    directory: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    write_grid: Callable[..., Path],
    tmp_path: Path,
) -> None:
    lucca.change_state({"users": [{"id": _id(lucca, "tnoll"), "remove": True}]})
    occupy(lucca, directory, write)
    batch = analysed(directory, write_grid(*ROWS))
    assert batch.stage == Stage.ANALYSED
    refused = {
        (issue.line, issue.column) for issue in batch.issues.filter(cause="refused-by-lucca")
    }
    assert {(3, "C 2027-03-08 2/2"), (3, "E 2027-03-10")} <= refused
    assert (2, "D 2027-03-09 2/2") in refused
    assert batch.refused_by_lucca == len(refused)

    target = tmp_path / "refused.csv"
    faulty_file.faulty_lines(batch, target)
    assert read_csv(target)[2][:5] == ["Noll", "tnoll", "/ Paris Opéra", "", "Client site"]

    services.leave_out(batch, by=None)
    batch = rest(batch)
    assert (batch.stage, batch.left_out, batch.refused_by_lucca) == (
        Stage.ANALYSED, len(refused), 0,
    )  # fmt: skip
    kept = {(issue.line, issue.column) for issue in batch.issues.filter(cause="refused-by-lucca")}
    assert kept == refused
    services.launch(batch, by=None, accept_warnings=True)
    assert rest(batch).stage == Stage.DONE
    assert ("imarchal", "Home", "2027-03-08", "FullDay") in entries(lucca)
    assert batch.total == 5 == batch.accepted + batch.left_out


def _id(lucca: Simulator, login: str) -> int:
    return int(next(user["id"] for user in lucca.state()["users"] if user["login"] == login))


def test_analysing_again_forgets_what_is_still_sent(
    directory: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    write_grid: Callable[..., Path],
) -> None:
    occupy(lucca, directory, write)
    batch = analysed(directory, write_grid(*ROWS))
    before = list(batch.issues.filter(cause="refused-by-lucca").values_list("line", "column"))
    assert before
    services.analyse(batch, by=None)
    batch = rest(batch)
    assert (
        list(batch.issues.filter(cause="refused-by-lucca").values_list("line", "column")) == before
    )


def test_a_grid_in_parts_is_imported(
    directory: Account, lucca: Simulator, write_grid: Callable[..., Path]
) -> None:
    Account.objects.update(lines_per_upload=2)
    directory.refresh_from_db()
    batch = launched(directory, write_grid(*ROWS))
    assert (batch.stage, len(batch.parts)) == (Stage.DONE, 3)
    assert entries(lucca) == EXPECTED


def test_results_lead_back_to_the_cell(
    directory: Account, lucca: Simulator, write_grid: Callable[..., Path]
) -> None:
    batch = analysed(directory, write_grid(*ROWS))
    lucca.change_state({"users": [{"id": _id(lucca, "tnoll"), "remove": True}]})
    services.launch(batch, by=None, accept_warnings=True)
    batch = rest(batch)
    assert batch.stage == Stage.PARTIAL
    found = batch.issues.filter(origin="results", severity="error")
    assert {(issue.line, issue.column) for issue in found} == {
        (3, "C 2027-03-08 2/2"),
        (3, "E 2027-03-10"),
    }


def test_the_page_says_that_it_is_a_grid_and_names_the_cell(
    directory: Account, client: Client, write_grid: Callable[..., Path]
) -> None:
    batch = checked(directory, write_grid("Marchal;imarchal;Hom;Home;Home"))
    client.force_login(User.objects.create_superuser("root"))
    shown = client.get(address(batch)).content.decode()
    assert "Weekly grid: 3 days from Monday 8 March 2027." in shown
    assert shown.count("1 employee,") == 1 and "C, 8\xa0March\xa02027" in shown
    faulty = client.get(reverse("admin:imports_importbatch_download", args=[batch.pk, "faulty"]))
    assert (
        b"".join(faulty.streaming_content)
        .decode("utf-8-sig")
        .splitlines()[1]
        .startswith("Marchal;imarchal;Hom;;;")
    )


def test_a_workbook_s_grid_comes_back_with_its_days(directory: Account, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["login", dt.date(2027, 3, 8), dt.date(2027, 3, 9)])
    sheet.append(["imarchal", "Home", "Pluto / Home"])
    book.save(tmp_path / "week.xlsx")
    batch = checked(directory, tmp_path / "week.xlsx")
    faulty_file.faulty_lines(batch, tmp_path / "out.csv")
    rows = read_csv(tmp_path / "out.csv")
    assert rows[0] == ["login", "2027-03-08", "2027-03-09", "_reason"]
    assert rows[1][:3] == ["imarchal", "", "Pluto /"]
    again = checked(directory, tmp_path / "out.csv")
    assert (again.total, again.refused_here) == (1, 1)
    assert "Weekly grid" in detected_words(ImportBatch.objects.get(pk=again.pk).detected)
