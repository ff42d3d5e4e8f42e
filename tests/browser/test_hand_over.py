"""A person who may not launch hands the import over to a colleague who may."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import People, Portal


def test_a_colleague_goes_on(
    people: People, portal: Portal, file: Callable[..., tuple[Path, date]]
) -> None:
    path, _monday = file(*journey.TWO)
    path = path.rename(path.with_name("handed-over.csv"))
    page = people.page("operator")
    journey.upload(page, portal, path)
    journey.analyse(page)
    page.get_by_text("Hand over to a colleague…").click()
    page.get_by_label("To whom?").select_option("launcher")
    page.get_by_label("Why (optional)").fill("I may not launch it")
    page.get_by_role("button", name="Hand this import over").click()
    expect(page.get_by_text("launcher looks after this import now.")).to_be_visible()

    other = people.page("launcher")
    other.goto(portal.at("imports/importbatch/"))
    other.locator("#changelist-filter").get_by_role("link", name="Needs me").click()
    other.get_by_role("link", name=path.name).click()
    journey.launch(other)
