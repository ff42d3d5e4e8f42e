"""Changing an employee's work cycles, and what an assignment leaves behind."""

from typing import Any

import pytest
import requests

from portal.simulator import DEFAULT_KEY
from tests.portal.simulator.conftest import Door

USER = "/api/v3/Users/640"
ASSIGNMENTS = "/schedule/api/employee-assignments"


def put(lucca: Door, body: Any, path: str = USER) -> requests.Response:
    return lucca.session.put(lucca.base + path, json=body, timeout=10)


def period(starts: str, ends: str, cycle: int = 6, **more: Any) -> dict[str, Any]:
    return {"startsOn": starts, "endsOn": ends, "workCycleID": cycle, **more}


def held(lucca: Door) -> list[tuple[Any, ...]]:
    user = lucca.json(USER, fields="id,userWorkCycles[id,workCycleID,startsOn,endsOn]")["data"]
    return [
        (one["id"], one["workCycleID"], one["startsOn"][:10], one["endsOn"][:10])
        for one in user["userWorkCycles"]
    ]


@pytest.fixture
def older(lucca: Door) -> Door:
    lucca.simulator.configure(schedule_model="workcycles")
    return lucca


def test_the_list_replaces_and_known_periods_keep_their_number(older: Door) -> None:
    ((number, *_rest),) = held(older)
    first = period("1900-01-01", "2031-03-31", 10, id=number)
    body = {"userWorkCycles": [period("2031-04-01T00:00:00", "9999-12-31"), first]}
    assert put(older, body).status_code == 200
    kept, new = held(older)
    assert kept == (number, 10, "1900-01-01", "2031-03-31")
    assert new[1:] == (6, "2031-04-01", "9999-12-31") and new[0] != number
    assert put(older, {"data": {"userWorkCycles": []}}).status_code == 200
    assert held(older) == []


@pytest.mark.parametrize(
    "periods",
    [
        # Both ends count.
        [period("2031-01-01", "2031-03-31"), period("2031-03-31", "9999-12-31")],
        [period("2031-01-01", "9999-12-31"), period("2031-02-01", "2031-03-31")],
        [period("2031-02-01", "2031-01-01")],
        [period("2031-02-01", "soon")],
        [period("2031-02-01", "9999-12-31", 99)],
        [period("2031-02-01", "9999-12-31", id=1)],
        ["x"],
        None,
    ],
)
def test_what_is_wrong_changes_nothing(older: Door, periods: Any) -> None:
    before = held(older)
    assert put(older, {"userWorkCycles": periods}).status_code == 400
    assert held(older) == before


def test_who_may_and_where(older: Door) -> None:
    body: dict[str, Any] = {"userWorkCycles": []}
    assert put(older, {**body, "lastName": "X"}).status_code == 400
    assert put(older, body, "/api/v3/users/99999").status_code == 404
    older.simulator.add_key(DEFAULT_KEY, schedule_writes=False)
    assert put(older, body).status_code == 403
    older.simulator.add_key(DEFAULT_KEY)
    older.simulator.configure(schedule_model="arrangements")
    assert put(older, body).status_code == 403
    assert held(older)


def assign(lucca: Door, **more: Any) -> requests.Response:
    body = {"employeeId": 812, "workingTimeArrangementId": 9, "startsOn": "2031-07-01", **more}
    return lucca.session.post(lucca.base + ASSIGNMENTS, json=body, timeout=10)


def test_an_assignment_ends_the_one_before_and_amends_the_contract(lucca: Door) -> None:
    made = assign(lucca)
    assert made.status_code == 201 and made.json()["workingTimeArrangement"]["id"] == 9
    listed = lucca.json(ASSIGNMENTS, **{"employee.id": 812, "limit": 100})["items"]
    assert [(one["startsOn"], one["endsOn"]) for one in listed[-1:]] == [("2031-07-01", None)]
    assert listed[-2]["endsOn"] == "2031-06-30"
    amendments = lucca.simulator.state()["schedules"]["amendments"]
    assert amendments == [{"employeeId": 812, "arrangementId": 9, "startsOn": "2031-07-01"}]


def test_a_later_one_and_the_same_day_are_refused_or_taken(lucca: Door) -> None:
    assert assign(lucca).status_code == 201
    assert assign(lucca).status_code == 400, "the same day"
    assert assign(lucca, startsOn="2031-06-01").status_code == 400, "one lies ahead"
    lucca.simulator.configure(assignment_conflicts="taken", assignment_status=200)
    assert assign(lucca).status_code == 200, "asked twice, done twice"
    assert len(lucca.simulator.state()["schedules"]["amendments"]) == 2


@pytest.mark.parametrize(("number", "status"), [(12, 400), (13, 400), (99, 400)])
def test_what_cannot_be_given(lucca: Door, number: int, status: int) -> None:
    assert assign(lucca, workingTimeArrangementId=number).status_code == status
    assert assign(lucca, employeeId=99999).status_code == 400
    assert assign(lucca, startsOn="1950-01-01").status_code == 400
    assert not lucca.simulator.state()["schedules"]["amendments"]
    lucca.simulator.add_fault("500", method="POST", path=ASSIGNMENTS, when="after")
    assert assign(lucca).status_code == 500
    assert len(lucca.simulator.state()["schedules"]["amendments"]) == 1
