"""The budget of requests: one for a tenant, whatever the number of processes, never overshot."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from portal.budget import INTERACTIVE_FOR, WINDOW, Budget
from portal.connect import connect
from portal.directory import sync
from portal.jobs.models import Job
from portal.lucca import directory, office
from portal.lucca.errors import LuccaError, Throttled
from portal.lucca.session import Upload
from portal.models import Account, LuccaCall
from portal.simulator import Simulator
from tests.conftest import carry, in_thread
from tests.portal.hostile import unused_port

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def limited(account: Account, limit: int) -> Account:
    account.requests_per_minute = limit
    account.save()
    return account


def called(account: Account, ago: float, **fields: Any) -> LuccaCall:
    """A call that left so many seconds ago."""
    values = {"host": account.host, "method": "GET", "path": "/x", **fields}
    moment = timezone.now() - timedelta(seconds=ago)
    return LuccaCall.objects.create(account=account, sent_at=moment, **values)


def budget(account: Account, *, interactive: bool = False) -> Budget:
    return Budget(account, job_id=None, interactive=interactive)


def left(account: Account, *, interactive: bool = False) -> int:
    """How many calls may leave now; they are taken."""
    for number in range(1000):
        try:
            budget(account, interactive=interactive).take("GET", "/x")
        except Throttled:
            return number
    raise AssertionError("there is no limit")


# One process.


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_as_many_as_the_limit_and_not_one_more(account: Account, limit: int) -> None:
    assert left(limited(account, limit)) == limit
    assert left(account) == 0
    assert LuccaCall.objects.count() == limit


def test_a_call_counts_until_the_window_has_passed(account: Account) -> None:
    limited(account, 3)
    seconds = WINDOW.total_seconds()
    assert seconds > 60
    for ago in (seconds + 1, seconds - 1, 30):
        called(account, ago)
    assert left(account) == 1


def test_until_is_when_one_more_may_leave(account: Account) -> None:
    limited(account, 2)
    calls = [called(account, ago) for ago in (50, 40, 30)]
    with pytest.raises(Throttled) as caught:
        budget(account).take("GET", "/x")
    # Of the three, two must grow old before fewer than two are left.
    assert caught.value.until == calls[1].sent_at + WINDOW
    assert caught.value.reason == "over-budget"
    assert str(caught.value)


def test_a_limit_that_was_lowered_holds_at_once(account: Account) -> None:
    assert left(limited(account, 5)) == 5
    assert left(limited(account, 3)) == 0
    assert left(limited(account, 7)) == 2


def test_another_host_has_a_budget_of_its_own(account: Account) -> None:
    limited(account, 1)
    other = Account.objects.create(
        label="other", base_url="x", kind="simulator", host="other:1", requests_per_minute=1
    )
    assert left(other) == 1
    assert left(account) == 1


def test_the_refused_call_leaves_no_row_and_no_request(account: Account, lucca: Simulator) -> None:
    limited(account, 1)
    session = connect(account)
    session.send(directory.one_user())
    with pytest.raises(Throttled):
        session.send(directory.one_user())
    assert LuccaCall.objects.count() == len(lucca.log()) == 1


# The reserve.


def test_background_work_leaves_a_reserve_while_somebody_is_there(account: Account) -> None:
    limited(account, 40)
    called(account, WINDOW.total_seconds() + 1, interactive=True)
    assert left(account) == 35
    assert left(account, interactive=True) == 5
    assert left(account, interactive=True) == 0


def test_without_anybody_there_is_no_reserve(account: Account) -> None:
    limited(account, 40)
    called(account, INTERACTIVE_FOR.total_seconds() + 1, interactive=True)
    called(account, 100, interactive=False)
    assert left(account) == 40


def test_somebody_at_another_host_does_not_matter(account: Account) -> None:
    limited(account, 40)
    called(account, 100, interactive=True, host="other:443")
    assert left(account) == 40


@pytest.mark.parametrize("limit", [1, 7, 8])
def test_a_small_budget_still_lets_background_work_through(account: Account, limit: int) -> None:
    limited(account, limit)
    called(account, 100, interactive=True)
    assert left(account) == max(1, limit - limit // 8)


@pytest.mark.parametrize("interactive", [True, False])
def test_a_job_s_calls_are_marked_as_the_job_is(account: Account, interactive: bool) -> None:
    job = carry(sync(account, interactive=interactive))
    calls = LuccaCall.objects.all()
    assert calls
    assert {(call.job_id, call.interactive) for call in calls} == {(job.pk, interactive)}


# 429.


def test_429_stops_everybody_until_it_may_go_on(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("429", seconds=30)
    with pytest.raises(Throttled):
        connect(account).send(directory.one_user())
    account.refresh_from_db()
    until = account.throttled_until
    assert until
    assert timedelta(seconds=25) < until - timezone.now() < timedelta(seconds=31)
    for interactive in (True, False):
        with pytest.raises(Throttled) as caught:
            connect(Account.objects.get(), interactive=interactive).send(directory.one_user())
        assert caught.value.until == until
        assert caught.value.reason == "throttled"
    assert len(lucca.log()) == LuccaCall.objects.count() == 1
    Account.objects.update(throttled_until=timezone.now())
    connect(account).send(directory.one_user())


def test_an_earlier_429_does_not_shorten_a_later_one(account: Account) -> None:
    now = timezone.now()
    late, early = now + timedelta(seconds=50), now + timedelta(seconds=5)
    for until in (late, early):
        budget(account).throttle(until)
    account.refresh_from_db()
    assert account.throttled_until == late
    budget(account).throttle(late + timedelta(seconds=1))
    account.refresh_from_db()
    assert account.throttled_until == late + timedelta(seconds=1)


def test_a_job_that_meets_429_waits_and_goes_on(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("429", seconds=30, path="/api/v3/users")
    lucca.add_fault("429-no-retry-after", path="/work-locations")
    assert carry(sync(account)).state == "succeeded"


# The record.


def test_a_call_is_written_before_it_leaves_and_completed_after(account: Account) -> None:
    session = connect(account)
    request = directory.one_user()

    call = session.open(request)
    before = LuccaCall.objects.get(pk=call)
    assert (before.method, before.path, before.host) == ("GET", "/api/v3/users", account.host)
    assert (before.status, before.duration_ms, before.failure) == (None, None, "")
    assert abs(before.sent_at - timezone.now()) < timedelta(seconds=5)

    session.close(request, call, session.exchange(request))
    after = LuccaCall.objects.get(pk=call)
    assert (after.status, after.failure, after.sent_at) == (200, "", before.sent_at)
    assert after.duration_ms is not None


def test_a_call_whose_process_died_counts(account: Account) -> None:
    limited(account, 1)
    connect(account).open(directory.one_user())
    assert left(account) == 0


FAULTS = {
    "500": (500, "server-error"),
    "401": (401, "key-refused"),
    "408": (408, "server-error"),
    "429": (429, "throttled"),
    "unreadable": (200, "unreadable-answer"),
    "reset": (None, "connection-lost"),
    "timeout": (None, "timed-out"),
    "redirect": (302, "redirected"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_the_record_says_what_came_of_it(account: Account, lucca: Simulator, kind: str) -> None:
    if kind == "timeout":
        account.read_timeout = timedelta(seconds=0.2)
    lucca.add_fault(kind)
    with pytest.raises(LuccaError):
        connect(account).send(directory.one_user())
    call = LuccaCall.objects.get()
    assert (call.status, call.failure) == FAULTS[kind]


def test_a_call_that_reached_nobody_is_recorded_and_counts(account: Account) -> None:
    account.base_url = f"http://127.0.0.1:{unused_port()}"
    account.full_clean()
    limited(account, 1)
    with pytest.raises(LuccaError):
        connect(account).send(directory.one_user())
    assert LuccaCall.objects.get().failure == "unreachable"
    assert left(account) == 0


def test_announcements_of_an_end_are_kept(account: Account, lucca: Simulator) -> None:
    sunset = "Wed, 31 Dec 2026 23:59:59 GMT"
    lucca.configure(deprecation="@1767225600", sunset=sunset)
    connect(account).send(directory.one_user())
    lucca.configure(deprecation="x" * 500, sunset="")
    connect(account).send(directory.one_user())
    last, first = LuccaCall.objects.all()
    assert (first.deprecation, first.sunset) == ("@1767225600", sunset)
    assert (last.deprecation, last.sunset) == ("x" * 200, "")


def test_the_record_identifies_nobody(account: Account, tmp_path: Any) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes("\ufefflogin;workLocationName;date;position\r\na;b;c;d\r\n".encode())
    session = connect(account)
    summary = session.send(
        office.send_file(
            "imports", Upload(path, "file", "text/csv", "f.csv"), create=False, override=True
        )
    )
    for request in (
        directory.one_user(),
        directory.users(0, 10),
        office.work_locations(1, 10),
        office.user_locations_probe(),
        office.progress("imports", summary),
        office.report("imports", summary, create=False),
    ):
        try:
            session.send(request)
        except LuccaError:
            continue
    api = "/work-locations/public/api"
    assert set(LuccaCall.objects.values_list("path", flat=True)) == {
        "/api/v3/users",
        f"{api}/work-locations",
        f"{api}/user-locations",
        f"{api}/imports/user-locations?create=false&overrideUserLocations=true",
        f"{api}/imports/user-locations/progress",
        f"{api}/imports/user-locations/analysis",
    }


# Many at once.


@pytest.mark.django_db(transaction=True)
def test_threads_at_once_do_not_overshoot(account: Account) -> None:
    limited(account, 10)
    together = threading.Barrier(8)
    taken: list[int] = []

    def take() -> None:
        together.wait(10)
        for _ in range(4):
            try:
                taken.append(budget(account).take("GET", "/x"))
            except Throttled:
                continue

    threads = [threading.Thread(target=in_thread(take)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) == len(set(taken)) == LuccaCall.objects.count() == 10


def database_url() -> str:
    """The test's own database, for another process."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{config['NAME']}"
    user = config["USER"] + (f":{config['PASSWORD']}" if config["PASSWORD"] else "")
    return f"postgres://{user}@{config['HOST']}:{config['PORT'] or 5432}/{config['NAME']}"


@contextmanager
def processes(number: int, calls: int, tmp_path: Any) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ready to call, and wait for the word."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": database_url(),
        "SECRET_KEY": "tests",
        "DATA_DIR": str(tmp_path / "data"),
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.portal.calling_process", "demo", str(calls)],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]
    try:
        for process in started:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def call(started: list[subprocess.Popen[str]]) -> list[list[str | None]]:
    """Give the word to all, and collect what each was told."""
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    told = []
    for process in started:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        told.append([json.loads(line) for line in out.splitlines()])
    return told


@pytest.mark.django_db(transaction=True)
def test_four_processes_at_once_do_not_overshoot(
    account: Account, lucca: Simulator, tmp_path: Any
) -> None:
    # The simulator enforces the same limit: a single request too many would be answered 429.
    lucca.configure(rate_limit=10)
    limited(account, 10)
    began = timezone.now()
    with processes(4, 6, tmp_path) as started:
        told = call(started)

    answers = [answer for process in told for answer in process]
    assert len(answers) == 24
    assert answers.count(None) == 10
    assert len(lucca.log()) == lucca.max_arrivals(60) == 10
    assert {entry["status"] for entry in lucca.log()} == {200}
    assert LuccaCall.objects.filter(status=200).count() == LuccaCall.objects.count() == 10
    # Each of the others is told when the first place is free again.
    first = LuccaCall.objects.order_by("sent_at")[0].sent_at
    for answer in answers:
        if answer is not None:
            until = datetime.fromisoformat(answer)
            assert began + timedelta(seconds=60) < until < timezone.now() + timedelta(seconds=63)
            assert abs(until - (first + WINDOW)) < timedelta(seconds=0.01)


@pytest.mark.django_db(transaction=True)
def test_429_to_one_process_is_told_to_the_others(
    account: Account, lucca: Simulator, tmp_path: Any
) -> None:
    lucca.add_fault("429", seconds=30)
    with processes(3, 1, tmp_path) as (first, *others):
        ((one,),) = call([first])
        told = call(others)
    account.refresh_from_db()
    assert one is not None
    assert datetime.fromisoformat(one) == account.throttled_until
    assert told == [[one], [one]]
    assert len(lucca.log()) == 1
    assert Job.objects.count() == 0
