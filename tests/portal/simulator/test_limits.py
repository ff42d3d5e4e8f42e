"""The request budget of the host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
import requests

from portal.simulator import DEFAULT_KEY, Simulator, SimulatorAdapter
from portal.simulator.limits import RateLimiter

if TYPE_CHECKING:
    from .conftest import Door

URL = "https://acme.ilucca.net/api/v3/users"


class Bench:
    """A simulator whose real time is set by hand."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.simulator = Simulator(limiter=RateLimiter(lambda: self.time))
        self.session = requests.Session()
        self.session.mount("https://", SimulatorAdapter(self.simulator))

    def call(self, key: str = DEFAULT_KEY) -> requests.Response:
        return self.session.get(URL, headers={"Authorization": f"lucca application={key}"})

    def statuses(self, calls: int) -> list[int]:
        return [self.call().status_code for _ in range(calls)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    with made.simulator:
        yield made


def test_the_fifty_first_request_of_a_minute_is_refused(bench: Bench) -> None:
    assert bench.statuses(51) == [200] * 50 + [429]


def test_the_window_slides(bench: Bench) -> None:
    bench.simulator.configure(refused_calls_count=False)
    bench.statuses(25)
    bench.time += 30
    bench.statuses(25)
    bench.time += 30
    assert bench.statuses(26) == [200] * 25 + [429]


def test_retry_after_tells_when_there_is_room(bench: Bench) -> None:
    bench.simulator.configure(refused_calls_count=False)
    bench.statuses(50)
    bench.time += 18.5
    assert bench.call().headers["Retry-After"] == "42"
    bench.time += 42
    assert bench.call().status_code == 200


def test_refused_calls_use_the_budget_unless_switched(bench: Bench) -> None:
    bench.statuses(50)
    bench.time += 59
    assert bench.statuses(50) == [429] * 50
    bench.time += 30
    assert bench.statuses(1) == [429]


def test_retry_after_can_be_a_date_or_absent(bench: Bench) -> None:
    bench.statuses(50)
    bench.simulator.configure(retry_after="date")
    moment = parsedate_to_datetime(bench.call().headers["Retry-After"])
    assert 50 < (moment - datetime.now(UTC)).total_seconds() < 65
    bench.simulator.configure(retry_after="absent")
    assert "Retry-After" not in bench.call().headers


def test_all_keys_share_one_budget(bench: Bench) -> None:
    bench.simulator.add_key("other")
    bench.statuses(50)
    assert bench.call("other").status_code == 429


def test_another_integration_can_use_the_budget(bench: Bench) -> None:
    bench.simulator.foreign_traffic(50)
    assert bench.statuses(1) == [429]
    assert bench.simulator.max_arrivals() == 1


def test_the_limit_can_be_changed_and_switched_off(bench: Bench) -> None:
    bench.simulator.configure(rate_limit=2, rate_window_seconds=5)
    assert bench.statuses(3) == [200, 200, 429]
    bench.simulator.configure(rate_limit=0)
    assert bench.statuses(100) == [200] * 100


def test_the_simulated_clock_does_not_give_budget_back(bench: Bench) -> None:
    bench.statuses(50)
    bench.simulator.advance(3600)
    assert bench.statuses(1) == [429]


def test_most_arrivals_are_found_across_any_window(bench: Bench) -> None:
    bench.statuses(10)
    bench.time += 50
    bench.statuses(10)
    bench.time += 15
    bench.statuses(10)
    assert bench.simulator.max_arrivals() == 20
    assert bench.simulator.max_arrivals(window=10) == 10


def test_arrivals_a_whole_window_apart_are_not_together(bench: Bench) -> None:
    bench.statuses(1)
    bench.time += 60
    bench.statuses(1)
    assert bench.simulator.max_arrivals() == 1


def test_refused_calls_can_be_free(bench: Bench) -> None:
    bench.simulator.configure(refused_calls_count=False)
    bench.statuses(50)
    bench.time += 59
    assert bench.statuses(60) == [429] * 60
    bench.time += 1
    assert bench.statuses(1) == [200]


def test_a_fault_is_not_spent_on_a_request_over_budget(bench: Bench) -> None:
    bench.simulator.configure(rate_limit=1, refused_calls_count=False)
    bench.call()
    bench.simulator.add_fault("500")
    assert bench.statuses(1) == [429]
    bench.time += 60
    assert bench.statuses(1) == [500]


def test_an_upload_over_budget_is_not_carried_out(lucca: Door) -> None:
    lucca.simulator.configure(rate_limit=1)
    lucca.get("/api/v3/users")
    assert lucca.upload("imarchal;Home;;2031-03-10;FullDay;;false").status_code == 429
    assert lucca.simulator.state()["imports"] == []


def test_control_pages_use_no_budget(loopback: Door) -> None:
    loopback.simulator.configure(rate_limit=1)
    assert [loopback.get("/__simulator__/clock").status_code for _ in range(3)] == [200] * 3
    assert loopback.get("/api/v3/users").status_code == 200
    assert loopback.get("/api/v3/users").status_code == 429
