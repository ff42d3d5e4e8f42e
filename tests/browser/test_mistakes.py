"""A workbook with mistakes, read in French: understood, corrected and imported."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook
from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.browser.conftest import People, Portal

HEADER = ["login", "workLocationName", "areaName", "date", "position", "comment", "isDeletion"]


def _workbook(path: Path, monday: date) -> Path:
    """As Excel keeps it in France: real dates, one of them typed as text."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    sheet.append(["imarchal", "Lyon Part-Dieu", "Finance", monday, "FullDay", "", ""])
    sheet.append(["tnol", "Home", "", monday, "FullDay", "", ""])
    sheet.append(["lfournier", "Lyon Part Dieu", "", monday, "FullDay", "", ""])
    tuesday = monday + timedelta(days=1)
    sheet.append(["hlefevre", "Home", "", f"{tuesday:%d/%m/%Y}", "Matin", "", ""])
    book.save(path)
    return path


def test_a_workbook_with_mistakes_is_corrected_and_imported(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    page = people.page("launcher", locale="fr-FR")
    monday = portal.monday()
    _upload(page, portal, _workbook(tmp_path / "semaine.xlsx", monday))
    journey.stands(page, "À corriger")
    expect(page.get_by_text("4 lignes : 3 à corriger")).to_be_visible()
    found = page.locator(".causes")
    for words in (
        "Aucun collaborateur n’a cet identifiant",
        "« tnol »",
        "« tnoll »",
        "Aucun lieu ne porte ce nom",
        "« Lyon Part-Dieu »",
        "Le moment de la journée est inconnu",
    ):
        expect(found.first.get_by_text(words).first).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger 3 lignes à corriger").click()
    corrected = tmp_path / "corrigé.csv"
    corrected.write_bytes(_corrected(download.value.path().read_bytes()))
    page.get_by_role("button", name="Laisser 3 lignes refusées de côté et en importer 1").click()
    _analyse_and_launch(page, "1 ligne")

    _upload(page, portal, corrected)
    journey.stands(page, "Vérifié")
    page.get_by_role("button", name="Faire analyser 3 lignes par Lucca").click()
    _analyse_and_launch(page, "3 lignes")
    tuesday = monday + timedelta(days=1)
    assert portal.held(monday) == [
        ("imarchal", "FullDay", "Lyon Part-Dieu"),
        ("lfournier", "FullDay", "Lyon Part-Dieu"),
        ("tnoll", "FullDay", "Home"),
    ]
    assert portal.held(tuesday) == [("hlefevre", "FirstHalf", "Home")]


def _upload(page: Page, portal: Portal, path: Path) -> None:
    page.goto(portal.at("imports/importbatch/add/"))
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Déposer et vérifier").click()


def _analyse_and_launch(page: Page, lines: str) -> None:
    journey.stands(page, "Analysé")
    page.get_by_role("link", name=f"Importer {lines}").click()
    page.get_by_role("button", name=f"Importer {lines}").click()
    journey.stands(page, "Importé")


def _corrected(content: bytes) -> bytes:
    """What a person does to the file of faulty lines in a spreadsheet."""
    text = content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0][-1] == "_reason" and len(rows) == 4
    assert all(row[-1] for row in rows[1:]), "each line carries its reason"
    right = {"tnol": "tnoll", "Lyon Part Dieu": "Lyon Part-Dieu", "Matin": "FirstHalf"}
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([[right.get(cell, cell) for cell in r] for r in rows])
    return out.getvalue().encode("utf-8-sig")
