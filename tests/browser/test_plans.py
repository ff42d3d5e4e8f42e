"""The guide of plans: its way from a plan to the table, the chart and the file of what it asked
for, and the pictures that it shows of it.

Each run takes the pictures anew into `build/screenshots`; `make screenshots` takes them into
`docs/screenshots`, where the guide shows them.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import axe
from tests.browser.camera import Camera
from tests.browser.conftest import People, Portal, running_portal
from tests.browser.test_guide import KEPT
from tests.browser.test_reports import downloaded, handed_out
from tests.installation import ROOT, until

GUIDES = {"en": ROOT / "docs/plans.md", "fr": ROOT / "docs/fr/plans.md"}
PICTURES = ("form", "page", "list")
TEMPLATES = {"en": "Worked hours by week", "fr": "Heures travaillées par semaine"}
EXPORTS = {"en": "Payroll", "fr": "Paie"}
NAMES = {
    "report": {"en": "Hours of the week", "fr": "Heures de la semaine"},
    "export": {"en": "Payroll of the month", "fr": "Paie du mois"},
}
RULES = {
    "en": "Every Monday at 7:00, the week before",
    "fr": "Tous les lundis à 7:00, la semaine précédente",
}
# As if the time of the report's plan and of the next sweep had come a moment ago; the background
# service does the rest.
DUE = """
from datetime import timedelta
from django.utils import timezone
from django_q.tasks import async_task
from reports.models import Plan
due = Plan.objects.filter(configuration=None)
assert due.update(next_at=timezone.now() - timedelta(seconds=5)) == 1
async_task("portal.jobs.tasks.sweep")
"""
# More than two pages of the table; the last one is short, because axe looks at each cell.
ROWS = 205
DEPARTMENT, WORKED, LEAVE = 1, 2, 3


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One of its own: the pictures show what somebody new sees, and its reports are long."""
    with running_portal(tmp_path / "portal") as found:
        found.lucca.configure(report_rows=ROWS, report_polls=0)
        yield found


@pytest.mark.parametrize("language", GUIDES)
def test_the_way_that_the_guide_tells(
    browser: Browser, portal: Portal, tmp_path: Path, language: str
) -> None:
    people, camera = People(browser, portal), Camera(f"{language}/plans")
    page = people.page("launcher", locale=language)
    _known(page, portal, language)
    _export_planned_and_paused(page, portal, language)
    _report_planned(page, portal, camera, language)
    plan = page.url
    _ran(page, portal, camera)
    page.locator("table.lines tbody a").click()
    page.wait_for_url(re.compile(r"/reportrun/\d+/change/"))
    page.locator(".next .btn-primary").click()
    page.wait_for_url(re.compile(r"/reportrun/\d+/table/"))
    content = handed_out(page, portal)
    _sorted_and_paged(page, Report(content, language))
    _drawn(page, Report(content, language))
    _filtered(page, Report(content, language))
    path = downloaded(page, "/download/csv/", tmp_path)
    assert path.read_bytes() == content, "byte for byte as Lucca gives it"
    page.goto(portal.at("reports/plan/"))
    axe.passes(page)
    camera.take(page, "list")
    page.goto(plan)
    expect(page.locator("table.lines tbody tr")).to_have_count(1)
    problems = people.leave()
    assert not problems, "\n".join(problems)
    assert sorted(camera.taken) == sorted(PICTURES)
    assert len(portal.lucca.state()["reports"]) == 1, "asked for once"


def _known(page: Page, portal: Portal, language: str) -> None:
    """What can be planned: a template, and an export."""
    page.goto(portal.at("reports/reporttemplate/add/"))
    page.fill("#id_name", TEMPLATES[language])
    page.fill("#id_number", "318")
    page.locator("main .btn-primary").click()
    page.wait_for_url(re.compile(r"/reporttemplate/\d+/change/"))
    page.goto(portal.at("reports/exportconfiguration/add/"))
    page.fill("#id_number", "42")
    page.fill("#id_label", EXPORTS[language])
    page.locator("main .btn-primary").click()
    page.wait_for_url(re.compile(r"/exportconfiguration/\d+/change/"))


def _begun(page: Page, portal: Portal, of: str) -> None:
    page.goto(portal.at("reports/plan/"))
    axe.passes(page)
    page.locator('main .object-tools a[href$="/plan/add/"]').click()
    axe.passes(page)
    page.get_by_role("link", name=of).click()


def _export_planned_and_paused(page: Page, portal: Portal, language: str) -> None:
    _begun(page, portal, EXPORTS[language])
    page.fill("[name=name]", "")
    page.locator("main .btn-primary").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    axe.passes(page)
    page.fill("[name=name]", NAMES["export"][language])
    page.check("[name=every][value=month-weekday]")
    page.check("[name=end_day][value=month-monday]")
    page.locator("main .btn-primary").click()
    badge = page.locator(".lead .badge")
    expect(badge).to_have_class(re.compile("tone-good"))
    page.locator('form[action$="/pause/"] button').click()
    expect(badge).to_have_class(re.compile("tone-quiet"))
    page.locator('form[action$="/resume/"] button').click()
    expect(badge).to_have_class(re.compile("tone-good"))
    page.locator('form[action$="/pause/"] button').click()
    expect(badge).to_have_class(re.compile("tone-quiet"))
    axe.passes(page)


def _report_planned(page: Page, portal: Portal, camera: Camera, language: str) -> None:
    _begun(page, portal, TEMPLATES[language])
    page.fill("[name=name]", NAMES["report"][language])
    page.check("[name=every][value=week]")
    page.locator("[name=weekday]").select_option("0")
    page.check("[name=period][value=week]")
    page.locator("[name=recipients]").first.check()
    # The dates follow what is chosen.
    expect(page.locator("#preview")).to_contain_text(RULES[language])
    expect(page.locator("#preview li")).to_have_count(5)
    axe.passes(page)
    camera.take(page, "form")
    page.locator("main .btn-primary").click()
    page.wait_for_url(re.compile(r"/plan/\d+/change/"))
    expect(page.locator("ol.dates li")).to_have_count(5)
    expect(page.locator("table.lines")).to_have_count(0)


def _ran(page: Page, portal: Portal, camera: Camera) -> None:
    portal.installation.shell(DUE)

    def is_done() -> bool:
        page.reload()
        return page.locator("table.lines tbody .badge.tone-good").count() == 1

    until(is_done)
    axe.passes(page)
    camera.take(page, "page")


class Report:
    """What the table must show, worked out from the file."""

    def __init__(self, content: bytes, language: str) -> None:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
        self._rows, self._language = lines[1:], language
        self.departments = sorted({row[DEPARTMENT] for row in self._rows})

    def column(self, at: int, department: str = "") -> list[float]:
        """Its numbers: of all rows, or of those of a department."""
        return [
            float(row[at].replace(",", "."))
            for row in self._rows
            if department in ("", row[DEPARTMENT])
        ]

    def figure(self, line: Locator, at: int) -> float:
        """What stands in a column of the table, written in the reader's way."""
        shown = line.locator("td, th").nth(at + 1).inner_text()
        return self.number(shown)

    def number(self, shown: str) -> float:
        digits = "".join(shown.split())
        plain = digits.replace(",", ".") if self._language == "fr" else digits.replace(",", "")
        return float(plain)


def _sorted_and_paged(page: Page, report: Report) -> None:
    """The figures below are those of all rows, not only of the page's."""
    rows, worked = page.locator(".sheet tbody tr"), report.column(WORKED)
    expect(rows).to_have_count(100)
    assert report.figure(page.locator(".sheet tfoot tr").first, WORKED) == sum(worked)
    head = page.locator(".sheet thead th").nth(WORKED + 1)
    for order, first in (("ascending", min(worked)), ("descending", max(worked))):
        head.get_by_role("link").click()
        expect(head).to_have_attribute("aria-sort", order)
        assert report.figure(rows.first, WORKED) == first
    page.locator("#rows nav.actions-row a").last.click()
    expect(rows).to_have_count(ROWS - 200)
    assert report.figure(rows.last, WORKED) == min(worked)


def _drawn(page: Page, report: Report) -> None:
    """By department: the picture says what it shows, and its table has every figure."""
    page.locator("#chart-measure").select_option(f"c{LEAVE}")
    page.locator("#chart-group").select_option(f"c{DEPARTMENT}")
    page.locator("#chart .filters button").click()
    page.wait_for_url(re.compile(f"measure=c{LEAVE}"))
    picture = page.locator("svg.chart[role=img]")
    expect(picture).to_be_visible()
    for part in ("#chart-title", "#chart-description"):
        assert picture.locator(part).text_content()
    page.locator("#chart details summary").click()
    figures = page.locator("#chart table.figures")
    expect(figures).to_be_visible()
    axe.passes(page)
    found = {
        line.locator("th").inner_text(): report.number(line.locator("td").first.inner_text())
        for line in figures.locator("tbody tr").all()
    }
    assert found == {one: sum(report.column(LEAVE, one)) for one in report.departments}
    bars = picture.locator("rect title").all_text_contents()
    assert len(bars) == sum(value > 0 for value in found.values())
    # A name leads to its rows.
    department = report.departments[-1]
    figures.get_by_role("link", name=department, exact=True).click()
    expect(page.locator(".sheet tbody tr")).to_have_count(len(report.column(LEAVE, department)))


def _filtered(page: Page, report: Report) -> None:
    department = report.departments[0]
    worked = report.column(WORKED, department)
    page.locator(f"#rows-f{DEPARTMENT}").select_option(department)
    page.locator("#rows-within").select_option(str(WORKED))
    page.fill("#rows-text", f">={int(max(worked))}")
    page.keyboard.press("Enter")
    fit = [one for one in worked if one >= int(max(worked))]
    assert 0 < len(fit) < len(worked)
    expect(page.locator(".sheet tbody tr")).to_have_count(len(fit))
    assert report.figure(page.locator(".sheet tfoot tr").first, WORKED) == sum(fit)
    axe.passes(page)


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_shows_every_picture_and_no_other(language: str) -> None:
    guide = GUIDES[language]
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", guide.read_text())
    assert all(len(words) > 15 for words, _path in shown), "a picture is told in words, too"
    paths = [(guide.parent / path).resolve() for _words, path in shown]
    folder = KEPT / language / "plans"
    assert sorted(paths) == sorted(folder / f"{name}.png" for name in PICTURES)
    assert set(folder.iterdir()) == set(paths)


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.glob("*/plans/*.png")) < 500_000
