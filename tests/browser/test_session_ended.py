"""Logged out in the middle: what was asked for is not done, is said, and is quickly done again."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.browser.conftest import People, Portal, log_in, log_in_here

File = Callable[..., tuple[Path, date]]
SAID = "Please log in; then you come back to where you were."


@pytest.fixture
def page(people: People, portal: Portal) -> Page:
    """With a session of its own, which may end without harm to other tests."""
    found = people.page()
    log_in(found, portal, "launcher")
    return found


def _log_out_elsewhere(page: Page, portal: Portal) -> None:
    other = page.context.new_page()
    other.goto(portal.at(""))
    other.get_by_role("button", name="Log out").click()
    other.wait_for_load_state()
    other.close()


def test_at_the_upload(page: Page, portal: Portal, file: File) -> None:
    path, _monday = file(*journey.TWO)
    page.goto(portal.at("imports/importbatch/add/"))
    page.set_input_files("#id_file", path)
    _log_out_elsewhere(page, portal)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_text(SAID)).to_be_visible()
    log_in_here(page, "launcher")
    page.wait_for_url("**/importbatch/add/")
    # No page may fill in a file; it asks for it again.
    expect(page.locator("#id_file")).to_have_value("")
    journey.upload(page, portal, path)
    journey.stands(page, "Checked")


@pytest.mark.parametrize("where", ["analysis", "launch"])
def test_at_a_button(page: Page, portal: Portal, file: File, where: str) -> None:
    sent = len(portal.imported())
    journey.upload(page, portal, file(*journey.TWO)[0])
    name, again, stage = journey.ANALYSE, journey.ANALYSE, "Analysed"
    if where == "launch":
        journey.analyse(page)
        journey.to_launch(page)
        name, again, stage = journey.IMPORT, journey.IMPORT, "Imported"
    _log_out_elsewhere(page, portal)
    page.get_by_role("button", name=name).click()
    expect(page.get_by_text(SAID)).to_be_visible()
    log_in_here(page, "launcher")
    # Back at where the button is, and nothing has been done by logging in.
    button = page.get_by_role("button", name=again)
    expect(button).to_be_visible()
    assert len(portal.imported()) == sent
    button.click()
    journey.stands(page, stage)


def test_with_every_cookie_gone(people: People, page: Page, portal: Portal, file: File) -> None:
    journey.upload(page, portal, file(*journey.TWO)[0])
    page.context.clear_cookies()
    with people.watch(page).expect(403):
        page.get_by_role("button", name=journey.ANALYSE).click()
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("This page was open for too long")
    page.get_by_role("link", name="Go on from here").click()
    expect(page.get_by_text(SAID)).to_be_visible()
    log_in_here(page, "launcher")
    page.get_by_role("button", name=journey.ANALYSE).click()
    journey.stands(page, "Analysed")


def test_while_the_page_waits(page: Page, portal: Portal, file: File) -> None:
    """The part that moves leads to the log-in, not the log-in into the part that moves."""
    journey.upload(page, portal, file(*journey.TWO)[0])
    portal.lucca.configure(import_minimum_seconds=600.0)
    page.get_by_role("button", name=journey.ANALYSE).click()
    expect(page.get_by_role("heading", name="Under way")).to_be_visible()
    _log_out_elsewhere(page, portal)
    expect(page.get_by_text(SAID)).to_be_visible()
    portal.lucca.advance(600)
    log_in_here(page, "launcher")
    journey.stands(page, "Analysed")
