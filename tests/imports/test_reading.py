"""Reading what Lucca holds: every entry that was asked for, once, whatever the pages look like."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from imports.models import ReadEntry, Reading, SeenRow, Tally
from imports.reading import ask_for, cost_of, forget_old, needs_consent, stop
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.lucca import office
from portal.lucca.session import Answer
from portal.models import Account, Event, EventDetail, User
from portal.simulator import DEFAULT_KEY, Simulator
from tests.conftest import carry
from tests.portal.hostile import Server, Talk, read_request, serving

pytestmark = [pytest.mark.database, pytest.mark.django_db]

DAYS = [date(2027, 3, day) for day in range(1, 32)]
INES, THEO = 812, 640


def wish(
    account: Account, *people: int, days: list[date] = DAYS, agreed: bool = True, by: Any = None
) -> Reading:
    """A reading that was asked for."""
    made = Reading(
        account=account,
        host=account.host,
        purpose=Reading.Purpose.PLANNED,
        people=list(people or (INES, THEO)),
        days=[str(day) for day in days],
        first_day=days[0],
        last_day=days[-1],
        asked_by=by,
    )
    ask_for(made, by=by, agreed=agreed)
    return made


def done(reading: Reading) -> Job:
    assert reading.job
    job = carry(reading.job, steps=2000)
    reading.refresh_from_db()
    return job


def found(reading: Reading) -> list[tuple[int, str, str, int | None]]:
    rows = reading.entries.values_list("owner", "day", "position", "place")
    return sorted((owner, str(day), position, place) for owner, day, position, place in rows)


def entries(count: int, owner: int = INES) -> list[dict[str, Any]]:
    """Whole days of March 2027 and after, one entry each."""
    first = date(2027, 3, 1)
    return [
        {"ownerId": owner, "workLocationId": 1, "date": str(first + timedelta(days=number))}
        for number in range(count)
    ]


def held(lucca: Simulator, *people: int) -> list[tuple[int, str, str, int]]:
    days = {str(day) for day in DAYS}
    return sorted(
        (row["ownerId"], row["date"], row["position"], row["workLocationId"])
        for row in lucca.state()["userLocations"]["effective"]
        if row["ownerId"] in people and row["date"] in days
    )


def asked(lucca: Simulator) -> list[tuple[int, int]]:
    """(page, limit) of each page of the list that was asked for, the count left out."""
    pages = []
    for entry in lucca.log():
        if "/user-locations" in entry["path"]:
            page = re.search(r"page=(\d+)", entry["query"])
            limit = re.search(r"limit=(\d+)", entry["query"])
            pages.append((int(page[1]) if page else 0, int(limit[1]) if limit else 0))
    return [one for one in pages if one != (1, 1)]


@pytest.fixture
def busy(directory: Account, lucca: Simulator) -> Account:
    """A tenant with entries in March for two people who are asked for and one who is not."""
    lucca.change_state(
        {"userLocations": [*entries(40), *entries(12, THEO), *entries(30, 501),
          {"ownerId": INES, "workLocationId": 4, "areaId": 31, "date": "2027-03-09",
           "position": "FirstHalf", "status": "Pending"},
          {"ownerId": INES, "workLocationId": 4, "date": "2027-03-10", "status": "Denied"},
          {"ownerId": INES, "workLocationId": 4, "date": "2027-03-11", "status": "Deleted",
           "deletedAt": "2027-01-01T00:00:00Z"}]}
    )  # fmt: skip
    return directory


SWITCHES: list[tuple[dict[str, Any], int]] = [
    ({}, 250),
    ({}, 7),
    ({"user_locations_max_limit": 10, "clamp_limits": True}, 250),
    ({"user_locations_max_limit": 100}, 1000),
    ({"user_locations_max_limit": 10}, 250),
    ({"next_cursor": True, "extra_keys": True}, 20),
    ({"user_location_order": "newest", "user_location_timestamps": False}, 30),
    ({"user_location_order": "date", "list_deleted": False}, 30),
]


@pytest.mark.parametrize(("switches", "size"), SWITCHES, ids=str)
def test_what_was_asked_for_is_read_whatever_the_page(
    busy: Account, lucca: Simulator, switches: dict[str, Any], size: int
) -> None:
    lucca.configure(**switches)
    busy.page_size = size
    busy.save()
    reading = wish(busy)
    job = done(reading)
    assert (job.state, job.progress) == (JobState.SUCCEEDED, 100)
    assert reading.has_content and reading.is_whole
    expected = held(lucca, INES, THEO)
    assert len(expected) == 31 + 12 + 1
    assert found(reading) == expected
    pending = reading.entries.get(position="FirstHalf")
    assert pending.is_pending and (pending.place, pending.area) == (4, 31)


def test_a_quiet_tenant_costs_its_pages_and_the_count(busy: Account, lucca: Simulator) -> None:
    busy.page_size = 50
    busy.save()
    rows = len([row for rows in lucca.state()["userLocations"].values() for row in rows])
    done(wish(busy))
    pages = -(-rows // 50)
    assert len(lucca.log()) == pages + 1
    cost = cost_of(busy)
    assert cost is not None and cost.requests == pages


def test_a_clamped_page_is_accepted_and_remembered(busy: Account, lucca: Simulator) -> None:
    lucca.configure(user_locations_max_limit=20, clamp_limits=True)
    done(wish(busy))
    assert {limit for _page, limit in asked(lucca)} == {250}
    before = len(asked(lucca))
    cost = cost_of(busy)
    assert cost is not None and cost.requests == before
    lucca.journal.clear()
    done(wish(busy))
    assert {limit for _page, limit in asked(lucca)} == {20}
    assert len(asked(lucca)) == before


def test_a_page_that_is_refused_is_halved_down_to_ten(busy: Account, lucca: Simulator) -> None:
    lucca.configure(user_locations_max_limit=10)
    reading = wish(busy)
    done(reading)
    sizes = [limit for page, limit in asked(lucca) if page == 1]
    assert sizes == [250, 125, 62, 31, 15, 10]
    assert found(reading) == held(lucca, INES, THEO)
    lucca.configure(user_locations_max_limit=9)
    again = wish(busy)
    job = done(again)
    assert (job.state, job.reason) == (JobState.FAILED, "refused")
    assert not again.has_content and not again.entries.exists()


def test_408_asks_for_less(busy: Account, lucca: Simulator) -> None:
    lucca.add_fault("408", path="/user-locations", skip=2, times=3)
    busy.page_size = 100
    busy.save()
    reading = wish(busy)
    assert done(reading).state == JobState.SUCCEEDED
    assert found(reading) == held(lucca, INES, THEO)
    assert {limit for _page, limit in asked(lucca)} == {100, 50}


@pytest.mark.parametrize("kind", ["500", "503", "reset", "timeout", "unreadable", "cut", "429"])
def test_a_fault_in_passing_is_asked_again(busy: Account, lucca: Simulator, kind: str) -> None:
    busy.read_timeout = busy.connect_timeout = timedelta(seconds=0.25)
    busy.page_size = 60
    busy.save()
    lucca.add_fault(kind, path="/user-locations", skip=2)
    reading = wish(busy)
    assert done(reading).state == JobState.SUCCEEDED
    assert found(reading) == held(lucca, INES, THEO)


def test_429_is_waited_for_as_long_as_it_says(busy: Account, lucca: Simulator) -> None:
    lucca.add_fault("429", path="/user-locations", skip=1, seconds=40)
    reading = wish(busy)
    job = reading.job
    assert job
    with time_machine.travel(timezone.now(), tick=False) as clock:
        while job.state in (JobState.QUEUED, JobState.RUNNING) and job.reason != "throttled":
            runner.run(job.pk, "test")
            job.refresh_from_db()
        assert job.due_at is not None
        wait = job.due_at - timezone.now()
        assert timedelta(seconds=38) < wait <= timedelta(seconds=41)
        before = len(lucca.log())
        assert not runner.run(job.pk, "test")
        assert len(lucca.log()) == before
        clock.shift(wait)
        assert runner.run(job.pk, "test")
    assert len(lucca.log()) == before + 1
    job.refresh_from_db()
    assert (job.state, job.reason) == (JobState.RUNNING, "")


def test_the_budget_holds_a_reading_back(busy: Account, lucca: Simulator) -> None:
    busy.requests_per_minute, busy.page_size = 3, 10
    busy.save()
    lucca.journal.clear()
    busy.calls.all().delete()
    job = wish(busy).job
    assert job
    for _ in range(10):
        Job.objects.update(due_at=timezone.now())
        runner.run(job.pk, "test")
    job.refresh_from_db()
    assert len(lucca.log()) == 3
    assert (job.state, job.reason) == (JobState.RUNNING, "over-budget")
    assert job.due_at and job.due_at > timezone.now() + timedelta(seconds=50)


@pytest.mark.parametrize("right", ["403", "404", "401"])
def test_a_key_that_may_not_says_so(busy: Account, lucca: Simulator, right: str) -> None:
    lucca.add_fault(right, path="/user-locations", times=0)
    reading = wish(busy)
    job = done(reading)
    assert job.state == JobState.FAILED and job.message
    assert not reading.has_content and not needs_consent(reading)


def test_a_reading_killed_in_the_middle_goes_on_at_its_page(
    busy: Account, lucca: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.page_size = 40
    busy.save()
    reading = wish(busy)
    job = reading.job
    assert job
    for _ in range(3):
        assert runner.run(job.pk, "first")
    job.refresh_from_db()
    assert job.cursor["page"] == 3
    step = runner.step_of(job)

    def die(*args: object) -> None:
        raise SystemExit

    monkeypatch.setattr(runner, "step_of", lambda job: type(step)(step.request, die))  # type: ignore[union-attr,call-arg]
    with pytest.raises(SystemExit):
        runner.run(job.pk, "first")
    monkeypatch.undo()
    monkeypatch.setenv("LUCCA_API_KEY_DEMO", DEFAULT_KEY)
    assert not runner.run(job.pk, "second")
    Job.objects.update(lease_until=timezone.now())

    assert done(reading).state == JobState.SUCCEEDED
    assert found(reading) == held(lucca, INES, THEO)
    pages = [page for page, _limit in asked(lucca)]
    assert pages == [1, 2, 3, *range(3, max(pages) + 1)]


# A list that does not stand still.


def step(reading: Reading, times: int = 1) -> None:
    assert reading.job
    for _ in range(times):
        Job.objects.update(due_at=timezone.now())
        assert runner.run(reading.job.pk, "test")


def test_entries_added_meanwhile_have_the_list_read_again(busy: Account, lucca: Simulator) -> None:
    """Newest first: each addition moves the last row of a page onto the next one."""
    lucca.configure(user_location_order="newest")
    busy.page_size = 40
    busy.save()
    reading = wish(busy)
    step(reading, 2)
    lucca.change_state({"userLocations": [{**entries(1, THEO)[0], "date": "2027-03-30"}]})
    job = done(reading)
    assert (job.state, job.cursor["round"]) == (JobState.SUCCEEDED, 2)
    assert reading.is_whole
    assert found(reading) == held(lucca, INES, THEO)
    assert (THEO, "2027-03-30", "FullDay", 1) in found(reading)


def test_an_entry_that_was_moved_without_changing_the_count_is_noticed(
    busy: Account, lucca: Simulator
) -> None:
    """One removed behind us and one added: the count is the same, and a row was missed."""
    lucca.configure(user_location_order="id")
    busy.page_size = 40
    busy.save()
    first = lucca.state()["userLocations"]["effective"][0]["id"]
    reading = wish(busy)
    step(reading, 2)
    lucca.change_state({"userLocations": [{"id": first, "remove": True}, *entries(1, 777)]})
    lucca.configure(user_location_order="newest")
    job = done(reading)
    assert job.cursor["round"] == 2
    assert found(reading) == held(lucca, INES, THEO)


def test_a_list_that_never_stands_still_is_said_to_be_incomplete(
    busy: Account, lucca: Simulator
) -> None:
    busy.page_size = 40
    busy.save()
    reading = wish(busy)
    number = 0
    while reading.job and not reading.job.is_settled:
        step(reading)
        number += 1
        lucca.change_state({"userLocations": entries(1, 777)})
        reading.job.refresh_from_db()
    reading.refresh_from_db()
    assert reading.job and reading.job.state == JobState.PARTIAL
    assert "some may be missing" in reading.job.message
    assert reading.has_content and not reading.is_whole
    assert number < 40


def test_a_row_deleted_while_it_came_twice_is_gone(busy: Account, lucca: Simulator) -> None:
    lucca.configure(user_location_order="newest")
    busy.page_size = 40
    busy.save()
    reading = wish(busy)
    Tally.objects.all().delete()
    step(reading, 2)
    assert reading.job
    reading.job.refresh_from_db()
    # In the second round nothing is read a third time.
    Job.objects.filter(pk=reading.job.pk).update(cursor={**reading.job.cursor, "round": 2})
    last = reading.entries.order_by("remote_id").first()
    assert last is not None
    lucca.change_state(
        {"userLocations": [{"id": last.remote_id, "status": "Deleted"}, *entries(39, 777)]}
    )
    done(reading)
    assert not reading.entries.filter(remote_id=last.remote_id).exists()


# Lists as no tidy server gives them.


def row(number: int, **more: Any) -> dict[str, Any]:
    day = str(date(2027, 3, 1) + timedelta(days=number - 1))
    return {"id": number, "ownerId": INES, "workLocationId": 1, "date": day,
            "position": "FullDay", "status": "Confirmed", **more}  # fmt: skip


ROWS = [row(number) for number in range(1, 26)]


def scripted(pages: Callable[[int, int], dict[str, Any]]) -> Talk:
    """`pages(page, limit)` is the answer."""

    def talk(server: Server, connection: socket.socket) -> None:
        while request := read_request(server, connection):
            line = request.split(b"\r\n")[0].decode()
            page, limit = re.search(r"page=(\d+)", line), re.search(r"limit=(\d+)", line)
            assert page and limit
            body = json.dumps(pages(int(page[1]), int(limit[1]))).encode()
            connection.sendall(
                f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            )

    return talk


def slice_of(rows: list[Any], page: int, limit: int) -> list[Any]:
    return rows[(page - 1) * limit : page * limit]


def no_count(page: int, limit: int) -> dict[str, Any]:
    return {"items": slice_of(ROWS, page, limit)}


def short_pages(page: int, limit: int) -> dict[str, Any]:
    return {"items": slice_of(ROWS, page, min(limit, 3)), "count": 25}


def each_twice(page: int, limit: int) -> dict[str, Any]:
    doubled = [one for one in ROWS for _ in "ab"]
    return {"items": slice_of(doubled, page, limit), "count": 25}


def count_too_high(page: int, limit: int) -> dict[str, Any]:
    return {"items": slice_of(ROWS, page, limit), "count": 60}


def other_case(page: int, limit: int) -> dict[str, Any]:
    rows = [{key.upper(): value for key, value in one.items()} for one in ROWS]
    return {"Items": slice_of(rows, page, limit), "Count": 25}


def odd_rows(page: int, limit: int) -> dict[str, Any]:
    odd = [row(26, workLocationId=None, status="Deleted"), row(27, date=None), row(28, ownerId="9")]
    return {"items": slice_of(ROWS + odd, page, limit), "count": 28}


def deleted_by_moment(page: int, limit: int) -> dict[str, Any]:
    gone = [row(26, deletedAt="2027-01-01T00:00:00Z"), row(27, status="denied")]
    return {"items": slice_of(ROWS + gone, page, limit), "count": 27}


ODD = [
    *(no_count, short_pages, each_twice, count_too_high),
    *(other_case, odd_rows, deleted_by_moment),
]


@pytest.fixture
def lone(directory: Account) -> Iterator[Callable[[Talk], Reading]]:
    """A reading of a server that gives whatever its script says."""
    servers = []

    def read(talk: Talk) -> Reading:
        context = serving(talk)
        server = context.__enter__()
        servers.append(context)
        directory.base_url, directory.page_size = server.address, 10
        directory.full_clean()
        directory.save()
        return wish(directory)

    yield read
    for each in servers:
        each.__exit__(None, None, None)


@pytest.mark.parametrize("pages", ODD, ids=lambda pages: pages.__name__)
def test_an_odd_list_is_read_to_its_end_once_each(
    lone: Callable[[Talk], Reading], pages: Any
) -> None:
    reading = lone(scripted(pages))
    job = done(reading)
    assert job.state == JobState.SUCCEEDED
    assert sorted(reading.entries.values_list("remote_id", flat=True)) == list(range(1, 26))


def test_a_server_that_gives_the_same_page_for_ever_is_a_failure(
    lone: Callable[[Talk], Reading],
) -> None:
    reading = lone(scripted(lambda page, limit: {"items": ROWS[:10], "count": 25}))
    job = done(reading)
    assert (job.state, job.reason) == (JobState.FAILED, "unreadable-answer")
    assert not reading.has_content


def test_a_server_without_a_count_that_repeats_itself_comes_to_an_end(
    lone: Callable[[Talk], Reading],
) -> None:
    reading = lone(scripted(lambda page, limit: {"items": ROWS[:10]}))
    assert done(reading).state == JobState.SUCCEEDED
    assert reading.entries.count() == 10


def test_an_empty_tenant(lone: Callable[[Talk], Reading]) -> None:
    reading = lone(scripted(lambda page, limit: {"items": [], "count": 0}))
    assert done(reading).state == JobState.SUCCEEDED
    assert reading.is_whole and not reading.entries.exists()


@pytest.mark.parametrize(
    "body", [b"{}", b'{"items": [{"id": 1}]}', b'{"items": [{"id": 1, "ownerId": "x"}]}', b"[]"]
)
def test_an_answer_that_makes_no_sense_is_malformed(body: bytes) -> None:
    with pytest.raises(Exception, match=r"items|ownerId|object"):
        office.user_locations("1", 10).parse(Answer(200, {}, body))


# What it costs, and who wants it.


@pytest.fixture
def slow(busy: Account) -> Account:
    """A tenant of which the whole takes longer than a minute."""
    busy.requests_per_minute, busy.page_size = 2, 10
    busy.save()
    busy.calls.all().delete()
    return busy


def unthrottled(account: Account) -> None:
    account.requests_per_minute = 100_000
    account.save()


def test_a_long_reading_stops_after_counting_until_a_person_agrees(
    slow: Account, lucca: Simulator
) -> None:
    assert cost_of(slow) is None
    reading = wish(slow, agreed=False)
    assert done(reading).state == JobState.SUCCEEDED
    assert needs_consent(reading) and not reading.has_content
    assert len(lucca.log()) == 1
    cost = cost_of(slow)
    assert cost is not None and cost.requests > 10 and cost.seconds > 300
    ask_for(reading, by=None, agreed=True)
    unthrottled(slow)
    assert done(reading).state == JobState.SUCCEEDED
    assert reading.has_content and found(reading) == held(lucca, INES, THEO)


def test_those_who_wait_share_one_reading_and_later_ones_the_next(
    busy: Account, lucca: Simulator
) -> None:
    first, second = wish(busy, INES), wish(busy, THEO)
    assert first.job == second.job
    step(first, 2)
    third = wish(busy, 501)
    fourth = wish(busy, INES, days=DAYS[:3])
    assert third.job == fourth.job != first.job
    done(first)
    second.refresh_from_db()
    assert found(first) == held(lucca, INES)
    assert found(second) == held(lucca, THEO)
    done(third)
    fourth.refresh_from_db()
    assert found(third) == held(lucca, 501)
    assert [day for _owner, day, _position, _place in found(fourth)] == [
        "2027-03-01",
        "2027-03-02",
        "2027-03-03",
    ]


def test_one_who_agreed_reads_for_those_who_did_not(slow: Account) -> None:
    first, second = wish(slow, INES, agreed=False), wish(slow, THEO, agreed=True)
    assert first.job == second.job
    step(first)
    unthrottled(slow)
    done(second)
    first.refresh_from_db()
    assert first.has_content


def test_stopping_wins_over_a_page_that_came_since_the_page_was_shown(
    busy: Account, lucca: Simulator
) -> None:
    reading = wish(busy)
    shown = Reading.objects.select_related("job").get(pk=reading.pk)
    step(reading)
    stop(shown, by=None)
    assert Job.objects.get(pk=reading.job_id).state == JobState.CANCELLED
    stop(shown, by=None)
    assert Event.objects.filter(verb="reading.stopped").count() == 1


def test_stopping_ends_the_job_unless_others_wait(busy: Account) -> None:
    first, second = wish(busy, INES), wish(busy, THEO)
    stop(first, by=None)
    first.refresh_from_db()
    assert first.job is None
    done(second)
    third = wish(busy, INES)
    step(third)
    third.refresh_from_db()
    stop(third, by=None)
    job = Job.objects.get(pk=third.job_id)
    assert (job.state, job.reason) == (JobState.CANCELLED, "cancelled-by-person")


def test_an_old_directory_is_read_first(busy: Account, lucca: Simulator) -> None:
    Account.objects.update(directory_max_age=timedelta(0))
    busy.refresh_from_db()
    reading = wish(busy)
    assert reading.job and reading.job.waits_for and reading.job.waits_for.kind == "directory"
    assert done(reading).state == JobState.SUCCEEDED
    assert "/api/v3/users" in lucca.log()[0]["path"]


# What is kept.


def test_what_was_read_is_forgotten_after_some_days(busy: Account, settings: Any) -> None:
    old, young = wish(busy, INES), wish(busy, THEO)
    done(old)
    assert SeenRow.objects.exists()
    forget_old()
    old.refresh_from_db()
    assert old.has_content and not SeenRow.objects.exists()
    Reading.objects.filter(pk=old.pk).update(asked_at=timezone.now() - timedelta(days=8))
    forget_old()
    old.refresh_from_db()
    assert (old.people, old.days, old.has_content) == ([], [], False)
    assert set(ReadEntry.objects.values_list("reading", flat=True)) == {young.pk}


def test_the_history_names_nobody(busy: Account) -> None:
    done(wish(busy, by=User.objects.create_user("ines")))
    seqs = Event.objects.filter(verb__startswith="reading.").values("seq")
    verbs = list(Event.objects.filter(seq__in=seqs).values_list("verb", flat=True))
    assert sorted(verbs) == ["reading.asked", "reading.done"]
    for detail in EventDetail.objects.filter(seq__in=seqs):
        text = json.dumps(detail.values)
        assert str(INES) not in text and "2027" not in text


def test_a_reading_of_another_address_is_void(busy: Account) -> None:
    reading = wish(busy)
    done(reading)
    Account.objects.update(host="127.0.0.1:1")
    assert not Reading.objects.get(pk=reading.pk).has_content
