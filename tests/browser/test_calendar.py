"""The calendar of schedules: choosing people, the grid as it arrives, a day, the file."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import axe, journey
from tests.browser.conftest import People, Portal


def arrived(page: Page) -> None:
    expect(page.locator("progress")).to_have_count(0)
    expect(page.locator(".day-not-read")).to_have_count(1)  # in the legend


def test_from_the_search_to_a_day(people: People, portal: Portal, tmp_path: Path) -> None:
    portal.read_directory()
    page = people.page("operator")
    page.goto(portal.at(""))
    page.get_by_role("link", name="Show a calendar").click()
    axe.passes(page)
    page.fill("#id_search", "marchal")
    page.keyboard.press("Enter")
    page.locator("#people").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Add who is ticked").click()
    expect(page.get_by_role("textbox", name="Employees")).to_have_value("imarchal")
    page.get_by_role("button", name="Show the calendar").click()
    arrived(page)
    page.get_by_text("What the signs mean").click()
    axe.passes(page)
    path = journey.downloaded(page, "Download as CSV", tmp_path)
    assert path.read_text("utf-8-sig").count("imarchal") >= 28
    page.locator("table.calendar a").nth(9).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Inès MARCHAL")
    page.get_by_text("Technical details").click()
    axe.passes(page)
    page.get_by_role("link", name="Back to the calendar").click()
    expect(page.locator("table.calendar")).to_be_visible()
    page.get_by_role("button", name="›").click()
    arrived(page)


def test_a_slow_lucca_shows_how_far_it_is(people: People, portal: Portal) -> None:
    portal.read_directory()
    portal.lucca.add_fault("503", path="userdates", skip=1, times=2)
    page = people.page("operator")
    page.goto(portal.at("schedules/calendarreading/add/"))
    page.get_by_role("button", name="Add everybody who is there").click()
    expect(page.get_by_role("textbox", name="Employees")).to_contain_text("imarchal")
    page.locator("[name=month]").fill("2029-05")
    page.get_by_role("button", name="Show the calendar").click()
    expect(page.locator("progress")).to_be_visible()
    arrived(page)
