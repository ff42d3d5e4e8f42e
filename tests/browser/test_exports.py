"""An export from its configuration to its file, click by click: the way that the guide tells, its
pictures, and what may come in between."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import axe
from tests.browser.camera import Camera
from tests.browser.conftest import People, Portal, running_portal
from tests.browser.test_guide import KEPT
from tests.installation import ROOT

GUIDES = {"en": ROOT / "docs/exports.md", "fr": ROOT / "docs/fr/exports.md"}
PICTURES = (
    "add",
    "configuration",
    "ask",
    "under-way",
    "made",
    "ways",
    "file",
    "waiting",
    "unknown",
    "settle",
    "list",
)
_LABELS = {"en": "Payroll", "fr": "Paie"}
_WHY = {"en": "Looked at the list at 9:00 and 14:00.", "fr": "Liste vérifiée à 9 h et à 14 h."}
MONDAY = date.today() - timedelta(days=date.today().weekday())


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One of its own: its Lucca does to exports what no other test wants."""
    with running_portal(tmp_path / "portal", EXPORT_POLL_SECONDS="0.2") as found:
        code, _account = found.installation.document("account", "demo", "--set", "read_timeout=1s")
        assert code == 0
        yield found


class Walk:
    """Somebody on the way; in English every page is looked at by axe, too."""

    def __init__(self, page: Page, portal: Portal, camera: Camera, language: str) -> None:
        self.page, self.portal, self.lucca = page, portal, portal.lucca
        self._camera, self.language = camera, language

    def take(self, name: str) -> None:
        if self.language == "en":
            axe.passes(self.page)
        self._camera.take(self.page, name)

    def primary(self) -> Locator:
        return self.page.locator(".next .btn-primary")

    def rests(self) -> None:
        expect(self.page.locator("progress")).to_have_count(0)

    def made(self) -> int:
        return len([one for one in self.lucca.state()["exports"] if not one["byHand"]])

    def content(self, number: int) -> bytes:
        (row,) = self.lucca.state_store.rows("select content from exports where id = ?", (number,))
        return bytes(row["content"])


@pytest.mark.parametrize("language", GUIDES)
def test_the_way_that_the_guide_tells(browser: Browser, portal: Portal, language: str) -> None:
    people, camera = People(browser, portal), Camera(f"{language}/exports")
    walk = Walk(people.page("launcher", locale=language), portal, camera, language)
    _add(walk)
    run = _ask_and_wait(walk)
    _find_the_way(walk, run)
    _account_for_others(walk)
    _settle(walk)
    walk.page.goto(portal.at("reports/exportrun/"))
    walk.take("list")
    problems = people.leave()
    assert not problems, "\n".join(problems)
    assert sorted(camera.taken) == sorted(PICTURES)


def _add(walk: Walk) -> None:
    page = walk.page
    page.goto(walk.portal.at("reports/exportconfiguration/"))
    page.locator("main .btn-primary").click()
    address = walk.portal.installation.look_up("SELECT base_url FROM portal_account")
    page.fill("#id_number", f"{address}/timmi-timesheet/legacy-settings#/export/3/42/latest")
    page.fill("#id_label", _LABELS[walk.language])
    walk.take("add")
    page.locator("main .btn-primary").click()
    page.wait_for_url(re.compile(r"/exportconfiguration/\d+/change/"))
    walk.primary().click()
    expect(walk.primary()).to_have_attribute("href", re.compile(r"/export/$"))
    walk.rests()
    walk.take("configuration")


def _ask_and_wait(walk: Walk) -> str:
    """The address of the run, which ends without its file."""
    page = walk.page
    walk.lucca.configure(export_seconds=100.0)
    walk.primary().click()
    page.fill("#day", (MONDAY - timedelta(days=5)).isoformat())
    page.locator("form[method=get] button").click()
    expect(page.locator("[name^=accept-]")).to_have_count(2)
    walk.take("ask")
    # A warning that was not accepted, and then the better day, which is one click away.
    page.locator("[name=make]").click()
    expect(page.locator(".errorlist")).to_have_count(2)
    page.locator("a.btn[href^='?day=']").click()
    expect(page.locator("#day")).to_have_value((MONDAY - timedelta(days=7)).isoformat())
    expect(page.locator("[name^=accept-]")).to_have_count(0)
    page.locator("[name=make]").dblclick()
    page.wait_for_url(re.compile(r"/exportrun/\d+/change/"))
    expect(page.locator("#sent table")).to_be_visible()
    expect(page.locator("#stands .step-current:nth-child(3)")).to_be_visible()
    walk.take("under-way")
    walk.lucca.advance(101)
    walk.rests()
    expect(walk.primary()).to_have_attribute("href", re.compile("/probe/$"))
    assert walk.made() == 1, "a double click is one export"
    walk.take("made")
    walk.lucca.configure(export_seconds=0.0)
    return page.url


def _find_the_way(walk: Walk, run: str) -> None:
    page = walk.page
    walk.lucca.configure(export_content="raw")
    walk.primary().click()
    page.locator("form[action$='/try/'] button").click()
    expect(page.locator(".causes .tone-good")).to_be_visible()
    walk.rests()
    page.check("[name=way][value=content]")
    walk.take("ways")
    page.locator("form:has([name=way]) .btn-primary").click()
    page.wait_for_url(re.compile(r"/exportconfiguration/\d+/change/"))
    page.goto(run)
    walk.primary().click()
    download = page.locator(".next .btn-primary[href*='/file/first/']")
    expect(download).to_be_visible()
    walk.take("file")
    with page.expect_download() as got:
        download.click()
    assert Path(got.value.path()).read_bytes() == walk.content(1203) != b""


def _account_for_others(walk: Walk) -> None:
    page = walk.page
    page.locator("main a[href*='/exportconfiguration/']").first.click()
    walk.lucca.change_state({"exports": [{"configurationId": 42, "endsAt": MONDAY.isoformat()}]})
    page.locator("form[action$='/look/'] button").click()
    expect(page.locator("#waiting-heading")).to_be_visible()
    walk.rests()
    walk.take("waiting")
    page.locator("section:has(#waiting-heading) form[action$='/fetch/'] button").click()
    waiting = page.locator("section:has(#waiting-heading)")
    expect(waiting.locator("a[href*='/file/first/']")).to_be_visible()
    waiting.locator("form[action$='/acknowledge/'] button").click()
    expect(page.locator("#waiting-heading")).to_have_count(0)


def _settle(walk: Walk) -> None:
    """Somebody exports in the screen at the same moment: which is ours, nobody can tell."""
    page = walk.page
    walk.lucca.configure(export_answer="empty", foreign_export="after")
    walk.primary().click()
    for box in page.locator("[name^=accept-]").all():
        box.check()
    page.locator("[name=make]").click()
    expect(page.locator("#stands .badge.tone-error")).to_be_visible()
    walk.rests()
    walk.take("unknown")
    walk.primary().click()
    page.check("[name=outcome][value=partial]")
    page.fill("#id_number", "1205")
    page.fill("#id_why", _WHY[walk.language])
    walk.take("settle")
    page.locator("[name=settle]").click()
    expect(page.locator("#stands .badge.tone-warning")).to_be_visible()
    walk.lucca.configure(export_answer="object", foreign_export="no")


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_shows_every_picture_and_no_other(language: str) -> None:
    guide = GUIDES[language]
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", guide.read_text())
    assert all(len(words) > 15 for words, _path in shown), "a picture is told in words, too"
    paths = [(guide.parent / path).resolve() for _words, path in shown]
    folder = KEPT / language / "exports"
    assert sorted(paths) == sorted(folder / f"{name}.png" for name in PICTURES)
    assert set(folder.iterdir()) == set(paths)


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.glob("*/exports/*.png")) < 1_500_000
