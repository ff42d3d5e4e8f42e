"""Changes to schedules: overrides that replace a range, exceptions that overwrite, assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from portal.simulator import DEFAULT_KEY

if TYPE_CHECKING:
    from .conftest import Door

OVERRIDES = "/schedule/api/shift-overrides"
EXCEPTIONS = "/api/v3/workcycleExceptions"
ASSIGNMENTS = "/schedule/api/employee-assignments"
DAY = "2031-03-03"
OURS = {
    "employeeId": 812,
    "position": "firstHalf",
    "startsAt": f"{DAY}T00:00:00",
    "duration": {"unit": "hours", "iso": "PT0H"},
    "nature": "off",
    "comment": "planner:42",
}


def listed(lucca: Door, employee: int = 812, **more: Any) -> list[dict[str, Any]]:
    params = {"employee.id": employee, "startsAt.between": f"{DAY}--{DAY}", "limit": 100, **more}
    found: list[dict[str, Any]] = lucca.json(OVERRIDES, **params)["items"]
    return found


def put(lucca: Door, *items: Any, employee: Any = 812, days: str = "") -> requests.Response:
    params = {"employee.id": employee, "startsAt.between": days or f"{DAY}--{DAY}"}
    return lucca.session.put(lucca.base + OVERRIDES, params=params, json=list(items), timeout=5)


def foreign(lucca: Door, **more: Any) -> None:
    item = {"employeeId": 812, "date": DAY, "position": "secondHalf", "nature": "off", **more}
    lucca.simulator.change_state({"overrides": [item]})


def change(lucca: Door, **pieces: Any) -> None:
    lucca.simulator.change_state(pieces)


def test_more_than_ten_on_a_range(either: Door) -> None:
    params = {"employee.id": 513, "startsAt.between": "2000-01-01--..", "fields.root": "count"}
    first = either.json(OVERRIDES, **params)
    assert (first["count"], len(first["items"])) == (12, 10)
    whole = either.json(OVERRIDES, **params, limit=100)["items"]
    assert [one["startsAt"] for one in whole] == sorted(one["startsAt"] for one in whole)
    assert {one["createdBy"]["id"] for one in whole} == {501}


@pytest.mark.parametrize("sort", ["id", "-id", "startsAt", "-startsAt", "+StartsAt"])
def test_sorting(lucca: Door, sort: str) -> None:
    params = {"employee.id": 513, "sort": sort, "limit": 100}
    keys = [one[sort.strip("+-")[0].lower() + sort.strip("+-")[1:]] for one in lucca.json(
        OVERRIDES, **params)["items"]]  # fmt: skip
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_ranges(lucca: Door) -> None:
    foreign(lucca)
    for text, found in (
        (f"{DAY}--{DAY}", 1),
        (f"..--{DAY}", 1),
        (f"{DAY}T00:00:00--{DAY}T12:00:00", 0),
        (f"{DAY}T00:00:00--{DAY}T12:00:01", 1),
    ):
        days = [one for one in listed(lucca, **{"startsAt.between": text})
                if one["startsAt"][:10] == DAY]  # fmt: skip
        assert len(days) == found, text
    for wrong in (f"{DAY}/{DAY}", DAY, "2031-03-04--2031-03-03", "soon--.."):
        params = {"startsAt.between": wrong}
        assert lucca.get(OVERRIDES, params=params).status_code == 400, wrong


def test_a_put_replaces_what_it_does_not_send_again(either: Door) -> None:
    foreign(either)
    (theirs,) = listed(either)
    answer = put(either, OURS)
    assert answer.status_code == 200
    assert [one["position"] for one in answer.json()["items"]] == ["firstHalf"]
    (left,) = listed(either)
    assert left["comment"] == "planner:42" and left["id"] > theirs["id"]
    assert put(either).json() == {"items": []}
    assert listed(either) == []


def test_what_is_sent_again_has_a_new_id_and_author(lucca: Door) -> None:
    foreign(lucca)
    theirs = {**OURS, "position": "secondHalf", "startsAt": f"{DAY}T12:00:00", "comment": None}
    (before,) = listed(lucca)
    put(lucca, OURS, theirs)
    after = {one["position"]: one for one in listed(lucca)}
    assert after["secondHalf"]["id"] != before["id"]
    assert after["secondHalf"]["createdBy"] == {"id": 9001}
    lucca.simulator.configure(override_identity="kept")
    put(lucca, OURS, theirs)
    assert {one["id"] for one in listed(lucca)} == {one["id"] for one in after.values()}


WRONG: list[dict[str, Any]] = [
    {"employeeId": 640},
    {"position": "thirdHalf"},
    {"nature": "holiday"},
    {"startsAt": "2031-03-04T00:00:00"},
    {"startsAt": f"{DAY}T00:00:00Z"},
    {"startsAt": f"{DAY}T00:00:00+02:00"},
    {"duration": {"unit": "days", "iso": "P1D"}},
    {"duration": {"unit": "hours", "iso": "3:30"}},
    {"duration": {"unit": "hours", "iso": "PT25H"}},
    {"duration": None},
    {"comment": "x" * 1001},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_a_put_refuses(lucca: Door, wrong: dict[str, Any]) -> None:
    foreign(lucca)
    answer = put(lucca, {**OURS, **wrong})
    assert answer.status_code == 400
    assert next(iter(answer.json()["errors"])).startswith("$[0]")
    assert [one["position"] for one in listed(lucca)] == ["secondHalf"], "all or nothing"


def test_the_same_part_of_a_day_twice(lucca: Door) -> None:
    whole = {**OURS, "position": "fullDay"}
    for items in ([OURS, OURS], [OURS, whole], [whole, OURS]):
        answer = put(lucca, *items)
        assert answer.status_code == 400
        assert next(iter(answer.json()["errors"])) == "$[1].Position"
    assert put(lucca, whole).status_code == 200


def test_a_put_needs_employee_and_range(lucca: Door) -> None:
    for params in ({"employee.id": 812}, {"startsAt.between": f"{DAY}--{DAY}"}):
        answer = lucca.session.put(lucca.base + OVERRIDES, params=params, json=[], timeout=5)
        assert answer.status_code == 400
    assert put(lucca, employee=999_999).status_code == 404
    assert lucca.session.post(lucca.base + OVERRIDES, json=[], timeout=5).status_code == 405


def test_halves_where_days_are_whole(lucca: Door) -> None:
    half = {**OURS, "employeeId": 507, "duration": {"unit": "days", "iso": "PT12H"}}
    assert put(lucca, half, employee=507).status_code == 400
    whole = {**half, "position": "fullDay", "duration": {"unit": "days", "iso": "P0.5D"}}
    assert put(lucca, whole, employee=507).json()["items"][0]["duration"]["value"] == 0.5
    lucca.simulator.configure(halves_on_unsplit="taken")
    assert put(lucca, half, employee=507).status_code == 200


def test_locked_overrides(lucca: Door) -> None:
    foreign(lucca, isLocked=True)
    assert put(lucca, OURS).status_code == 400
    assert len(listed(lucca)) == 1
    lucca.simulator.configure(locked_overrides="kept")
    assert len(put(lucca, OURS).json()["items"]) == 2
    assert put(lucca).status_code == 200
    assert [one["isLocked"] for one in listed(lucca)] == [True]


def test_a_submitted_timesheet_locks(lucca: Door) -> None:
    foreign(lucca)
    sheet = {"ownerId": 812, "startsOn": DAY, "endsOn": "2031-03-10", "status": 1}
    change(lucca, timesheets=[sheet])
    assert listed(lucca)[0]["isLocked"]
    lucca.simulator.configure(submitted_day_locks=False)
    assert not listed(lucca)[0]["isLocked"]


def test_a_put_that_is_done_in_part(lucca: Door) -> None:
    lucca.simulator.configure(override_put="partial")
    wrong = {**OURS, "position": "secondHalf", "nature": "holiday"}
    assert put(lucca, OURS, wrong).status_code == 400
    assert [one["position"] for one in listed(lucca)] == ["firstHalf"]


@pytest.mark.parametrize(("when", "seen"), [("after_get", True), ("before_put", False)])
def test_a_colleague_between_reading_and_put(lucca: Door, when: str, seen: bool) -> None:
    lucca.simulator.configure(foreign_override=when)
    assert listed(lucca) == []
    assert bool(listed(lucca)) is seen
    put(lucca, OURS)
    held = lucca.simulator.state()["schedules"]["overrides"]
    assert [one["comment"] for one in held if one["date"] == DAY] == ["planner:42"]


@pytest.mark.parametrize(("style", "ends"), [("plain", ":00"), ("Z", "Z"), ("offset", "+02:00")])
def test_moments(lucca: Door, style: str, ends: str) -> None:
    foreign(lucca)
    lucca.simulator.configure(override_moments=style)
    assert listed(lucca)[0]["startsAt"].endswith(ends)


def test_writing_across_models_and_without_the_right(lucca: Door) -> None:
    body = {"ownerId": 812, "startsAt": f"{DAY}T00:00:00", "isAm": True, "duration": "00:00:00"}
    post = lucca.session.post(lucca.base + EXCEPTIONS, json={**body, "unit": 1}, timeout=5)
    assert post.status_code == 403
    lucca.simulator.configure(schedule_model="workcycles")
    assert put(lucca, OURS).status_code == 403
    lucca.simulator.configure(schedule_model="arrangements")
    lucca.simulator.add_key(DEFAULT_KEY, schedule_writes=False)
    assert put(lucca, OURS).status_code == 403


@pytest.mark.parametrize("kind", ["408", "503", "reset"])
@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_fault_before_or_after_the_put(lucca: Door, kind: str, when: str, made: int) -> None:
    lucca.simulator.add_fault(kind, method="PUT", path=OVERRIDES, when=when)
    if kind == "reset":
        with pytest.raises(requests.ConnectionError):
            put(lucca, OURS)
    else:
        assert put(lucca, OURS).status_code == int(kind)
    assert len(listed(lucca)) == made


def test_overrides_by_control(lucca: Door) -> None:
    foreign(lucca, duration="PT1H", comment="x", nature="worked", createdBy=640)
    (held,) = [one for one in lucca.simulator.state()["schedules"]["overrides"]
               if one["date"] == DAY]  # fmt: skip
    assert (held["minutes"], held["createdBy"]) == (60, 640)
    change(lucca, overrides=[{"id": held["id"], "comment": "y", "isLocked": True}])
    assert listed(lucca)[0]["comment"] == "y"
    change(lucca, overrides=[{"id": held["id"], "remove": True}])
    assert listed(lucca) == []


# Exceptions


@pytest.fixture
def cycles(lucca: Door) -> Door:
    lucca.simulator.configure(schedule_model="workcycles")
    return lucca


def post(lucca: Door, **more: Any) -> requests.Response:
    body = {
        "ownerId": 513,
        "startsAt": f"{DAY}T00:00:00",
        "isAm": True,
        "duration": "03:30:00",
        "unit": 0,
        **more,
    }
    return lucca.session.post(lucca.base + EXCEPTIONS, json=body, timeout=5)


def exceptions(lucca: Door, **more: Any) -> list[dict[str, Any]]:
    params = {"ownerId": 513, "startsAt": f"between,{DAY},{DAY}", **more}
    found: list[dict[str, Any]] = lucca.json(EXCEPTIONS, **params)["data"]["items"]
    return found


def test_an_exception_is_written_over_whoever_made_it(cycles: Door) -> None:
    theirs = {"ownerId": 513, "date": DAY, "isAm": True, "duration": "12:00:00", "unit": "day"}
    change(cycles, exceptions=[theirs])
    (before,) = exceptions(cycles, fields="id,authorId")
    answer = post(cycles, duration="00:00:00")
    assert answer.status_code == 200
    assert answer.json()["data"]["id"] == before["id"]
    (after,) = exceptions(cycles, fields="id,authorId,modifierId,duration")
    assert after == {**before, "modifierId": 9001, "duration": "00:00:00"}


def test_exceptions_change_the_day(cycles: Door) -> None:
    post(cycles, duration="00:00:00")
    params = {"ownerId": 513, "date": f"between,{DAY},{DAY}", "fields": "dtt,source,am[dtt]"}
    (day,) = cycles.json("/api/v3/userdates", **params)["data"]["items"]
    assert day == {"dtt": "12:00:00", "source": 3, "am": {"dtt": "00:00:00"}}


def test_a_deleted_exception_stays_listed(cycles: Door) -> None:
    number = post(cycles).json()["data"]["id"]
    url = f"{cycles.base}/api/v3/WORKCYCLEexceptions/{number}"
    assert cycles.session.delete(url, timeout=5).status_code == 200
    assert len(exceptions(cycles)) == 1
    assert exceptions(cycles, deletedAt="null") == []
    assert len(exceptions(cycles, deletedAt="notequal,null")) == 1
    assert cycles.json(f"{EXCEPTIONS}/{number}")["data"]["deletedById"] == 9001
    cycles.simulator.configure(exceptions_listed="live")
    assert exceptions(cycles) == []
    again = post(cycles).json()["data"]["id"]
    assert again != number, "a deleted one is not brought back"


def test_a_timesheet_loses_its_approval(cycles: Door) -> None:
    sheet = {"ownerId": 513, "startsOn": DAY, "endsOn": "2031-03-10", "status": 2}
    change(cycles, timesheets=[sheet])
    post(cycles)
    assert cycles.simulator.state()["timesheets"][-1]["status"] == 0


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"unit": 1}, 400),
        ({"unit": "day"}, 400),
        ({"startsAt": f"{DAY}T09:00:00"}, 400),
        ({"startsAt": f"{DAY}T00:00:00Z"}, 400),
        ({"duration": "25:00"}, 400),
        ({"duration": "1.12:00:00"}, 400),
        ({"isAm": None}, 400),
        ({"ownerId": 672}, 400),
        ({"ownerId": 999_999}, 404),
    ],
)
def test_what_a_post_refuses(cycles: Door, more: dict[str, Any], status: int) -> None:
    assert post(cycles, **more).status_code == status
    assert exceptions(cycles) == []


def test_switches_of_exceptions(cycles: Door) -> None:
    cycles.simulator.configure(exception_unit="word", schedule_unit_mismatch=422)
    post(cycles)
    assert exceptions(cycles)[0]["unit"] == "day"
    assert post(cycles, unit=2).status_code == 422
    assert cycles.json(EXCEPTIONS, paging="0,1", fields="id,collection.count")["data"]["count"] > 12


# Assignments


def assign(lucca: Door, **more: Any) -> requests.Response:
    body = {"employeeId": 812, "workingTimeArrangementId": 9, "startsOn": "2040-07-02", **more}
    return lucca.session.post(lucca.base + ASSIGNMENTS, json=body, timeout=5)


def assignments(lucca: Door) -> list[tuple[int, Any]]:
    items = lucca.json(ASSIGNMENTS, **{"employee.id": 812})["items"]
    return [(one["workingTimeArrangement"]["id"], one["endsOn"]) for one in items]


def test_an_assignment_ends_the_one_before_on_its_eve(either: Door) -> None:
    answer = assign(either)
    assert (answer.status_code, answer.json()["startsOn"]) == (201, "2040-07-02")
    assert assignments(either) == [(7, "2040-07-01"), (9, None)]


def test_a_second_assignment_is_refused_or_taken(lucca: Door) -> None:
    lucca.simulator.configure(assignment_status=200)
    assert assign(lucca).status_code == 200
    assert assign(lucca).status_code == 400
    assert assign(lucca, startsOn="2035-01-01").status_code == 400
    lucca.simulator.configure(assignment_conflicts="taken")
    assert assign(lucca).status_code == 200
    assert len(assignments(lucca)) == 3, "asked twice, done twice"


@pytest.mark.parametrize(
    "more",
    [
        {"workingTimeArrangementId": 12},
        {"workingTimeArrangementId": 13},
        {"workingTimeArrangementId": 99},
        {"startsOn": "soon"},
        {"startsOn": "1990-01-01"},
        {"employeeId": None},
        {"employeeId": 999_999},
    ],
)
def test_what_cannot_be_assigned(lucca: Door, more: dict[str, Any]) -> None:
    assert assign(lucca, **more).status_code == 400
    assert assignments(lucca) == [(7, None)]


def test_assigning_is_a_right_of_its_own(lucca: Door) -> None:
    lucca.simulator.add_key(DEFAULT_KEY, assignments=False)
    assert assign(lucca).status_code == 403
