"""Every page, looked at by axe: those that links lead to, each stage of an import, and forms
that were sent with mistakes. A page that is new is found by its link."""

import json
import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from imports.stages import Stage
from portal.simulator import DEFAULT_KEY
from tests.browser import axe
from tests.browser.conftest import People, Portal, log_in

# The same rows at every stage; what they are about is a real check of the demo's sample. The name
# has no place where a line may end.
MAKE = """
import json
from imports.models import ImportBatch
from imports.stages import Stage

made = {{}}
for stage in Stage.values:
    batch = ImportBatch.objects.get(pk={checked})
    causes, issues = list(batch.causes.all()), list(batch.issues.all())
    batch.pk, batch.stage = None, stage
    batch.file_name = "Planning_" + "des_lieux_de_travail_" * 8 + stage + ".csv"
    batch._state.adding = True
    batch.save()
    made[stage] = batch.pk
    for row in [*causes, *issues]:
        row.pk, row.batch = None, batch
        row._state.adding = True
        row.save()
print(json.dumps(made))
"""
# The background service reads back what an import that is done has left in Lucca.
FORGET = """
from imports.models import ImportBatch
from imports.verification_models import Verification

batches = ImportBatch.objects.filter(pk__in={})
Verification.objects.filter(batch__in=batches).delete()
batches.delete()
"""


@pytest.fixture(scope="module")
def stages(portal: Portal) -> Iterator[dict[str, int]]:
    """An import at each stage, by stage."""
    _code, document = portal.installation.document(
        "import_user_locations", str(portal.samples / "with-mistakes.csv"), "--account", "demo"
    )
    made = json.loads(portal.installation.shell(MAKE.format(checked=document["batch"])))
    yield made
    portal.installation.shell(FORGET.format(list(made.values())))


@pytest.mark.parametrize("stage", Stage.values)
def test_an_import_at_each_stage(
    people: People, portal: Portal, stages: dict[str, int], stage: str
) -> None:
    page = people.page("launcher")
    page.goto(portal.at(f"imports/importbatch/{stages[stage]}/change/"))
    for fold in page.locator("details").all():
        fold.evaluate("(one) => one.open = true")
    axe.passes(page)


@pytest.mark.parametrize("width", [axe.WIDE, axe.NARROW])
def test_a_long_name_hides_no_column_of_the_list(
    people: People, portal: Portal, stages: dict[str, int], width: int
) -> None:
    page = people.page("launcher", viewport={"width": width, "height": 900})
    page.goto(portal.at("imports/importbatch/?q=des_lieux_de_travail"))
    results = page.locator("#changelist .results")
    assert results.locator("tbody tr").count() == len(stages)
    assert results.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0


@pytest.fixture(scope="module")
def warned(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An analysed import with a warning."""
    path, _monday = portal.file(
        tmp_path_factory.mktemp("warned"), "imarchal;Home;;{0};FullDay;;false"
    )
    header, line, *_rest = path.read_text("utf-8-sig").splitlines()
    path.write_text(f"{header};team\n{line};A\n")
    return portal.analysed(path)


def test_the_launch(people: People, portal: Portal, warned: str) -> None:
    page = people.page("launcher")
    page.goto(portal.at(f"imports/importbatch/{warned}/launch/"))
    axe.passes(page)
    page.get_by_role("button", name="Import 1 line into demo (Simulator)").click()
    page.wait_for_selector(".errorlist")
    axe.passes(page)


@pytest.fixture(scope="module")
def calendar(portal: Portal) -> None:
    """A calendar that was read, for the list to lead to."""
    portal.read_directory()
    who = ["--account", "demo", "--employees", "imarchal"]
    code, _document = portal.installation.document(
        "show_schedule", *who, "--from", "2029-05-01", "--to", "2029-05-31"
    )
    assert code == 0


@pytest.fixture(scope="module")
def replacing(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """An import that replaces an entry, and the day of it."""
    folder = tmp_path_factory.mktemp("replacing")
    path, monday = portal.file(folder, "imarchal;Home;;{0};FullDay;;false")
    portal.launched(path)
    path.write_text(path.read_text("utf-8-sig").replace("FullDay", "FirstHalf"), "utf-8-sig")
    return portal.analysed(path, "--override"), monday.isoformat()


def test_the_preview(people: People, portal: Portal, replacing: tuple[str, str]) -> None:
    page = people.page("launcher")
    page.goto(portal.at(f"imports/importbatch/{replacing[0]}/preview/"))
    axe.passes(page)
    page.get_by_role("button", name="Read these entries from Lucca").click()
    page.wait_for_selector("table.lines")
    axe.passes(page)


def test_what_is_planned(people: People, portal: Portal) -> None:
    portal.read_directory()
    page = people.page("launcher")
    page.goto(portal.at("imports/importbatch/planned/"))
    page.get_by_role("button", name="Read what is planned").click()
    page.wait_for_selector(".errorlist")
    axe.passes(page)
    page.fill("#id_search", "marchal")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_selector("[name=found]")
    axe.passes(page)
    page.fill("[name=logins]", "imarchal")
    today = date.today().isoformat()
    page.fill("[name=first]", today)
    page.fill("[name=last]", today)
    page.get_by_role("button", name="Read what is planned").click()
    page.get_by_role("heading", name="The file").wait_for()
    axe.passes(page)


def test_an_employee_s_day(people: People, portal: Portal, replacing: tuple[str, str]) -> None:
    page = people.page("launcher")
    page.goto(portal.at("imports/importbatch/employee-day/"))
    ask = page.get_by_role("button", name="Which imports touched this day?")
    ask.click()
    page.wait_for_selector(".errorlist")
    axe.passes(page)
    page.fill("#ask-who", "imarchal")
    page.fill("#ask-day", replacing[1])
    ask.click()
    page.wait_for_selector("article")
    axe.passes(page)


def test_an_account_that_was_checked(people: People, portal: Portal) -> None:
    portal.lucca.add_key(DEFAULT_KEY, office_import=False)
    try:
        page = people.page("administrator")
        page.goto(portal.at("portal/account/1/change/"))
        page.get_by_role("button", name="Check now").click()
        page.wait_for_selector(".causes .tone-error")
        page.wait_for_selector("progress", state="detached")
        for fold in page.locator("details").all():
            fold.evaluate("(one) => one.open = true")
        axe.passes(page)
    finally:
        portal.lucca.add_key(DEFAULT_KEY)


def test_the_settling(people: People, portal: Portal, stages: dict[str, int]) -> None:
    page = people.page("launcher")
    page.goto(portal.at(f"imports/importbatch/{stages['unknown']}/settle/"))
    axe.passes(page)
    page.get_by_role("button", name="Note this as what became of the import").click()
    page.wait_for_selector(".errorlist")
    axe.passes(page)


def test_the_upload_with_mistakes(people: People, portal: Portal) -> None:
    page = people.page("launcher")
    page.goto(portal.at("imports/importbatch/add/"))
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_selector(".errorlist")
    axe.passes(page)


def test_the_way_in_and_out(people: People, portal: Portal) -> None:
    page = people.page()
    page.goto(portal.at("imports/importbatch/add/"))
    axe.passes(page)
    page.fill("#id_username", "nobody")
    page.fill("#id_password", "wrong")
    page.click("#login-form [type=submit]")
    page.wait_for_selector(".errornote")
    axe.passes(page)
    log_in(page, portal, "auditor")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_selector("#user-tools", state="detached")
    axe.passes(page)


# Pages that links lead to. What a link downloads is no page; one row of a table stands for all.

_FILES = re.compile(r"/(download|report|csv|xlsx|journal)/|/templates/N/")
# Alike for both: one looks for both.
_ALIKE = re.compile(
    r"/(imports|schedules|portal/(attempt|employee|heartbeat|job|luccacall|worklocation))/"
)
_MOST_PAGES = 80
# Looked at, if not another test does; of each, a part of the address.
_WORK = (
    *("importbatch/planned/", "importbatch/templates/"),
    *("calendarreading/add/", "calendarreading/", "calendarreading/N/change/"),
    *("calendarreading/N/N/N-N-N/", "scheduleoverride/add/", "scheduleoverride/"),
    *("arrangementassignment/add/", "employeeperiods/add/", "knownarrangement/"),
)
_ACCOUNTS = ("account/N/change/", "account/N/settings/", "portal/notice/", "portal/event/")


@pytest.mark.parametrize(
    ("role", "leaves_out", "known"),
    [("launcher", _FILES, _WORK), ("administrator", _ALIKE, _ACCOUNTS)],
)
@pytest.mark.usefixtures("stages", "warned", "calendar")
def test_every_page_that_links_lead_to(
    people: People, portal: Portal, role: str, leaves_out: re.Pattern[str], known: tuple[str, ...]
) -> None:
    page = people.page(role)
    found: list[str] = []
    seen: set[str] = set()
    waiting = [portal.at("")]
    while waiting:
        address = waiting.pop(0)
        kind = re.sub(r"\d+", "N", urlsplit(address).path)
        if kind in seen or leaves_out.search(kind):
            continue
        seen.add(kind)
        assert len(seen) < _MOST_PAGES, "the links lead on and on"
        page.goto(address)
        found += axe.look(page)
        waiting += _links(page, portal)
    assert not found, "\n".join(found)
    assert len(seen) > 10
    assert not [one for one in known if not any(kind.endswith(one) for kind in seen)]


def _links(page: Page, portal: Portal) -> list[str]:
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "(all) => all.map((one) => one.href)")
    return [href for href in hrefs if href.startswith(portal.at("")) and "?" not in href]
