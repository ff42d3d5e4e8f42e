"""The guide of reports: its way from a template to a file, and the pictures that it shows of it.

Each run takes the pictures anew into `build/screenshots`; `make screenshots` takes them into
`docs/screenshots`, where the guide shows them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.simulator import DEFAULT_KEY
from tests.browser import axe
from tests.browser.camera import Camera
from tests.browser.conftest import People, Portal, running_portal
from tests.browser.test_guide import KEPT
from tests.installation import ROOT, until

GUIDES = {"en": ROOT / "docs/reports.md", "fr": ROOT / "docs/fr/reports.md"}
PICTURES = (
    "first-page",
    "template",
    "create",
    "ask",
    "under-way",
    "result",
    "list",
    "table",
    "chart",
)
NAMES = {"en": "Worked hours by week", "fr": "Heures travaillées par semaine"}
COLUMNS = {
    "en": ("Employee", "Department", "Worked"),
    "fr": ("Collaborateur", "Département", "Temps travaillé"),
}
OWN = {"en": "Hours by department", "fr": "Heures par service"}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One of its own: the pictures show what somebody new sees."""
    with running_portal(tmp_path / "portal") as found:
        yield found


def document(language: str) -> str:
    """A template as Lucca's screen sends it."""
    kinds = ("ownerName", "ownerDepartment", "attendanceTime")
    columns = [
        {"kind": kind, "name": name, "isPeriodic": kind == "attendanceTime"}
        for kind, name in zip(kinds, COLUMNS[language], strict=True)
    ]
    return json.dumps(
        {"id": 0, "blueprintId": "times", "name": OWN[language], "columns": columns},
        ensure_ascii=False,
        indent=2,
    )


@pytest.mark.parametrize("language", GUIDES)
def test_the_way_that_the_guide_tells(
    browser: Browser, portal: Portal, tmp_path: Path, language: str
) -> None:
    people, camera = People(browser, portal), Camera(f"{language}/reports")
    page = people.page("launcher", locale=language)
    page.goto(portal.at("reports/reporttemplate/"))
    camera.take(page, "first-page")
    _by_number(page, portal, camera, language)
    _created(page, portal, camera, language)
    _asked(page, portal, camera, language)
    path = downloaded(page, "/download/csv/", tmp_path)
    assert path.read_bytes() == handed_out(page, portal), "byte for byte as Lucca gives it"
    assert downloaded(page, "/download/safe/", tmp_path).read_bytes().startswith(b"\xef\xbb\xbf")
    page.goto(portal.at("reports/reportrun/"))
    axe.passes(page)
    camera.take(page, "list")
    _looked_at(page, portal, camera, language)
    problems = people.leave()
    assert not problems, "\n".join(problems)
    assert sorted(camera.taken) == sorted(PICTURES)


def _by_number(page: Page, portal: Portal, camera: Camera, language: str) -> None:
    page.goto(portal.at("reports/reporttemplate/add/"))
    page.locator(".btn-primary").click()
    expect(page.locator(".errorlist")).to_be_visible()
    axe.passes(page)
    page.goto(portal.at("reports/reporttemplate/add/"))
    page.fill("#id_name", NAMES[language])
    page.fill("#id_number", "318")
    camera.take(page, "template")
    page.locator(".btn-primary").click()
    page.wait_for_url(re.compile(r"/reporttemplate/\d+/change/"))
    axe.passes(page)


def _created(page: Page, portal: Portal, camera: Camera, language: str) -> None:
    """Another, from pasted JSON: first with a mistake."""
    page.goto(portal.at("reports/reporttemplate/add/"))
    page.fill("#id_document", "{")
    page.locator(".btn-primary").click()
    expect(page.locator(".errorlist")).to_be_visible()
    page.fill("#id_document", document(language))
    page.locator(".btn-primary").click()
    page.locator('a[href$="/create/"]').click()
    axe.passes(page)
    camera.take(page, "create")
    page.locator("[name=create]").click()
    expect(page.locator(".lead .badge.tone-good")).to_be_visible()
    held = portal.lucca.state()["reportTemplates"]
    assert [one["name"] for one in held if one["id"] > 321] == [OWN[language]]


def _asked(page: Page, portal: Portal, camera: Camera, language: str) -> None:
    portal.lucca.configure(report_polls=1_000)
    page.goto(portal.at("reports/reportrun/add/"))
    axe.passes(page)
    page.get_by_role("link", name=NAMES[language]).click()
    form = page.url
    page.check("[name=period][value=fixed]")
    page.locator(".btn-primary").click()
    expect(page.locator(".errorlist")).to_be_visible()
    axe.passes(page)
    page.goto(form)
    page.check("[name=period][value=month]")
    page.check("#id_with_excel")
    camera.take(page, "ask")
    page.locator(".btn-primary").click()
    expect(page.locator("progress")).to_be_visible()
    until(lambda: bool(portal.lucca.state()["reports"]))
    expect(page.locator(".step-current .step-name")).to_contain_text("2.")
    axe.passes(page)
    camera.take(page, "under-way")
    portal.lucca.configure(report_polls=0)
    expect(page.locator(".lead .badge.tone-good")).to_be_visible()
    for fold in page.locator("details").all():
        fold.evaluate("(one) => one.open = true")
    axe.passes(page)
    page.reload()
    camera.take(page, "result")


def _looked_at(page: Page, portal: Portal, camera: Camera, language: str) -> None:
    """The template of one's own has its headings in the reader's language."""
    page.goto(portal.at("reports/reportrun/add/"))
    page.get_by_role("link", name=OWN[language]).click()
    page.check("[name=period][value=month]")
    page.locator(".btn-primary").click()
    expect(page.locator(".lead .badge.tone-good")).to_be_visible()
    page.locator(".next .btn-primary").click()
    # Most hours of the last period first.
    page.locator(".sheet thead a").last.click()
    page.locator(".sheet thead a").last.click()
    expect(page.locator(".sheet thead th").last).to_have_attribute("aria-sort", "descending")
    camera.take(page, "table")
    page.locator("#chart-group").select_option("c1")
    page.locator("#chart .filters button").click()
    page.locator("#chart details summary").click()
    camera.take(page, "chart", part="#chart")


def downloaded(page: Page, ending: str, folder: Path) -> Path:
    """What the link among the downloads hands out whose address ends so."""
    with page.expect_download() as download:
        page.locator(f'.downloads a[href$="{ending}"]').click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def handed_out(page: Page, portal: Portal) -> bytes:
    """The CSV file of the only report, as Lucca gives it."""
    (report,) = portal.lucca.state()["reports"]
    answer = page.request.get(
        f"{portal.lucca_url}/timmi-timesheet/api/reports/{report['id']}/download-csv",
        headers={"Authorization": f"lucca application={DEFAULT_KEY}"},
    )
    assert answer.ok
    return answer.body()


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_shows_every_picture_and_no_other(language: str) -> None:
    guide = GUIDES[language]
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", guide.read_text())
    assert all(len(words) > 15 for words, _path in shown), "a picture is told in words, too"
    paths = [(guide.parent / path).resolve() for _words, path in shown]
    folder = KEPT / language / "reports"
    assert sorted(paths) == sorted(folder / f"{name}.png" for name in PICTURES)
    assert set(folder.iterdir()) == set(paths)


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.glob("*/reports/*.png")) < 1_200_000
