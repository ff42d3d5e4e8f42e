"""The guide to many changes at once: its way from the upload to the result, and its pictures.

Each run takes the pictures anew into `build/screenshots`; `make screenshots` takes them into
`docs/screenshots`, where the guide shows them.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import axe, journey
from tests.browser.camera import Camera
from tests.browser.conftest import People, Portal, running_portal
from tests.installation import ROOT

GUIDES = {"en": ROOT / "docs/schedules.md", "fr": ROOT / "docs/fr/schedules.md"}
KEPT = ROOT / "docs/screenshots"
FOLDER = "override-files"
PICTURES = ("upload", "ready", "calendar", "launch", "result")
MONDAY = "2029-05-14"
LINES = [
    *(f"{login};{MONDAY};first;off;;;" for login in ("cberard", "hlefevre", "lgirard")),
    f"tnoll;{MONDAY};full;worked;6:00;08:30;",
    "tnoll;15/05/2029;matin;off;;;",
    "imarchal;2029-05-15;full;off;;;Inventory",
    "imarchal;2029-05-16;full;worked;4:00;;Inventory",
    "nmercier;2029-05-15;full;off;;;",
    "mdupre;2029-05-16;second;off;;;",
    "mdurpe;2029-05-16;second;off;;;",
    "salmeida;2029-05-16;full;off;;;",
]
# Somebody else's, on a half that a line wants; and one that the portal makes before.
OTHERS = {"employeeId": 510, "date": MONDAY, "position": "firstHalf", "nature": "off"}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One of its own: the pictures show what somebody new sees."""
    with running_portal(tmp_path / "portal") as found:
        found.read_directory()
        found.lucca.change_state({"overrides": [OTHERS]})
        command = found.installation.document
        assert command("account", "demo", "--set", "schedule_model=arrangements")[0] == 0
        earlier = ["--employee", "imarchal", "--date", "2029-05-15"]
        code, _made = command(
            "override_schedule", "--account", "demo", *earlier, "--half", "first", "--nature", "off"
        )
        assert code == 0
        yield found


def _file(folder: Path) -> Path:
    path = folder / "inventory.csv"
    lines = ["login;date;half;nature;duration;start;comment", *LINES]
    path.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    return path


@pytest.mark.parametrize("language", GUIDES)
def test_the_way_that_the_guide_tells(
    browser: Browser, portal: Portal, tmp_path: Path, language: str
) -> None:
    people, camera = People(browser, portal), Camera(f"{language}/{FOLDER}")
    page = people.page("launcher", locale=language)
    _uploaded(page, portal, camera, tmp_path)
    _looked_at(page, camera)
    _launched(page, camera)
    _corrected(page, tmp_path)
    problems = people.leave()
    assert not problems, "\n".join(problems)
    assert sorted(camera.taken) == sorted(PICTURES)


def _uploaded(page: Page, portal: Portal, camera: Camera, folder: Path) -> None:
    page.goto(portal.at(""))
    page.locator("a[href$='/overridefile/add/']").first.click()
    axe.passes(page)
    camera.take(page, "upload")
    page.set_input_files("#id_file", _file(folder))
    page.locator("main .btn-primary").click()
    page.wait_for_url(re.compile(r"/overridefile/\d+/change/"))
    # Checked while the person waits; the days are read, and the page moves by itself.
    _rests(page)
    expect(page.locator(".next .btn-primary")).to_have_attribute("href", re.compile(r"/launch/$"))
    axe.passes(page)
    camera.take(page, "ready")


def _rests(page: Page) -> None:
    expect(page.locator("#live:not([hx-get])")).to_have_count(1)


def _looked_at(page: Page, camera: Camera) -> None:
    page.locator("a[href$='/preview/']").first.click()
    expect(page.locator("table.calendar .tone-error")).to_have_count(2)
    axe.passes(page)
    camera.take(page, "calendar")
    page.go_back()


def _launched(page: Page, camera: Camera) -> None:
    page.locator(".next .btn-primary").click()
    page.wait_for_url(re.compile(r"/launch/"))
    axe.passes(page)
    camera.take(page, "launch")
    # Nothing is launched before each question is answered.
    page.locator("button[name=launch]").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    axe.passes(page)
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    page.locator("button[name=launch]").click()
    page.wait_for_url(re.compile(r"/change/"))
    _rests(page)
    expect(page.locator(".lead .badge.tone-good")).to_be_visible()
    axe.passes(page)
    camera.take(page, "result")


def _corrected(page: Page, folder: Path) -> None:
    """The lines that were left out, with their reasons, as a file to upload again."""
    path = journey.downloaded(page, re.compile(r"\d"), folder)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert [row[0] for row in rows[1:]] == ["lgirard", "mdurpe", "salmeida"]
    assert all(row[-1] for row in rows)


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_shows_every_picture(language: str) -> None:
    guide, folder = GUIDES[language], KEPT / language / FOLDER
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", guide.read_text())
    assert all(len(words) > 15 for words, _path in shown), "a picture is told in words, too"
    paths = {(guide.parent / path).resolve() for _words, path in shown}
    ours = {path for path in paths if path.parent == folder}
    assert ours == {folder / f"{name}.png" for name in PICTURES} == set(folder.iterdir())
