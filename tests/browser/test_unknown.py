"""Lucca imports, and its answer is lost: the page says what is known, and a person settles it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import People, Portal


def test_an_unknown_outcome_is_said_and_settled(
    people: People, portal: Portal, file: Callable[..., tuple[Path, date]]
) -> None:
    page = people.page("launcher")
    path, monday = file(*journey.TWO)
    journey.upload(page, portal, path)
    journey.analyse(page)
    before = len(portal.imported())
    portal.lucca.add_fault("reset", method="POST", create=True, when="after")
    journey.to_launch(page)
    page.get_by_role("button", name=journey.IMPORT).click()
    journey.stands(page, "Outcome unknown")
    for words in (
        "It may have been imported.",
        "Nothing will be sent again until someone looks.",
        "Do not send the file again before.",
    ):
        expect(page.locator("#live").get_by_text(words)).to_be_visible()

    page.get_by_role("link", name="Say what became of this import").click()
    page.get_by_role("button", name="Note this as what became of the import").click()
    # Nothing is chosen beforehand, and nothing is taken for granted.
    expect(page.locator(".errorlist")).to_have_count(2)
    page.get_by_label("All lines are in Lucca.").check()
    page.get_by_label("How do you know?").fill("Looked at both employees on that Monday.")
    page.get_by_role("button", name="Note this as what became of the import").click()
    journey.stands(page, "Imported")
    assert len(portal.imported()) == before + 1
    assert [login for login, *_rest in portal.held(monday)] == ["imarchal", "lfournier"]
