"""The guide to arrangements, assignments, schedules over time and units, and its pictures.

Each run takes the pictures anew into `build/screenshots`; `make screenshots` takes them into
`docs/screenshots`, where the guide shows them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import axe
from tests.browser.camera import Camera
from tests.browser.conftest import People, Portal, running_portal
from tests.installation import ROOT

GUIDES = {"en": ROOT / "docs/schedules.md", "fr": ROOT / "docs/fr/schedules.md"}
KEPT = ROOT / "docs/screenshots"
FOLDER = "assignments"
PICTURES = ("arrangements", "week", "over-time", "cycles", "ask", "confirm", "done", "unit")
DAY = "2029-07-02"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One of its own: the pictures show what somebody new sees."""
    with running_portal(tmp_path / "portal") as found:
        found.read_directory()
        _model(found, "arrangements")
        yield found


def _model(portal: Portal, model: str) -> None:
    setting = f"schedule_model={model}"
    code, _account = portal.installation.document("account", "demo", "--set", setting)
    assert code == 0


@pytest.mark.parametrize("language", GUIDES)
def test_the_way_that_the_guide_tells(browser: Browser, portal: Portal, language: str) -> None:
    people, camera = People(browser, portal), Camera(f"{language}/{FOLDER}")
    page = people.page("launcher", locale=language)
    portal.lucca.change_state(
        {
            "overrides": [
                {"employeeId": 812, "date": f"2029-07-{day:02}", "position": "firstHalf",
                 "nature": "off"}
                for day in (10, 12)
            ]
        }
    )  # fmt: skip
    _arrangements(page, portal, camera)
    _over_time(page, portal, camera, "over-time", "lgirard")
    _given(page, portal, camera)
    portal.lucca.configure(schedule_model="workcycles")
    _model(portal, "workcycles")
    portal.lucca.change_state(
        {
            "userWorkCycles": [
                {"ownerId": 640, "clear": True},
                _cycle(6, "1900-01-01", "2024-08-31"),
                _cycle(10, "2024-09-01", "9999-12-31"),
            ]
        }
    )  # fmt: skip
    _over_time(page, portal, camera, "cycles", "tnoll")
    _unit(page, portal, camera)
    problems = people.leave()
    assert not problems, "\n".join(problems)
    assert sorted(camera.taken) == sorted(PICTURES)


def _cycle(number: int, first: str, last: str) -> dict[str, Any]:
    return {"ownerId": 640, "workCycleId": number, "startsOn": first, "endsOn": last}


def _arrangements(page: Page, portal: Portal, camera: Camera) -> None:
    where = portal.at("schedules/knownarrangement/")
    page.goto(where)
    axe.passes(page)
    page.locator("form[action*='/read/'] button").click()
    archived = page.locator("#result_list").get_by_text("Night shift 2019")
    for _ in range(60):
        page.goto(where)
        if archived.count() and not page.get_by_text("not read yet").count():
            break
        page.wait_for_timeout(250)
    camera.take(page, "arrangements")
    page.locator("#result_list").get_by_role("link", name="Part-time 80 %").click()
    expect(page.locator("table.week")).to_be_visible()
    axe.passes(page)
    camera.take(page, "week")


def _over_time(page: Page, portal: Portal, camera: Camera, name: str, login: str) -> None:
    page.goto(portal.at("schedules/employeeperiods/add/"))
    axe.passes(page)
    page.fill("[name=logins]", login)
    page.locator("[name=read]").click()
    expect(page.locator("table.lines .badge")).to_have_count(1)
    axe.passes(page)
    camera.take(page, name)


def _given(page: Page, portal: Portal, camera: Camera) -> None:
    page.goto(portal.at("schedules/arrangementassignment/add/"))
    page.fill("#id_search", "marchal")
    page.keyboard.press("Enter")
    page.locator("#people").get_by_role("checkbox").first.check()
    page.locator("#people button").click()
    expect(page.locator("[name=logins]")).to_have_value("imarchal")
    page.select_option("[name=arrangement]", label="Managers, in days")
    page.fill("[name=starts_on]", DAY)
    axe.passes(page)
    camera.take(page, "ask")
    page.locator("[name=look]").click()
    expect(page.locator("#confirm")).to_be_visible()
    page.locator("[name=give]").click()
    expect(page.locator(".errorlist")).to_have_count(2)
    axe.passes(page)
    page.reload()
    page.goto(page.url)
    for box in page.locator("[name^=accept-]").all():
        box.check()
    camera.take(page, "confirm")
    page.locator("[name=give]").click()
    expect(page.locator("table.lines .tone-good")).to_have_count(1)
    expect(page.locator("#live:not([hx-get])")).to_have_count(1)
    axe.passes(page)
    camera.take(page, "done")
    assert len(portal.lucca.state()["schedules"]["amendments"]) == 1
    page.goto(portal.at("schedules/arrangementassignment/"))
    axe.passes(page)


def _unit(page: Page, portal: Portal, camera: Camera) -> None:
    page.goto(portal.at("schedules/unitsetting/add/"))
    page.fill("[name=logins]", "imarchal\ntnoll")
    page.check("[name=unit][value=hour]")
    axe.passes(page)
    camera.take(page, "unit")
    page.locator("[name=set]").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    axe.passes(page)


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_shows_every_picture(language: str) -> None:
    guide, folder = GUIDES[language], KEPT / language / FOLDER
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", guide.read_text())
    paths = {(guide.parent / path).resolve() for _words, path in shown}
    ours = {path for path in paths if path.parent == folder}
    assert ours == {folder / f"{name}.png" for name in PICTURES} == set(folder.iterdir())


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.glob(f"*/{FOLDER}/*.png")) < 1_200_000
