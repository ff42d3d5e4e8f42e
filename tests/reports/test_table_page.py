"""The page of a report's table: what it says, in the reader's language, and what it hands out."""

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.models import Event, EventDetail, User
from reports.models import ReportFile
from tests.portal.test_admin_pages import assert_clean
from tests.reports.tables import report

pytestmark = [pytest.mark.database, pytest.mark.django_db]

HOURS = (
    "Collaborateur;Matricule;Département;Heures semaine 6;Heures semaine 7;Taux;Trajet\r\n"
    "Élodie Lefèvre;00012;Comptabilité;7,5;1 234,50;50 %;7:30\r\n"
    "=cmd|calc;00013;R&D <b>;-2,25;8;12,5 %;1.04:00:00\r\n"
    "Zoé;00014;Comptabilité;;3;;\r\n"
).encode("cp1252")


@pytest.fixture(autouse=True)
def _own_tables(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss"))
    return client


def address(file: ReportFile, which: str = "table") -> str:
    return reverse(f"admin:reports_reportrun_{which}", args=[file.run_id])


def text(client: Client, file: ReportFile, query: str = "", language: str = "en") -> str:
    answer = client.get(address(file) + query, headers={"accept-language": language})
    assert answer.status_code == 200
    assert_clean(answer)
    return re.sub(r"\s+", " ", html.unescape(answer.content.decode()))


def table_of(page: str) -> list[list[str]]:
    """The cells of the table of rows, head and figures included."""
    inside = page[page.index('class="sheet"') :]
    rows = re.findall(r"<tr>(.*?)</tr>", inside[: inside.index("</table>")])
    return [
        [re.sub(r"<[^>]*>|▲|▼", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row)]
        for row in rows
    ]


def test_it_says_how_the_file_is_written(boss: Client) -> None:
    file = report(HOURS)
    page = text(boss, file)
    assert "3 rows, 7 columns. Read as: Windows-1252, semicolons, decimal comma." in page
    french = text(boss, file, language="fr")
    assert (
        "3 lignes, 7 colonnes. Lu comme : Windows-1252, points-virgules, virgule décimale."
        in french
    )


def test_numbers_are_written_in_the_reader_s_way_and_the_cells_stay_at_hand(boss: Client) -> None:
    file = report(HOURS)
    english, french = table_of(text(boss, file)), table_of(text(boss, file, language="fr"))
    assert english[1] == [
        "2",
        "Élodie Lefèvre",
        "00012",
        "Comptabilité",
        "7.50",
        "1,234.50",
        "50.0%",
        "7:30",
    ]
    assert [cell.replace("\u202f", " ") for cell in french[1][4:]] == [
        "7,50",
        "1 234,50",
        "50,0 %",
        "7:30",
    ]
    assert english[2][7] == "28:00"
    assert 'title="1 234,50"' in text(boss, file)
    raw = table_of(text(boss, file, "?raw=1"))
    assert raw[1][4:] == ["7,5", "1 234,50", "50 %", "7:30"]


def test_columns_of_numbers_are_summed(boss: Client) -> None:
    found = table_of(text(boss, report(HOURS)))
    assert found[-3:] == [
        ["Total", "", "", "", "5.25", "1,245.50", "", "35:30"],
        ["Smallest", "", "", "", "-2.25", "3.00", "12.5%", "7:30"],
        ["Largest", "", "", "", "7.50", "1,234.50", "50.0%", "28:00"],
    ]


def test_sorting_says_so_and_turns_round(boss: Client) -> None:
    file = report(HOURS)
    page = text(boss, file, "?sort=3")
    assert page.count("aria-sort") == 1 and 'aria-sort="ascending"' in page
    assert 'href="?sort=-3#rows"' in page
    assert [row[0] for row in table_of(page)[1:4]] == ["3", "2", "4"]
    down = text(boss, file, "?sort=-3")
    assert 'aria-sort="descending"' in down and [r[0] for r in table_of(down)[1:4]] == [
        "2",
        "3",
        "4",
    ]


def test_a_choice_is_kept_by_every_link_and_form(boss: Client) -> None:
    page = text(boss, report(HOURS), "?f2=Comptabilit%C3%A9&sort=-4&dec=comma&measure=c6&group=c2")
    assert "Rows 1–2 of 2 that fit, of 3 in the report" in page
    for name, value in (("sort", "-4"), ("dec", "comma"), ("measure", "c6"), ("group", "c2")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    links = re.findall(r'href="(\?[^"]*sort=0[^"]*)"', page)
    assert links and all("f2=Comptabilit" in link and "measure=c6" in link for link in links)


def test_paging_says_where_one_is(boss: Client) -> None:
    file = report(b"N;H\r\n" + b"".join(b"a%d;1,5\r\n" % n for n in range(1250)))
    page = text(boss, file, "?page=2")
    assert "Rows 101–200 of 1,250" in page
    for wanted in ("First rows", "Rows before", "Next rows", "Last rows"):
        assert (wanted in page) == (wanted != "First rows")
    last = text(boss, file, "?page=99", language="fr").replace("\u202f", " ")
    assert "Lignes 1 201 à 1 250 sur 1 250" in last and "Lignes suivantes" not in last


def test_the_chart_has_a_title_a_description_and_its_figures(boss: Client) -> None:
    file = report(HOURS)
    page = text(boss, file)
    assert "Heures by period</title>" in page
    assert "The largest is semaine 7 with 1,245.50." in page
    by_department = text(boss, file, "?measure=c6&group=c2", language="fr")
    assert "Trajet par Département</title>" in by_department
    assert "Le plus élevé : R&D <b>, avec 28:00." in by_department
    assert "?f2=R%26D+%3Cb%3E&measure=c6&group=c2#rows" in by_department


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. That may be right"),
        (b"<html><body>Sign in", "The file is a web page and no table"),
        (b"%PDF-1.7", "The file is no CSV (PDF)"),
        (b"Nom;Heures\r\n", "The report has a heading and no rows"),
        (b'Nom;Heures\r\na;1\r\n"b;2', "From line 3 on the file cannot be read"),
        (b"Nom;Projet;Heures\r\na;b;1\r\nc;", "the file may have been cut off"),
        (b"Nom;Heures\r\na;1,234\r\n", "Nothing in the file proves whether a number"),
        (b"Nom;Heures\r\na;1\r\nb\r\n", "1 line has more or fewer cells than the heading (line 3)"),
        ("Prénom;Nom\r\nÉlodie;Lefè".encode()[:-1], "signs that cannot be read are shown as"),
        (b"Nom;Heures\r\n" + b"a;1\r\n" * 30 + b"b;x\r\n", "Heures: 1 cell is no number (line 32)"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(boss: Client, content: bytes, sentence: str) -> None:
    assert sentence in text(boss, report(content))


def test_a_file_that_is_gone_is_a_sentence(boss: Client) -> None:
    file = report(HOURS)
    Path(file.file.path).unlink()
    assert "The table cannot be made now" in text(boss, file)
    assert boss.get(address(file, "table_copy")).status_code == 404


def test_a_report_without_a_csv_is_not_found(boss: Client) -> None:
    file = report(HOURS)
    ReportFile.objects.update(kind="excel")
    assert boss.get(address(file)).status_code == 404
    assert boss.get(address(file, "table_copy")).status_code == 404


def copied(client: Client, file: ReportFile, query: str = "") -> Iterator[list[str]]:
    answer = client.get(address(file, "table_copy") + query)
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    content = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    return csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")


def test_in_a_copy_nothing_is_run_as_a_formula_and_numbers_stay_numbers(boss: Client) -> None:
    rows = list(copied(boss, report(HOURS)))
    assert rows[0][:2] == ["Collaborateur", "Matricule"]
    assert rows[2] == ["'=cmd|calc", "00013", "R&D <b>", "-2,25", "8", "12,5 %", "1.04:00:00"]
    assert len(rows) == 4


def test_a_copy_has_the_rows_of_the_look_in_their_order(boss: Client) -> None:
    rows = list(copied(boss, report(HOURS), "?f2=Comptabilit%C3%A9&sort=-0"))
    assert [row[0] for row in rows[1:]] == ["Zoé", "Élodie Lefèvre"]


def test_a_copy_is_in_the_history_without_a_word_of_the_file(boss: Client) -> None:
    file = report(HOURS)
    list(copied(boss, file, "?q=zo"))
    event = Event.objects.get(verb="report.downloaded")
    assert (event.subject, event.account) == (f"reportrun:{file.run_id}", "acme")
    detail = EventDetail.objects.get(seq=event.seq)
    assert detail.values == {
        "sha256": file.sha256,
        "kind": "csv",
        "safe_copy": True,
        "filtered": True,
    }
    boss.head(address(file, "table_copy"))
    assert Event.objects.count() == 1


def test_it_costs_the_same_with_few_rows_and_with_many(boss: Client) -> None:
    few, many = report(b"N;H\r\na;1\r\n"), report(b"N;H\r\n" + b"b;1,5\r\n" * 3000)

    def cost(file: ReportFile) -> int:
        text(boss, file)
        with CaptureQueriesContext(connection) as queries:
            text(boss, file)
        return len(queries)

    assert cost(few) == cost(many) <= 6


@pytest.mark.parametrize(
    "query",
    [
        "?sort=9999999999",
        "?page=-1",
        "?f0=%00",
        "?in=x&q=%00",
        "?columns=77",
        "?measure=s9&group=c99",
        "?sep=evil&dec=evil",
        "?f9999=1",
        "?q=" + "x" * 5000,
        "?sort=--1",
        "?q=%27%22%3B--",
    ],
)
def test_no_address_breaks_it(boss: Client, query: str) -> None:
    text(boss, report(HOURS), query)
