"""Reading many days: in which requests, what happens when it goes wrong, and what is kept."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event
from portal.simulator import DEFAULT_KEY, Simulator
from schedules import calendar, grid
from schedules.models import CalendarDay, CalendarReading, EmployeeUnits
from tests.conftest import carry

pytestmark = [pytest.mark.database, pytest.mark.django_db]

FIRST, LAST = date(2031, 3, 1), date(2031, 3, 31)
Read = Callable[..., CalendarReading]


@pytest.fixture
def read(account: Account) -> Read:
    def asked(people: list[int], first: date = FIRST, last: date = LAST, **more: Any) -> Any:
        reading = calendar.ask_for(account, people, first, last, by=None, **more)
        if reading.job:
            carry(reading.job)
        return reading

    return asked


def everybody(lucca: Simulator) -> list[int]:
    return [user["id"] for user in lucca.state()["users"]]


def blocks(lucca: Simulator) -> list[tuple[int, int]]:
    """Of each request for days: how many employees, and how many days."""
    found = []
    for entry in lucca.log():
        if entry["path"] == "/api/v3/userdates":
            query = parse_qs(entry["query"])
            _between, first, last = query["date"][0].split(",")
            span = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
            found.append((len(query["ownerId"][0].split(",")), span))
    return found


def test_requests_are_cut_to_ten_people_and_a_month(read: Read, lucca: Simulator) -> None:
    reading = read(everybody(lucca))
    assert reading.job is not None and reading.job.state == JobState.SUCCEEDED
    assert blocks(lucca) == [(10, 31)] * 6
    # One more for the units of all sixty.
    assert len(lucca.log()) == 7
    assert CalendarDay.objects.count() == 60 * 31


def test_a_quarter_is_read_in_stretches(read: Read, lucca: Simulator) -> None:
    read([812, 640], date(2031, 1, 1), date(2031, 3, 31))
    assert blocks(lucca) == [(2, 31), (2, 31), (2, 28)]
    assert CalendarDay.objects.count() == 2 * 90


def test_a_thousand_people_in_a_hundred_requests(
    account: Account, read: Read, lucca: Simulator
) -> None:
    people = list(range(10_000, 11_000))
    read(people, LAST, LAST)
    assert blocks(lucca) == [(10, 1)] * 100
    assert not CalendarDay.objects.filter(is_known=True).exists()


def test_what_is_young_is_not_read_again(read: Read, lucca: Simulator) -> None:
    read([812, 640])
    lucca.journal.clear()
    assert read([812, 640]).job is None
    assert read([640], date(2031, 3, 5), date(2031, 3, 6)).job is None
    assert lucca.log() == []
    read([812, 501])
    assert blocks(lucca) == [(1, 31)], "only who is missing"
    lucca.journal.clear()
    read([812, 640], anew=True)
    assert blocks(lucca) == [(2, 31)]
    CalendarDay.objects.filter(employee=640, day=FIRST).update(
        read_at=timezone.now() - timedelta(hours=2)
    )
    lucca.journal.clear()
    read([812, 640])
    assert [entry["path"] for entry in lucca.log()] == ["/api/v3/userdates"], "units are known"


def test_a_day_that_changed_is_overwritten(read: Read, lucca: Simulator) -> None:
    read([812])
    override = {"employeeId": 812, "date": "2031-03-03", "position": "fullDay", "nature": "off"}
    lucca.change_state({"overrides": [override]})
    read([812], anew=True)
    day = CalendarDay.objects.get(employee=812, day=date(2031, 3, 3))
    assert (day.theoretical, day.source) == (0, 3)
    assert CalendarDay.objects.count() == 31


def test_an_answer_that_is_cut_silently_leaves_days_unknown(read: Read, lucca: Simulator) -> None:
    lucca.configure(userdate_most=40)
    read([812, 640])
    assert CalendarDay.objects.filter(is_known=True).count() == 40
    assert CalendarDay.objects.filter(is_known=False).count() == 22


def test_days_of_others_are_not_taken(read: Read, lucca: Simulator, monkeypatch: Any) -> None:
    """A Lucca that did not look at the filter must not fill our tables."""
    from portal.simulator import userdates

    monkeypatch.setattr(userdates, "_owners", lambda text: [812, 640])
    read([812])
    assert set(CalendarDay.objects.values_list("employee", flat=True)) == {812}


def test_408_is_answered_by_fewer_people(read: Read, lucca: Simulator) -> None:
    people = everybody(lucca)[:20]
    # As often as one block is tried.
    lucca.add_fault("408", path="userdates", times=3)
    reading = read(people)
    assert reading.job is not None and reading.job.state == JobState.SUCCEEDED
    assert blocks(lucca) == [(10, 31)] * 3 + [(5, 31)] * 4


@pytest.mark.parametrize("kind", ["503", "reset", "429", "unreadable"])
def test_a_fault_that_passes(read: Read, lucca: Simulator, kind: str) -> None:
    lucca.add_fault(kind, path="userdates", skip=1)
    reading = read(everybody(lucca)[:20])
    assert reading.job is not None and reading.job.state == JobState.SUCCEEDED
    assert blocks(lucca) == [(10, 31)] * 3


def test_a_fault_that_stays_keeps_what_was_read(read: Read, lucca: Simulator) -> None:
    lucca.add_fault("503", path="userdates", skip=1, times=0)
    reading = read(everybody(lucca)[:20])
    assert reading.job is not None and reading.job.state == JobState.FAILED
    assert reading.job.message
    assert CalendarDay.objects.count() == 310


def test_without_the_right_nothing_is_kept(read: Read, lucca: Simulator) -> None:
    lucca.add_key(DEFAULT_KEY, schedules=False)
    reading = read([812])
    assert reading.job is not None
    assert (reading.job.state, reading.job.reason) == (JobState.FAILED, "right-missing")
    assert not CalendarDay.objects.exists()


def test_units_that_cannot_be_had_hide_no_days(read: Read, lucca: Simulator) -> None:
    lucca.add_fault("404", path="employee-assignments", times=0)
    lucca.add_fault("403", path="workcycleExceptions", times=0)
    reading = read([812])
    assert reading.job is not None and reading.job.state == JobState.SUCCEEDED
    assert CalendarDay.objects.filter(is_known=True).count() == 31
    assert not EmployeeUnits.objects.exists()


def test_units_by_day_and_over_pages(account: Account, read: Read, lucca: Simulator) -> None:
    """510 changes from hours to days ahead; assignments are more than one page."""
    day = lucca.clock.now().date()
    changes = [
        {"employeeId": 812, "arrangementId": 7 + number % 2,
         "startsOn": str(day - timedelta(days=300 - number))}
        for number in range(120)
    ]  # fmt: skip
    lucca.change_state({"assignments": changes})
    read([812, 510], day, day)
    units = {row.employee: row for row in EmployeeUnits.objects.all()}
    assert len(units[812].periods) == 121
    now, later = units[510].on(day), units[510].on(day + timedelta(days=60))
    assert now is not None and later is not None
    assert (now["unit"], later["unit"]) == ("hour", "day")
    assert sum("employee-assignments" in entry["path"] for entry in lucca.log()) == 2


def test_exceptions_in_two_units_say_nothing(
    account: Account, read: Read, lucca: Simulator
) -> None:
    lucca.configure(schedule_model="workcycles")
    Account.objects.update(schedule_model="workcycles")
    account.refresh_from_db()
    other = {"ownerId": 513, "date": "2031-03-03", "isAm": True, "duration": "01:00:00"}
    lucca.change_state({"exceptions": [{**other, "unit": "day"}]})
    read([513])
    assert EmployeeUnits.objects.get().periods[0]["unit"] == "day"
    lucca.change_state({"exceptions": [{**other, "isAm": False, "unit": "hour"}]})
    read([513], anew=True)
    assert EmployeeUnits.objects.get().periods == []


def test_an_interrupted_reading_goes_on_where_it_stopped(
    account: Account, lucca: Simulator
) -> None:
    reading = calendar.ask_for(account, everybody(lucca)[:30], FIRST, LAST, by=None)
    assert reading.job is not None
    for _ in range(3):  # the units, and two blocks
        Job.objects.update(due_at=timezone.now())
        assert runner.run(reading.job.pk, "a process that dies")
    reading.job.refresh_from_db()
    assert (reading.job.progress, CalendarDay.objects.count()) == (66, 620)
    carry(reading.job)
    assert blocks(lucca) == [(10, 31)] * 3


def test_stopping(account: Account, lucca: Simulator) -> None:
    reading = calendar.ask_for(account, [812], FIRST, LAST, by=None)
    calendar.stop(reading, by=None)
    assert reading.job is not None
    reading.job.refresh_from_db()
    assert reading.job.state == JobState.CANCELLED
    calendar.stop(reading, by=None)
    assert lucca.log() == []


def test_no_number_of_an_employee_is_left_in_the_job(read: Read, lucca: Simulator) -> None:
    reading = read([812])
    assert reading.job is not None
    assert "812" not in str(reading.job.cursor) + str(reading.job.reason_params)


def test_another_address_has_other_people(account: Account, read: Read) -> None:
    reading = read([812])
    Account.objects.update(host="127.0.0.1:1")
    account.refresh_from_db()
    assert not grid.load(account, [812], FIRST, LAST).days
    assert not CalendarReading.objects.get(pk=reading.pk).has_content


def test_three_hundred_people_cost_as_many_queries_as_one(
    account: Account, read: Read, lucca: Simulator
) -> None:
    people = everybody(lucca)
    reading = read(people)

    def cost(some: list[int]) -> int:
        with CaptureQueriesContext(connection) as queries:
            loaded = grid.load(account, some, FIRST, LAST)
            assert len(list(grid.rows(reading, some, loaded))) == len(some)
        return len(queries)

    assert cost(people) == cost(people[:1]) == 4


def test_what_is_old_is_forgotten(read: Read, settings: Any) -> None:
    reading = read([812])
    calendar.forget_old()
    assert CalendarDay.objects.count() == 31
    settings.READINGS_KEPT = timedelta(0)
    calendar.forget_old()
    kept = CalendarReading.objects.get(pk=reading.pk)
    assert kept.people == kept.to_read == [] and kept.forgotten_at
    assert not CalendarDay.objects.exists() and not EmployeeUnits.objects.exists()
    assert Event.objects.filter(verb="calendar.forgotten").count() == 1
    calendar.forget_old()
    assert Event.objects.filter(verb="calendar.forgotten").count() == 1
