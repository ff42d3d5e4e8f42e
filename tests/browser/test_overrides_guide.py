"""The guide to calendars and changes of one day, and the pictures that it shows of them.

Each run takes the pictures anew into `build/screenshots`; `make screenshots` takes them into
`docs/screenshots`, where the guide shows them.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.camera import Camera
from tests.browser.conftest import People, Portal, running_portal
from tests.installation import ROOT

GUIDES = {"en": ROOT / "docs/schedules.md", "fr": ROOT / "docs/fr/schedules.md"}
KEPT = ROOT / "docs/screenshots"
FOLDER = "overrides"
PICTURES = ("calendar", "day", "ask", "compare", "result", "take-back", "unknown", "list")
DAY = date(2029, 5, 15)
_COMMENTS = {"en": "Replaces a colleague", "fr": "Remplace une collègue"}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One of its own: the pictures show what somebody new sees."""
    with running_portal(tmp_path / "portal") as found:
        found.read_directory()
        code, _account = found.installation.document(
            "account", "demo", "--set", "schedule_model=arrangements"
        )
        assert code == 0
        yield found


@pytest.mark.parametrize("language", GUIDES)
def test_the_way_that_the_guide_tells(browser: Browser, portal: Portal, language: str) -> None:
    people, camera = People(browser, portal), Camera(f"{language}/{FOLDER}")
    page = people.page("launcher", locale=language)
    portal.lucca.change_state(
        {
            "holidays": [{"calendarId": 2, "date": "2029-05-08"}],
            "leaves": [{"ownerId": 640, "date": "2029-05-09"}],
            "overrides": [{"employeeId": 640, "date": str(DAY), "position": "secondHalf",
                           "nature": "off", "comment": "swap with #88"}],
        }
    )  # fmt: skip
    _calendar(page, portal, camera)
    _changed(page, camera, language)
    _unknown(page, portal, camera)
    page.goto(portal.at("schedules/scheduleoverride/"))
    camera.take(page, "list")
    problems = people.leave()
    assert not problems, "\n".join(problems)
    assert sorted(camera.taken) == sorted(PICTURES)


def _rests(page: Page, tone: str) -> None:
    expect(page.locator(f"#stands .badge.tone-{tone}")).to_be_visible()
    expect(page.locator("#live:not([hx-get])")).to_have_count(1)


def _calendar(page: Page, portal: Portal, camera: Camera) -> None:
    page.goto(portal.at("schedules/calendarreading/add/"))
    page.locator("[name=month]").fill("2029-05")
    page.fill("[name=logins]", "imarchal\ntnoll\ncberard\nsalmeida")
    page.locator("[name=read]").click()
    expect(page.locator("#live:not([hx-get])")).to_have_count(1)
    expect(page.locator("table.calendar .day-not-read")).to_have_count(0)
    page.locator("summary").first.click()
    camera.take(page, "calendar")
    page.locator(f"a[href$='/640/{DAY}/']").click()
    camera.take(page, "day")


def _changed(page: Page, camera: Camera, language: str) -> None:
    page.locator("a.btn-primary").click()
    page.check("[name=part][value=first]")
    page.check("[name=nature][value=worked]")
    page.fill("[name=duration]", "3:30")
    page.fill("[name=starts]", "8:30")
    page.fill("[name=comment]", _COMMENTS[language])
    camera.take(page, "ask")
    page.locator("[name=ask]").click()
    _rests(page, "warning")
    camera.take(page, "compare")
    page.locator("form[action$='/agree/'] button").click()
    _rests(page, "good")
    camera.take(page, "result")
    page.locator("a[href$='/withdraw/']").click()
    camera.take(page, "take-back")
    page.locator("[name=withdraw]").click()
    _rests(page, "quiet")


def _unknown(page: Page, portal: Portal, camera: Camera) -> None:
    page.goto(portal.at("schedules/scheduleoverride/add/"))
    page.fill("[name=logins]", "imarchal")
    page.fill("[name=day]", "2029-05-16")
    page.check("[name=part][value=full]")
    page.check("[name=nature][value=off]")
    page.locator("[name=ask]").click()
    _rests(page, "warning")
    portal.lucca.add_fault("reset", path="shift-overrides", method="PUT")
    page.locator("form[action$='/agree/'] button").click()
    _rests(page, "error")
    camera.take(page, "unknown")


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_shows_every_picture(language: str) -> None:
    guide, folder = GUIDES[language], KEPT / language / FOLDER
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", guide.read_text())
    assert all(len(words) > 15 for words, _path in shown), "a picture is told in words, too"
    paths = {(guide.parent / path).resolve() for _words, path in shown}
    ours = {path for path in paths if path.parent == folder}
    assert ours == {folder / f"{name}.png" for name in PICTURES} == set(folder.iterdir())


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.glob(f"*/{FOLDER}/*.png")) < 1_200_000
