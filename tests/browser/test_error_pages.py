"""Pages for what went wrong: in words, in both languages, and fit for everybody."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from portal.simulator import DEFAULT_KEY
from tests.browser import axe
from tests.browser.conftest import People, Portal
from tests.installation import Installation


def _says(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    axe.passes(page)
    page.get_by_role("link", name="Back to the start page").click()


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a portal whose database has no tables."""
    installation = Installation(tmp_path_factory.mktemp("broken"), "", DEFAULT_KEY)
    yield installation.start_web()
    installation.close()


def test_not_allowed(people: People, portal: Portal) -> None:
    page = people.page("approver")
    with people.watch(page).expect(403):
        page.goto(portal.at("imports/importbatch/add/"))
        _says(page, "You may not do this")
    expect(page.locator("#user-tools")).to_be_visible()


@pytest.mark.parametrize("path", ["imports/importbatch/999999/change/", "nothing/here/"])
def test_not_there(people: People, portal: Portal, path: str) -> None:
    page = people.page("launcher")
    with people.watch(page).expect(404):
        page.goto(portal.at(path))
        _says(page, "There is no such page")
    expect(page.locator("#user-tools")).to_be_visible()


def test_open_for_too_long(people: People, portal: Portal) -> None:
    page = people.page()
    page.goto(portal.at("login/"))
    page.context.clear_cookies()
    page.fill("#id_username", "launcher")
    page.fill("#id_password", "x")
    with people.watch(page).expect(403):
        page.click("#login-form [type=submit]")
        _says(page, "This page was open for too long")
    expect(page.locator("#login-form")).to_be_visible()


def test_a_request_that_cannot_be_read(people: People, portal: Portal) -> None:
    page = people.page("launcher")
    page.goto(portal.at("imports/importbatch/add/"))
    # More fields than Django takes from anybody.
    page.evaluate(
        """() => {
          const form = document.querySelector("#content form");
          for (let number = 0; number < 5100; number++) {
            const field = document.createElement("input");
            field.name = "more";
            form.append(field);
          }
        }"""
    )
    with people.watch(page).expect(400):
        page.get_by_role("button", name="Upload and check").click()
        _says(page, "This cannot be understood")
    expect(page.locator("#user-tools")).to_be_visible()


def test_the_database_is_away(people: People, broken: str) -> None:
    page = people.page()
    page.context.add_cookies([{"name": "sessionid", "value": "x" * 32, "url": broken}])
    with people.watch(page).expect(500):
        page.goto(f"{broken}/admin/")
        _says(page, "Something went wrong here")
        # It led to the start page, which fails likewise, in words again.
        expect(page.get_by_role("heading", level=1)).to_have_text("Something went wrong here")


def test_in_french(people: People, portal: Portal) -> None:
    page = people.page("launcher", locale="fr-FR")
    with people.watch(page).expect(404):
        page.goto(portal.at("nothing/here/"))
        expect(page.locator("html")).to_have_attribute("lang", "fr")
    axe.passes(page)
