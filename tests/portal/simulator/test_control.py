"""The control pages, and what they change."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from portal.simulator import Simulator, SimulatorAdapter
from portal.simulator.settings import BadSetting, Settings, explanations

if TYPE_CHECKING:
    from .conftest import Door

CONTROL = "/__simulator__"
LINE = "imarchal;Home;;2031-03-10;FullDay;;false"


def send(door: Door, method: str, what: str, document: Any = None, status: int = 200) -> Any:
    url = f"{door.base}{CONTROL}/{what}"
    # Without a key, as control needs none.
    headers = {"Authorization": ""}
    answer = door.session.request(method, url, json=document, headers=headers, timeout=5)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_state_tells_everything(either: Door) -> None:
    either.upload(LINE, create=True, override=True)
    state = send(either, "GET", "state")
    assert len(state["users"]) == 60
    assert len(state["workLocations"]) == 8
    assert state["userLocations"]["effective"][0]["workLocationName"]
    assert {each["status"] for each in state["userLocations"]["deleted"]} == {"Deleted", "Denied"}
    (made,) = state["imports"]
    assert (made["create"], made["overrideUserLocations"], made["lines"]) == (True, True, 1)
    content = either.get(f"{CONTROL}/import-file/{made['summaryId']}").content
    assert hashlib.sha256(content).hexdigest() == made["sha256"]


def test_a_location_is_renamed_added_deactivated_and_removed(either: Door) -> None:
    pieces = [
        {"id": 4, "name": "Lyon Confluence"},
        {"id": 8, "isActive": False},
        {"name": "Basel"},
        {"id": 12, "remove": True},
    ]
    send(either, "PATCH", "state", {"workLocations": pieces})
    places = either.json("/work-locations/public/api/work-locations", limit=100)["items"]
    by_id = {each["id"]: each for each in places}
    assert by_id[4]["name"] == "Lyon Confluence"
    assert by_id[4]["office"]["areas"]
    assert by_id[8]["isActive"] is False
    assert by_id[13] == {
        "id": 13,
        "type": "Office",
        "isActive": True,
        "office": None,
        "name": "Basel",
    }


def test_a_user_is_added_changed_and_removed(lucca: Door) -> None:
    people = [
        {"login": "znew", "firstName": "Zora", "lastName": "NEW"},
        {"id": 640, "dtContractEnd": "2020-01-01T00:00:00"},
        {"id": 501, "remove": True},
    ]
    send(lucca, "PUT", "state", {"users": people})
    listed = lucca.json("/api/v3/users", fields="id,login,name", paging="0,1000")["data"]["items"]
    assert {"id": 813, "login": "znew", "name": "Zora NEW"} in listed
    assert not {640, 501} & {each["id"] for each in listed}


def test_entries_leaves_and_keys_are_changed(lucca: Door) -> None:
    entry = {"id": 50321, "status": "Denied"}
    leave = {"ownerId": 812, "date": "2031-03-10"}
    key = {"key": "reader", "name": "Reader", "office_import": False}
    send(lucca, "PATCH", "state", {"userLocations": [entry], "leaves": [leave], "keys": [key]})
    state = send(lucca, "GET", "state")
    assert 50321 in {each["id"] for each in state["userLocations"]["deleted"]}
    assert {**leave, "position": "FullDay"} in state["leaves"]
    assert [each["office_import"] for each in state["keys"]] == [False, True]
    leave["remove"] = entry["remove"] = key["remove"] = True
    send(lucca, "PATCH", "state", {"userLocations": [entry], "leaves": [leave], "keys": [key]})
    state = send(lucca, "GET", "state")
    assert 50321 not in {each["id"] for each in state["userLocations"]["deleted"]}
    assert leave["date"] not in {each["date"] for each in state["leaves"]}
    assert len(state["keys"]) == 1


@pytest.mark.parametrize(
    "pieces",
    [
        {"users": [{"id": 640, "login": "other"}, {"firstName": "Nobody"}]},
        {"workLocations": [{"id": 4, "name": "Other"}, {"type": "Other"}]},
        {"userLocations": [{"ownerId": 812}]},
        {"keys": [{"key": "x", "everything": True}]},
        {"weather": []},
    ],
)
def test_a_change_that_cannot_be_made_is_not_made_in_part(
    lucca: Door, pieces: dict[str, Any]
) -> None:
    before = lucca.simulator.state()
    assert send(lucca, "PATCH", "state", pieces, status=400)["error"]
    after = lucca.simulator.state()
    assert {**after, "now": None} == {**before, "now": None}


def test_switches_are_read_and_set(either: Door) -> None:
    assert send(either, "PUT", "settings", {"line_numbers": "null"})["line_numbers"] == "null"
    assert send(either, "GET", "settings")["line_numbers"] == "null"
    assert "takes one of" in send(either, "PUT", "settings", {"line_numbers": 3}, 400)["error"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("no_such", 1),
        ("rate_limit", "50"),
        ("rate_limit", True),
        ("clamp_limits", 1),
        ("absent_path_status", 500),
        ("progress_stuck_at", "x"),
    ],
)
def test_a_switch_takes_no_other_value(name: str, value: object) -> None:
    with pytest.raises(BadSetting):
        Settings().changed({name: value})


def test_a_number_may_be_whole_and_an_optional_one_absent() -> None:
    changed = Settings().changed({"import_minimum_seconds": 3, "progress_stuck_at": 4})
    assert (changed.import_minimum_seconds, changed.progress_stuck_at) == (3.0, 4)
    assert changed.changed({"progress_stuck_at": None}).progress_stuck_at is None


def test_faults_are_listed_added_and_dropped(either: Door) -> None:
    rules = {"faults": [{"kind": "500"}, {"kind": "timeout", "seconds": 5}]}
    first, _ = send(either, "POST", "faults", rules, 201)["faults"]
    send(either, "POST", "faults", {"kind": "503", "method": "GET"}, 201)
    send(either, "DELETE", f"faults/{first['id']}")
    listed = send(either, "GET", "faults")["faults"]
    assert [each["kind"] for each in listed] == ["timeout", "503"]
    send(either, "DELETE", "faults")
    assert send(either, "GET", "faults") == {"faults": []}
    assert "kind is one of" in send(either, "POST", "faults", {"kind": "x"}, 400)["error"]


def test_the_clock_is_moved(either: Door) -> None:
    assert send(either, "POST", "clock", {"advance": 86400})["offset"] == 86400
    assert send(either, "GET", "clock")["offset"] == 86400
    send(either, "POST", "clock", {"advance": "much"}, 400)


def test_the_log_holds_requests_and_not_control(either: Door) -> None:
    either.get("/api/v3/users?paging=0,1")
    send(either, "GET", "state")
    (entry,) = send(either, "GET", "log")["requests"]
    assert (entry["n"], entry["method"], entry["path"]) == (1, "GET", "/api/v3/users")
    assert (entry["query"], entry["status"]) == ("paging=0,1", 200)
    assert "Authorization" in entry["headerNames"]
    assert "simulator-key" not in str(entry)
    send(either, "DELETE", "log")
    assert send(either, "GET", "log") == {"requests": []}


def test_the_budget_is_told_eaten_and_given_back(either: Door) -> None:
    either.get("/api/v3/users")
    assert send(either, "POST", "budget", {"foreign": 7})["inUse"] == 8
    budget = send(either, "GET", "budget")
    assert (budget["arrivals"], budget["maxArrivals"]) == (1, 1)
    send(either, "DELETE", "budget")
    assert send(either, "GET", "budget")["inUse"] == 0


def test_people_are_added_in_numbers(either: Door) -> None:
    send(either, "POST", "seed", {"employees": 300, "days": 2})
    count = either.json("/api/v3/users", fields="collection.count")["data"]["count"]
    assert count == 357
    assert either.json("/api/v3/users", login="emp000300")["data"]["items"]


def test_reset_goes_back_to_the_start(either: Door) -> None:
    fresh = Simulator().state()
    either.simulator.add_fault("500", times=0)
    either.simulator.advance(999)
    either.simulator.configure(retry_after="absent")
    either.simulator.seed(10, 3)
    either.simulator.add_key("other")
    either.upload(LINE)
    send(either, "POST", "reset")
    state = send(either, "GET", "state")
    for moment in ("now", "userLocations"):
        del state[moment], fresh[moment]
    assert state == fresh
    assert send(either, "GET", "settings") == Settings().as_json()
    assert send(either, "GET", "log") == {"requests": []}
    assert either.get("/api/v3/users").status_code == 200


def test_the_page_for_people_names_every_switch_and_has_no_script(either: Door) -> None:
    answer = either.get(f"{CONTROL}/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert all(name in answer.text for name in Settings().as_json())
    assert not re.search("<script|<style|style=|onclick", answer.text)
    assert either.get(CONTROL).status_code == 200


def test_every_switch_is_explained() -> None:
    assert set(explanations()) == set(Settings().as_json())
    assert all(text.endswith(".") for text in explanations().values())


def test_a_page_of_another_site_cannot_reach_control(either: Door) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = either.session.post(f"{either.base}{CONTROL}/reset", headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "what", "body", "status"),
    [
        ("GET", "nothing", "", 404),
        ("DELETE", "state", "", 404),
        ("PUT", "settings", "[]", 400),
        ("PUT", "settings", "{", 400),
        ("POST", "seed", "{}", 400),
        ("DELETE", "faults/x", "", 400),
        ("GET", "import-file/x", "", 404),
    ],
)
def test_control_says_what_is_wrong(
    either: Door, method: str, what: str, body: str, status: int
) -> None:
    answer = either.session.request(method, f"{either.base}{CONTROL}/{what}", data=body)
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")


def test_a_folder_serves_one_simulator_at_a_time(tmp_path: Path) -> None:
    with Simulator(tmp_path), pytest.raises(sqlite3.OperationalError, match="locked"):
        Simulator(tmp_path)
    with Simulator(tmp_path) as again:
        assert again.state()["users"]


def test_a_stored_switch_that_no_longer_exists_is_forgotten(tmp_path: Path) -> None:
    with Simulator(tmp_path) as simulator:
        stored = '{"rate_limit": 3, "abolished": true}'
        simulator.state_store.set_meta("settings", stored)
    with Simulator(tmp_path) as simulator:
        assert simulator.settings.rate_limit == 3


def test_after_a_restart_everything_goes_on(tmp_path: Path) -> None:
    def upload(simulator: Simulator) -> Any:
        session = requests.Session()
        session.mount("https://", SimulatorAdapter(simulator))
        content = "\ufefflogin;workLocationName;date;position\nimarchal;Home;2031-03-10;FullDay"
        return session.post(
            "https://acme.ilucca.net/work-locations/public/api/imports/user-locations"
            "?create=true&overrideUserLocations=false",
            files={"file": ("a.csv", content.encode())},
            headers={"Authorization": "lucca application=other"},
        ).json()["summaryId"]

    with Simulator(tmp_path) as first:
        first.add_key("other", name="Other")
        first.configure(rate_limit=7, import_minimum_seconds=500)
        first.advance(3600)
        first.add_fault("500", times=2, skip=1)
        summary_id = upload(first)
        before = first.state()
    with Simulator(tmp_path) as second:
        after = second.state()
        assert {**after, "now": None} == {**before, "now": None}
        assert second.settings == first.settings
        assert second.clock.offset == 3600
        assert [(each.kind, each.skip) for each in second.fault_book.rules()] == [("500", 0)]
        assert second.log()[0]["keyName"] == "Other"
        second.advance(500)
        assert second.state()["imports"][0]["summaryId"] == summary_id
        assert second.state()["imports"][0]["applied"] is True
