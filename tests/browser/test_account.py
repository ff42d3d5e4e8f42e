"""The page of an account: what its key may do, and whom to ask for the rest."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from portal.simulator import DEFAULT_KEY
from tests.browser.conftest import People, Portal

RIGHT = "Import schedule"


@pytest.fixture
def without_right(portal: Portal) -> Iterator[None]:
    """A key that may read and not import."""
    portal.lucca.add_key(DEFAULT_KEY, office_import=False)
    yield
    portal.lucca.add_key(DEFAULT_KEY)


@pytest.mark.usefixtures("without_right")
def test_a_check_says_what_is_missing_and_whom_to_ask(people: People, portal: Portal) -> None:
    page = people.page("administrator")
    page.goto(portal.at("portal/account/"))
    page.get_by_role("link", name="demo", exact=True).click()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("1 finding", exact=True)).to_be_visible()
    finding = page.locator(".causes .tone-error")
    expect(finding).to_contain_text("What to ask for")
    expect(finding).to_contain_text(RIGHT)
    expect(page.locator(".causes .tone-good")).to_have_count(6)
    expect(page.get_by_text("requests a minute are free now")).to_be_visible()

    portal.lucca.add_key(DEFAULT_KEY)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("There is nothing to ask for.")).to_be_visible()
