"""The first import in a browser that runs no script: by links, buttons and reloading."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from playwright.sync_api import Page

from tests.browser import journey
from tests.browser.conftest import People, Portal, log_in
from tests.installation import until


def test_the_first_import_by_reloading(
    people: People, portal: Portal, file: Callable[..., tuple[Path, date]]
) -> None:
    path, monday = file(*journey.TWO)
    page = people.page(java_script_enabled=False)
    log_in(page, portal, "launcher")
    journey.upload(page, portal, path)
    _until_stage(page, "Checked")
    page.get_by_role("button", name=journey.ANALYSE).click()
    _until_stage(page, "Analysed")
    before = len(portal.imported())
    journey.to_launch(page)
    portal.lucca.configure(import_minimum_seconds=600.0)
    page.get_by_role("button", name=journey.IMPORT).click()
    assert page.get_by_role("progressbar").count() == 1
    until(lambda: len(portal.imported()) == before + 1)
    portal.lucca.advance(600)
    _until_stage(page, "Imported")
    assert [login for login, *_rest in portal.held(monday)] == ["imarchal", "lfournier"]


def _until_stage(page: Page, stage: str) -> None:
    """The page has a link that shows how far it is; a person who waits follows it."""

    def there() -> bool:
        again = page.get_by_role("link", name="Show how far it is now")
        if again.count():
            again.click()
        return page.locator(".lead .badge").inner_text() == stage

    until(there)
