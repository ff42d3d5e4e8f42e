"""Before an import that replaces is launched: each line beside what Lucca holds."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import People, Portal


def test_what_would_be_replaced_is_shown_before_the_launch(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    path, monday = portal.file(tmp_path, "imarchal;Home;;{0};FullDay;;false")
    portal.launched(path)
    text = path.read_text("utf-8-sig").replace("Home", "Paris Opéra")
    path.write_text(f"{text}tnoll;Home;;{monday};FullDay;;false\n", "utf-8-sig")
    page = people.page("launcher")
    journey.upload(page, portal, path, override=True)
    journey.analyse(page)
    journey.to_launch(page)
    page.get_by_role("link", name="See what would be replaced").click()
    page.get_by_role("button", name="Read these entries from Lucca").click()
    rows = page.locator("table.lines tbody tr")
    expect(rows).to_have_count(2)
    for row, words in (
        (rows.filter(has_text="imarchal"), ["Home", "Paris Opéra", "replaces what stands there"]),
        (rows.filter(has_text="tnoll"), ["–", "Home", "fills what is empty"]),
    ):
        for one in words:
            expect(row).to_contain_text(one)
    assert portal.held(monday) == [("imarchal", "FullDay", "Home")], "looking changes nothing"

    page.get_by_role("link", name="Back to the import").click()
    journey.launch(page)
    assert portal.held(monday) == [
        ("imarchal", "FullDay", "Paris Opéra"),
        ("tnoll", "FullDay", "Home"),
    ]
