"""Accounts by the admin's form: the same rules as by the command, said at the field."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.directory import is_fresh
from portal.jobs.claims import ask
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import (
    Account,
    AccountCheck,
    Area,
    DirectoryState,
    Employee,
    Event,
    EventDetail,
    User,
    WorkLocation,
)
from tests.portal.commands import run

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ADD = "/admin/portal/account/add/"
FORM = {
    "label": "acme",
    "base_url": "https://acme.ilucca.net",
    "kind": "production",
    "time_zone": "Europe/Paris",
    "requests_per_minute": "40",
    "connect_timeout": "00:00:10",
    "read_timeout": "00:01:00",
    "page_size": "250",
    "import_path": "imports",
    "export_path": "/api/v3/timmiexports",
    "export_trigger_path": "/api/v3/timmiexports",
    "report_path": "/timmi-timesheet/api/reports",
    "report_status_path": "/timmi-timesheet/api/reports/{reportId}",
    "report_template_path": "/timmi-timesheet/api/report-templates",
    "report_end_included": "on",
    "import_part_name": "file",
    "import_part_type": "text/csv",
    "lines_per_upload": "20000",
    "analysis_max_age": "24:00:00",
    "progress_deadline": "01:00:00",
    "reconcile_after": "01:00:00",
    "directory_max_age": "24:00:00",
    "unknown_login": "error",
    "snapshots": "cheap",
    "schedule_model": "auto",
}


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def acme(boss: Client) -> Account:
    assert boss.post(ADD, FORM).status_code == 302
    return Account.objects.get()


def change(account: Account) -> str:
    return reverse("admin:portal_account_settings", args=[account.pk])


def test_an_account_is_added_with_its_entry_in_the_history(acme: Account) -> None:
    assert (acme.host, acme.read_timeout) == ("acme.ilucca.net:443", timedelta(minutes=1))
    event = Event.objects.get()
    assert (event.verb, event.account) == ("account.add", "acme")
    assert EventDetail.objects.get().actor == "boss"


def opened(boss: Client, account: Account) -> dict[str, Any]:
    """What the browser holds once the settings are open: the values, and the copies beside them."""
    form = boss.get(change(account)).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    return shown | {form[name].html_initial_name: value for name, value in shown.items()}


def test_a_change_says_what_was_changed(boss: Client, acme: Account) -> None:
    given = {**opened(boss, acme), "page_size": "100"}
    assert boss.post(change(acme), given).status_code == 302
    assert Event.objects.first().verb == "account.change"  # type: ignore[union-attr]
    assert EventDetail.objects.get(seq=2).values == {"page_size": "100"}


def test_what_was_learned_while_the_settings_were_open_stays(boss: Client, acme: Account) -> None:
    given = {**opened(boss, acme), "page_size": "100"}
    wait = timezone.now()
    Account.objects.update(import_path="import", throttled_until=wait, lines_per_upload=7)
    assert boss.post(change(acme), given).status_code == 302
    acme.refresh_from_db()
    assert (acme.page_size, acme.import_path, acme.throttled_until) == (100, "import", wait)
    assert acme.lines_per_upload == 7
    assert EventDetail.objects.get(seq=2).values == {"page_size": "100"}


def test_what_was_learned_between_reading_and_saving_stays(
    boss: Client, acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same second: after the form read its row, before it is stored."""
    clean = Account.clean

    def learn(account: Account) -> None:
        clean(account)
        Account.objects.update(import_path="import")

    given = {**opened(boss, acme), "page_size": "100"}
    monkeypatch.setattr(Account, "clean", learn)
    assert boss.post(change(acme), given).status_code == 302
    acme.refresh_from_db()
    assert (acme.page_size, acme.import_path) == (100, "import")


def test_the_command_stores_only_what_it_was_told(
    acme: Account, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = Account.clean

    def learn(account: Account) -> None:
        clean(account)
        Account.objects.update(import_path="import")

    monkeypatch.setattr(Account, "clean", learn)
    assert run(capsys, "account", "acme", "--set", "page_size=100").code == 0
    acme.refresh_from_db()
    assert (acme.page_size, acme.import_path) == (100, "import")


WRONG: list[tuple[str, str]] = [
    *(("label", "Acme"), ("label", "acme-file"), ("label", "")),
    *(("base_url", "http://acme.ilucca.net"), ("base_url", "https://acme.ilucca.net/x")),
    *(("base_url", ""), ("base_url", "nonsense"), ("base_url", "https://[")),
    *(("kind", "staging"), ("time_zone", "Mars/Olympus"), ("time_zone", "")),
    *(("page_size", "0"), ("page_size", "ten"), ("page_size", "")),
    *(("connect_timeout", ""), ("connect_timeout", "-1"), ("connect_timeout", "soon")),
    *(("read_timeout", "00:10:00"), ("read_timeout", "99999999999999999999")),
    *(("progress_deadline", "0"), ("import_part_name", 'a"b'), ("import_part_type", "csv")),
    *(("import_path", "uploads"), ("lines_per_upload", "-5")),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_value_is_said_at_its_field(boss: Client, field: str, value: str) -> None:
    response = boss.post(ADD, {**FORM, field: value})
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert not Account.objects.exists()
    assert not Event.objects.exists()


def test_the_address_of_another_account_is_refused(boss: Client, acme: Account) -> None:
    response = boss.post(ADD, {**FORM, "label": "other"})
    assert response.status_code == 200
    assert "acme" in str(response.context["adminform"].form.errors["base_url"])


# Another address is another tenant.


def mirrored(account: Account) -> None:
    now = timezone.now()
    DirectoryState.objects.create(account=account, employees_at=now, locations_at=now)
    Employee.objects.create(account=account, remote_id=1, login="tnol", seen_at=now)
    place = WorkLocation.objects.create(
        account=account, remote_id=1, name="Home", is_active=True, seen_at=now
    )
    Area.objects.create(location=place, remote_id=1, name="Garden")


OTHER = {"kind": "test", "base_url": "https://acme.ilucca-test.net"}


def by_form(boss: Client, acme: Account, capsys: Any) -> None:
    assert boss.post(change(acme), {**FORM, **OTHER}).status_code == 302


def by_command(boss: Client, acme: Account, capsys: Any) -> None:
    args = ("acme", "--kind", "test", "--url", OTHER["base_url"])
    assert run(capsys, "account", *args).code == 0


@pytest.mark.parametrize("move", [by_form, by_command])
def test_an_account_that_moves_forgets_the_people_of_the_other_tenant(
    boss: Client, acme: Account, capsys: pytest.CaptureFixture[str], move: Any
) -> None:
    mirrored(acme)
    job = ask("account.check", acme)
    Job.objects.filter(pk=job.pk).update(state="failed", finished_at=timezone.now())
    AccountCheck.objects.create(account=acme, job=job, checked_at=timezone.now())
    assert is_fresh(acme)
    move(boss, acme, capsys)
    acme.refresh_from_db()
    assert acme.host == "acme.ilucca-test.net:443"
    assert not is_fresh(acme)
    assert not Employee.objects.exists()
    assert not WorkLocation.objects.exists()
    assert not AccountCheck.objects.exists(), "what the key of the other tenant may do"


def test_any_other_change_keeps_the_people(boss: Client, acme: Account) -> None:
    mirrored(acme)
    boss.post(change(acme), {**FORM, "label": "renamed", "page_size": "10"})
    assert Account.objects.get().label == "renamed"
    assert is_fresh(acme)
    assert Employee.objects.exists()


@pytest.mark.parametrize("state", JobState)
def test_an_account_does_not_move_while_its_jobs_are_open_or_unknown(
    acme: Account, state: JobState
) -> None:
    """What is under way at one tenant would be followed, or settled, at another."""
    open_ = state in (JobState.QUEUED, JobState.RUNNING, JobState.UNKNOWN)
    Job.objects.create(
        kind="directory",
        account=acme,
        step="employees",
        state=state,
        finished_at=None if open_ else timezone.now(),
    )
    acme.page_size = 10
    acme.full_clean()
    acme.kind, acme.base_url = "test", OTHER["base_url"]
    if open_:
        with pytest.raises(ValidationError) as caught:
            acme.full_clean()
        assert set(caught.value.message_dict) == {"base_url"}
    else:
        acme.full_clean()
