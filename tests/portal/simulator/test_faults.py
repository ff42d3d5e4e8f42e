"""Each kind of fault, through the doors, before and after the side effect."""

from __future__ import annotations

import threading
import time
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING, Any

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError

from portal.simulator import Simulator, SimulatorAdapter, running
from portal.simulator.faults import BadFault

if TYPE_CHECKING:
    from .conftest import Door

USERS = "/api/v3/users"
IMPORTS = "/work-locations/public/api/imports/user-locations"
LINE = "imarchal;Home;;2031-03-10;FullDay;;false"


def imports(door: Door) -> int:
    return len(door.simulator.state()["imports"])


@pytest.mark.parametrize("status", [400, 403, 404, 405, 408, 409, 413, 500, 502, 503, 504])
def test_a_status_in_place_of_the_answer(either: Door, status: int) -> None:
    either.simulator.add_fault(str(status))
    assert [either.get(USERS).status_code for _ in range(2)] == [status, 200]


def test_429_says_when_to_come_back_or_does_not(lucca: Door) -> None:
    lucca.simulator.add_fault("429", seconds=7)
    lucca.simulator.add_fault("429-no-retry-after")
    lucca.simulator.add_fault("503", seconds=3)
    lucca.simulator.add_fault("503")
    answers = [lucca.get(USERS) for _ in range(4)]
    assert [each.status_code for each in answers] == [429, 429, 503, 503]
    assert [each.headers.get("Retry-After") for each in answers] == ["7", None, "3", None]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "500", "408", "timeout", "unreadable", "html", "empty"])
def test_before_means_not_carried_out_and_after_means_carried_out(
    either: Door, kind: str, when: str
) -> None:
    either.simulator.add_fault(kind, method="POST", create=True, when=when, seconds=0.3)
    try:
        answer = either.upload(LINE, timeout=0.1)
    except (requests.ConnectionError, requests.ReadTimeout):
        assert kind in ("reset", "timeout")
    else:
        assert answer.status_code == (int(kind) if kind.isdigit() else 200)
        assert b"summaryId" not in answer.content
    assert imports(either) == (1 if when == "after" else 0)


def test_refused_in_process_looks_like_a_closed_port(lucca: Door) -> None:
    lucca.simulator.add_fault("refused")
    with pytest.raises(requests.ConnectionError) as caught:
        lucca.get(USERS)
    outer = caught.value.args[0]
    assert isinstance(outer, MaxRetryError)
    assert isinstance(outer.reason, NewConnectionError)
    assert lucca.simulator.max_arrivals() == 0


def test_reset_in_process_looks_like_a_lost_connection(lucca: Door) -> None:
    lucca.simulator.add_fault("reset")
    with pytest.raises(requests.ConnectionError) as caught:
        lucca.get(USERS)
    assert isinstance(caught.value.args[0], ProtocolError)


@pytest.mark.parametrize("kind", ["refused", "reset"])
def test_over_loopback_both_close_the_connection(loopback: Door, kind: str) -> None:
    loopback.simulator.add_fault(kind, when="before")
    with pytest.raises(requests.ConnectionError) as caught:
        loopback.upload(LINE)
    assert isinstance(caught.value.args[0], ProtocolError)
    assert imports(loopback) == 0
    assert loopback.get(USERS).status_code == 200


def test_a_reset_over_loopback_is_no_orderly_end(loopback: Door) -> None:
    loopback.simulator.add_fault("reset", when="after")
    with pytest.raises(requests.ConnectionError) as caught:
        loopback.get(USERS)
    cause = caught.value.args[0].args[1]
    assert isinstance(cause, ConnectionResetError)
    assert not isinstance(cause, RemoteDisconnected)


def test_a_server_that_is_down_refuses_connections(simulator: Simulator) -> None:
    with requests.Session() as session:
        session.trust_env = False
        with running(simulator) as base:
            assert session.get(base + USERS, timeout=5).status_code == 401
        with pytest.raises(requests.ConnectionError):
            session.get(base + USERS, timeout=5)


def test_a_timeout_in_process_raises_at_once(lucca: Door) -> None:
    lucca.simulator.add_fault("timeout")
    started = time.monotonic()
    with pytest.raises(requests.ReadTimeout) as caught:
        lucca.get(USERS, timeout=(3, 60))
    assert isinstance(caught.value.args[0], ReadTimeoutError)
    assert time.monotonic() - started < 60


def test_a_patient_client_gets_the_late_answer(either: Door) -> None:
    either.simulator.add_fault("timeout", when="after", seconds=0.2)
    assert either.get(USERS, timeout=5).status_code == 200
    either.simulator.add_fault("timeout", when="before", seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        either.get(USERS, timeout=5)


def test_a_timeout_takes_its_time_when_a_sleep_is_given(simulator: Simulator) -> None:
    slept: list[float] = []
    session = requests.Session()
    session.mount("https://", SimulatorAdapter(simulator, sleep=slept.append))
    simulator.add_fault("timeout", seconds=90)
    with pytest.raises(requests.ReadTimeout):
        session.get("https://acme.ilucca.net" + USERS, timeout=60)
    assert slept == [60]


def test_a_held_answer_holds_up_nobody_else_and_ends_with_the_server(simulator: Simulator) -> None:
    ended: list[BaseException] = []

    def wait(base: str) -> None:
        try:
            requests.get(base + USERS, timeout=60)
        except requests.ConnectionError as error:
            ended.append(error)

    simulator.add_fault("timeout", times=1)
    with running(simulator) as base:
        waiting = threading.Thread(target=wait, args=(base,))
        waiting.start()
        while not simulator.log():
            time.sleep(0.005)
        assert requests.get(base + USERS, timeout=5).status_code == 401
    waiting.join(timeout=5)
    assert not waiting.is_alive()
    assert len(ended) == 1


def test_a_drip_gets_past_a_time_out_per_read(either: Door) -> None:
    either.simulator.add_fault("drip", seconds=0.002)
    answer = either.get(USERS, params={"paging": "0,1"}, timeout=1)
    assert len(answer.json()["data"]["items"]) == 1


def test_a_drip_in_process_pauses_between_bytes(simulator: Simulator) -> None:
    slept: list[float] = []
    session = requests.Session()
    session.mount("https://", SimulatorAdapter(simulator, sleep=slept.append))
    simulator.add_fault("drip")
    answer = session.get("https://acme.ilucca.net" + USERS, timeout=5, stream=True)
    assert len(list(answer.iter_content(1))) == len(slept) + 1
    assert set(slept) == {1.0}


def test_a_drip_slower_than_the_time_out_is_one(either: Door) -> None:
    either.simulator.add_fault("drip", seconds=0.5)
    with pytest.raises(requests.ConnectionError, match="timed out"):
        either.get(USERS, timeout=0.1)


def test_an_answer_can_be_cut(either: Door) -> None:
    either.simulator.add_fault("cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        either.get(USERS)
    assert either.get(USERS).status_code == 200


def test_an_answer_can_be_far_too_long(either: Door) -> None:
    either.simulator.add_fault("oversize", size=5_000_000)
    with either.get(USERS, stream=True) as answer:
        assert int(answer.headers["Content-Length"]) > 5_000_000
        assert sum(map(len, answer.iter_content(65536))) > 5_000_000


def test_answers_that_are_not_what_was_asked_for(either: Door) -> None:
    for kind in ("unreadable", "empty", "html"):
        either.simulator.add_fault(kind)
        answer = either.get(USERS)
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer.json()


def test_a_redirect(either: Door) -> None:
    either.simulator.add_fault("redirect", location="https://elsewhere.example/")
    answer = either.get(USERS, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://elsewhere.example/")


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_import_gets_stuck(either: Door, when: str) -> None:
    either.simulator.add_fault("stuck", method="POST", when=when, progress=31)
    summary_id = either.summary_id(LINE)
    either.simulator.advance(7200)
    assert either.json(f"{IMPORTS}/progress", summaryId=summary_id) == {"progress": 31}
    assert bool(either.day("imarchal", "2031-03-10")) is (when == "after")


def test_progress_alone_seems_stuck(lucca: Door) -> None:
    summary_id = lucca.summary_id(LINE)
    lucca.simulator.advance(60)
    lucca.simulator.add_fault("stuck", path="/progress", times=2)
    told = [lucca.json(f"{IMPORTS}/progress", summaryId=summary_id) for _ in range(3)]
    assert [each["progress"] for each in told] == [57, 57, 100]


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_id_that_was_answered_is_known_to_nobody(either: Door, when: str) -> None:
    either.simulator.add_fault("unknown_summary", method="POST", when=when)
    summary_id = either.summary_id(LINE)
    either.simulator.advance(60)
    asked = either.get(f"{IMPORTS}/progress", params={"summaryId": summary_id})
    assert asked.status_code == 404
    assert bool(either.day("imarchal", "2031-03-10")) is (when == "after")


def test_a_rule_chooses_by_method_path_and_flag(lucca: Door) -> None:
    lucca.simulator.add_fault("500", method="post", path="/imports/", create=True, times=0)
    assert lucca.get(USERS).status_code == 200
    assert lucca.upload(LINE, create=False).status_code == 200
    assert [lucca.upload(LINE).status_code for _ in range(3)] == [500] * 3
    lucca.simulator.clear_faults()
    assert lucca.upload(LINE).status_code == 200


def test_a_rule_lets_some_through_and_then_hits_several(lucca: Door) -> None:
    lucca.simulator.add_fault("502", skip=2, times=3)
    assert [lucca.get(USERS).status_code for _ in range(6)] == [200, 200, 502, 502, 502, 200]


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "earthquake"},
        {"kind": "500", "when": "during"},
        {"kind": "500", "colour": "red"},
        {"kind": "500", "times": "often"},
        {"kind": "500", "id": 3},
    ],
)
def test_a_rule_without_sense_is_refused(lucca: Door, rule: dict[str, Any]) -> None:
    with pytest.raises(BadFault):
        lucca.simulator.add_fault(**rule)
    assert lucca.get(USERS).status_code == 200


def test_the_log_tells_what_was_done_to_a_request(lucca: Door) -> None:
    lucca.simulator.add_fault("reset", when="after")
    with pytest.raises(requests.ConnectionError):
        lucca.upload(LINE)
    lucca.simulator.add_fault("503")
    lucca.get(USERS)
    lost, refused = lucca.simulator.log()
    assert (lost["method"], lost["status"], lost["fault"]) == ("POST", None, "reset")
    assert lost["query"] == "create=true&overrideUserLocations=false"
    assert len(lost["bodySha256"]) == 64
    assert (refused["status"], refused["fault"], refused["keyName"]) == (
        503,
        "503",
        "Simulator key",
    )
