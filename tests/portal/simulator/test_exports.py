"""Timesheet exports: what is listed, what a POST does to the ledger, and how it goes wrong."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
import requests

from portal.simulator import DEFAULT_KEY

if TYPE_CHECKING:
    from .conftest import Door

EXPORTS = "/api/v3/timmiexports"
ENDS_AT = "2040-01-02T00:00:00"


def listed(lucca: Door, **params: Any) -> list[dict[str, Any]]:
    params = {"configurationId": 42, "paging": "0,50", "orderBy": "id,asc", **params}
    found: list[dict[str, Any]] = lucca.json(EXPORTS, **params)["data"]["items"]
    return found


def ids(lucca: Door, **params: Any) -> list[int]:
    return [one["id"] for one in listed(lucca, **params)]


def post(lucca: Door, configuration: Any = 42, ends_at: Any = ENDS_AT) -> requests.Response:
    body = {"configurationId": configuration, "endsAt": ends_at}
    return lucca.session.post(lucca.base + EXPORTS, json=body, timeout=0.5)


def lines(lucca: Door, number: int) -> int:
    (found,) = [one for one in lucca.simulator.state()["exports"] if one["id"] == number]
    return int(found["lines"])


def test_the_history_has_its_oddities(either: Door) -> None:
    assert ids(either) == [1101, 1150, 1172, 1187]
    assert ids(either, archivedAt="null") == [1101, 1172, 1187]
    newest = ids(either, archivedAt="null", orderBy="createdAt,desc,id,desc")
    assert newest[0] == 1172, "not the largest id"
    assert ids(either, configurationId=43) == [1160]
    assert ids(either, configurationId=44) == []
    assert listed(either)[0].keys() == {"id", "name", "url"}


def test_names_are_matched_without_regard_to_case(lucca: Door) -> None:
    params = {"CONFIGURATIONID": 42, "orderby": "createdat,desc,id,desc", "Paging": "0,1"}
    (found,) = lucca.json(EXPORTS, fields="ID,createdat", **params)["data"]["items"]
    assert found.keys() == {"id", "createdAt"}


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"id": "greaterthan,1150"}, [1172, 1187]),
        ({"id": "greaterThanOrEqual,1172"}, [1172, 1187]),
        ({"id": "lessthan,1150"}, [1101]),
        ({"id": "notequal,1150"}, [1101, 1172, 1187]),
        ({"id": "1101,1187,5"}, [1101, 1187]),
        ({"paging": "1,2"}, [1150, 1172]),
    ],
)
def test_operators(lucca: Door, params: dict[str, str], found: list[int]) -> None:
    assert ids(lucca, **params) == found


@pytest.mark.parametrize(
    "params",
    [
        {"unheardOf": "1"},
        {"fields": "id,unheardOf"},
        {"fields": "id,unheardOf", "id": "greaterthan,9999999"},
        {"orderBy": "createdAt,desc,id"},
        {"orderBy": "id,sideways"},
        {"orderBy": "unheardOf,asc"},
        {"paging": "0"},
        {"paging": "0,1001"},
        {"id": "greaterthan,x"},
    ],
)
def test_what_the_dialect_does_not_know_is_a_400(lucca: Door, params: dict[str, str]) -> None:
    asked = {"configurationId": "42", "paging": "0,5", **params}
    assert lucca.get(EXPORTS, params=asked).status_code == 400


def test_switches_that_refuse_what_nobody_documents(lucca: Door) -> None:
    lucca.simulator.configure(export_ends_at_readable=False, export_id_comparison=False)
    asked = {"configurationId": "42", "paging": "0,5"}
    for params in ({"fields": "id,endsAt"}, {"id": "greaterthan,1"}):
        assert lucca.get(EXPORTS, params={**asked, **params}).status_code == 400
    assert ids(lucca, fields="id,createdAt") == [1101, 1150, 1172, 1187]


def test_an_export_takes_what_it_exports(either: Door) -> None:
    first, second = post(either), post(either)
    assert (first.status_code, first.json()["data"]["id"]) == (200, 1203)
    assert first.json()["data"].keys() == {"id", "name", "url"}
    assert lines(either, 1203) == 16
    assert lines(either, second.json()["data"]["id"]) == 0, "nothing was left"
    assert ids(either, id="greaterthan,1187") == [1203, 1204]


def test_a_later_day_takes_the_rest(lucca: Door) -> None:
    half = lucca.simulator.state()["exports"][0]["endsAt"]
    post(lucca, ends_at=half)
    assert lines(lucca, 1203) == 0
    post(lucca)
    assert lines(lucca, 1204) == 16


@pytest.mark.parametrize(
    ("configuration", "ends_at", "status"),
    [
        (42, "2026-03-30T12:00:00", 400),
        (42, "2026-03-30", 400),
        (42, "2026-03-30T00:00:00Z", 400),
        (42, None, 400),
        ("42", ENDS_AT, 400),
        (None, ENDS_AT, 400),
        (999, ENDS_AT, 404),
    ],
)
def test_what_a_post_refuses(lucca: Door, configuration: Any, ends_at: Any, status: int) -> None:
    assert post(lucca, configuration, ends_at).status_code == status
    assert max(one["id"] for one in lucca.simulator.state()["exports"]) == 1187


def test_rights(lucca: Door) -> None:
    lucca.simulator.add_key(DEFAULT_KEY, exports=False)
    assert post(lucca).status_code == 403
    assert lucca.get(EXPORTS).status_code == 403
    lucca.simulator.remove_key(DEFAULT_KEY)
    assert post(lucca).status_code == 401


def test_a_slow_export_goes_on_when_the_client_hangs_up(loopback: Door) -> None:
    loopback.simulator.configure(export_seconds=4200.0)
    with pytest.raises(requests.Timeout):
        post(loopback)
    assert ids(loopback, id="greaterthan,1187") == []
    loopback.simulator.advance(4201)
    assert ids(loopback, id="greaterthan,1187") == [1203]
    assert lines(loopback, 1203) == 16


def test_a_second_post_while_the_first_is_made(loopback: Door) -> None:
    loopback.simulator.configure(export_seconds=60.0)
    with pytest.raises(requests.Timeout):
        post(loopback)
    loopback.simulator.configure(export_overlap="refused")
    assert post(loopback).status_code == 409
    loopback.simulator.configure(export_overlap="both", export_seconds=0.0)
    assert post(loopback).status_code == 200
    loopback.simulator.advance(61)
    assert ids(loopback, id="greaterthan,1187") == [1203, 1204]
    assert (lines(loopback, 1203), lines(loopback, 1204)) == (16, 0)


def test_a_failed_export_is_never_listed_and_takes_nothing(lucca: Door) -> None:
    lucca.simulator.configure(export_generation="fails_silently")
    with pytest.raises(requests.Timeout):
        post(lucca)
    lucca.simulator.advance(7 * 86_400)
    assert ids(lucca, id="greaterthan,1187") == []
    lucca.simulator.configure(export_generation="succeeds")
    post(lucca)
    assert lines(lucca, 1204) == 16


@pytest.mark.parametrize(("where", "theirs", "ours"), [("before", 16, 0), ("after", 0, 16)])
def test_somebody_exports_in_the_screen(lucca: Door, where: str, theirs: int, ours: int) -> None:
    lucca.simulator.configure(foreign_export=where)
    number = post(lucca).json()["data"]["id"]
    (foreign,) = [
        one for one in lucca.simulator.state()["exports"] if one["byHand"] and one["id"] > 1187
    ]
    assert (foreign["lines"], lines(lucca, number)) == (theirs, ours)
    assert foreign["endsAt"] == ENDS_AT


def test_the_screen_by_control(lucca: Door) -> None:
    exports = [{"configurationId": 42, "endsAt": "2040-01-02"}, {"id": 1187, "archived": True}]
    lucca.simulator.change_state({"exports": exports})
    assert ids(lucca, archivedAt="null") == [1101, 1172, 1203]


def test_answers_without_an_id(lucca: Door) -> None:
    lucca.simulator.configure(export_answer="empty")
    assert post(lucca).status_code == 204
    lucca.simulator.configure(export_answer="message")
    assert "data" not in post(lucca).json()
    lucca.simulator.add_fault("error-in-200", method="POST")
    assert post(lucca).json()["Status"] == 500
    assert ids(lucca, id="greaterthan,1187") == [1203, 1204], "the fault came before"


@pytest.mark.parametrize("kind", ["408", "502", "503", "504", "reset"])
@pytest.mark.parametrize(("when", "made"), [("before", []), ("after", [1203])])
def test_a_fault_before_or_after_the_export(
    lucca: Door, kind: str, when: str, made: list[int]
) -> None:
    lucca.simulator.add_fault(kind, method="POST", path=EXPORTS, when=when)
    if kind == "reset":
        with pytest.raises(requests.ConnectionError):
            post(lucca)
    else:
        assert post(lucca).status_code == int(kind)
    assert ids(lucca, id="greaterthan,1187") == made


def test_timesheets_that_are_not_approved(lucca: Door) -> None:
    asked = {"status": "0,1,3", "fields": "id,collection.count", "paging": "0,1"}
    data = lucca.json("/api/v3/timmitimesheets", **asked)["data"]
    assert data["count"] == 3
    first = lucca.simulator.state()["timesheets"][0]["startsOn"][:10]
    asked["startsOn"] = f"between,{first},{first}"
    assert lucca.json("/api/v3/timmitimesheets", **asked)["data"]["count"] == 0
    lucca.simulator.add_key(DEFAULT_KEY, timesheets=False)
    assert lucca.get("/api/v3/timmitimesheets").status_code == 403


# The file of an export


def test_by_default_its_file_cannot_be_had(lucca: Door) -> None:
    post(lucca)
    assert lucca.get(f"{EXPORTS}/1203/content").status_code == 404
    assert lucca.get("/getFile.ashx", params={"id": "1203"}).status_code == 404
    members = lucca.json(f"{EXPORTS}/1203")["data"]
    assert members.keys() == {
        *("id", "name", "url", "configurationId", "endsAt", "createdAt", "archivedAt")
    }  # fmt: skip


def test_the_ways_to_its_file(either: Door) -> None:
    simulator = either.simulator
    post(either)
    simulator.configure(export_content="raw")
    raw = either.get(f"{EXPORTS}/1203/content")
    assert raw.content.count(b"\r\n") == 16
    assert b"imarchal;" in raw.content
    assert b";1,50\r\n" in raw.content
    assert "filename*=UTF-8''" in raw.headers["Content-Disposition"]

    simulator.configure(export_content="json-text")
    assert either.json(f"{EXPORTS}/1203")["data"]["content"].encode() == raw.content
    simulator.configure(export_content="json-base64")
    packed = either.json(f"{EXPORTS}/1203")["data"]["content"]
    assert base64.b64decode(packed) == raw.content
    simulator.configure(export_content="json-link")
    link = either.json(f"{EXPORTS}/1203")["data"]["file"]["href"]
    assert either.get("/getFile.ashx?" + link.partition("?")[2]).content == raw.content


@pytest.mark.parametrize(
    ("shape", "kind", "begins"),
    [
        ("empty", "text/csv", b""),
        ("html", "text/html; charset=utf-8", b"<!doctype html>"),
        ("zip", "application/zip", b"PK\x03\x04"),
        ("error", "application/json; charset=utf-8", b'{"Status"'),
    ],
)
def test_what_that_file_may_be(lucca: Door, shape: str, kind: str, begins: bytes) -> None:
    lucca.simulator.configure(export_content="raw", export_content_shape=shape)
    post(lucca)
    found = lucca.get(f"{EXPORTS}/1203/content")
    assert found.headers["Content-Type"] == kind
    assert found.content.startswith(begins)
    assert bool(found.content) == bool(begins)


def test_a_file_that_is_there_later_than_its_row(lucca: Door) -> None:
    lucca.simulator.configure(export_content="raw", export_content_after_seconds=60.0)
    post(lucca)
    assert ids(lucca, id="greaterthan,1187") == [1203]
    assert lucca.get(f"{EXPORTS}/1203/content").status_code == 404
    lucca.simulator.advance(61)
    assert lucca.get(f"{EXPORTS}/1203/content").status_code == 200
