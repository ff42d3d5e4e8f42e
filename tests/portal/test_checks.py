"""The system checks: what is dangerous together is said at start."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as settings_of_project
from django.core.checks import CheckMessage, run_checks
from django.db import connection

import portal.settings
from portal import triggers
from portal.jobs import claims
from portal.models import Account

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def found(number: str) -> list[CheckMessage]:
    """The messages of one check of ours, run as `check --database default` runs them."""
    return [message for message in run_checks(databases=["default"]) if message.id == number]


def test_everything_is_well_as_it_is_delivered() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = on")
    assert list(run_checks(databases=["default"])) == []


Q = {"workers": 4, "queue_limit": 4, "timeout": 180, "retry": 660}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, False),
        # 1 + ceil((4 + 1) / 4) = 3 time-outs, and one second more.
        ({"retry": 541}, False),
        ({"retry": 540}, True),
        ({"retry": 60}, True),
        ({"timeout": 240}, True),
        ({"workers": 1}, True),
        ({"workers": 2}, True),
        ({"workers": 5}, False),
        ({"workers": 5, "retry": 361}, False),
        ({"queue_limit": 50}, True),
    ],
    ids=str,
)
def test_e001_a_message_that_runs_twice(settings: Any, change: dict[str, int], wrong: bool) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, **Q, **change}
    messages = found("portal.E001")
    assert bool(messages) is wrong
    for message in messages:
        assert message.is_serious()
        assert message.hint


@pytest.mark.parametrize("workers", ["1", "2", "16"])
def test_the_number_of_workers_is_safe_to_choose(workers: str, tmp_path: Path) -> None:
    program = (
        "import django; django.setup()\n"
        "from portal import checks\n"
        "print([*checks.queue_retry(), *checks.calls_end_before_tasks()])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings_of_project.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "QUEUE_WORKERS": workers,
            "DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(("timeout", "wrong"), [(180, False), (239, False), (240, True)])
def test_e002_a_claim_that_lapses_during_a_task(settings: Any, timeout: int, wrong: bool) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "timeout": timeout, "retry": 10_000}
    assert claims.LEASE.total_seconds() == 240
    assert bool(found("portal.E002")) is wrong


@pytest.fixture
def guarded() -> Iterator[None]:
    yield
    triggers.install("default")


def test_e003_a_history_without_its_guards(guarded: None) -> None:
    assert found("portal.E003") == []
    triggers.remove("default")
    (message,) = found("portal.E003")
    assert message.is_serious()
    for table, event in triggers.GUARDS:
        assert f"{table}_no_{event.lower()}" in message.msg
    assert "migrate" in (message.hint or "")
    triggers.install("default")
    assert found("portal.E003") == []


@pytest.mark.parametrize("guard", triggers.GUARDS, ids=str)
def test_e003_names_the_one_that_is_missing(guarded: None, guard: tuple[str, str]) -> None:
    table, event = guard
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {table}_no_{event.lower()}{on}")
    (message,) = found("portal.E003")
    assert f"({table}_no_{event.lower()})" in message.msg


def test_commits_on_sqlite_are_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the portal's settings ask for it. The tests' own database does without."""
    monkeypatch.setattr(portal.settings, "DATABASE_URL", "")
    options = portal.settings._database()["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    with closing(sqlite3.connect(tmp_path / "portal.sqlite3")) as file:
        file.executescript(options["init_command"])
        assert file.execute("PRAGMA synchronous").fetchone() == (2,)
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_e004_commits_that_may_be_lost() -> None:
    """Only PostgreSQL has the setting; SQLite's is given by ours."""
    if connection.vendor == "sqlite":
        assert found("portal.E004") == []
        return
    for value, wrong in (("on", False), ("local", False), ("off", True)):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL synchronous_commit = {value}")
        assert bool(found("portal.E004")) is wrong


@pytest.fixture
def acme() -> Account:
    return Account.objects.create(
        label="acme-test", base_url="https://acme.ilucca-test.net", kind="test", host="acme:443"
    )


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        (None, None, True),
        ("LUCCA_API_KEY_ACME_TEST", "key", False),
        ("LUCCA_API_KEY_ACME_TEST", "", True),
        ("LUCCA_API_KEY_ACME", "key", True),
        ("LUCCA_API_KEY_ACME_TEST_FILE", "/nonexistent", True),
    ],
)
def test_w001_an_account_without_a_key(
    acme: Account, monkeypatch: pytest.MonkeyPatch, name: str | None, value: str, wrong: bool
) -> None:
    for known in ("", "_FILE"):
        monkeypatch.delenv("LUCCA_API_KEY_ACME_TEST" + known, raising=False)
    if name:
        monkeypatch.setenv(name, value)
    messages = found("portal.W001")
    assert bool(messages) is wrong
    for message in messages:
        assert not message.is_serious()
        assert "acme-test" in message.msg
        assert "LUCCA_API_KEY_ACME_TEST" in (message.hint or "")


def test_checks_of_the_database_wait_until_they_are_asked(
    acme: Account, django_assert_num_queries: Callable[..., Any]
) -> None:
    triggers.remove("default")
    try:
        with django_assert_num_queries(0):
            messages = run_checks()
    finally:
        triggers.install("default")
    assert not [m for m in messages if (m.id or "").startswith("portal.")]
