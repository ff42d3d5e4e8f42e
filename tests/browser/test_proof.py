"""After an import what stands in Lucca is shown line by line, and what stood before is put back."""

import os
import re
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.browser.conftest import People, Portal

# Where somebody looks at the pages, a folder for their pictures.
_PICTURES = os.environ.get("PROOF_PICTURES", "")


def picture(page: Page, name: str) -> None:
    if _PICTURES:
        page.screenshot(path=f"{_PICTURES}/{name}.png", full_page=True)


def change(portal: Portal, login: str, day: date, **fields: Any) -> None:
    """Somebody else changes an entry in Lucca."""
    [row] = [
        one["id"]
        for one in portal.lucca.state()["userLocations"]["effective"]
        if (one["login"], one["date"]) == (login, day.isoformat())
    ]
    portal.lucca.change_state({"userLocations": [{"id": row, **fields}]})


def read_back(page: Page) -> None:
    """The background service may have begun by itself: then its reading is waited for first."""
    button = page.get_by_role("button", name=re.compile("^Read (again|this import back)"))
    expect(button).to_be_visible()
    button.click()
    expect(page.get_by_role("button", name="Read again")).to_be_visible()


def test_an_import_is_read_back_and_put_back(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    path, monday = portal.file(
        tmp_path, "imarchal;Home;;{0};FullDay;;false", "lfournier;Home;;{0};FullDay;;false"
    )
    portal.launched(path)
    before = portal.held(monday)
    path.write_text(path.read_text("utf-8-sig").replace("Home", "Paris Opéra"), "utf-8-sig")
    page = people.page("launcher")
    journey.upload(page, portal, path, override=True)
    journey.analyse(page)
    journey.to_launch(page)
    expect(page.get_by_text("What stands there is read and kept first")).to_be_visible()
    picture(page, "launch")
    page.get_by_role("button", name=journey.IMPORT).click()
    journey.stands(page, "Imported")
    change(portal, "lfournier", monday, remove=True)

    page.get_by_role(
        "link", name=re.compile("^(Read this import back…|See what was found)")
    ).click()
    read_back(page)
    expect(page.get_by_text("2 lines: 1 verified, 1 missing")).to_be_visible()
    row = page.locator("table.lines tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("lfournier")
    picture(page, "verification")
    page.set_viewport_size({"width": 390, "height": 800})
    picture(page, "verification-phone")
    page.set_viewport_size({"width": 1360, "height": 900})

    page.get_by_role("link", name="Back to the import").click()
    picture(page, "import")
    page.get_by_role("link", name="Put back what stood there before…").click()
    expect(page.get_by_text("1 day was changed since the import")).to_be_visible()
    picture(page, "compensation")
    page.get_by_label("Put back 1 day that was changed since, too.").check()
    page.get_by_role("button", name="Make the import that puts this back").click()
    expect(page.get_by_text("The import that puts it back was made.")).to_be_visible()
    journey.stands(page, "Checked")
    picture(page, "made")
    journey.analyse(page)
    journey.launch(page)
    assert portal.held(monday) == before


def test_an_unknown_outcome_is_settled_by_looking(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    page = people.page("launcher")
    path, monday = portal.file(tmp_path, *journey.TWO)
    journey.upload(page, portal, path)
    journey.analyse(page)
    before = len(portal.imported())
    portal.lucca.add_fault("reset", method="POST", create=True, when="after")
    journey.to_launch(page)
    page.get_by_role("button", name=journey.IMPORT).click()
    journey.stands(page, "Outcome unknown")
    picture(page, "unknown")
    page.get_by_role("button", name="Look in Lucca what became of it").click()
    expect(page.get_by_text("2 lines: 2 verified")).to_be_visible()
    page.get_by_role("link", name="Back to the import").click()
    journey.stands(page, "Imported")
    expect(page.get_by_text("every line that was sent is there").first).to_be_visible()
    picture(page, "reconciled")
    assert len(portal.imported()) == before + 1
    assert [login for login, *_rest in portal.held(monday)] == ["imarchal", "lfournier"]
