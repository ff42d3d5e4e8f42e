"""The background service stops in the middle of the work, and is started again."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import People, Portal
from tests.installation import until


def test_the_page_says_so_and_goes_on_by_itself(
    people: People, portal: Portal, file: Callable[..., tuple[Path, date]]
) -> None:
    page = people.page("launcher")
    path, monday = file(*journey.TWO)
    journey.upload(page, portal, path)
    journey.analyse(page)
    before = len(portal.imported())
    portal.lucca.configure(import_minimum_seconds=600.0)
    journey.to_launch(page)
    page.get_by_role("button", name=journey.IMPORT).click()
    expect(page.get_by_role("heading", name="Under way")).to_be_visible()
    until(lambda: len(portal.imported()) == before + 1)

    portal.installation.stop_worker()
    try:
        # Shown there; said to a screen reader elsewhere.
        said = page.locator("#live").get_by_text("The background service stopped at")
        expect(said).to_be_visible()
        expect(said).to_contain_text("nothing is lost")
        portal.lucca.advance(600)
        expect(page.get_by_role("progressbar")).to_be_visible()
    finally:
        portal.installation.start_worker()
    # Nobody touches the page from here on.
    journey.stands(page, "Imported")
    expect(page.get_by_text("The background service stopped at")).to_have_count(0)
    assert len(portal.imported()) == before + 1
    assert [login for login, *_rest in portal.held(monday)] == ["imarchal", "lfournier"]
