"""Reading a tenant's people and places, whatever the pages look like."""

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.utils import timezone

from portal.directory import SMALLEST_PAGE, is_fresh, sync
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Area, DirectoryState, Employee, User, WorkLocation
from portal.simulator import DEFAULT_KEY, Simulator
from tests.conftest import carry, in_thread
from tests.portal.commands import run
from tests.portal.hostile import Server, Talk, answering, read_request, serving

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def logins(lucca: Simulator) -> set[str]:
    return {user["login"] for user in lucca.state()["users"]}


def known() -> set[str]:
    return set(Employee.objects.values_list("login", flat=True))


def places(lucca: Simulator) -> dict[int, tuple[str, bool, list[str]]]:
    return {
        place["id"]: (
            place["name"],
            place["isActive"],
            sorted(area["name"] for area in (place.get("office") or {}).get("areas") or []),
        )
        for place in lucca.state()["workLocations"]
    }


def known_places() -> dict[int, tuple[str, bool, list[str]]]:
    return {
        place.remote_id: (
            place.name,
            place.is_active,
            sorted(place.areas.values_list("name", flat=True)),
        )
        for place in WorkLocation.objects.prefetch_related("areas")
    }


SWITCHES: list[tuple[dict[str, Any], int]] = [
    ({}, 250),
    ({}, 7),
    ({}, 1),
    ({"users_max_limit": 10, "work_locations_max_limit": 3, "clamp_limits": True}, 250),
    ({"users_max_limit": 10, "work_locations_max_limit": 10}, 250),
    ({"users_max_limit": 30, "work_locations_max_limit": 100}, 1000),
    ({"next_cursor": True, "extra_keys": True, "v3_header": False}, 20),
]


@pytest.mark.parametrize(("switches", "size"), SWITCHES, ids=str)
def test_everybody_is_read_whatever_the_page(
    account: Account, lucca: Simulator, switches: dict[str, Any], size: int
) -> None:
    lucca.configure(**switches)
    account.page_size = size
    account.save()

    job = carry(sync(account), steps=500)

    assert job.state == JobState.SUCCEEDED
    assert job.progress == 100
    assert known() == logins(lucca)
    assert known_places() == places(lucca)
    assert is_fresh(account)


def test_a_page_size_that_is_refused_is_halved_down_to_ten(
    account: Account, lucca: Simulator
) -> None:
    lucca.configure(users_max_limit=10)
    carry(sync(account))
    sizes = [
        int(re.search(r"paging=0%2C(\d+)", entry["query"])[1])  # type: ignore[index]
        for entry in lucca.log()
        if "paging=0%2C" in entry["query"]
    ]
    assert sizes == [250, 125, 62, 31, 15, 10]


def test_a_host_that_refuses_even_ten_fails_with_its_reason(
    account: Account, lucca: Simulator
) -> None:
    lucca.configure(users_max_limit=9)
    job = carry(sync(account))
    assert (job.state, job.reason) == (JobState.FAILED, "refused")
    assert not is_fresh(account)
    assert SMALLEST_PAGE == 10


@pytest.mark.parametrize("path", ["/api/v3/users", "/work-locations"])
def test_408_shrinks_the_page_after_some_tries(
    account: Account, lucca: Simulator, path: str
) -> None:
    lucca.add_fault("408", path=path, times=3)
    job = carry(sync(account))
    assert job.state == JobState.SUCCEEDED
    assert known() == logins(lucca)
    assert known_places() == places(lucca)
    asked = Counter(
        re.search(r"(?:limit=|paging=\d+%2C)(\d+)", entry["query"])[1]  # type: ignore[index]
        for entry in lucca.log()
        if path in entry["path"]
    )
    assert asked["250"] == 3
    assert asked["125"] >= 1


@pytest.mark.parametrize("kind", ["500", "503", "reset", "timeout", "unreadable", "cut", "drip"])
@pytest.mark.parametrize("path", ["/api/v3/users", "/work-locations"])
def test_a_fault_in_passing_is_asked_again(
    account: Account, lucca: Simulator, kind: str, path: str
) -> None:
    account.read_timeout = account.connect_timeout = timedelta(seconds=0.25)
    account.page_size = 25
    account.save()
    lucca.add_fault(kind, path=path, skip=1 if "users" in path else 0)
    assert carry(sync(account)).state == JobState.SUCCEEDED
    assert known() == logins(lucca)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        *(("401", "key-refused"), ("403", "right-missing"), ("404", "not-found")),
        *(("500", "server-error"), ("unreadable", "unreadable-answer"), ("redirect", "redirected")),
    ],
)
def test_a_fault_that_stays_is_a_failure_that_says_so(
    account: Account, lucca: Simulator, kind: str, reason: str
) -> None:
    carry(sync(account))
    before = known()
    lucca.add_fault(kind, times=0)
    job = carry(sync(account))
    assert (job.state, job.reason) == (JobState.FAILED, reason)
    assert job.message
    assert known() == before


# Lists that no simulator gives: pages by hand.


def user(number: int) -> dict[str, Any]:
    return {"id": number, "login": f"u{number}", "firstName": "A", "lastName": "B"}


def scripted(users: Callable[[int, int, int], dict[str, Any]]) -> Talk:
    """`users(turn, offset, limit)` is the data of a page; of places there are none."""
    turn = 0

    def talk(server: Server, connection: socket.socket) -> None:
        nonlocal turn
        while request := read_request(server, connection):
            line = request.split(b"\r\n")[0].decode()
            found = re.search(r"paging=(\d+)%2C(\d+)", line)
            if found:
                document: Any = {"data": users(turn, int(found[1]), int(found[2]))}
                turn += 1
            else:
                document = {"items": [], "count": 0}
            body = json.dumps(document).encode()
            connection.sendall(
                f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            )

    return talk


EVERYBODY = [user(number) for number in range(1, 26)]


def no_count(turn: int, offset: int, limit: int) -> dict[str, Any]:
    return {"items": EVERYBODY[offset : offset + limit]}


def null_count(turn: int, offset: int, limit: int) -> dict[str, Any]:
    return {"items": EVERYBODY[offset : offset + limit], "count": None}


def short_pages(turn: int, offset: int, limit: int) -> dict[str, Any]:
    return {"items": EVERYBODY[offset : offset + 3], "count": 25}


def short_pages_without_count(turn: int, offset: int, limit: int) -> dict[str, Any]:
    return {"items": EVERYBODY[offset : offset + 3]}


def overlapping_pages(turn: int, offset: int, limit: int) -> dict[str, Any]:
    """Rows moved while we paged: each page begins with the last two of the one before."""
    return {"items": EVERYBODY[max(0, offset - 2) : offset + limit], "count": 25}


def each_twice(turn: int, offset: int, limit: int) -> dict[str, Any]:
    return {"items": [one for one in EVERYBODY for _ in "ab"][offset : offset + limit], "count": 25}


def count_too_high(turn: int, offset: int, limit: int) -> dict[str, Any]:
    return {"items": EVERYBODY[offset : offset + limit], "count": 1000}


ODD = [
    no_count,
    null_count,
    short_pages,
    short_pages_without_count,
    overlapping_pages,
    each_twice,
    count_too_high,
]


def move(account: Account, server: Server) -> None:
    account.base_url, account.page_size = server.address, 10
    account.full_clean()
    account.save()


@pytest.mark.parametrize("users", ODD, ids=lambda users: users.__name__)
def test_an_odd_list_is_read_to_its_end_once_each(account: Account, users: Any) -> None:
    with serving(scripted(users)) as server:
        move(account, server)
        job = carry(sync(account))
    assert job.state == JobState.SUCCEEDED
    assert sorted(Employee.objects.values_list("remote_id", flat=True)) == list(range(1, 26))


def test_a_count_that_grows_while_reading_is_followed(account: Account) -> None:
    def growing(turn: int, offset: int, limit: int) -> dict[str, Any]:
        return {"items": EVERYBODY[offset : offset + 5], "count": 10 if turn == 0 else 25}

    with serving(scripted(growing)) as server:
        move(account, server)
        assert carry(sync(account)).state == JobState.SUCCEEDED
    assert Employee.objects.count() == 25


def test_an_empty_list_is_the_end_and_deletes_nobody(account: Account, lucca: Simulator) -> None:
    carry(sync(account))
    before = known()
    with serving(scripted(lambda *_: {"items": [], "count": 0})) as server:
        move(account, server)
        assert carry(sync(account)).state == JobState.SUCCEEDED
    assert known() == before


def test_a_page_without_anything_new_is_the_end(account: Account, lucca: Simulator) -> None:
    """A server that does not count, and gives the same page whatever is asked for."""
    same = {"items": [{"id": 7, "login": "x", "name": "Home", "isActive": True}]}
    with serving(answering(json.dumps({"data": same, **same}).encode())) as server:
        move(account, server)
        assert carry(sync(account)).state == JobState.SUCCEEDED
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    "rights",
    [{"former_employees": False}, {"future_employees": False}, {"users": False}],
    ids=str,
)
def test_people_who_are_hidden_now_are_kept(
    account: Account, lucca: Simulator, rights: dict[str, bool]
) -> None:
    lucca.configure(missing_users_right="empty")
    carry(sync(account))
    everybody, seen = known(), Employee.objects.order_by("seen_at").first()
    assert seen
    lucca.add_key(DEFAULT_KEY, **rights)

    assert carry(sync(account)).state == JobState.SUCCEEDED

    assert known() == everybody == logins(lucca)
    # When they were last seen still tells.
    assert Employee.objects.filter(seen_at=seen.seen_at).exists()


def test_a_hidden_login_is_no_login(account: Account, lucca: Simulator) -> None:
    lucca.add_key(DEFAULT_KEY, hidden_fields=["dtContractEnd"])
    carry(sync(account))
    assert known() == logins(lucca)
    assert not Employee.objects.exclude(contract_end=None).exists()


def test_what_changed_is_changed(directory: Account, lucca: Simulator) -> None:
    one = lucca.state()["users"][0]
    place = next(each for each in lucca.state()["workLocations"] if each.get("office"))
    first, *_ = place["office"]["areas"]
    lucca.change_state(
        {
            "users": [
                {"id": one["id"], "login": "renamed", "dtContractEnd": "2030-06-30T00:00:00"}
            ],
            "workLocations": [
                {"id": place["id"], "name": "Elsewhere", "isActive": False, "office": {
                    **place["office"], "areas": [{**first, "name": "Only one"}]
                }}
            ],
        }
    )  # fmt: skip

    carry(sync(directory))

    changed = Employee.objects.get(remote_id=one["id"])
    assert changed.login == "renamed"
    assert str(changed.contract_end) == "2030-06-30"
    row = WorkLocation.objects.get(remote_id=place["id"])
    assert (row.name, row.is_active) == ("Elsewhere", False)
    assert list(row.areas.values_list("name", flat=True)) == ["Only one"]
    assert known_places() == places(lucca)


def test_a_sync_killed_in_the_middle_goes_on_at_its_page(
    account: Account, lucca: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.page_size = 10
    account.save()
    job = sync(account)
    for _ in range(3):
        assert runner.run(job.pk, "first")
        job.refresh_from_db()
    assert job.cursor["offset"] == 30
    # The process dies between the answer and its being kept.
    step = runner.step_of(job)

    def die(*args: object) -> None:
        raise SystemExit

    monkeypatch.setattr(runner, "step_of", lambda job: type(step)(step.request, die))  # type: ignore[union-attr,call-arg]
    with pytest.raises(SystemExit):
        runner.run(job.pk, "first")
    monkeypatch.undo()
    monkeypatch.setenv("LUCCA_API_KEY_DEMO", DEFAULT_KEY)
    assert Employee.objects.count() == 30
    # Nobody takes it while its lease runs.
    assert not runner.run(job.pk, "second")
    Job.objects.update(lease_until=timezone.now())

    assert carry(job).state == JobState.SUCCEEDED

    assert known() == logins(lucca)
    offsets = [
        re.search(r"paging=(\d+)%2C", entry["query"])[1]  # type: ignore[index]
        for entry in lucca.log()
        if "paging" in entry["query"]
    ]
    total = len(logins(lucca))
    assert offsets == ["0", "10", "20", "30", *map(str, range(30, total, 10))]
    # One reading, so one moment for everybody.
    assert Employee.objects.values("seen_at").distinct().count() == 1


def test_a_sync_that_is_under_way_is_the_answer_to_a_second_one(account: Account) -> None:
    first = sync(account)
    assert sync(account) == first
    runner.run(first.pk, "test")
    assert sync(account) == first
    carry(first)
    assert sync(account) != first


@pytest.mark.django_db(transaction=True)
def test_two_syncs_asked_at_once_are_one(account: Account) -> None:
    together = threading.Barrier(6)
    jobs: list[int] = []

    def ask() -> None:
        mine = Account.objects.get(pk=account.pk)
        together.wait(10)
        jobs.append(sync(mine).pk)

    threads = [threading.Thread(target=in_thread(ask)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(jobs) == 6
    assert len(set(jobs)) == 1
    assert Job.objects.count() == 1


def test_freshness_needs_both_lists_within_the_limit(account: Account) -> None:
    assert not is_fresh(account)
    now = timezone.now()
    state = DirectoryState.objects.create(account=account, employees_at=now)
    assert not is_fresh(account)
    state.locations_at = now
    state.save()
    assert is_fresh(account)
    for name in ("employees_at", "locations_at"):
        DirectoryState.objects.update(
            **{"employees_at": now, "locations_at": now, name: now - timedelta(hours=25)}
        )
        assert not is_fresh(account)


# The command.


def test_sync_directory(
    account: Account, lucca: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run(capsys, "sync_directory", "--account", "demo", "--json")
    assert ran.code == 0
    assert ran.json["state"] == "succeeded"
    assert ran.json["employees"] == len(logins(lucca))
    assert ran.json["locations"] == len(places(lucca)) == WorkLocation.objects.count()
    assert str(ran.json["employees"]) in ran.json["next"]
    assert Area.objects.exists()


@pytest.mark.parametrize("fault", ["401", "403", "404"])
def test_sync_directory_that_cannot_says_why(
    account: Account, lucca: Simulator, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    lucca.add_fault(fault, times=0)
    ran = run(capsys, "sync_directory", "--account", "demo", "--json")
    assert ran.code == 1
    assert ran.json["state"] == "failed"
    assert ran.json["next"]


def test_sync_directory_without_a_key_asks_nothing(
    account: Account,
    lucca: Simulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LUCCA_API_KEY_DEMO")
    ran = run(capsys, "sync_directory", "--account", "demo", "--json")
    assert ran.code == 1
    assert "LUCCA_API_KEY_DEMO" in ran.json["next"]
    assert lucca.log() == []


@pytest.mark.parametrize(
    ("args", "code"),
    [([], 64), (["--account"], 64), (["--account", "other"], 1), (["demo"], 64)],
    ids=str,
)
def test_sync_directory_wrongly_called(
    account: Account, capsys: pytest.CaptureFixture[str], args: list[str], code: int
) -> None:
    assert run(capsys, "sync_directory", *args).code == code
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("role", "code"),
    [
        *(("Operator", 0), ("Launcher", 0), ("Administrator", 0), ("Approver", 1)),
        *(("Auditor", 1), ("none", 1)),
    ],
)
def test_sync_directory_by_a_user(
    account: Account, capsys: pytest.CaptureFixture[str], role: str, code: int
) -> None:
    ines = User.objects.create_user("ines")
    ines.groups.set(Group.objects.filter(name=role))
    ran = run(capsys, "sync_directory", "--account", "demo", "--user", "ines")
    assert ran.code == code
    assert list(Job.objects.values_list("asked_by", flat=True)) == ([] if code else [ines.pk])


def test_a_tenant_that_never_has_time_is_given_up(account: Account, lucca: Simulator) -> None:
    """429 for ever: nothing stays pending, however patient each wait is."""
    lucca.add_fault("429", times=0, seconds=60)
    job = sync(account)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(100):
            job.refresh_from_db()
            if job.state != JobState.QUEUED and job.due_at is None:
                break
            clock.move_to(max(job.due_at or timezone.now(), timezone.now()))
            runner.run(job.pk, "test")
    assert (job.state, job.reason) == (JobState.FAILED, "deadline")
