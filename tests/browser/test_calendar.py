"""The calendar of schedules: choosing people, the grid as it arrives, a day, the file."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import axe, journey
from tests.browser.conftest import People, Portal

# A cell of a day that has not come yet.
NOT_READ = "table.calendar .day-not-read"


def arrived(page: Page, title: str) -> None:
    """The calendar of this name is shown whole, and nothing moves any more."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator("#live:not([hx-get])")).to_have_count(1)
    expect(page.locator("table.calendar")).to_be_visible()
    expect(page.locator(NOT_READ)).to_have_count(0)


def test_from_the_search_to_a_day(people: People, portal: Portal, tmp_path: Path) -> None:
    portal.read_directory()
    page = people.page("operator")
    page.goto(portal.at(""))
    page.get_by_role("link", name="Show a calendar").click()
    axe.passes(page)
    page.locator("[name=month]").fill("2029-05")
    page.fill("#id_search", "marchal")
    page.keyboard.press("Enter")
    page.locator("#people").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Add who is ticked").click()
    expect(page.get_by_role("textbox", name="Employees")).to_have_value("imarchal")
    page.get_by_role("button", name="Show the calendar").click()
    arrived(page, "May 2029")
    page.get_by_text("What the signs mean").click()
    axe.passes(page)
    path = journey.downloaded(page, "Download as CSV", tmp_path)
    assert path.read_text("utf-8-sig").count("imarchal") == 31
    page.locator("table.calendar a").nth(2).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Inès MARCHAL")
    page.get_by_text("Technical details").click()
    axe.passes(page)
    page.get_by_role("link", name="Back to the calendar").click()
    arrived(page, "May 2029")
    # The arrow beside it is for the eye only.
    page.get_by_role("button", name="June 2029").click()
    arrived(page, "June 2029")


def test_what_somebody_looks_at_stays_while_days_arrive(people: People, portal: Portal) -> None:
    portal.read_directory()
    portal.lucca.add_fault("503", path="userdates", times=0)
    page = people.page("operator")
    page.goto(portal.at("schedules/calendarreading/add/"))
    page.locator("[name=month]").fill("2029-07")
    page.get_by_role("button", name="Add everybody who is there").click()
    expect(page.get_by_role("textbox", name="Employees")).to_have_value(re.compile("imarchal"))
    page.get_by_role("button", name="Show the calendar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("July 2029")
    expect(page.locator("progress")).to_be_visible()
    expect(page.locator(NOT_READ)).to_have_count(30 * 31)
    days = page.locator(".scroll", has=page.locator("table.calendar"))
    days.evaluate("(one) => { one.scrollLeft = 120 }")
    page.get_by_text("What the signs mean").click()

    portal.lucca.clear_faults()
    portal.lucca.add_fault("503", path="userdates", skip=1, times=0)
    expect(page.locator("table.calendar a").first).to_be_visible()
    expect(page.locator("progress")).to_be_visible()
    assert days.evaluate("(one) => one.scrollLeft") == 120
    expect(page.locator(".calendar-legend")).to_be_visible()

    portal.lucca.clear_faults()
    arrived(page, "July 2029")


def test_a_calendar_that_is_being_read(people: People, portal: Portal) -> None:
    portal.read_directory()
    portal.lucca.add_fault("503", path="userdates", times=0)
    page = people.page("operator")
    # The page asks how far it is, and is told that nothing is new: it does not move.
    page.route("**/live/*", lambda route: route.fulfill(status=204))
    page.goto(portal.at("schedules/calendarreading/add/"))
    page.locator("[name=month]").fill("2029-09")
    page.fill("[name=logins]", "imarchal")
    page.get_by_role("button", name="Show the calendar").click()
    expect(page.locator("progress")).to_be_visible()
    axe.passes(page)
    page.get_by_role("button", name="Stop reading").click()
    expect(page.locator("#live:not([hx-get])")).to_have_count(1)
    axe.passes(page)
