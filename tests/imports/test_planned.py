"""What is planned for some people: choosing them, and a file that comes back as an import."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from imports.header import COLUMNS
from imports.models import ImportBatch, Reading
from imports.planned import ask_planned, compose
from imports.reading import forget_old
from imports.stages import Stage
from portal.employee_search import find_people, search_people
from portal.groups import ROLES
from portal.jobs.models import Job
from portal.models import Account, User
from portal.sheets.handout import write_csv
from portal.sheets.workbook import write_table
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import checked
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]

FIRST, LAST = date(2027, 3, 1), date(2027, 3, 31)
INES, THEO, LEA, ODILE, GONE = 812, 640, 507, 663, 9000
CHOOSE = reverse("admin:imports_importbatch_planned")


def entry(owner: int, day: int, place: int, **more: Any) -> dict[str, Any]:
    return {"ownerId": owner, "workLocationId": place, "date": f"2027-03-{day:02}", **more}


HELD = [
    entry(INES, 9, 4, areaId=31),
    entry(INES, 10, 1, position="SecondHalf", status="Pending"),
    entry(INES, 10, 8, position="FirstHalf"),
    entry(THEO, 9, 20),
    entry(THEO, 10, 20, areaId=71),
    entry(THEO, 31, 5, areaId=42),
]
# What our check would refuse.
REFUSED = [
    entry(INES, 11, 9),
    entry(INES, 12, 7),
    entry(INES, 15, 99),
    entry(INES, 16, 4, areaId=999),
    entry(INES, 17, 4),
    entry(INES, 17, 1, position="FirstHalf"),
    entry(INES, 18, 1, position="Evening"),
    entry(ODILE, 9, 1),
]
PLACES = [
    # Names that a spreadsheet would run, or that need quoting.
    {"id": 20, "name": '@home; "the" =one', "office": {"areas": [{"id": 71, "name": "-1"}]}},
]


@pytest.fixture
def tenant(account: Account, lucca: Simulator) -> Account:
    from portal.directory import sync

    lucca.change_state(
        {
            "workLocations": PLACES,
            "userLocations": HELD,
            "users": [{"id": THEO, "login": "+tnoll"}],
        }
    )
    carry(sync(account))
    return account


@pytest.fixture
def person() -> Callable[[str], Client]:
    """A browser in which somebody with this role is logged in."""

    def log_in(role: str) -> Client:
        found, made = User.objects.get_or_create(username=role.lower(), is_staff=True)
        if made and role in ROLES:
            found.groups.add(Group.objects.get(name=role))
        browser = Client()
        browser.force_login(found)
        return browser

    return log_in


def read(account: Account, *people: int) -> Reading:
    wanted = people or (INES, THEO, LEA)
    reading = ask_planned(account, wanted, FIRST, LAST, by=None, agreed=True)
    assert reading.job
    carry(reading.job)
    return Reading.objects.select_related("account", "job").get(pk=reading.pk)


def url(which: str, *args: Any) -> str:
    return reverse(f"admin:imports_importbatch_planned_{which}", args=args)


# The file.

WRITERS: dict[str, Callable[[Path, Any], None]] = {
    "csv": lambda path, rows: write_csv(path, COLUMNS, rows, comes_back=True),
    "xlsx": lambda path, rows: write_table(path, COLUMNS, rows),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_file_passes_our_check_as_it_is(tenant: Account, tmp_path: Path, kind: str) -> None:
    rows = compose(read(tenant)).rows
    assert len(rows) == len(HELD)
    path = tmp_path / f"planned.{kind}"
    WRITERS[kind](path, rows)
    batch = checked(tenant, path, override=True)
    assert (batch.stage, batch.total, batch.undecided) == (Stage.CHECKED, 6, 6)
    assert not batch.causes.exists(), "nothing to say, and nothing rewritten"
    with Path(batch.canonical.path).open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file, delimiter=";")) == [list(COLUMNS), *rows]


@pytest.mark.parametrize("kind", WRITERS)
def test_the_file_imported_again_changes_nothing(
    tenant: Account, lucca: Simulator, tmp_path: Path, kind: str
) -> None:
    from tests.imports.batches import launched

    before = compose(read(tenant)).rows
    path = tmp_path / f"planned.{kind}"
    WRITERS[kind](path, before)
    assert launched(tenant, path, override=True).stage == Stage.DONE
    assert compose(read(tenant)).rows == before


def test_a_line_per_entry_in_the_columns_of_an_import(tenant: Account) -> None:
    found = compose(read(tenant, INES, LEA))
    assert found.rows == [
        ["imarchal", "Lyon Part-Dieu", "Finance", "2027-03-09", "FullDay", "", "false"],
        ["imarchal", "Nantes", "", "2027-03-10", "FirstHalf", "", "false"],
        ["imarchal", "Home", "", "2027-03-10", "SecondHalf", "", "false"],
    ]
    assert (found.pending, found.without) == (1, 1)
    lea, ines = found.people
    assert (ines.entries, len(ines.days), ines.pending, ines.left_out) == (3, 2, 1, 0)
    assert (lea.login, lea.entries, len(lea.days)) == ("lfournier", 0, 0)


@pytest.mark.parametrize("kind", WRITERS)
def test_what_the_check_would_refuse_is_left_out_and_counted(
    tenant: Account, lucca: Simulator, tmp_path: Path, kind: str
) -> None:
    lucca.change_state({"userLocations": REFUSED})
    found = compose(read(tenant, INES, ODILE, GONE))
    assert found.left_out == {
        "The work location is not active": 2,
        "The place is not in the directory any more": 1,
        "The area is not in the directory any more": 1,
        "Another entry covers the same part of the day": 1,
        "The part of the day is unknown": 1,
        "The employee has left": 1,
    }
    # Of two for one half, the newer one is in the file.
    assert ["imarchal", "Home", "", "2027-03-17", "FirstHalf", "", "false"] in found.rows
    path = tmp_path / f"planned.{kind}"
    WRITERS[kind](path, found.rows)
    assert checked(tenant, path, override=True).stage == Stage.CHECKED


def test_no_cell_is_run(tenant: Account, tmp_path: Path) -> None:
    rows = compose(read(tenant)).rows
    path = tmp_path / "planned.csv"
    write_csv(path, COLUMNS, rows, comes_back=True)
    text = path.read_text("utf-8-sig")
    with path.open(encoding="utf-8-sig", newline="") as file:
        for cells in csv.reader(file, delimiter=";"):
            assert not any(cell[:1] in ("=", "+", "-", "@") for cell in cells if cell)
    assert "'+tnoll" in text
    plain = [row for row in rows if row[0] == "imarchal"]
    write_csv(path, COLUMNS, plain, comes_back=True)
    assert path.read_text("utf-8-sig").splitlines()[0] == ";".join(COLUMNS)
    book = tmp_path / "planned.xlsx"
    write_table(book, COLUMNS, rows)
    cells = [cell for row in load_workbook(book).active.iter_rows() for cell in row]  # type: ignore[union-attr]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(isinstance(cell.value, str | None) for cell in cells)


# Choosing.


def test_people_are_found_by_words_of_their_names(tenant: Account) -> None:
    found = search_people(tenant, "inès march")[0]
    assert [one.login for one in found] == ["imarchal"]
    assert [one.login for one in search_people(tenant, "MARCHAL")[0]] == ["imarchal"]
    assert [one.login for one in search_people(tenant, "INÈS")[0]] == ["imarchal"]
    assert search_people(tenant, "zzz") == ([], False)
    everybody, more = search_people(tenant, "")
    assert (len(everybody), more) == (50, True)
    assert find_people(tenant, ["imarchal", "IMARCHAL", "x"])[1] == ["IMARCHAL", "x"]


def form(of: Account, **more: Any) -> dict[str, Any]:
    return {
        "account": of.pk,
        "logins": "imarchal\r\nlfournier\r\n",
        "first": "2027-03-01",
        "last": "2027-03-31",
        "search": "",
        "read": "1",
    } | more


def test_from_choosing_to_the_file(person: Callable[[str], Client], tenant: Account) -> None:
    browser = person("Operator")
    assert_clean(browser.get(CHOOSE))
    answer = browser.post(CHOOSE, form(tenant))
    reading = Reading.objects.get()
    where = url("reading", reading.pk)
    assert answer.headers["Location"] == where
    assert (reading.people, len(reading.days)) == ([LEA, INES], 31)
    assert reading.asked_by and reading.asked_by.username == "operator"
    shown = browser.get(where).content.decode()
    assert "<progress" in shown and "Download" not in shown
    assert browser.get(url("download", reading.pk, "csv")).status_code == 404
    moving = browser.get(url("live", reading.pk), headers={"HX-Request": "true"})
    assert b"<progress" in moving.content and b"<html" not in moving.content
    assert reading.job
    carry(reading.job)
    ended = browser.get(url("live", reading.pk), headers={"HX-Request": "true"})
    assert ended.headers["HX-Redirect"] == where
    response = browser.get(where)
    assert_clean(response)
    shown = response.content.decode()
    assert "3 entries, each on a line" in shown and "1 of them awaits approval" in shown
    assert "1 employee has nothing entered" in shown and shown.count("btn-primary") == 1
    assert "2 employees, from 1\xa0March\xa02027 to 31\xa0March\xa02027." in shown
    response = browser.get(url("download", reading.pk, "csv"))
    assert "demo-2027-03-01-2027-03-31.csv" in response.headers["Content-Disposition"]
    rows = b"".join(response.streaming_content).decode("utf-8-sig").split("\r\n")
    assert rows[0] == ";".join(COLUMNS) and len(rows) == 5
    response = browser.get(url("download", reading.pk, "xlsx"))
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert sheet is not None and sheet.max_row == 4
    assert "imarchal" not in browser.get(CHOOSE).content.decode()


def test_searching_adds_who_is_ticked_and_reads_nothing(
    person: Callable[[str], Client], tenant: Account
) -> None:
    browser = person("Operator")
    given = form(tenant, search="marchal", logins="lfournier", first="", find="1")
    del given["read"]
    shown = browser.post(CHOOSE, given)
    assert_clean(shown)
    text = shown.content.decode()
    assert 'name="found" value="imarchal"' in text and "Choose the first day" not in text
    again = browser.post(CHOOSE, given | {"found": ["imarchal"]}).content.decode()
    assert "lfournier\nimarchal</textarea>" in again
    assert "1 employee found" in text and "in the list already" in again
    assert 'name="found" value="imarchal"' not in again
    nobody = browser.post(CHOOSE, given | {"search": "zzz"}).content.decode()
    assert "Nobody in the directory" in nobody
    for account in ("", "x", "999", "9" * 30):
        without = browser.post(CHOOSE, given | {"account": account}).content.decode()
        assert "Choose the account first." in without
    assert not Reading.objects.exists()
    # Whoever forgot to add those ticked meant them all the same.
    browser.post(CHOOSE, form(tenant, logins="", found=["imarchal"]))
    assert Reading.objects.get().people == [INES]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"logins": ""}, "Name at least one employee."),
        ({"logins": " \r\n "}, "Name at least one employee."),
        ({"logins": "tnol\r\nimarchal"}, "nobody with this login: tnol"),
        ({"logins": "\n".join(f"x{n}" for n in range(20))}, "and 10 more"),
        ({"logins": "\n".join(f"x{n}" for n in range(501))}, "501 employees; at most 500"),
        ({"logins": "<script>"}, "&lt;script&gt;"),
        ({"account": ""}, "Choose the account."),
        ({"account": "999"}, "Select a valid choice"),
        ({"first": ""}, "Choose the first day."),
        ({"last": "x"}, "Enter a valid date."),
        ({"last": "2027-02-28"}, "The last day is before the first."),
        ({"last": "2028-03-01"}, "more than 366 days"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(
    person: Callable[[str], Client], tenant: Account, given: dict[str, Any], said: str
) -> None:
    shown = person("Operator").post(CHOOSE, form(tenant, **given))
    assert shown.status_code == 200
    assert said in shown.content.decode()
    assert 'class="errorlist"' in shown.content.decode()
    assert not Reading.objects.exists() and not Job.objects.filter(kind="imports.reading").exists()


def test_a_whole_leap_year_can_be_read(person: Callable[[str], Client], tenant: Account) -> None:
    person("Operator").post(CHOOSE, form(tenant, first="2028-01-01", last="2028-12-31"))
    assert len(Reading.objects.get().days) == 366


def test_an_account_whose_people_were_never_read(
    person: Callable[[str], Client], account: Account
) -> None:
    shown = person("Operator").post(CHOOSE, form(account)).content.decode()
    assert "have not been read yet" in shown
    assert Job.objects.get().kind == "directory"


# Who may, and what is kept.


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_a_role_sees_and_asks_as_it_may(
    person: Callable[[str], Client], tenant: Account, role: str
) -> None:
    reading, browser = read(tenant), person(role)
    sees, asks = role != "nobody", role in ("Operator", "Launcher")
    pages = [CHOOSE, url("reading", reading.pk), url("live", reading.pk)]
    for where in [*pages, url("download", reading.pk, "csv")]:
        assert (browser.get(where).status_code in (200, 302)) == sees, where
    for where in (CHOOSE, url("reading", reading.pk)):
        status = browser.post(where, form(tenant, again="1")).status_code
        assert (status == 302) == asks, where
    assert Reading.objects.count() == (3 if asks else 1)
    if sees:
        shown = browser.get(CHOOSE).content.decode()
        assert ("Read what is planned" in shown) == asks and "Read before" in shown


def test_who_is_not_logged_in_is_led_there(client: Client, tenant: Account) -> None:
    reading = read(tenant)
    for where in (CHOOSE, url("reading", reading.pk), url("download", reading.pk, "csv")):
        assert client.get(where).status_code == 302
    moving = client.get(url("live", reading.pk), headers={"HX-Request": "true"})
    assert moving.headers["HX-Redirect"] == url("reading", reading.pk)


def test_a_reading_that_is_not_there(person: Callable[[str], Client], tenant: Account) -> None:
    for which, more in (("reading", ()), ("live", ()), ("download", ("csv",))):
        assert person("Operator").get(url(which, 999, *more)).status_code == 404
    reading = read(tenant)
    assert person("Operator").get(url("download", reading.pk, "exe")).status_code == 404


def test_reading_again_and_stopping(person: Callable[[str], Client], tenant: Account) -> None:
    browser, old = person("Operator"), read(tenant)
    answer = browser.post(url("reading", old.pk), {"again": "1", "agreed": "1"})
    new = Reading.objects.latest("pk")
    assert answer.headers["Location"] == url("reading", new.pk)
    assert (new.people, new.days) == (old.people, old.days)
    twice = browser.post(url("reading", new.pk), {"again": "1"}, follow=True).content.decode()
    assert "This is being read already." in twice
    stopped = browser.post(url("reading", new.pk), {"stop": "1"}, follow=True).content.decode()
    assert "Cancelled by a person" in stopped


def test_a_long_reading_waits_for_a_person(
    person: Callable[[str], Client], tenant: Account
) -> None:
    tenant.requests_per_minute, tenant.page_size = 2, 10
    tenant.save()
    tenant.calls.all().delete()
    browser = person("Operator")
    browser.post(CHOOSE, form(tenant))
    reading = Reading.objects.get()
    assert reading.job
    carry(reading.job)
    shown = browser.get(url("reading", reading.pk)).content.decode()
    assert "has not begun" in shown and "minutes, within the account" in shown
    browser.post(url("reading", reading.pk), {"again": "1", "agreed": "1"})
    assert Reading.objects.latest("pk").agreed


def test_after_some_days_only_the_fact_remains(
    person: Callable[[str], Client], tenant: Account
) -> None:
    reading, browser = read(tenant), person("Operator")
    Reading.objects.update(asked_at=timezone.now() - timedelta(days=8))
    forget_old()
    shown = browser.get(url("reading", reading.pk)).content.decode()
    assert "is deleted by now" in shown and "Download" not in shown
    assert browser.get(url("download", reading.pk, "csv")).status_code == 404
    again = browser.post(url("reading", reading.pk), {"again": "1"}, follow=True)
    assert "Choose anew." in again.content.decode()
    assert Reading.objects.count() == 1


def test_a_preview_is_no_planned_reading(
    person: Callable[[str], Client], tenant: Account, write: Callable[..., Path]
) -> None:
    from imports import preview
    from tests.imports.batches import analysed

    batch = analysed(tenant, write("imarchal;Home;;2027-03-09;FullDay;;false"), override=True)
    reading = preview.ask_preview(batch, by=None, agreed=True)
    assert person("Operator").get(url("reading", reading.pk)).status_code == 404
    assert ImportBatch.objects.get().readings.get() == reading


def test_the_pages_cost_the_same_however_much_was_read(
    person: Callable[[str], Client], tenant: Account, lucca: Simulator
) -> None:
    browser, costs = person("Operator"), set()
    for count in (1, 25):
        lucca.change_state({"userLocations": [entry(LEA, day + 1, 1) for day in range(count)]})
        reading = read(tenant, LEA)
        where = url("reading", reading.pk)
        browser.get(where)
        with CaptureQueriesContext(connection) as queries:
            browser.get(where)
        costs.add(len(queries))
    assert len(costs) == 1
