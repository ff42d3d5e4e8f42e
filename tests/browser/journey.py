"""What a person does with an import, click by click, in English."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Portal

TWO = ("imarchal;Home;;{0};FullDay;;false", "lfournier;Home;;{0};FullDay;;false")
ANALYSE = re.compile("^Have Lucca analyse")
IMPORT = re.compile(r"^Import \d+ lines? into demo \(Simulator\)$")


def upload(page: Page, portal: Portal, path: Path, *, override: bool = False) -> None:
    """Until the page of the new import is shown."""
    page.goto(portal.at("imports/importbatch/add/"))
    page.set_input_files("#id_file", path)
    page.locator("#id_override").set_checked(override)
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url(re.compile(r"/importbatch/\d+/change/"))


def analyse(page: Page) -> None:
    """From a checked file until Lucca's analysis is there; the page moves by itself."""
    page.get_by_role("button", name=ANALYSE).click()
    stands(page, "Analysed")


def to_launch(page: Page) -> None:
    page.get_by_role("link", name=IMPORT).click()
    page.wait_for_url(re.compile(r"/launch/"))


def launch(page: Page) -> None:
    """From Lucca's analysis until the import is done."""
    to_launch(page)
    page.get_by_role("button", name=IMPORT).click()
    stands(page, "Imported")


def downloaded(page: Page, name: str | re.Pattern[str], folder: Path) -> Path:
    """What the link of that name hands out, under the name that it suggests."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def stands(page: Page, stage: str) -> None:
    expect(page.locator(".lead .badge")).to_have_text(stage)
