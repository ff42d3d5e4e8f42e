"""The first import without a mouse; where one is on the page can be seen at every step."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from playwright.sync_api import Page, expect

from portal.demo import PASSWORD
from tests.browser import journey
from tests.browser.conftest import People, Portal

_WHERE = """() => {
  const here = document.activeElement;
  const style = getComputedStyle(here);
  return {
    // Not innerText, which is in capitals where the stylesheet has them so.
    name: (here.textContent || here.value || "").trim(),
    id: here.id,
    path: here.pathname || "",
    seen: here === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none",
  };
}"""


def test_the_first_import_by_keyboard_alone(
    people: People, portal: Portal, file: Callable[..., tuple[Path, date]]
) -> None:
    path, monday = file(*journey.TWO)
    page = people.page()
    # The operating system's window, in which one chooses a file by keyboard as everywhere.
    page.on("filechooser", lambda chooser: chooser.set_files(path))
    page.goto(portal.at(""))
    # The name's field has the cursor already.
    page.keyboard.type("launcher")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#user-tools")

    page.keyboard.press("Tab")
    assert _where(page)["name"] == "Skip to main content"
    page.keyboard.press("Enter")
    _go(page, "/admin/imports/importbatch/")
    _go(page, "Upload a file")
    _tab_to(page, "id_file")
    page.keyboard.press("Enter")
    expect(page.locator("#id_file")).to_have_value(re.compile(re.escape(path.name)))
    _go(page, "Upload and check")
    journey.stands(page, "Checked")
    _go(page, "Have Lucca analyse 2 lines")
    journey.stands(page, "Analysed")
    _go(page, "Import 2 lines into demo (Simulator)")
    page.wait_for_url("**/launch/")
    # The Enter key in the form must not be what launches: the way back comes first.
    _go(page, "Import 2 lines into demo (Simulator)")
    journey.stands(page, "Imported")
    assert [login for login, *_rest in portal.held(monday)] == ["imarchal", "lfournier"]


def _where(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(_WHERE)
    assert found["seen"], f"nobody sees that {found['name']} has the focus"
    return found


def _tab_to(page: Page, wanted: str) -> None:
    """`wanted` is what a person reads there, or an id, or where a link leads."""
    for _press in range(80):
        page.keyboard.press("Tab")
        here = _where(page)
        if wanted in (here["name"], here["id"], here["path"]):
            return
    raise AssertionError(f"the Tab key does not lead to {wanted}")


def _go(page: Page, wanted: str) -> None:
    _tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")
