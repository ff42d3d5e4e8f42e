"""The page and the list of accounts: what the key may do, the directory, the budget, who may."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from portal import account_checks, probes
from portal.budget import Budget
from portal.directory import sync
from portal.groups import ROLES
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.lucca.errors import Throttled
from portal.models import Account, AccountCheck, Event, EventDetail, LuccaCall, User
from portal.pages.chart import drawn
from portal.pages.hour import last_hour
from portal.simulator import DEFAULT_KEY, Simulator
from tests.conftest import carry
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ASKERS = {"Operator", "Launcher", "Administrator"}
LIST = "/admin/portal/account/"


@pytest.fixture
def person(client: Client) -> Callable[[str], Client]:
    """A browser in which somebody with this role is logged in."""

    def log_in(role: str) -> Client:
        found = User.objects.create_user(role.lower(), is_staff=True)
        found.groups.set(Group.objects.filter(name=role))
        browser = Client()
        browser.force_login(found)
        return browser

    return log_in


def address(account: Account, which: str = "change") -> str:
    return reverse(f"admin:portal_account_{which}", args=[account.pk])


def shown(browser: Client, account: Account) -> str:
    response = browser.get(address(account))
    assert response.status_code == 200
    assert_clean(response)
    return str(response.content.decode())


def checked(account: Account, by: Any = None) -> AccountCheck:
    job = carry(account_checks.check(account, by=by, interactive=True))
    return AccountCheck.objects.get(job=job)


# Who may see, ask and set.


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_a_role_sees_asks_and_sets_what_it_may(
    person: Callable[[str], Client], account: Account, lucca: Simulator, role: str
) -> None:
    browser, sees, asks = person(role), role in ROLES, role in ASKERS
    for which in ("change", "settings"):
        assert browser.get(address(account, which)).status_code == (200 if sees else 403)
    assert (browser.get(address(account, "live")).status_code == 302) == sees
    if sees:
        page = shown(browser, account)
        assert ("Check now" in page) == ("Read employees and places now" in page) == asks
        assert ("Change the settings" in page) == (role == "Administrator")
        assert ("Each call to Lucca" in page) == sees
        assert ("History of this account" in page) == (role in ("Auditor", "Administrator"))
    for which in ("check", "read_directory"):
        assert browser.post(address(account, which)).status_code == (302 if asks else 403)
    assert Job.objects.count() == (2 if asks else 0)
    setting = {"label": "taken-over"}
    assert browser.post(address(account, "settings"), setting).status_code == (
        200 if role == "Administrator" else 403
    )
    assert lucca.log() == []


def test_what_acts_is_never_a_get_and_the_page_never_a_form(
    person: Callable[[str], Client], account: Account
) -> None:
    browser = person("Operator")
    for which in ("check", "read_directory"):
        assert browser.get(address(account, which)).status_code == 405
    assert browser.post(address(account), {"label": "x"}).status_code == 405
    assert not Job.objects.exists()


def test_who_is_not_logged_in_is_led_there(client: Client, account: Account) -> None:
    for which in ("change", "settings", "check", "read_directory"):
        assert client.post(address(account, which)).headers["Location"].startswith("/admin/login/")
    live = client.get(address(account, "live"), headers={"HX-Request": "true"})
    assert live.headers["HX-Redirect"] == address(account)


@pytest.mark.parametrize("number", ["0", "999", "x", "9" * 30, "-1"])
def test_an_account_that_is_not_there(person: Callable[[str], Client], number: str) -> None:
    assert person("Operator").get(f"{LIST}{number}/change/").status_code == 404


# The check.


def test_the_button_and_the_command_are_one_service(
    person: Callable[[str], Client], account: Account
) -> None:
    browser = person("Operator")
    assert "was never checked" in shown(browser, account)
    browser.post(address(account, "check"))
    browser.post(address(account, "check"))  # a double click
    job = Job.objects.get(kind=account_checks.KIND)
    assert job.interactive and "<progress" in shown(browser, account)
    carry(job)
    page = shown(browser, account)
    assert "everything works" in page and "The key sees 57 present employees." in page
    assert "by operator" in page and "<progress" not in page
    event = Event.objects.get(verb="account.checked")
    assert EventDetail.objects.get(seq=event.seq).actor == "operator"


def test_a_missing_right_is_named_with_whom_to_ask_in_both_languages(
    person: Callable[[str], Client], account: Account, lucca: Simulator
) -> None:
    lucca.add_key(DEFAULT_KEY, office_import=False)
    checked(account)
    browser = person("Auditor")
    page = shown(browser, account)
    assert "1 finding" in page and "by the system" in page
    assert "The Lucca administrator: give the key&#x27;s role “Lucca Office: Import" in page
    with translation.override("fr"):
        (stored,) = [one for one in account_checks.found(AccountCheck.objects.get()) if not one.ok]
        assert stored.ask_words.startswith("À demander à l’administrateur Lucca")


def test_nothing_of_a_language_is_stored(account: Account, lucca: Simulator) -> None:
    lucca.add_key(DEFAULT_KEY, users=False)
    stored = checked(account).probes
    assert stored[1] == {
        "name": "employees",
        "ok": False,
        "found": "right-missing",
        "params": {"status": 403, "right": stored[1]["params"]["right"]},
        "ask": "give-right",
    }


def test_the_key_is_never_shown_and_its_variable_is(
    person: Callable[[str], Client], account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = person("Administrator")
    for which in (address(account), LIST, address(account, "settings")):
        assert DEFAULT_KEY not in browser.get(which).content.decode()
    assert "read from LUCCA_API_KEY_DEMO" in shown(browser, account)
    monkeypatch.delenv("LUCCA_API_KEY_DEMO")
    assert "to set LUCCA_API_KEY_DEMO in the" in shown(browser, account)
    assert "API key missing" in browser.get(LIST).content.decode()
    check = checked(account)
    assert [probe["ok"] for probe in check.probes] == [False]


def test_the_last_findings_stay_while_lucca_is_asked_anew(
    person: Callable[[str], Client], account: Account
) -> None:
    checked(account)
    account_checks.check(account)
    page = shown(person("Auditor"), account)
    assert "<progress" in page and "everything works" in page


def test_a_check_that_was_broken_off_goes_on_where_it_stopped(
    account: Account, lucca: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = probes.ask, []

    def fail_once(name: str, *args: Any) -> probes.Probe:
        asked.append(name)
        if asked == ["employees", "former_employees"]:
            raise RuntimeError
        return ask(name, *args)

    monkeypatch.setattr(probes, "ask", fail_once)
    check = checked(account)
    assert asked.count("employees") == 1 and asked.count("former_employees") == 2
    assert [probe["name"] for probe in check.probes] == [
        *("key", "employees", "former_employees", "work_locations", "user_locations", "import"),
        "schedules",
    ]


def test_a_slow_lucca_is_asked_by_several_tasks(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_checks, "_ENOUGH_SECONDS", -1)
    job = account_checks.check(account)
    for _question in range(6):
        assert runner.run(job.pk, "test")
    job.refresh_from_db()
    assert job.state == JobState.RUNNING and len(AccountCheck.objects.get().probes) == 7
    assert carry(job).state == JobState.SUCCEEDED


def test_a_check_that_cannot_be_done_says_why(
    person: Callable[[str], Client], account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(probes, "ask", fail)
    carry(account_checks.check(account))
    assert "The portal failed 3 times at this step" in shown(person("Operator"), account)


# The part that moves.


def test_the_part_that_moves(person: Callable[[str], Client], account: Account) -> None:
    browser = person("Operator")
    htmx = {"HX-Request": "true"}
    at_rest = browser.get(address(account, "live"), headers=htmx)
    assert at_rest.headers["HX-Redirect"] == address(account)
    job = sync(account, interactive=True)
    part = browser.get(address(account, "live"), headers=htmx).content.decode()
    assert "<progress" in part and "<html" not in part
    assert "The background service is not running" in part
    seen = re.search(r"seen=([0-9a-f]{8})", part)
    assert seen
    again = browser.get(address(account, "live"), {"seen": seen[1]}, headers=htmx)
    assert again.status_code == 204
    carry(job)
    assert "60 employees are known." in shown(browser, account)


# The budget of the last hour.


def calls(account: Account, count: int, ago: float, **fields: Any) -> None:
    at = timezone.now() - timedelta(seconds=ago)
    values = {"host": account.host, "method": "GET", "path": "/x", "status": 200, **fields}
    LuccaCall.objects.bulk_create(
        LuccaCall(account=account, sent_at=at, **values) for _number in range(count)
    )


def test_the_hour_says_what_was_asked_and_what_is_free(
    person: Callable[[str], Client], account: Account
) -> None:
    Account.objects.update(requests_per_minute=40)
    job = Job.objects.create(kind="directory", account=account, step="employees")
    calls(account, 7, 10, job=job)
    calls(account, 5, 1200, job=job)
    calls(account, 3, 1200)
    calls(account, 2, 1200, status=429)
    calls(account, 9, 7200)  # too long ago
    calls(account, 9, 10, host="other:443")
    account.refresh_from_db()
    hour = last_hour(account)
    totals = {purpose.title: purpose.total for purpose in hour.purposes}
    assert totals == {"reading of the directory": 12, "other requests": 5}
    assert sum(hour.sums) == 17
    assert (hour.told, hour.free, hour.limit) == (2, 33, 200)
    page = shown(person("Auditor"), account)
    assert "33 of 40 requests a minute are free now." in page
    assert "2 answered “too many requests” (429)" in page
    assert "<title id=" in page and "<desc id=" in page and 'role="img"' in page
    assert page.count('<th scope="row">') == 12
    assert "shared with its other integrations" in page


def test_what_is_free_is_what_the_budget_lets_leave(account: Account) -> None:
    account.requests_per_minute = 6
    account.save()
    calls(account, 2, 5)
    budget = Budget(account, job_id=None, interactive=True)
    free = last_hour(account).free
    for _call in range(free):
        budget.take("GET", "/x")
    with pytest.raises(Throttled):
        budget.take("GET", "/x")
    assert free == 4 and last_hour(account).free == 0


def test_while_lucca_has_us_wait_nothing_is_free(
    person: Callable[[str], Client], account: Account
) -> None:
    Account.objects.update(throttled_until=timezone.now() + timedelta(minutes=2))
    account.refresh_from_db()
    assert last_hour(account).free == 0
    assert "Lucca asked us to wait: no request leaves before" in shown(person("Auditor"), account)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("count", [1, 199, 200, 5000])
def test_the_bars_stay_within_the_picture(account: Account, count: int, language: str) -> None:
    account.requests_per_minute = 40
    job = Job.objects.create(kind="directory", account=account, step="employees")
    calls(account, count, 1, job=job)
    calls(account, count, 1)
    with translation.override(language):
        chart = drawn(last_hour(account))
    assert len(chart.bars) == 2
    for bar in chart.bars:
        assert bar.height >= 2 and 0 <= bar.x < chart.right
        assert bar.y > 0 and bar.y + bar.height <= chart.bottom
    assert 0 < chart.limit_y < chart.bottom


# What they cost.


def cost(browser: Client, where: str) -> int:
    browser.get(where)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(where).status_code == 200
    return len(queries)


def test_pages_cost_the_same_with_ten_calls_and_with_thousands(
    person: Callable[[str], Client], account: Account
) -> None:
    browser, costs = person("Administrator"), []
    for count in (10, 3000):
        calls(account, count, 100)
        for _check in range(3):
            checked(account)
        costs.append((cost(browser, address(account)), cost(browser, LIST)))
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 20


def test_the_calls_are_found_by_their_index(account: Account) -> None:
    """Otherwise the page would read a million of them."""
    calls(account, 50, 100)
    with CaptureQueriesContext(connection) as queries:
        last_hour(account)
    asked = [query["sql"] for query in queries if "portal_luccacall" in query["sql"]]
    assert len(asked) == 2
    for sql in asked:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
            cursor.execute(explain + sql)
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "call_window" in plan
