"""“Which import touched Ms Marchal on that day?”"""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import People, Portal


def test_the_import_of_an_employee_s_day_is_found(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    path, monday = portal.file(tmp_path, "imarchal;Paris Opéra;;{0};FirstHalf;;false")
    portal.launched(path.rename(path.with_name("asked-for.csv")))
    page = people.page("auditor")
    page.goto(portal.at("imports/importbatch/"))
    page.get_by_text("Which import touched an employee on a day?").click()
    page.get_by_label("Employee: name or login").fill("imarchal")
    page.get_by_label("Day", exact=True).fill(monday.isoformat())
    page.get_by_role("button", name="Which imports touched this day?").click()
    found = page.get_by_role("article")
    expect(found).to_have_count(1)
    for words in ("asked-for.csv", "Line 2", "morning", "Paris Opéra", "line imported"):
        expect(found).to_contain_text(words)
    assert "imarchal" not in page.url, "addresses are written to logs"
    found.get_by_role("link", name="asked-for.csv").click()
    expect(page.locator(".lead .badge")).to_have_text("Imported")
