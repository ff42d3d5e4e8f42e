"""Faulty lines corrected in the table of a page: by keyboard, on a telephone, in both languages."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import axe, journey
from tests.browser.conftest import People, Portal

LINES = (
    "imarchal;Lyon Part-Dieu;Finance;{0};FullDay;;false",
    "tnol;Home;;{0};FullDay;;false",
    "lfournier;Lyon Part Dieu;Finanse;{0};FullDay;a rather long comment about this day;false",
    "hlefevre;Home;;32/03/2027;Matin;;false",
    "imarchal;Home;;{0};SecondHalf;;false",
)


def test_faulty_lines_are_corrected_by_keyboard(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    path, monday = portal.file(tmp_path, *LINES, name="march.csv")
    page = people.page("operator")
    journey.upload(page, portal, path)
    page.get_by_role("link", name="Correct 4 lines here").click()
    login = page.get_by_label("Login, line 3")
    expect(login).to_have_accessible_description(
        "There is no employee with the login “tnol”. Did you mean “tnoll”?"
    )
    # Enter in a field saves nothing: it looks the lines through again.
    login.fill("tnoll")
    login.press("Enter")
    expect(page.get_by_text("3 lines have something to correct.")).to_be_visible()
    expect(login).to_have_value("tnoll")
    page.get_by_role("button", name="Take 2 suggestions").click()
    expect(page.get_by_label("Work location, line 4")).to_have_value("Lyon Part-Dieu")
    expect(page.get_by_label("Part of the day, line 5")).to_have_value("FirstHalf")
    page.get_by_role("button", name="Save the whole file").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet.")
    page.get_by_role("button", name="Take 1 suggestion").click()
    expect(page.get_by_label("Area, line 4")).to_have_value("Finance")
    page.get_by_label("Date, line 5").fill(f"{monday:%d/%m/%Y}")
    page.get_by_label("Leave out, line 6").check()
    page.get_by_role("button", name="Save the whole file, 5 lines, as a new import").click()
    journey.stands(page, "Checked")
    expect(page.get_by_text("1 line was left out: 6.").first).to_be_visible()
    journey.analyse(page)
    page.get_by_role("link", name="march.csv", exact=True).first.click()
    journey.stands(page, "Cancelled")
    page.get_by_role("link", name="Go to the corrected import").click()
    journey.stands(page, "Analysed")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_table_is_usable_on_a_telephone_and_in_the_dark(
    people: People, portal: Portal, tmp_path: Path, language: str
) -> None:
    path, _monday = portal.file(tmp_path, *LINES, name=f"mars-{language}.csv")
    page = people.page("operator", locale=language)
    page.goto(portal.at("imports/importbatch/add/"))
    page.set_input_files("#id_file", path)
    page.locator(".btn-primary").click()
    page.locator('a[href$="/correct/"]').first.click()
    expect(page.locator(".correct-lines tbody")).to_have_count(4)
    page.locator("[name=save]").click()
    axe.passes(page)
