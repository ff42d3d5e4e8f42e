"""What all tests stand on: a simulated Lucca over loopback, an account for it, and a
database that is as new for every test."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_django
from django.db import connections
from django.test import TransactionTestCase
from django.utils import timezone, translation

from portal.directory import sync
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account
from portal.simulator import DEFAULT_KEY, Simulator, running
from tests.emptying import Migrated
from tests.installation import Installation, database

HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion\r\n"


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """A test that commits is followed by what it takes to undo it, and no more."""
    with django_db_blocker.unblock():
        migrated = Migrated()
    flush = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda _test: migrated.restore()
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """A request leaves its language to whatever runs next in its thread."""
    translation.deactivate()


@pytest.fixture
def lucca() -> Iterator[Simulator]:
    """A fresh simulated tenant without a limit of requests and with quick imports."""
    with Simulator() as simulator:
        simulator.configure(
            rate_limit=0, import_minimum_seconds=0.0, import_seconds_per_1000_lines=0.0
        )
        yield simulator


@pytest.fixture
def address(lucca: Simulator) -> Iterator[str]:
    with running(lucca) as url:
        yield url


@pytest.fixture
def account(db: None, address: str, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The simulator's account, with a budget that no test meets by accident."""
    monkeypatch.setenv("LUCCA_API_KEY_DEMO", DEFAULT_KEY)
    found = Account(
        label="demo",
        base_url=address,
        kind="simulator",
        requests_per_minute=100_000,
        connect_timeout=timedelta(seconds=1),
        read_timeout=timedelta(seconds=1),
    )
    found.full_clean()
    found.save()
    return found


@pytest.fixture
def directory(account: Account, lucca: Simulator) -> Account:
    """The account with its directory read, and the reading forgotten by the simulator's log."""
    assert carry(sync(account)).state == JobState.SUCCEEDED
    lucca.journal.clear()
    return account


def carry(job: Job, *, steps: int = 200) -> Job:
    """Carry a job to its end in this process; waiting is passed over, deadlines are not."""
    for _ in range(steps):
        job.refresh_from_db()
        if job.state in SETTLED or job.state == JobState.UNKNOWN:
            return job
        if job.waits_for:
            carry(job.waits_for)
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        Account.objects.update(throttled_until=None)
        runner.run(job.pk, "test")
    raise AssertionError(f"still {job.state} at {job.step}: {job.message}")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write lines below the usual header into a file."""

    def write_file(*lines: str, name: str = "lines.csv", encoding: str = "utf-8-sig") -> Path:
        path = tmp_path / name
        path.write_bytes((HEADER + "".join(f"{line}\r\n" for line in lines)).encode(encoding))
        return path

    return write_file


def in_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    """For threads of a test: their database connection is closed with them."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    return run


@pytest.fixture
def installation(tmp_path: Path, address: str) -> Iterator[Installation]:
    """A migrated installation with the simulator's account, and no worker yet."""
    with database() as url:
        found = Installation(tmp_path / "var", url, DEFAULT_KEY)
        assert found.manage("migrate", "-v0").returncode == 0
        code, _account = found.document(
            "account", "demo", "--url", address, "--kind", "simulator",
            "--set", "requests_per_minute=1000",
        )  # fmt: skip
        assert code == 0
        yield found
        found.close()
