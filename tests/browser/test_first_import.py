"""The demo's first import, as the README tells it, by somebody who never saw the portal."""

import csv

from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import People, Portal, log_in


def test_from_log_in_to_the_entries_in_lucca(people: People, portal: Portal) -> None:
    page = people.page()
    log_in(page, portal, "launcher")
    page.locator(".model-importbatch").get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="Upload a file").first.click()
    sample = portal.samples / "ready.csv"
    page.set_input_files("#id_file", sample)
    page.fill("#id_note", "The first one")
    page.get_by_role("button", name="Upload and check").click()
    journey.stands(page, "Checked")
    expect(page.get_by_text("3 lines: 3 not decided yet")).to_be_visible()
    journey.analyse(page)
    journey.to_launch(page)
    expect(page.get_by_text("This cannot be undone.")).to_be_visible()
    page.get_by_role("button", name="Import 3 lines into demo (Simulator)").click()
    journey.stands(page, "Imported")
    expect(page.get_by_text("3 lines: 3 accepted")).to_be_visible()
    assert _held(portal) == _asked(sample.read_text("utf-8-sig"))


def _asked(text: str) -> set[tuple[str, ...]]:
    lines = csv.DictReader(text.splitlines(), delimiter=";")
    return {(x["date"], x["login"], x["position"], x["workLocationName"]) for x in lines}


def _held(portal: Portal) -> set[tuple[str, ...]]:
    days = {day for day, *_rest in _asked((portal.samples / "ready.csv").read_text("utf-8-sig"))}
    names = ("date", "login", "position", "workLocationName")
    entries = portal.lucca.state()["userLocations"]["effective"]
    return {tuple(one[name] for name in names) for one in entries if one["date"] in days}
