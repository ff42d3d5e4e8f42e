"""The guide for HR staff: its way through an import, and the pictures that it shows of it.

Each run takes the pictures anew into `build/screenshots`; `make screenshots` takes them into
`docs/screenshots`, where the guide shows them.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.camera import Camera
from tests.browser.conftest import People, Portal, running_portal
from tests.installation import ROOT, until

GUIDES = {"en": ROOT / "docs/imports.md", "fr": ROOT / "docs/fr/imports.md"}
KEPT = ROOT / "docs/screenshots"
PICTURES = (
    "first-page",
    "upload",
    "to-correct",
    "lines",
    "ready",
    "launch",
    "under-way",
    "result",
    "unknown",
    "settle",
    "service-stopped",
    "list",
    "templates",
    "weekly-grid",
    "planned",
    "planned-file",
    "replaced",
    "hand-over",
    "employee-day",
    "proof",
    "put-back",
    "few-first",
    "stopped",
)
_NOTES = {"en": "Week plan, ticket 4711", "fr": "Planning de la semaine, ticket 4711"}
_WHY = {
    "en": "Looked at Inès Marchal and Théo Noll: both days are there.",
    "fr": "Vérifié pour Inès Marchal et Théo Noll : les deux jours y sont.",
}
_NAMES = {"en": "week", "fr": "semaine"}
_GRIDS = {"en": "team-grid.csv", "fr": "grille-equipe.csv"}
_HAND_OVER = {"en": "I am away until Monday.", "fr": "Je suis absente jusqu’à lundi."}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One of its own: the pictures show what somebody new sees."""
    with running_portal(tmp_path / "portal") as found:
        yield found


def _week(portal: Portal, folder: Path, language: str) -> Path:
    """As a French Excel saves it, with a column that Lucca does not know and three mistakes."""
    monday = portal.monday()
    days = [f"{monday + timedelta(days=number):%d/%m/%Y}" for number in range(5)]
    rows = [
        "login;firstName;lastName;workLocationName;areaName;date;position;comment;isDeletion;team",
        f"imarchal;Inès;Marchal;Lyon Part-Dieu;Finance;{days[0]};FullDay;;;A",
        f"imarchal;Inès;Marchal;Home;;{days[1]};FirstHalf;;;A",
        f"imarchal;Inès;Marchal;Lyon Part-Dieu;Finance;{days[1]};SecondHalf;;;A",
        f"tnol;Théo;Noll;Home;;{days[0]};FullDay;;;B",
        f"tnoll;Théo;Noll;Lyon Part-Dieu;Open space B;{days[1]};FullDay;;;B",
        f"lfournier;Léa;Fournier;Lyon Part Dieu;;{days[0]};FullDay;;;B",
        f"lfournier;Léa;Fournier;Home;;{days[2]};FullDay;;;B",
        f"hlefevre;Hugo;Lefèvre;Home;;32/{days[3][3:]};FullDay;;;C",
        f"cberard;Camille;Bérard;Paris Opéra;;{days[2]};FullDay;;;C",
        f"crousseau;Chloé;Rousseau;Genève Cornavin;Finance;{days[3]};FullDay;;;C",
    ]
    path = folder / f"{_NAMES[language]}-{monday.isocalendar().week}.csv"
    path.write_bytes("\r\n".join(rows).encode("cp1252"))
    return path


@pytest.mark.parametrize("language", GUIDES)
def test_the_way_that_the_guide_tells(
    browser: Browser, portal: Portal, tmp_path: Path, language: str
) -> None:
    people, camera = People(browser, portal), Camera(language)
    page = people.page("launcher", locale=language)
    _to_correct(page, portal, camera, _week(portal, tmp_path, language), language)
    _launched(page, portal, camera)
    _unknown(page, portal, camera, tmp_path, language)
    _list(page, portal, camera, tmp_path)
    _beginnings(page, portal, camera, tmp_path / _GRIDS[language])
    _planned(page, portal, camera)
    monday = _replaced(page, portal, camera, tmp_path, language)
    _proof(page, portal, camera, monday)
    _few_first(page, portal, camera, tmp_path, language)
    problems = people.leave()
    assert not problems, "\n".join(problems)
    assert sorted(camera.taken) == sorted(PICTURES)


def _upload(
    page: Page, portal: Portal, path: Path, note: str = "", *, override: bool = False
) -> None:
    page.goto(portal.at("imports/importbatch/add/"))
    page.set_input_files("#id_file", path)
    page.fill("#id_note", note)
    page.locator("#id_override").set_checked(override)


def _to_correct(page: Page, portal: Portal, camera: Camera, path: Path, language: str) -> None:
    page.goto(portal.at("imports/importbatch/"))
    camera.take(page, "first-page")
    _upload(page, portal, path, _NOTES[language])
    camera.take(page, "upload")
    page.locator(".btn-primary").click()
    expect(page.locator(".causes").first).to_be_visible()
    camera.take(page, "to-correct")
    camera.take(page, "lines", part="#lines-section")


def _launched(page: Page, portal: Portal, camera: Camera) -> None:
    page.locator('form[action$="/leave-out/"] button').click()
    _ready(page)
    camera.take(page, "ready")
    portal.lucca.configure(import_minimum_seconds=100.0)
    page.locator('a[href$="/launch/"]').click()
    camera.take(page, "launch")
    _launch(page)
    expect(page.locator("progress")).to_be_visible()
    until(portal.imported)
    portal.lucca.advance(57)
    expect(page.locator("progress[value]")).to_be_visible()
    until(lambda: int(page.locator("progress").get_attribute("value") or 0) > 50)
    camera.take(page, "under-way")
    portal.lucca.advance(100)
    expect(page.locator(".lead .badge.tone-good")).to_be_visible()
    camera.take(page, "result")
    portal.lucca.configure(import_minimum_seconds=0.0)


def _unknown(page: Page, portal: Portal, camera: Camera, folder: Path, language: str) -> None:
    path, _monday = portal.file(
        folder,
        *("imarchal;Home;;{0};FullDay;;false", "tnoll;Home;;{0};FullDay;;false"),
        name=f"{_NAMES[language]}-2.csv",
    )
    _analysed(page, portal, path)
    portal.lucca.add_fault("reset", method="POST", create=True, when="after")
    page.locator('a[href$="/launch/"]').click()
    _launch(page)
    settle = page.locator('a[href$="/settle/"]')
    expect(settle).to_be_visible()
    camera.take(page, "unknown")
    settle.click()
    page.check("[name=outcome][value=done]")
    page.fill("#id_why", _WHY[language])
    camera.take(page, "settle")
    page.locator("[name=settle]").click()
    expect(page.locator(".lead .badge.tone-good")).to_be_visible()


def _list(page: Page, portal: Portal, camera: Camera, folder: Path) -> None:
    """While the background service rests, a third import waits."""
    path, _monday = portal.file(folder, "imarchal;Home;;{0};FullDay;;false", name="urgent.csv")
    _upload(page, portal, path)
    page.locator(".btn-primary").click()
    _analyse(page).wait_for()
    portal.installation.stop_worker()
    _analyse(page).click()
    expect(page.locator("#live .notice")).to_be_visible()
    camera.take(page, "service-stopped")
    portal.installation.start_worker()
    _ready(page)
    page.goto(portal.at("imports/importbatch/"))
    camera.take(page, "list")


def _beginnings(page: Page, portal: Portal, camera: Camera, grid: Path) -> None:
    """A template, and a grid as teams keep it, with a mistake in half a day."""
    page.goto(portal.at("imports/importbatch/templates/"))
    camera.take(page, "templates")
    monday = portal.monday()
    days = [f"{monday + timedelta(days=number):%d/%m/%Y}" for number in range(5)]
    rows = [
        f"Nom;Prénom;login;{';'.join(days)}",
        "Marchal;Inès;imarchal;Home / Paris Opéra;Home;Lyon Part-Dieu;;",
        "Noll;Théo;tnoll;;/ Paris Opera;Home;Home;",
        "Fournier;Léa;lfournier;Lyon Part-Dieu;Lyon Part-Dieu;Home /;;Home",
    ]
    grid.write_bytes("\r\n".join(rows).encode("cp1252"))
    _upload(page, portal, grid)
    page.locator(".btn-primary").click()
    expect(page.locator(".causes").first).to_be_visible()
    camera.take(page, "weekly-grid")


def _planned(page: Page, portal: Portal, camera: Camera) -> None:
    """Of two people of the simulated Lucca, this week."""
    monday = date.today() - timedelta(days=date.today().weekday())
    week = [(monday + timedelta(days=number)).isoformat() for number in range(5)]
    entries = portal.lucca.state()["userLocations"]["effective"]
    first, second = sorted({one["login"] for one in entries if one["date"] in week})[:2]
    page.goto(portal.at("imports/importbatch/planned/"))
    page.locator("[name=logins]").fill(first)
    page.fill("[name=first]", week[0])
    page.fill("[name=last]", week[-1])
    page.fill("#id_search", second)
    page.keyboard.press("Enter")
    page.locator("[name=found]").check()
    camera.take(page, "planned")
    page.locator("#people [name=find]").click()
    expect(page.locator("[name=logins]")).to_have_value(f"{first}\n{second}")
    page.locator("[name=read]").click()
    expect(page.locator("#file-heading")).to_be_visible()
    camera.take(page, "planned-file")


def _replaced(page: Page, portal: Portal, camera: Camera, folder: Path, language: str) -> date:
    """What a first file brought is looked at, handed over, replaced and found again; its Monday."""
    before = (
        "imarchal;Lyon Part-Dieu;Finance;{0};FullDay;;false",
        "tnoll;Home;;{0};FullDay;;false",
        "lfournier;Home;;{1};FullDay;;false",
    )
    path, monday = portal.file(folder, *before, name=f"{_NAMES[language]}-3.csv")
    portal.launched(path)
    tuesday = monday + timedelta(days=1)
    after = folder / f"{_NAMES[language]}-3-bis.csv"
    lines = [
        path.read_text("utf-8-sig").splitlines()[0],
        f"imarchal;Paris Opéra;;{monday};FullDay;;false",
        f"tnoll;Home;;{monday};FullDay;;false",
        f"lfournier;Lyon Part-Dieu;;{tuesday};FirstHalf;;false",
        f"cberard;Home;;{tuesday};FullDay;;false",
    ]
    after.write_text("\n".join(lines), "utf-8-sig")
    _analysed(page, portal, after, override=True)
    page.locator('a[href$="/preview/"]').first.click()
    page.locator("[name=read]").click()
    expect(page.locator("table.lines tbody tr")).to_have_count(4)
    camera.take(page, "replaced")
    page.locator('a[href$="/change/"].btn').click()
    _handed_over(page, camera, _HAND_OVER[language])
    page.locator('a[href$="/launch/"]').click()
    _launch(page)
    expect(page.locator(".lead .badge.tone-good")).to_be_visible()
    page.goto(portal.at("imports/importbatch/employee-day/"))
    page.fill("#ask-who", "imarchal")
    page.fill("#ask-day", monday.isoformat())
    page.locator("form.filters button").click()
    expect(page.locator("article")).to_have_count(2)
    camera.take(page, "employee-day")
    return monday


def _proof(page: Page, portal: Portal, camera: Camera, monday: date) -> None:
    """What was replaced last is read back after a colleague changed it, and put back."""
    page.locator("article a").first.click()
    here = page.url
    entries = portal.lucca.state()["userLocations"]["effective"]
    rows = {one["login"]: one["id"] for one in entries if one["date"] == monday.isoformat()}
    portal.lucca.change_state(
        {
            "userLocations": [
                {"id": rows["tnoll"], "remove": True},
                {"id": rows["imarchal"], "workLocationId": 1},
            ]
        }
    )
    page.goto(here.replace("/change/", "/verification/"))
    page.locator("[name=read]").click()
    expect(page.locator("table.lines tbody tr")).to_have_count(2)
    camera.take(page, "proof")
    page.goto(here.replace("/change/", "/compensation/"))
    expect(page.locator("[name=make]")).to_be_visible()
    camera.take(page, "put-back")


def _few_first(page: Page, portal: Portal, camera: Camera, folder: Path, language: str) -> None:
    logins = ("imarchal", "lfournier", "tnoll", "crousseau", "cberard", "hlefevre")
    path, _monday = portal.file(
        folder,
        *(f"{login};Home;;{{{day}}};FullDay;;false" for login in logins for day in range(5)),
        name=f"{_NAMES[language]}-4.csv",
    )
    _analysed(page, portal, path)
    page.locator('a[href$="/launch/"]').click()
    page.locator("section:has(> #canary-heading) summary").click()
    page.check("[name=then][value=asks]")
    camera.take(page, "few-first")
    page.locator('form[action$="/canary/"] button').first.click()
    _ready(page)
    page.locator('a[href$="/launch/"]').click()
    _launch(page)
    expect(page.locator('a[href$="/rest/"]')).to_be_visible()
    camera.take(page, "stopped")
    page.locator('form[action$="/end-here/"] button').click()


def _handed_over(page: Page, camera: Camera, why: str) -> None:
    """Shown only: who takes the pictures goes on."""
    page.locator('details:has(form[action$="/hand-over/"]) summary').click()
    page.locator("[name=to]").select_option("operator")
    page.fill("[name=why]", why)
    camera.take(page, "hand-over", part="section[aria-labelledby=about-heading]")


def _analyse(page: Page) -> Locator:
    return page.locator('form[action$="/analyse/"] .btn-primary')


def _analysed(page: Page, portal: Portal, path: Path, *, override: bool = False) -> None:
    _upload(page, portal, path, override=override)
    page.locator(".btn-primary").click()
    _analyse(page).click()
    _ready(page)


def _ready(page: Page) -> None:
    expect(page.locator('a[href$="/launch/"]')).to_be_visible()


def _launch(page: Page) -> None:
    for box in page.locator("[name^=accept-]").all():
        box.check()
    page.locator("[name=launch]").click()


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_shows_every_picture_and_no_other(language: str) -> None:
    guide = GUIDES[language]
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", guide.read_text())
    assert all(len(words) > 15 for words, _path in shown), "a picture is told in words, too"
    paths = [(guide.parent / path).resolve() for _words, path in shown]
    assert sorted(paths) == sorted(KEPT / language / f"{name}.png" for name in PICTURES)
    assert {path for path in (KEPT / language).iterdir() if path.is_file()} == set(paths)


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.glob("*/*.png")) < 3_000_000
