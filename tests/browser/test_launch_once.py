"""However often a launch is asked for, Lucca gets one import; who comes second is told."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.browser.conftest import People, Portal

File = Callable[..., tuple[Path, date]]


@pytest.fixture
def ready(people: People, portal: Portal, file: File) -> Page:
    """A page at the import of an analysed file."""
    page = people.page("launcher")
    journey.upload(page, portal, file(*journey.TWO)[0])
    journey.analyse(page)
    return page


def _launch(page: Page) -> None:
    page.get_by_role("button", name=journey.IMPORT).click()


def test_from_two_tabs(portal: Portal, ready: Page) -> None:
    before = len(portal.imported())
    other = ready.context.new_page()
    other.goto(ready.url)
    journey.to_launch(ready)
    journey.to_launch(other)
    _launch(ready)
    _launch(other)
    expect(other.locator(".messagelist .warning, .messagelist .error")).to_have_count(1)
    journey.stands(ready, "Imported")
    journey.stands(other, "Imported")
    assert len(portal.imported()) == before + 1


def test_by_two_people(people: People, portal: Portal, ready: Page) -> None:
    before = len(portal.imported())
    other = people.page("launcher")
    other.goto(ready.url)
    journey.to_launch(other)
    journey.to_launch(ready)
    _launch(ready)
    expect(ready.get_by_text("The import is launched.")).to_be_visible()
    _launch(other)
    expect(other.locator(".messagelist .warning, .messagelist .error")).to_have_count(1)
    journey.stands(other, "Imported")
    assert len(portal.imported()) == before + 1


def test_by_a_double_click_and_a_way_back(portal: Portal, ready: Page) -> None:
    before = len(portal.imported())
    journey.to_launch(ready)
    ready.get_by_role("button", name=journey.IMPORT).dblclick()
    journey.stands(ready, "Imported")
    ready.go_back()
    ready.reload()
    journey.stands(ready, "Imported")
    assert len(portal.imported()) == before + 1
