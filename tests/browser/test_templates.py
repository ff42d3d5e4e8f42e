"""A template is downloaded, filled in in a spreadsheet, and uploaded."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import People, Portal


def _lines(sheet: Worksheet, portal: Portal) -> None:
    """Two days of one person, chosen from the lists."""
    names = [cell.value for cell in sheet[1]]
    monday = portal.monday()
    first = {"login": "imarchal", "workLocationName": "Home", "date": monday, "position": "FullDay"}
    second = {**first, "login": "tnoll", "workLocationName": "Paris Opéra"}
    for number, line in enumerate([first, second], start=2):
        for name, value in line.items():
            sheet.cell(number, names.index(name) + 1, value)


def _week(sheet: Worksheet, portal: Portal) -> None:
    """Everybody has a row already, and days are columns."""
    row = next(row[0].row for row in sheet.iter_rows(min_row=2) if row[2].value == "imarchal")
    for column, value in enumerate(["Home", "/ Paris Opéra"], start=4):
        sheet.cell(row, column, value)


@pytest.mark.parametrize(("kind", "fill"), [("One row per person", _lines), ("Weekly", _week)])
def test_a_filled_template_passes_the_check(
    people: People, portal: Portal, tmp_path: Path, kind: str, fill: Any
) -> None:
    portal.read_directory()
    page = people.page("operator")
    page.goto(portal.at("imports/importbatch/"))
    page.get_by_role("link", name="Download a template").first.click()
    path = journey.downloaded(page, kind, tmp_path)
    book = load_workbook(path)
    fill(book.worksheets[0], portal)
    book.save(path)
    journey.upload(page, portal, path)
    journey.stands(page, "Checked")
    expect(page.get_by_text("2 lines: 2 not decided yet")).to_be_visible()
