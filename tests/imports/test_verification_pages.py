"""The page and the command of an import's proof."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from imports import verification
from imports.models import ImportBatch, Verification
from imports.pages.rights import address
from portal.groups import ROLES
from portal.models import Account, User
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import checked, launched
from tests.imports.test_verification import INES, LINES, busy, entry, verified
from tests.portal.commands import run
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def person() -> Callable[[str], Client]:
    def log_in(role: str) -> Client:
        found, made = User.objects.get_or_create(username=role.lower(), is_staff=True)
        if made and role in ROLES:
            found.groups.add(Group.objects.get(name=role))
        browser = Client()
        browser.force_login(found)
        return browser

    return log_in


@pytest.fixture
def done(directory: Account, lucca: Simulator, write: Callable[..., Path]) -> ImportBatch:
    batch = launched(directory, write(*LINES))
    lucca.journal.clear()
    return batch


@pytest.fixture
def changed(done: ImportBatch, lucca: Simulator) -> ImportBatch:
    """Two of the four lines are not as sent."""
    lucca.change_state(
        {
            "userLocations": [
                {"id": entry(lucca, INES, "2027-03-09"), "workLocationId": 4, "areaId": 31},
                {"id": entry(lucca, INES, "2027-03-10"), "remove": True},
            ]
        }
    )
    return done


def page(browser: Client, batch: ImportBatch, which: str = "verification", **query: str) -> str:
    response = browser.get(address(batch, which), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_from_the_import_s_page_to_the_lines(
    person: Callable[[str], Client], changed: ImportBatch
) -> None:
    browser = person("Operator")
    shown = page(browser, changed, "change")
    assert "Read this import back" in shown and shown.count("btn-primary") <= 1
    assert "how many entries there are, by one request" in page(browser, changed)
    shown = browser.post(
        address(changed, "verification"), {"read": "1"}, follow=True
    ).content.decode()
    assert "<progress" in shown and "Stop reading" in shown
    again = browser.post(address(changed, "verification"), {"read": "1"}, follow=True)
    assert "This is being read already." in again.content.decode()
    found = Verification.objects.select_related("reading__job").get()
    moving = browser.get(address(changed, "verification_live"), headers={"HX-Request": "true"})
    assert b"<progress" in moving.content and b"<html" not in moving.content
    assert found.reading and found.reading.job and found.asked_by
    carry(found.reading.job)
    shown = page(browser, changed)
    assert "The lines are compared" in shown
    carry(found.job)
    ended = browser.get(address(changed, "verification_live"), headers={"HX-Request": "true"})
    assert ended.headers["HX-Redirect"] == address(changed, "verification")
    response = browser.get(address(changed, "verification"))
    assert_clean(response)
    shown = response.content.decode()
    assert "4 lines: 2 verified, 1 different, 1 missing" in shown
    assert "full day: Lyon Part-Dieu / Finance" in shown
    assert "lfournier" not in shown and shown.count("imarchal") == 2
    shown = page(browser, changed, "change")
    assert "4 lines: 2 verified, 1 different, 1 missing" in shown
    assert "Nothing to do" not in shown


def test_the_lines_are_filtered_and_handed_out(
    person: Callable[[str], Client], changed: ImportBatch
) -> None:
    verified(changed)
    browser = person("Auditor")
    assert "lfournier" in page(browser, changed, finding="1")
    missing = page(browser, changed, finding="3")
    assert "10 March 2027" in missing and "9 March 2027" not in missing
    assert "There is no such line." in page(browser, changed, finding="4")
    sheet = browser.get(address(changed, "verification_download", "csv"))
    rows = list(csv.reader(io.StringIO(sheet.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert [(row[0], row[1], row[7]) for row in rows[1:]] == [
        ("2", "imarchal", "different"),
        ("5", "imarchal", "missing"),
    ]
    book = browser.get(address(changed, "verification_download", "xlsx")).getvalue()
    assert load_workbook(io.BytesIO(book)).active.max_row == 3


def test_pages_follow_one_another_at_a_constant_cost(
    person: Callable[[str], Client],
    directory: Account,
    lucca: Simulator,
    write: Callable[..., Path],
) -> None:
    days = [f"2027-{month:02}-{day:02}" for month in (5, 6, 7) for day in range(1, 29)]
    batch = launched(directory, write(*(f"imarchal;Home;;{day};FullDay;;false" for day in days)))
    browser = person("Auditor")
    costs = []
    for left in (1, 60):
        found = verified(batch)
        gone = [row for row in lucca.state()["userLocations"]["effective"] if row["date"] in days]
        with CaptureQueriesContext(connection) as queries:
            page(browser, batch)
        costs.append(len(queries))
        lucca.change_state(
            {"userLocations": [{"id": row["id"], "remove": True} for row in gone[:left]]}
        )
    found = verified(batch)
    assert found.missing == 61
    with CaptureQueriesContext(connection) as queries:
        first = page(browser, batch)
    assert len(queries) == costs[1]
    assert first.count("imarchal") == 50 and "More lines" in first
    following = page(browser, batch, after=str(first.partition("after=")[2].partition('"')[0]))
    assert following.count("imarchal") == 11 and "First lines" in following


def test_who_may_not_reads_and_does_not_ask(
    person: Callable[[str], Client], done: ImportBatch
) -> None:
    for role in ("Auditor", "Approver"):
        browser = person(role)
        assert "Somebody who may have Lucca analyse" in page(browser, done)
        assert browser.post(address(done, "verification"), {"read": "1"}).status_code == 403
    assert not Verification.objects.exists()


def test_a_reading_is_stopped(person: Callable[[str], Client], done: ImportBatch) -> None:
    browser = person("Operator")
    browser.post(address(done, "verification"), {"read": "1"})
    browser.post(address(done, "verification"), {"stop": "1"})
    carry(Verification.objects.get().job)
    assert "The reading was stopped" in page(browser, done)


def test_what_was_not_sent_has_no_proof(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    batch = checked(directory, write(*LINES))
    browser = person("Operator")
    assert "proof-heading" not in page(browser, batch, "change")
    assert "Only an import that was sent" in page(browser, batch)
    shown = browser.post(address(batch, "verification"), {"read": "1"}, follow=True)
    assert "Only an import that was sent" in shown.content.decode()


# The command.


def test_the_command_verifies(done: ImportBatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "verify_import", str(done.pk), "--json")
    assert ran.code == 0
    assert ran.json["verdicts"] == {
        "lines": 4,
        "verified": 4,
        "different": 0,
        "missing": 0,
        "not_readable": 0,
        "pending": 0,
    }
    assert (ran.json["batch"], ran.json["certain"], ran.json["lines"]) == (str(done.pk), True, [])
    assert "by one request" in ran.err


def test_the_command_names_what_is_not_there(
    changed: ImportBatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run(capsys, "verify_import", str(changed.pk), "--json")
    assert ran.code == 3
    assert [(row["line"], row["login"], row["verdict"]) for row in ran.json["lines"]] == [
        (2, "imarchal", "different"),
        (5, "imarchal", "missing"),
    ]
    ran = run(capsys, "verify_import", str(changed.pk))
    assert ran.code == 3 and "line 2: different; in Lucca: full day: Lyon" in ran.out


def test_the_command_asks_about_a_long_reading(
    done: ImportBatch, lucca: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    busy(lucca)
    done.account.calls.all().delete()
    Account.objects.update(page_size=10, requests_per_minute=3, location_filter="")
    ran = run(capsys, "verify_import", str(done.pk), "--json")
    assert ran.code == 5 and ran.json["verdicts"]["verified"] is None
    assert "longer than a minute" in ran.json["next"]


def test_the_command_stops(
    done: ImportBatch, lucca: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "verify_import", "999").code == 1
    User.objects.create_user("ines")
    assert run(capsys, "verify_import", str(done.pk), "--user", "ines").code == 1
    lucca.add_fault("403", path="/user-locations", times=100)
    ran = run(capsys, "verify_import", str(done.pk), "--json")
    assert ran.code == 1 and ran.json["verdicts"]["not_readable"] == 4
    assert verification.newest(done) is not None
