"""The tenant a simulator starts with."""

from __future__ import annotations

from datetime import date, timedelta

from portal.simulator import Simulator


def test_the_people_are_those_a_demonstration_needs(simulator: Simulator) -> None:
    users = simulator.state()["users"]
    by_login = {each["login"]: each for each in users}
    today = simulator.clock.now().date()
    assert len(by_login) == len(users) == 60
    assert (by_login["imarchal"]["id"], by_login["tnoll"]["id"]) == (812, 640)
    assert any(
        each["lastName"] != each["lastName"].encode("ascii", "ignore").decode() for each in users
    )
    assert [login for login in by_login if login.isdigit()] == ["204417"]
    assert all(login.isascii() and login == login.lower() for login in by_login)
    ends = [
        date.fromisoformat(each["dtContractEnd"][:10]) for each in users if each["dtContractEnd"]
    ]
    assert sum(end < today for end in ends) == 3
    assert sum(today <= end < today + timedelta(days=30) for end in ends) == 1
    starts = [date.fromisoformat(each["dtContractStart"][:10]) for each in users]
    assert sum(start > today for start in starts) == 2


def test_there_are_entries_and_absences_around_this_week(simulator: Simulator) -> None:
    state = simulator.state()
    days = {each["date"] for each in state["userLocations"]["effective"]}
    assert min(days) < str(simulator.clock.now().date()) < max(days)
    assert {each["position"] for each in state["userLocations"]["effective"]} == {
        *("FullDay", "FirstHalf", "SecondHalf")
    }
    assert state["leaves"]


def test_two_simulators_start_alike(simulator: Simulator) -> None:
    other = Simulator().state()
    state = simulator.state()
    for name in ("users", "workLocations", "leaves"):
        assert state[name] == other[name]
    ids = [each["id"] for each in state["userLocations"]["effective"]]
    assert ids == [each["id"] for each in other["userLocations"]["effective"]]


def test_ids_of_new_rows_do_not_meet_those_of_the_seed(simulator: Simulator) -> None:
    simulator.seed(20, days=5)
    held = simulator.state()["userLocations"]
    ids = [each["id"] for each in held["effective"] + held["deleted"]]
    assert len(ids) == len(set(ids))
    assert sum(str(each["login"]).startswith("emp") for each in held["effective"]) == 100
