"""The client of schedules, against the simulator over loopback and answers of every shape."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lucca import arrangements, durations, overrides, schedule, workcycles
from portal.lucca.errors import LuccaError, Misconfigured, OutcomeUnknown, Refused, Unexpected
from portal.lucca.overrides import NewOverride
from portal.lucca.session import Answer, Exchanged, Request, Session, may_resend
from portal.simulator import DEFAULT_KEY, Simulator
from tests.portal.hostile import session

DAY = date(2031, 3, 3)
HALF, NOTHING = timedelta(hours=12), timedelta(0)


@pytest.fixture
def client(address: str) -> Session:
    return session(address, key=DEFAULT_KEY, read_timeout=5)


def answered(request: Request[Any], document: object, status: int = 200) -> Any:
    """What the caller gets of this answer."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    offline = session("https://acme.ilucca.net")
    answer = Answer(status, {}, body)
    try:
        return offline.close(request, offline.open(request), Exchanged(answer, None, 0.1))
    except LuccaError as error:
        return error


# Days


def test_days_in_each_unit(client: Session) -> None:
    found = client.send(schedule.userdates([812, 501, 640, 672], DAY, DAY))
    days = {one.owner: one for one in found}
    assert days.keys() == {812, 501, 640}, "of 672 nothing is known"
    assert days[812].whole.theoretical == timedelta(hours=7)
    assert days[501].whole.theoretical == timedelta(days=1)
    assert days[501].first is not None and days[501].first.theoretical == HALF
    (first, *_rest) = days[640].whole.events
    assert (first.starts, first.type, first.timeline) == ("10:00", "ptt", "WorkCycle")


@pytest.mark.parametrize(
    "switches",
    [
        {"userdate_unknown_items": True},
        {"full_day_span": "24:00:00"},
        {"extra_keys": True, "v3_header": False},
        {"schedule_model": "workcycles"},
    ],
    ids=str,
)
def test_days_are_read_however_lucca_writes_them(
    client: Session, lucca: Simulator, switches: dict[str, Any]
) -> None:
    lucca.configure(**switches)
    (day,) = client.send(schedule.userdates([501], DAY, DAY))
    assert day.whole.theoretical == timedelta(days=1)
    assert (day.owner, day.day) == (501, DAY)


def test_a_day_in_any_case_and_without_its_halves() -> None:
    item = {"OWNERID": "7", "Date": "2031-03-03", "DTT": "1.12:00:00", "Items": None, "new": 1}
    (day,) = answered(schedule.userdates([7], DAY, DAY), {"Data": {"ITEMS": [item, item]}})
    assert (day.owner, day.day, day.first, day.second) == (7, DAY, None, None)
    assert day.whole.theoretical == timedelta(hours=36)
    assert (day.whole.source, day.whole.actual, day.whole.leave) == (None, None, None)


# Work cycles


@pytest.fixture
def cycles(client: Session, lucca: Simulator) -> Session:
    lucca.configure(schedule_model="workcycles")
    return client


def test_cycles_and_periods(cycles: Session) -> None:
    page = cycles.send(workcycles.workcycles(0, 100))
    assert page.count == 4
    assert (page.items[0].name, page.items[0].unit) == ("35h", "hour")
    (period,) = cycles.send(workcycles.periods(640))
    assert (period.workcycle, period.starts_on, period.ends_on) == (10, None, None)


@pytest.mark.parametrize("unit", ["number", "word"])
def test_an_exception_from_its_writing_to_its_end(
    cycles: Session, lucca: Simulator, unit: str
) -> None:
    lucca.configure(exception_unit=unit)
    at = datetime(2031, 3, 3, 9, 0)
    sent = workcycles.write_exception(513, at, is_am=False, duration=HALF, unit="day")
    assert sent.payload == {
        "ownerId": 513,
        "startsAt": "2031-03-03T12:00:00",
        "isAm": False,
        "duration": "12:00:00",
        "unit": 0,
    }
    made = cycles.send(sent)
    assert (made.owner, made.is_am, made.duration, made.unit) == (513, False, HALF, "day")
    page = cycles.send(workcycles.exceptions([513], DAY, DAY, 0, 50))
    assert (page.count, page.items) == (1, [made])
    cycles.send(workcycles.delete_exception(made.id))
    assert cycles.send(workcycles.exceptions([513], DAY, DAY, 0, 50)).items == []
    assert cycles.send(workcycles.exception(made.id)).is_deleted


def test_the_unit_of_times_keeps_its_start() -> None:
    at = datetime(2031, 3, 3, 9, 0)
    sent = workcycles.write_exception(
        640, at, is_am=True, duration=timedelta(hours=3, minutes=30), unit="time"
    )
    assert isinstance(sent.payload, dict)
    assert (sent.payload["startsAt"], sent.payload["unit"]) == ("2031-03-03T09:00:00", 2)


def test_another_unit_is_refused(cycles: Session) -> None:
    at = datetime(2031, 3, 3)
    with pytest.raises(Refused):
        cycles.send(workcycles.write_exception(513, at, is_am=True, duration=HALF, unit="hour"))


def test_the_audit_names_nobody() -> None:
    for request in (
        workcycles.periods(640),
        workcycles.exception(5),
        workcycles.delete_exception(5),
        schedule.userdates([640], DAY, DAY),
        overrides.replace_overrides(640, DAY, []),
    ):
        assert not any(digit in (request.shown or request.path) for digit in "045678"), request


# Arrangements


def test_arrangements_and_schedules(client: Session) -> None:
    page = client.send(arrangements.arrangements(1))
    by_id = {one.id: one for one in page.items}
    assert page.count == len(by_id) == 8
    assert (by_id[12].is_archived, by_id[13].is_valid, by_id[9].is_part_time) == (True, False, True)
    assert (by_id[7].unit, by_id[7].calendar) == ("hour", "France")
    assert client.send(arrangements.arrangement(7)) == by_id[7]
    (plain,) = client.send(arrangements.collective_schedules(7))
    assert plain.splits_half_days and plain.week is not None
    monday, *_rest, sunday = plain.week
    assert [(one.position, one.iso) for one in monday.shifts] == [
        ("firstHalf", "PT4H"),
        ("secondHalf", "PT3H"),
    ]
    assert (sunday.day_off, sunday.shifts) == ("weeklyRest", ())
    (two_weeks,) = client.send(arrangements.collective_schedules(10))
    assert (two_weeks.shape, two_weeks.week) == ("oddEvenWeeks", None)


def test_assignments_and_giving_one(client: Session) -> None:
    page = client.send(arrangements.assignments([812, 510], 1))
    found = [(one.employee, one.arrangement, one.unit) for one in page.items]
    assert found == [(510, 7, "hour"), (510, 8, "day"), (812, 7, "hour")]
    sent = arrangements.assign(812, 9, date(2040, 7, 2))
    assert not sent.repeatable and not may_resend(sent, OutcomeUnknown("timed-out"))
    made = client.send(sent)
    assert (made.arrangement, made.starts_on, made.ends_on) == (9, date(2040, 7, 2), None)
    before = client.send(arrangements.assignments([812], 1)).items[0]
    assert before.ends_on == date(2040, 7, 1)


@pytest.mark.parametrize("absent", ["404", "403"])
def test_where_there_are_no_arrangements(cycles: Session, lucca: Simulator, absent: str) -> None:
    lucca.configure(arrangements_absent=absent)
    with pytest.raises(Misconfigured):
        cycles.send(arrangements.arrangements(1, 1))


def test_an_assignment_without_what_is_not_promised() -> None:
    item = {"startsOn": "2031-03-03", "employee": {"ID": 7}}
    page = answered(arrangements.assignments([7], 1), {"items": [item]})
    assert page.items == [arrangements.Assignment(0, 7, DAY, None, None, "", "")]


# Overrides


@pytest.mark.parametrize(
    "switches", [{}, {"override_moments": "Z"}, {"day_unit_iso": "fraction"}], ids=str
)
def test_overrides_are_replaced(
    client: Session, lucca: Simulator, switches: dict[str, Any]
) -> None:
    lucca.configure(**switches)
    half = NewOverride("firstHalf", datetime(2031, 3, 3), "PT12H", "days", "worked", "x")
    (made,) = client.send(overrides.replace_overrides(501, DAY, [half]))
    assert (made.duration, made.unit, made.comment, made.author) == (HALF, "day", "x", 9001)
    page = client.send(overrides.overrides([501], DAY, DAY, 1))
    assert (page.count, page.items) == (1, [made])
    assert client.send(overrides.replace_overrides(501, DAY, [])) == []


def test_more_than_a_page_of_overrides(client: Session) -> None:
    first, last = date(2000, 1, 1), date(2100, 1, 1)
    pages = [client.send(overrides.overrides([513], first, last, n, 10)) for n in (1, 2, 3)]
    assert [len(page.items) for page in pages] == [10, 2, 0]
    assert {page.count for page in pages} == {12}


def test_a_real_offset_is_an_answer_that_cannot_be_read(client: Session, lucca: Simulator) -> None:
    lucca.configure(override_moments="offset")
    with pytest.raises(Unexpected):
        client.send(overrides.overrides([513], date(2000, 1, 1), date(2100, 1, 1), 1))


def test_what_lucca_does_not_define_never_leaves() -> None:
    def one(position: str, day: int = 3) -> NewOverride:
        return NewOverride(position, datetime(2031, 3, day), "PT0S", "hours", "off", None)

    for wanted in (
        [one("firstHalf", 4)],
        [one("firstHalf"), one("firstHalf")],
        [one("fullDay"), one("secondHalf")],
    ):
        with pytest.raises(ValueError, match="day"):
            overrides.replace_overrides(812, DAY, wanted)


# Answers that cannot be read

DAYS = schedule.userdates([7], DAY, DAY)
EXCEPTIONS = workcycles.exceptions([7], DAY, DAY, 0, 10)
OVERRIDES = overrides.overrides([7], DAY, DAY, 1)
ASSIGNMENTS = arrangements.assignments([7], 1)
SCHEDULES = arrangements.collective_schedules(7)
GOOD_DAY = {"ownerId": 7, "date": "2031-03-03", "dtt": "07:00:00"}
GOOD_EXCEPTION = {
    "id": 1,
    "ownerId": 7,
    "isAm": True,
    "startsAt": "2031-03-03T00:00:00",
    "duration": "00:00:00",
    "unit": 1,
}
GOOD_OVERRIDE = {
    "id": 1,
    "employee": {"id": 7},
    "position": "fullDay",
    "nature": "off",
    "startsAt": "2031-03-03T00:00:00",
    "duration": {"iso": "PT0S", "unit": "hours"},
}
WRONG: list[tuple[Request[Any], Any]] = [
    *[
        (request, body)
        for request in (DAYS, EXCEPTIONS, OVERRIDES, ASSIGNMENTS, SCHEDULES)
        for body in (b"", b"<html>", b"[]", b"{}", b"null", {"Status": 500, "Message": "no"})
    ],
    *[
        (DAYS, {"data": {"items": [{**GOOD_DAY, **wrong}]}})
        for wrong in (
            {"ownerId": None},
            {"date": None},
            {"date": "soon"},
            {"dtt": None},
            {"dtt": "7 h"},
            {"dtt": "07:61:00"},
            {"drt": []},
            {"source": "cycle"},
            {"isHoliday": 3},
            {"am": 3},
            {"am": {}},
            {"items": [3]},
            {"items": [{"startsAt": "2031-03-03T09:00:00+02:00"}]},
            {"items": [{"startsAt": "2031-13-03T09:00:00"}]},
        )
    ],
    *[
        (EXCEPTIONS, {"data": {"items": [{**GOOD_EXCEPTION, **wrong}]}})
        for wrong in (
            {"id": None},
            {"isAm": None},
            {"startsAt": None},
            {"startsAt": "2031-03-03T00:00:00-05:00"},
            {"duration": None},
            {"duration": "PT3H"},
        )
    ],
    *[
        (OVERRIDES, {"items": [{**GOOD_OVERRIDE, **wrong}]})
        for wrong in (
            {"employee": None},
            {"employee": {}},
            {"position": None},
            {"startsAt": "noon"},
            {"duration": None},
            {"duration": {"iso": "3:30"}},
            {"duration": {"iso": "PT"}},
            {"isLocked": "perhaps"},
            {"createdBy": 3},
        )
    ],
    *[
        (ASSIGNMENTS, {"items": [wrong]})
        for wrong in (
            {"employee": {"id": 7}},
            {"startsOn": "2031-03-03"},
            {"startsOn": "2031-03-03", "employee": {"id": 7}, "workingTimeArrangement": 3},
        )
    ],
    (SCHEDULES, {"items": [{"id": 1}]}),
    (SCHEDULES, {"items": [{"id": 1, "pattern": 3}]}),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_an_answer_of_another_shape_is_unexpected(number: int) -> None:
    request, document = WRONG[number]
    error = answered(request, document)
    assert type(error) is Unexpected, document
    assert len(str(error)) < 120


def test_good_ones_are_good() -> None:
    """Or the test above would say nothing."""
    assert answered(DAYS, {"data": {"items": [GOOD_DAY]}})
    assert answered(EXCEPTIONS, {"data": {"items": [GOOD_EXCEPTION]}}).items
    assert answered(OVERRIDES, {"items": [GOOD_OVERRIDE]}).items


# Durations

WHOLE_MINUTES = st.integers(0, 3 * 1440).map(lambda minutes: timedelta(minutes=minutes))


@given(WHOLE_MINUTES)
def test_what_is_written_is_read_back(value: timedelta) -> None:
    assert durations.span({"x": durations.write_span(value)}, "x") == value
    assert durations.iso({"x": durations.write_iso(value)}, "x") == value


@pytest.mark.parametrize("text", ["PT12H", "P0DT12H", "P0.5D", "PT720M", "P0,5D", "PT12H0M0S"])
def test_half_a_day_in_all_its_spellings(text: str) -> None:
    assert durations.iso({"x": text}, "x") == HALF


@pytest.mark.parametrize("text", ["P1D", "PT24H", "P1DT0S"])
def test_a_whole_day(text: str) -> None:
    assert durations.iso({"x": text}, "x") == timedelta(days=1)
    assert durations.span({"x": "1.00:00:00"}, "x") == timedelta(days=1)
    assert durations.span({"x": "24:00:00"}, "x") == timedelta(days=1)
