"""A few lines go first, chosen on the launch page; the rest waits for what is found of them."""

import os
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import axe, journey
from tests.browser.conftest import People, Portal
from tests.installation import until

# Where somebody looks at the pages, a folder for their pictures.
_PICTURES = os.environ.get("CANARY_PICTURES", "")
LINES = [
    f"{login};Home;;{{{day}}};FullDay;;false"
    for login in ("imarchal", "lfournier", "tnoll", "crousseau")
    for day in range(5)
]
FIRST = "Import the first 3 of 20 lines into demo (Simulator)"
REST = "Import 17 more lines into demo (Simulator)"


def pictures(page: Page, name: str) -> None:
    """As it looks in light and dark, wide and on a phone."""
    for scheme in ("light", "dark") if _PICTURES else ():
        for width in (1360, 390):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            language = page.evaluate("document.documentElement.lang")
            path = f"{_PICTURES}/{name}-{language}-{scheme}-{width}.png"
            page.screenshot(path=path, full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1360, "height": 900})


def chosen(page: Page, portal: Portal, path: Path, *, lines: str, then: str) -> None:
    """On the launch page of an analysed import, until Lucca has analysed it as it will be sent."""
    journey.upload(page, portal, path)
    journey.analyse(page)
    journey.to_launch(page)
    page.get_by_text("Have a few lines go first…").click()
    page.get_by_label("How many lines go first?").fill(lines)
    page.get_by_label(then).check()
    pictures(page, "choose")
    axe.passes(page)
    page.get_by_role("button", name="Have Lucca analyse it with these lines first").click()
    link = page.get_by_role("link", name=FIRST)
    expect(link).to_be_visible()
    pictures(page, "analysed")
    link.click()
    expect(page.get_by_text("The first 3 lines go first")).to_be_visible()
    pictures(page, "launch")


def test_the_rest_waits_for_who_wanted_that(people: People, portal: Portal, tmp_path: Path) -> None:
    page, before = people.page("launcher"), len(portal.imported())
    path, monday = portal.file(tmp_path, *LINES)
    chosen(page, portal, path, lines="3", then="The rest waits for me")
    page.get_by_role("button", name=FIRST).click()
    journey.stands(page, "Stopped after the first lines")
    expect(page.get_by_text("3 lines: 3 verified").first).to_be_visible()
    assert len(portal.imported()) == before + 1
    pictures(page, "verified")
    axe.passes(page)
    page.get_by_role("link", name=REST).click()
    pictures(page, "rest")
    page.get_by_role("button", name=REST).click()
    journey.stands(page, "Imported")
    pictures(page, "done")
    assert len(portal.imported()) == before + 2
    assert len(portal.held(monday)) == 4


def test_what_is_missing_stops_it_and_it_ends_there(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    page, before = people.page("launcher"), len(portal.imported())
    path, monday = portal.file(tmp_path, *LINES)
    chosen(page, portal, path, lines="3", then="The rest goes on by itself")
    portal.lucca.configure(import_minimum_seconds=100.0)
    try:
        page.get_by_role("button", name=FIRST).click()
        until(lambda: len(portal.imported()) == before + 1)
        expect(page.locator("#progress-words")).to_contain_text("the others wait")
        pictures(page, "under-way")
        # Somebody else is quicker than the reading.
        portal.lucca.add_fault("503", method="GET", path="/api/user-locations", times=2)
        portal.lucca.advance(200)
        until(lambda: bool(portal.held(monday)))
        [row] = [
            one["id"]
            for one in portal.lucca.state()["userLocations"]["effective"]
            if (one["login"], one["date"]) == ("imarchal", monday.isoformat())
        ]
        portal.lucca.change_state({"userLocations": [{"id": row, "remove": True}]})
    finally:
        portal.lucca.configure(import_minimum_seconds=0.0)
    journey.stands(page, "Stopped after the first lines")
    expect(page.get_by_text("2 are in Lucca as they were sent").first).to_be_visible()
    pictures(page, "doubt")
    page.get_by_role("link", name=REST).click()
    expect(page.get_by_label("Why may the rest go all the same?")).to_be_visible()
    pictures(page, "rest-doubt")
    axe.passes(page)
    page.get_by_role("button", name="Go back, send nothing yet").click()
    page.get_by_role("button", name="End it here: 17 lines are not sent").click()
    journey.stands(page, "Imported in part")
    expect(page.get_by_text("20 lines: 3 accepted, 17 left out")).to_be_visible()
    pictures(page, "ended")
    axe.passes(page)
    assert len(portal.imported()) == before + 1
    page.get_by_role("button", name=re.compile("^Make an import of 1[78] lines")).click()
    journey.stands(page, "Checked")
    pictures(page, "made")
