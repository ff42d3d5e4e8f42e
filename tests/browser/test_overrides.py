"""One day changed and taken back, from the calendar on; and the page while it moves or hangs."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import People, Portal
from tests.browser.test_calendar import arrived

LABEL = re.compile("^Make Tuesday.15.May.2029, second half, time off for Inès MARCHAL in demo")


@pytest.fixture(autouse=True)
def _confirmed(portal: Portal) -> None:
    """A person said which model of schedules the simulated Lucca has."""
    portal.read_directory()
    code, _account = portal.installation.document(
        "account", "demo", "--set", "schedule_model=arrangements"
    )
    assert code == 0


def stands(page: Page, stage: str) -> None:
    expect(page.locator("#stands .badge")).to_have_text(stage)
    expect(page.locator("#live:not([hx-get])")).to_have_count(1)


def ask(page: Page, portal: Portal, day: str, *, login: str = "imarchal") -> None:
    page.goto(portal.at("schedules/scheduleoverride/add/"))
    page.fill("[name=logins]", login)
    page.fill("[name=day]", day)
    page.get_by_label("Second half").check()
    page.get_by_label("Off", exact=True).check()
    page.get_by_role("button", name="Read the day and show what would change").click()


def test_from_the_calendar_to_verified_and_taken_back(people: People, portal: Portal) -> None:
    page = people.page("launcher")
    page.goto(portal.at("schedules/calendarreading/add/"))
    page.locator("[name=month]").fill("2029-05")
    page.fill("[name=logins]", "imarchal")
    page.get_by_role("button", name="Show the calendar").click()
    arrived(page, "May 2029")
    page.locator("table.calendar tbody td a").nth(14).click()
    page.get_by_role("link", name="Change this day").click()
    expect(page.locator("[name=day]")).to_have_value("2029-05-15")
    axe.passes(page)
    page.get_by_role("button", name="Read the day and show what would change").click()
    expect(page.get_by_text("Choose the part of the day.")).to_be_visible()
    axe.passes(page)
    page.get_by_label("Second half").check()
    page.get_by_label("Off", exact=True).check()
    page.get_by_role("button", name="Read the day and show what would change").click()

    stands(page, "Waits for you")
    axe.passes(page)
    page.get_by_role("button", name=LABEL).click()
    stands(page, "Applied and verified")
    page.get_by_text("Technical details").click()
    page.get_by_text("History").click()
    axe.passes(page)

    page.get_by_role("link", name="Take it back…").click()
    expect(page.get_by_text("No former value is put back.")).to_be_visible()
    axe.passes(page)
    page.get_by_role("button", name="Take back what was changed on").click()
    stands(page, "Taken back")
    axe.passes(page)
    page.goto(portal.at("schedules/scheduleoverride/"))
    axe.passes(page)


def test_two_clicks_and_two_tabs_make_one_change(people: People, portal: Portal) -> None:
    page = people.page("launcher")
    ask(page, portal, "2029-05-16")
    stands(page, "Waits for you")
    other = page.context.new_page()
    other.goto(page.url)
    page.get_by_role("button", name=re.compile("^Make Wednesday")).dblclick()
    stands(page, "Applied and verified")
    other.get_by_role("button", name=re.compile("^Make Wednesday")).click()
    expect(other.get_by_text("This override is not waiting for anybody.")).to_be_visible()
    held = [one for one in portal.lucca.state()["schedules"]["overrides"]
            if (one["employeeId"], one["date"]) == (812, "2029-05-16")]  # fmt: skip
    assert len(held) == 1


def test_an_answer_that_is_lost(people: People, portal: Portal) -> None:
    page = people.page("launcher")
    ask(page, portal, "2029-05-17")
    stands(page, "Waits for you")
    portal.lucca.add_fault("reset", path="shift-overrides", method="PUT")
    page.get_by_role("button", name=re.compile("^Make Thursday")).click()
    stands(page, "Outcome unknown")
    axe.passes(page)
    page.get_by_role("link", name="Say what became of it").click()
    axe.passes(page)
    page.get_by_label("The change is not there, and the day is as it was before.").check()
    page.get_by_role("textbox", name="How do you know?").fill("Looked at her calendar twice.")
    page.get_by_role("button", name="Note this as what became of it").click()
    stands(page, "Not applied")


def test_what_cannot_be_done_is_said(people: People, portal: Portal) -> None:
    page = people.page("launcher")
    ask(page, portal, "2029-05-18", login="lfournier")
    stands(page, "Cannot be applied")
    expect(page.get_by_text("does not split days into halves")).to_be_visible()
    axe.passes(page)
