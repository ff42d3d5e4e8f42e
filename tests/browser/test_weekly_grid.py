"""The grid that HR keeps, with a mistake in half a day: corrected cell by cell, and imported."""

import csv
import io
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import People, Portal


def test_a_grid_with_a_mistake_in_a_half_is_corrected_and_imported(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    page, monday = people.page("launcher"), portal.monday()
    tuesday = monday + timedelta(days=1)
    grid = tmp_path / "week.csv"
    rows = [
        f"Nom;Prénom;login;{monday:%d/%m/%Y};{tuesday:%d/%m/%Y}",
        "Marchal;Inès;imarchal;Home / Paris Opéra;Home",
        "Noll;Théo;tnoll;;/ Paris Opera",
    ]
    grid.write_bytes("\r\n".join(rows).encode("cp1252"))
    journey.upload(page, portal, grid)
    journey.stands(page, "To correct")
    expect(page.get_by_text("4 lines: 1 to correct, 3 not decided yet")).to_be_visible()
    expect(page.locator("#lines-section").get_by_text("afternoon")).to_be_visible()

    faulty = journey.downloaded(page, "Download 1 line to correct", tmp_path)
    page.get_by_role("button", name="Leave 1 refused line out and import 3").click()
    journey.stands(page, "Analysed")
    journey.launch(page)

    faulty.write_bytes(_corrected(faulty.read_text("utf-8-sig")))
    journey.upload(page, portal, faulty)
    journey.stands(page, "Checked")
    journey.analyse(page)
    journey.launch(page)
    assert portal.held(monday) == [
        ("imarchal", "FirstHalf", "Home"),
        ("imarchal", "SecondHalf", "Paris Opéra"),
    ]
    assert portal.held(tuesday) == [
        ("imarchal", "FullDay", "Home"),
        ("tnoll", "SecondHalf", "Paris Opéra"),
    ]


def _corrected(text: str) -> bytes:
    """Only the cell with the mistake is there, and a person puts it right."""
    header, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert header[-1] == "_reason"
    assert [[cell for cell in row[:-1] if "/" in cell] for row in rows] == [["/ Paris Opera"]]
    out = io.StringIO()
    right = [[cell.replace("/ Paris Opera", "/ Paris Opéra") for cell in row] for row in rows]
    csv.writer(out, delimiter=";").writerows([header, *right])
    return out.getvalue().encode("utf-8-sig")
