"""`account`: making and changing accounts from a terminal or a script."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group

from portal.models import Account, Event, EventDetail, User
from tests.portal.commands import Ran, run

pytestmark = [pytest.mark.database, pytest.mark.django_db]

URL = "https://acme.ilucca.net"
Run = Callable[..., Ran]


@pytest.fixture
def account(capsys: pytest.CaptureFixture[str]) -> Run:
    return lambda *args: run(capsys, "account", *args)


@pytest.fixture
def acme(account: Run) -> Account:
    assert account("acme", "--url", URL, "--kind", "production").code == 0
    return Account.objects.get()


def test_create_shows_every_setting_and_what_to_do_next(
    account: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LUCCA_API_KEY_ACME", raising=False)

    ran = account("acme", "--url", "https://ACME.ilucca.net/", "--kind", "production", "--json")

    assert ran.code == 0
    assert ran.json == {
        "account": "acme",
        "url": URL,
        "kind": "production",
        "time_zone": "Europe/Paris",
        "requests_per_minute": 40,
        "connect_timeout": "10s",
        "read_timeout": "1m",
        "page_size": 250,
        "import_path": "imports",
        "export_path": "/api/v3/timmiexports",
        "export_trigger_path": "/api/v3/timmiexports",
        "export_content": "",
        "report_path": "/timmi-timesheet/api/reports",
        "report_status_path": "/timmi-timesheet/api/reports/{reportId}",
        "report_template_path": "/timmi-timesheet/api/report-templates",
        "report_end_included": True,
        "import_part_name": "file",
        "import_part_type": "text/csv",
        "lines_per_upload": 20000,
        "analysis_max_age": "24h",
        "progress_deadline": "1h",
        "reconcile_after": "1h",
        "location_filter": "date.between={first}--{last}",
        "snapshots": "cheap",
        "directory_max_age": "24h",
        "unknown_login": "error",
        "schedule_model": "auto",
        "key": False,
        "next": "Set LUCCA_API_KEY_ACME to the API key.",
    }
    event = Event.objects.get(verb="account.add")
    assert event.account == "acme"
    assert EventDetail.objects.get(seq=event.seq).actor == "system"


def test_with_a_key_the_next_step_is_to_check_it(
    account: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUCCA_API_KEY_ACME", "the-secret-key")

    ran = account("acme", "--url", URL, "--kind", "production", "--json")

    assert ran.json["key"] is True
    assert "check_account acme" in ran.json["next"]
    assert "the-secret-key" not in ran.out + ran.err + str(EventDetail.objects.values())


SETTINGS: list[tuple[str, str, Any]] = [
    ("time_zone", "Indian/Reunion", "Indian/Reunion"),
    ("requests_per_minute", "12", 12),
    ("connect_timeout", "5s", timedelta(seconds=5)),
    ("read_timeout", "2m", timedelta(minutes=2)),
    ("page_size", "100", 100),
    ("import_path", "import", "import"),
    ("export_path", "/api/v3/exports", "/api/v3/exports"),
    ("export_trigger_path", "/api/v3/exports", "/api/v3/exports"),
    (
        "export_content",
        "raw:/api/v3/timmiexports/{exportId}/content",
        "raw:/api/v3/timmiexports/{exportId}/content",
    ),
    ("report_path", "/reports", "/reports"),
    ("report_status_path", "/reports/{reportId}/status", "/reports/{reportId}/status"),
    ("report_template_path", "/templates", "/templates"),
    ("report_end_included", "false", False),
    ("import_part_name", "importFile", "importFile"),
    ("import_part_type", "application/octet-stream", "application/octet-stream"),
    ("lines_per_upload", "500", 500),
    ("analysis_max_age", "2d", timedelta(days=2)),
    ("progress_deadline", "90m", timedelta(minutes=90)),
    ("reconcile_after", "0s", timedelta(0)),
    ("location_filter", "ownerId=1&date={first}", "ownerId=1&date={first}"),
    ("snapshots", "always", "always"),
    ("directory_max_age", "90s", timedelta(seconds=90)),
    ("unknown_login", "warning", "warning"),
    ("schedule_model", "workcycles", "workcycles"),
]


@pytest.mark.parametrize(("field", "text", "value"), SETTINGS)
def test_each_setting_is_set(
    account: Run, acme: Account, field: str, text: str, value: object
) -> None:
    ran = account("acme", "--set", f"{field}={text}", "--json")

    assert ran.code == 0
    acme.refresh_from_db()
    assert getattr(acme, field) == value
    assert acme.base_url == URL
    # What is shown can be given back.
    assert account("acme", "--set", f"{field}={ran.json[field]}").code == 0
    acme.refresh_from_db()
    assert getattr(acme, field) == value


def test_every_setting_has_its_test(acme: Account, account: Run) -> None:
    shown = set(account("acme", "--json").json) - {"account", "url", "kind", "key", "next"}
    assert {field for field, _, _ in SETTINGS} == shown


def test_several_settings_at_once_and_all_or_none(account: Run, acme: Account) -> None:
    assert account("acme", "--set", "page_size=10", "--set", "import_path=import").code == 0
    refused = account("acme", "--set", "page_size=20", "--set", "requests_per_minute=0")

    assert refused.code == 1
    acme.refresh_from_db()
    assert (acme.page_size, acme.import_path, acme.requests_per_minute) == (10, "import", 40)


USAGE = [
    "page_size",
    "page_size:10",
    "=10",
    "",
    "size=10",
    "PAGE_SIZE=10",
    "id=7",
    "pk=7",
    "label=other",
    "base_url=https://other.ilucca.net",
    "kind=test",
    "host=other:443",
    "throttled_until=",
    "created_at=2020-01-01",
    "jobs=1",
    "calls=1",
    "api_key=secret",
    "page_size=ten",
    "page_size=",
    "page_size=1.5",
    "read_timeout=60",
    "read_timeout=1h30m",
    "read_timeout=-60s",
    "read_timeout=60 s",
    "read_timeout=",
    "read_timeout=²s",
    "reconcile_after=99999999999999d",
    "reconcile_after=" + "9" * 5000 + "s",
]


@pytest.mark.parametrize("setting", USAGE, ids=lambda setting: setting[:30])
def test_what_is_no_setting_is_wrong_usage(account: Run, acme: Account, setting: str) -> None:
    ran = account("acme", "--set", setting, "--json")

    assert ran.code == 64
    assert ran.json["next"]
    assert vars(Account.objects.get()).keys() == vars(acme).keys()
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "setting",
    [
        *("page_size=0", "page_size=1001", "page_size=-1", "requests_per_minute=0"),
        *("lines_per_upload=0", f"lines_per_upload={2**70}", "import_path=uploads"),
        *("unknown_login=maybe", "schedule_model=x", "time_zone=Mars/Olympus"),
        *("connect_timeout=0s", "read_timeout=3m", "import_part_name="),
        "import_part_type=text/csv\nX: y",
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_name(
    account: Run, acme: Account, setting: str
) -> None:
    ran = account("acme", "--set", setting, "--json")

    assert ran.code == 1
    assert ran.json["next"].startswith(setting.split("=")[0])
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["acme", "--kind", "staging"],
        ["acme", "--colour", "red"],
        ["acme", "other"],
        ["acme"],
        ["acme", "--url", URL],
        ["acme", "--kind", "production"],
        ["acme", "--set"],
    ],
    ids=str,
)
def test_wrong_usage_is_64(account: Run, args: list[str]) -> None:
    ran = account(*args)
    assert ran.code == 64
    assert ran.err
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("label", "url", "kind", "named"),
    [
        ("Acme", URL, "production", "label"),
        ("acme-file", URL, "production", "label"),
        ("acme", "http://acme.ilucca.net", "production", "base_url"),
        ("acme", URL, "test", "base_url"),
    ],
)
def test_an_account_that_cannot_be_is_not_made(
    account: Run, label: str, url: str, kind: str, named: str
) -> None:
    ran = account(label, "--url", url, "--kind", kind, "--json")
    assert ran.code == 1
    assert named in ran.json["next"]
    assert not Account.objects.exists()


def test_the_address_of_another_account_is_refused_by_name(account: Run, acme: Account) -> None:
    ran = account("other", "--url", URL, "--kind", "production", "--json")
    assert ran.code == 1
    assert "acme" in ran.json["next"]


def test_an_account_moves_to_another_kind_only_with_its_address(
    account: Run, acme: Account
) -> None:
    assert account("acme", "--kind", "test").code == 1
    assert account("acme", "--kind", "test", "--url", "https://acme.ilucca-test.net").code == 0
    acme.refresh_from_db()
    assert (acme.kind, acme.host) == ("test", "acme.ilucca-test.net:443")


ROLES = {
    None: (0, 0),
    "Administrator": (0, 0),
    "Operator": (1, 1),
    "Launcher": (1, 1),
    "Approver": (1, 1),
    "Auditor": (1, 1),
    "nobody": (1, 1),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_user_s_rights_decide(account: Run, role: str | None) -> None:
    add, change = ROLES[role]
    given: list[str] = []
    if role:
        user = User.objects.create_user("ines")
        user.groups.set(Group.objects.filter(name=role))
        given = ["--user", "ines"]

    made = account("acme", "--url", URL, "--kind", "production", *given)
    assert made.code == add
    Account.objects.get_or_create(
        label="acme", defaults={"base_url": URL, "kind": "production", "host": "acme:443"}
    )
    assert account("acme", "--set", "page_size=10", *given).code == change

    actors = set(EventDetail.objects.values_list("actor", flat=True))
    assert actors == (set() if add else {"ines" if role else "system"})


def test_an_unknown_or_inactive_user_does_nothing(account: Run) -> None:
    User.objects.create_superuser("gone", is_active=False)
    for name in ("nobody", "gone"):
        ran = account("acme", "--url", URL, "--kind", "production", "--user", name, "--json")
        assert ran.code == 1
        assert name in ran.json["next"]
    assert not Account.objects.exists()


def test_exit_codes_reach_the_shell() -> None:
    """The one test that starts a real process: Django itself would exit with 2."""
    ran = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "account", "--colour"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 64
    assert "usage:" in ran.stderr
    assert ran.stdout == ""
