"""What would be replaced: the verdict on each line, and the pages that show it."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from imports import preview, services
from imports.models import ImportBatch, ReadEntry, Reading
from imports.pages.rights import address
from imports.reading import forget_old
from imports.verdicts import Doubt, Line, Verdict, halves, judge
from portal.groups import ROLES
from portal.models import Account, Employee, User
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, rest
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]

HOME, LYON, FINANCE = (1, None), (4, None), (4, 31)
INES, LEA, THEO = 812, 507, 640


# Verdicts. What stands there, what the file names of that day, and what becomes of its first line.

F, A, B = "FullDay", "FirstHalf", "SecondHalf"
Standing = list[tuple[str, tuple[int, int | None]]]
CASES: list[tuple[str, Standing, list[tuple[str, bool]], Verdict, Doubt | None]] = [
    ("nothing stands", [], [(F, False)], Verdict.CREATED, None),
    ("nothing stands, one half", [], [(A, False)], Verdict.CREATED, None),
    ("the same day", [(F, HOME)], [(F, False)], Verdict.SAME, None),
    ("another place", [(F, LYON)], [(F, False)], Verdict.REPLACED, None),
    ("another area", [(F, FINANCE)], [(F, False)], Verdict.REPLACED, None),
    ("a day over a half", [(A, HOME)], [(F, False)], Verdict.REPLACED, None),
    ("a day over both halves", [(A, HOME), (B, HOME)], [(F, False)], Verdict.REPLACED, None),
    ("a half over a day", [(F, HOME)], [(A, False)], Verdict.REPLACED, Doubt.OTHER_HALF_GOES),
    ("both halves over a day", [(F, HOME)], [(A, False), (B, False)], Verdict.REPLACED, None),
    ("the same half", [(A, HOME)], [(A, False)], Verdict.SAME, None),
    ("a half beside a half", [(A, HOME)], [(B, False)], Verdict.CREATED, Doubt.OTHER_HALF_STANDS),
    (
        "a half replaced beside a half",
        [(A, LYON), (B, HOME)],
        [(A, False)],
        Verdict.REPLACED,
        Doubt.OTHER_HALF_STANDS,
    ),
    (
        "the same half beside a half",
        [(A, HOME), (B, LYON)],
        [(A, False)],
        Verdict.SAME,
        Doubt.OTHER_HALF_STANDS,
    ),
    ("both halves named", [(A, HOME), (B, LYON)], [(B, False), (A, False)], Verdict.REPLACED, None),
    ("a day and a half stand", [(F, HOME), (A, HOME)], [(F, False)], Verdict.REPLACED, None),
    ("a position nobody knows", [("Evening", HOME)], [(F, False)], Verdict.REPLACED, None),
    ("deletion", [(F, HOME)], [(F, True)], Verdict.DELETED, None),
    ("deletion of a half", [(A, HOME), (B, LYON)], [(B, True)], Verdict.DELETED, None),
    ("deletion of nothing", [], [(F, True)], Verdict.MISSING, None),
    ("deletion of a half of a day", [(F, HOME)], [(A, True)], Verdict.MISSING, Doubt.OTHER_PART),
    ("deletion of a day of halves", [(A, HOME)], [(F, True)], Verdict.MISSING, Doubt.OTHER_PART),
    ("deletion of the other half", [(A, HOME)], [(B, True)], Verdict.MISSING, Doubt.OTHER_PART),
]


@pytest.mark.parametrize(
    ("standing", "lines", "verdict", "doubt"), [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)  # fmt: skip
def test_verdict(
    standing: Standing, lines: list[tuple[str, bool]], verdict: Verdict, doubt: Doubt | None
) -> None:
    there = [
        ReadEntry(remote_id=number, owner=1, place=place, area=area, position=position)
        for number, (position, (place, area)) in enumerate(standing)
    ]
    named = frozenset[int]().union(*(halves(position) for position, _deletion in lines))
    position, deletion = lines[0]
    line = Line("imarchal", "Home", "", "2027-03-09", position, deletion)
    assert judge(line, there, named, HOME) == (verdict, doubt)


# From the file to the page.

LINES = [
    "imarchal;Home;;2027-03-09;FullDay;;false",
    "lfournier;Lyon Part-Dieu;Finance;2027-03-09;FirstHalf;;false",
    "tnoll;Home;;2027-03-09;FullDay;;true",
    "tnoll;Home;;2027-03-10;FullDay;;false",
]
HELD = [
    {"ownerId": INES, "workLocationId": 4, "areaId": 31, "date": "2027-03-09"},
    {"ownerId": LEA, "workLocationId": 9, "date": "2027-03-09"},
    {"ownerId": THEO, "workLocationId": 1, "date": "2027-03-09", "status": "Pending"},
    {"ownerId": INES, "workLocationId": 1, "date": "2027-03-10"},
    {"ownerId": 501, "workLocationId": 1, "date": "2027-03-09"},
]


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


@pytest.fixture
def ready(directory: Account, lucca: Simulator, write: Callable[..., Path]) -> ImportBatch:
    """A batch that replaces, analysed."""
    lucca.change_state({"userLocations": HELD})
    return analysed(directory, write(*LINES), override=True)


def read(batch: ImportBatch) -> Reading:
    reading = preview.ask_preview(batch, by=None, agreed=True)
    assert reading.job
    carry(reading.job)
    reading.refresh_from_db()
    return reading


def page(browser: Client, batch: ImportBatch, which: str = "preview") -> str:
    response = browser.get(address(batch, which))
    assert response.status_code == 200
    return str(response.content.decode())


def test_each_line_stands_beside_what_lucca_holds(ready: ImportBatch) -> None:
    reading = read(ready)
    # Ines on 9 March twice over: her days and people are read, whoever has which.
    assert set(reading.entries.values_list("owner", flat=True)) == {INES, LEA, THEO}
    rows = {(row.line.login, row.line.day): row for row in preview.compare(ready, reading)}
    said = {key: (row.before, row.after, row.verdict, row.doubt) for key, row in rows.items()}
    assert said == {
        ("imarchal", "2027-03-09"): (
            "full day: Lyon Part-Dieu / Finance", "Home", Verdict.REPLACED, None,
        ),
        ("lfournier", "2027-03-09"): (
            "full day: Business trip (no longer active)", "Lyon Part-Dieu / Finance",
            Verdict.REPLACED, Doubt.OTHER_HALF_GOES,
        ),
        ("tnoll", "2027-03-09"): ("full day: Home (awaits approval)", "", Verdict.DELETED, None),
        ("tnoll", "2027-03-10"): ("", "Home", Verdict.CREATED, None),
    }  # fmt: skip
    assert preview.counts(list(rows.values())) == (
        "4 lines: 2 replace what stands there, 1 deletes an entry, 1 fills what is empty"
    )


def test_what_the_import_did_is_what_the_preview_said(ready: ImportBatch) -> None:
    """The simulated Lucca agrees: afterwards every line is the same already."""
    read(ready)
    services.launch(ready, by=None, accept_warnings=True)
    rest(ready)
    ImportBatch.objects.filter(pk=ready.pk).update(stage="analysed")
    ready.refresh_from_db()
    verdicts = {row.line.login: row.verdict for row in preview.compare(ready, read(ready))}
    assert verdicts == {
        "imarchal": Verdict.SAME,
        "lfournier": Verdict.SAME,
        "tnoll": Verdict.SAME,  # its last line; the deletion finds nothing any more
    }


def test_names_that_the_directory_does_not_know(ready: ImportBatch) -> None:
    reading = read(ready)
    reading.entries.filter(owner=INES).update(place=99, area=7)
    Employee.objects.filter(remote_id=THEO).update(login="renamed")
    rows = {row.line.login: row for row in preview.compare(ready, reading)}
    assert "place 99, not in the directory / area 7, not in the directory" in str(
        rows["imarchal"].before
    )
    assert (rows["tnoll"].verdict, rows["tnoll"].before) == (Verdict.UNKNOWN, "?")


def test_the_page_from_asking_to_the_files(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    browser = person("Launcher")
    launch = page(browser, ready, "launch")
    assert "You can have the entries read" in launch and launch.count("btn-primary") == 1
    shown = page(browser, ready)
    assert "how many entries there are, by one request" in shown
    assert 'name="agreed"' not in shown
    shown = browser.post(address(ready, "preview"), {"read": "1"}, follow=True).content.decode()
    assert "<progress" in shown and "Stop reading" in shown
    again = browser.post(address(ready, "preview"), {"read": "1"}, follow=True).content.decode()
    assert "This is being read already." in again
    reading = Reading.objects.get()
    assert reading.job and reading.asked_by and reading.asked_by.username == "launcher"
    moving = browser.get(address(ready, "preview_live"), headers={"HX-Request": "true"})
    assert b"<progress" in moving.content and b"<html" not in moving.content
    mark = moving.content.decode().partition("?seen=")[2][:8]
    same = browser.get(address(ready, "preview_live"), {"seen": mark})
    assert same.status_code == 204
    carry(reading.job)
    ended = browser.get(address(ready, "preview_live"), headers={"HX-Request": "true"})
    assert ended.headers["HX-Redirect"] == address(ready, "preview")
    response = browser.get(address(ready, "preview"))
    assert_clean(response)
    shown = response.content.decode()
    assert "4 lines: 2 replace what stands there" in shown
    assert "all its entries are read: about" in shown or "all its entries are read: 1" in shown
    assert "the other half may end up empty" in shown and 'name="agreed"' in shown
    assert "4 lines: 2 replace what stands there" in page(browser, ready, "launch")


def test_a_preview_never_stands_in_the_way(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    browser = person("Launcher")
    browser.post(address(ready, "preview"), {"read": "1"})
    assert_clean(browser.get(address(ready, "launch")))
    given = {"version": str(ready.version), "launch": "1"}
    shown = browser.post(address(ready, "launch"), given, follow=True).content.decode()
    assert "The import is launched." in shown


MAY_ASK = {"Operator", "Launcher"}


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_a_role_sees_and_asks_as_it_may(
    person: Callable[[str], Client], ready: ImportBatch, role: str
) -> None:
    browser, sees = person(role), role != "nobody"
    for which, more in (("preview", ()), ("preview_live", ()), ("preview_download", ("csv",))):
        status = browser.get(address(ready, which, *more)).status_code
        assert (status in (200, 404)) == sees, which
    status = browser.post(address(ready, "preview"), {"read": "1"}).status_code
    assert (status == 302) == (role in MAY_ASK)
    assert Reading.objects.exists() == (role in MAY_ASK)
    if sees:
        shown = page(browser, ready)
        assert ("Stop reading" in shown) == (role in MAY_ASK)


def test_who_is_not_logged_in_is_led_there(client: Client, ready: ImportBatch) -> None:
    assert client.get(address(ready, "preview")).status_code == 302
    assert client.post(address(ready, "preview"), {"read": "1"}).status_code == 302
    moving = client.get(address(ready, "preview_live"), headers={"HX-Request": "true"})
    assert moving.headers["HX-Redirect"] == address(ready, "preview")
    assert not Reading.objects.exists()


def test_a_preview_of_another_file_is_void(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    read(ready)
    browser = person("Launcher")
    assert "2 replace what stands there" in page(browser, ready)
    # As when lines are left out: another canonical file, of the same import.
    ImportBatch.objects.filter(pk=ready.pk).update(sent_sha256="0" * 64)
    for which in ("preview", "launch"):
        assert "2 replace what stands there" not in page(browser, ready, which)
    assert "it is void" in page(browser, ready)
    assert browser.get(address(ready, "preview_download", "csv")).status_code == 404


def test_what_was_read_long_ago_is_deleted_and_said(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    read(ready)
    Reading.objects.update(asked_at=timezone.now() - timedelta(days=30))
    forget_old()
    assert not ReadEntry.objects.exists()
    assert "is deleted by now" in page(person("Launcher"), ready)


def test_a_long_reading_asks_before_it_begins(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    account, browser = ready.account, person("Launcher")
    account.requests_per_minute, account.page_size = 2, 10
    account.save()
    account.calls.all().delete()
    browser.post(address(ready, "preview"), {"read": "1"})
    reading = Reading.objects.get()
    assert reading.job
    carry(reading.job)
    shown = page(browser, ready)
    assert "minutes, within the account" in shown and 'name="agreed" value="1"' in shown
    assert not ReadEntry.objects.exists()
    browser.post(address(ready, "preview"), {"read": "1", "agreed": "1"})
    assert Reading.objects.latest("pk").agreed


def test_stopping(person: Callable[[str], Client], ready: ImportBatch) -> None:
    browser = person("Operator")
    browser.post(address(ready, "preview"), {"read": "1"})
    shown = browser.post(address(ready, "preview"), {"stop": "1"}, follow=True).content.decode()
    assert "Cancelled by a person" in shown and "Stop reading" not in shown


def test_a_failed_reading_says_why(
    person: Callable[[str], Client], ready: ImportBatch, lucca: Simulator
) -> None:
    lucca.add_fault("403", path="/user-locations", times=0)
    read(ready)
    shown = page(person("Launcher"), ready)
    assert "may not do this (403)" in shown and "Read these entries from Lucca" in shown


def test_no_preview_where_there_is_nothing_to_preview(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path],
    ready: ImportBatch, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    plain = analysed(directory, write("cberard;Home;;2027-03-12;FullDay;;false"))
    browser = person("Launcher")
    assert "What would be replaced" not in page(browser, plain, "launch")
    assert "only days on which an employee has nothing yet" in page(browser, plain, "launch")
    browser.post(address(plain, "preview"), {"read": "1"})
    monkeypatch.setattr(preview, "MOST_LINES", 3)
    for which in ("preview", "launch"):
        assert "up to 3 lines; this import has 4" in page(browser, ready, which)
    shown = browser.post(address(ready, "preview"), {"read": "1"}, follow=True).content.decode()
    assert "up to 3 lines" in shown
    assert not Reading.objects.exists()


def test_the_files_hold_every_line_and_no_formula(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    read(ready)
    Employee.objects.filter(login="imarchal").update(first_name="=1+1", last_name="")
    browser = person("Auditor")
    response = browser.get(address(ready, "preview_download", "csv"))
    assert response.headers["Content-Disposition"].startswith("attachment")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(rows) == 5
    assert "'=1+1" in text and ";=1+1" not in text
    response = browser.get(address(ready, "preview_download", "xlsx"))
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    cells = [[cell.value or "" for cell in row] for row in book.active.iter_rows()]  # type: ignore[union-attr]
    assert cells[0][0] == "Login" and len(cells) == 5
    types = {cell.data_type for row in book.active.iter_rows() for cell in row}  # type: ignore[union-attr]
    assert "f" not in types
    assert browser.get(address(ready, "preview_download", "exe")).status_code == 404


def test_the_page_costs_the_same_however_many_lines(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    browser, costs = person("Launcher"), set()
    # With so few lines that none can go first, the page asks less.
    for count in (30, 60):
        days = [date(2027, 3, 1) + timedelta(days=number) for number in range(count)]
        lines = [f"imarchal;Home;;{day};FullDay;;false" for day in days]
        batch = analysed(directory, write(*lines), override=True)
        read(batch)
        page(browser, batch)
        with CaptureQueriesContext(connection) as queries:
            page(browser, batch)
            page(browser, batch, "launch")
        costs.add(len(queries))
    assert len(costs) == 1
    assert costs.pop() <= 45
