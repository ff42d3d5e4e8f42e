"""Each role meets what it may not do: no button for it, and a page in words for who insists."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.browser.conftest import People, Portal

ACTS = {
    "check": {"operator", "launcher"},
    "analyse": {"operator", "launcher"},
    "cancel": {"operator", "launcher"},
    "launch": {"launcher"},
}
PAGES = {
    "imports/importbatch/add/": {"operator", "launcher"},
    "portal/event/": {"auditor", "administrator"},
    "portal/account/add/": {"administrator"},
    "auth/group/add/": {"administrator"},
}


@pytest.fixture(scope="module")
def batch(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an analysed import, which is somebody else's."""
    path, _monday = portal.file(tmp_path_factory.mktemp("roles"), *journey.TWO)
    return portal.at(f"imports/importbatch/{portal.analysed(path)}/")


@pytest.mark.parametrize("role", ["operator", "launcher", "approver", "auditor", "administrator"])
def test_a_role_and_what_it_may_not_do(
    people: People, portal: Portal, batch: str, role: str
) -> None:
    page, sent = people.page(role), len(portal.imported())
    its_page = f"{batch}change/"
    page.goto(its_page)
    launch = page.get_by_role("link", name=journey.IMPORT)
    expect(launch).to_have_count(int(role in ACTS["launch"]))
    cancel = page.get_by_text("Cancel this import")
    expect(cancel).to_have_count(int(role in ACTS["cancel"]))
    if role != "launcher":
        said = "Ready. Somebody who may launch imports must go on from here."
        expect(page.get_by_text(said)).to_be_visible()

    for verb, roles in ACTS.items():
        if role not in roles:
            page.goto(its_page)
            with people.watch(page).expect(403):
                _post(page, f"{batch}{verb}/")
                _refused(page)
    for path, roles in PAGES.items():
        if role in roles:
            page.goto(portal.at(path))
            expect(page.locator("#user-tools")).to_be_visible()
        else:
            with people.watch(page).expect(403):
                page.goto(portal.at(path))
                _refused(page)
    page.goto(its_page)
    journey.stands(page, "Analysed")
    assert len(portal.imported()) == sent


def _post(page: Page, address: str) -> None:
    """As a form of one's own making would, with the page's own token and session."""
    with page.expect_navigation(url=re.compile(re.escape(address))):
        page.evaluate(
            """(address) => {
              const form = document.querySelector("#logout-form").cloneNode(true);
              form.action = address;
              document.body.append(form);
              form.submit();
            }""",
            address,
        )


def _refused(page: Page) -> None:
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("You may not do this")
    expect(page.get_by_text("portal's administrator")).to_be_visible()
    expect(page.get_by_role("link", name="Back to the start page")).to_be_visible()
