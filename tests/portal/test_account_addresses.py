"""Which address belongs to which kind of account, and what an account's fields may hold."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.models import Account
from portal.models.account import is_loopback

pytestmark = [pytest.mark.database, pytest.mark.django_db]

GOOD = [
    ("production", "https://acme.ilucca.net", "acme.ilucca.net:443"),
    ("production", "https://acme.ilucca.ch", "acme.ilucca.ch:443"),
    ("production", "https://acme.ilucca.net/", "acme.ilucca.net:443"),
    ("production", "https://acme.ilucca.net:443", "acme.ilucca.net:443"),
    ("production", "HTTPS://ACME.iLucca.NET", "acme.ilucca.net:443"),
    ("production", "https://acme-2.ilucca.net", "acme-2.ilucca.net:443"),
    ("test", "https://acme.ilucca-test.net", "acme.ilucca-test.net:443"),
    ("test", "https://acme.ilucca-test.ch", "acme.ilucca-test.ch:443"),
    ("demo", "https://acme.ilucca-demo.net", "acme.ilucca-demo.net:443"),
    (
        "sandbox",
        "https://acme-x1y2.sandbox.eu1.luccasoftware.com",
        "acme-x1y2.sandbox.eu1.luccasoftware.com:443",
    ),
    (
        "sandbox",
        "https://acme-x.sandbox.ch1.luccasoftware.com",
        "acme-x.sandbox.ch1.luccasoftware.com:443",
    ),
    ("simulator", "http://127.0.0.1:8801", "127.0.0.1:8801"),
    ("simulator", "http://127.8.9.1:8801", "127.8.9.1:8801"),
    ("simulator", "https://127.0.0.1:8801", "127.0.0.1:8801"),
    ("simulator", "http://127.0.0.1", "127.0.0.1:80"),
    ("simulator", "https://127.0.0.1", "127.0.0.1:443"),
    ("simulator", "http://localhost:8801", "localhost:8801"),
    ("simulator", "http://LOCALHOST:8801", "localhost:8801"),
    ("simulator", "http://[::1]:8801", "[::1]:8801"),
]

BAD = [
    # Not https.
    ("production", "http://acme.ilucca.net"),
    ("sandbox", "http://acme-x.sandbox.eu1.luccasoftware.com"),
    ("production", "ftp://acme.ilucca.net"),
    ("production", "acme.ilucca.net"),
    # Another kind's host.
    ("production", "https://acme.ilucca-test.net"),
    ("production", "https://acme.ilucca-demo.net"),
    ("production", "https://acme-x.sandbox.eu1.luccasoftware.com"),
    ("test", "https://acme.ilucca.net"),
    ("demo", "https://acme.ilucca.net"),
    ("sandbox", "https://acme.ilucca.net"),
    ("simulator", "https://acme.ilucca.net"),
    ("production", "http://127.0.0.1:8801"),
    ("test", "https://127.0.0.1"),
    # Only looks like one.
    ("production", "https://ilucca.net"),
    ("production", "https://.ilucca.net"),
    ("production", "https://acme.ilucca.com"),
    ("production", "https://acme.ilucca.net.evil.example"),
    ("production", "https://evil.example/acme.ilucca.net"),
    ("production", "https://evil.example?acme.ilucca.net"),
    ("production", "https://evil.example#acme.ilucca.net"),
    ("production", "https://acme.ilucca.net@evil.example"),
    ("production", "https://evil.example\\@acme.ilucca.net"),
    ("production", "https://a.b.ilucca.net"),
    ("production", "https://acmeXilucca.net"),
    ("production", "https://acme.ilucca.net."),
    ("production", "https://acmé.ilucca.net"),
    ("production", "https://acme.ilucca.net\n"),
    ("production", " https://acme.ilucca.net"),
    ("sandbox", "https://acme.sandbox.eu1.luccasoftware.com.evil.example"),
    ("sandbox", "https://acme.sandbox.luccasoftware.com"),
    # More than an address.
    ("production", "https://user@acme.ilucca.net"),
    ("production", "https://user:secret@acme.ilucca.net"),
    ("production", "https://acme.ilucca.net/lucca"),
    ("production", "https://acme.ilucca.net/?x=1"),
    ("production", "https://acme.ilucca.net/#top"),
    ("simulator", "http://user@127.0.0.1:8801"),
    ("simulator", "http://127.0.0.1:8801/api"),
    # Ports.
    ("production", "https://acme.ilucca.net:8443"),
    ("production", "https://acme.ilucca.net:80"),
    ("production", "https://acme.ilucca.net:0"),
    ("production", "https://acme.ilucca.net:99999"),
    ("simulator", "http://127.0.0.1:99999"),
    ("simulator", "http://127.0.0.1:x"),
    ("simulator", "http://127.0.0.1:0"),
    # Not this machine.
    ("simulator", "http://0.0.0.0:8801"),
    ("simulator", "http://10.0.0.1:8801"),
    ("simulator", "http://localhost.evil.example:8801"),
    ("simulator", "http://127.0.0.1.evil.example:8801"),
    ("simulator", "http://[::2]:8801"),
    ("simulator", "http://[::]:8801"),
    ("simulator", "http://128.0.0.1:8801"),
    ("simulator", "ftp://127.0.0.1:8801"),
    # Nothing at all.
    ("production", ""),
    ("simulator", "http://"),
    ("", "https://acme.ilucca.net"),
    ("staging", "https://acme.ilucca.net"),
]


def make(kind: str, url: str, label: str = "acme", **fields: Any) -> Account:
    account = Account(label=label, base_url=url, kind=kind, **fields)
    account.full_clean()
    return account


@pytest.mark.parametrize(("kind", "url", "host"), GOOD)
def test_an_address_of_its_kind_is_taken_and_written_plainly(
    kind: str, url: str, host: str
) -> None:
    account = make(kind, url)
    account.save()

    assert account.host == host
    assert account.base_url == account.base_url.lower().rstrip("/")
    # Cleaning what was cleaned changes nothing.
    again = (account.base_url, account.host)
    account.full_clean()
    assert (account.base_url, account.host) == again


@pytest.mark.parametrize(("kind", "url"), BAD)
def test_any_other_address_is_refused_at_the_field(kind: str, url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make(kind, url)
    assert set(caught.value.message_dict) <= {"base_url", "kind", "host"}
    assert "base_url" in caught.value.message_dict or kind in ("", "staging")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://acme.ilucca.net", "https://acme.ilucca.net:443"),
        ("https://acme.ilucca.net", "https://ACME.ilucca.net/"),
    ],
)
def test_one_account_for_one_host(first: str, second: str) -> None:
    make("production", first).save()
    with pytest.raises(ValidationError, match="acme"):
        make("production", second, label="other")


def test_two_ports_of_one_host_are_two_accounts() -> None:
    make("simulator", "http://127.0.0.1:8801").save()
    make("simulator", "http://127.0.0.1:8802", label="other").save()
    assert Account.objects.count() == 2


def test_the_database_keeps_hosts_and_labels_apart() -> None:
    make("simulator", "http://127.0.0.1:8801").save()
    for twin in (
        Account(label="acme", base_url="x", kind="simulator", host="else:1"),
        Account(label="else", base_url="x", kind="simulator", host="127.0.0.1:8801"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save()


@pytest.mark.parametrize("label", ["acme", "a", "7", "acme-production", "a--b", "file", "x-file-y"])
def test_a_label_names_its_variable(label: str) -> None:
    account = make("production", "https://acme.ilucca.net", label=label)
    assert account.key_variable == "LUCCA_API_KEY_" + label.upper().replace("-", "_")


@pytest.mark.parametrize(
    "label",
    [
        *("", "Acme", "acme_production", "acme.x", "acme x", "-acme", "acme-", "acmé", "a/b"),
        *("acme-file", "x" * 41, "acme\n", "acme-file\n", "é", "²"),
    ],
)
def test_a_label_that_could_not_name_a_variable_is_refused(label: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make("production", "https://acme.ilucca.net", label=label)
    assert set(caught.value.message_dict) == {"label"}


WRONG: list[tuple[str, Any]] = [
    ("requests_per_minute", 0),
    ("requests_per_minute", 100_001),
    ("page_size", 0),
    ("page_size", 1001),
    ("lines_per_upload", 0),
    ("import_path", "uploads"),
    ("export_path", ""),
    ("export_path", "api/v3/timmiexports"),
    ("export_trigger_path", "@evil.example/"),
    ("report_path", "@evil.example/"),
    ("export_content", "raw://evil.example/{exportId}"),
    ("export_content", "raw:/api/v3/timmiexports/content"),
    ("export_content", "json-text:/api/v3/timmiexports/{exportId}"),
    ("report_template_path", "//evil.example/"),
    ("report_status_path", "/timmi-timesheet/api/reports"),
    ("report_status_path", "@evil.example/{reportId}"),
    ("export_trigger_path", "/api/../x?y=1"),
    ("export_trigger_path", "//evil.example/\r\nX: 1"),
    ("import_part_name", ""),
    ("import_part_name", 'fi"le'),
    ("import_part_name", "fi\r\nle"),
    ("import_part_type", "text"),
    ("import_part_type", "text/csv\r\nX-Other: 1"),
    ("unknown_login", "ignore"),
    ("schedule_model", "calendars"),
    ("time_zone", "Europe/Atlantis"),
    ("time_zone", "../../etc/passwd"),
    ("time_zone", ""),
    ("connect_timeout", timedelta(0)),
    ("connect_timeout", timedelta(seconds=-1)),
    ("connect_timeout", timedelta(seconds=151)),
    ("read_timeout", timedelta(0)),
    ("read_timeout", timedelta(seconds=-9)),
    ("read_timeout", timedelta(seconds=141)),
    ("analysis_max_age", timedelta(0)),
    ("analysis_max_age", timedelta(days=-1)),
    ("progress_deadline", timedelta(0)),
    ("reconcile_after", timedelta(seconds=-1)),
    ("directory_max_age", timedelta(seconds=-1)),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_that_could_not_work_is_refused_at_its_field(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        make("production", "https://acme.ilucca.net", **{name: value})
    timeouts = {"connect_timeout", "read_timeout"}
    assert set(caught.value.message_dict) <= (timeouts if name in timeouts else {name})


RIGHT: list[tuple[str, Any]] = [
    ("requests_per_minute", 1),
    ("requests_per_minute", 100_000),
    ("page_size", 1000),
    ("lines_per_upload", 1),
    ("import_part_type", "application/vnd.ms-excel"),
    ("import_part_type", "text/csv; charset=utf-8"),
    ("time_zone", "UTC"),
    ("time_zone", "Indian/Reunion"),
    ("read_timeout", timedelta(seconds=140)),
    ("directory_max_age", timedelta(0)),
    ("reconcile_after", timedelta(0)),
]


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_a_value_at_the_edge_is_taken(name: str, value: Any) -> None:
    assert getattr(make("production", "https://acme.ilucca.net", **{name: value}), name) == value


def test_loopback_is_this_machine_and_nothing_else() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1"))
    others = ("", "0.0.0.0", "::", "localhost.", "example.com", "127.1", "2130706433", "10.0.0.1")
    assert not any(is_loopback(host) for host in others)
