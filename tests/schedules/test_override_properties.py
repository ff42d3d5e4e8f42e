"""Random sequences of our overrides, other people's, faults and crashes, against the simulator.

What must hold whatever the order: nothing of others that stood when we last read is lost or
changed, none of ours is written twice, and nothing is said to stand that does not. (Between the
last reading and the request lies a moment that no client can close: nothing is changed in it here.)
"""

from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.jobs.models import Attempt, Job
from portal.jobs.moves import SETTLED
from portal.lucca.session import Session
from portal.models import Account
from portal.refusals import Refusal
from portal.simulator import Simulator
from schedules.models import ScheduleOverride
from schedules.overrides import services
from tests.conftest import carry
from tests.imports.test_killed import find_what_was_left
from tests.schedules.overrides import (
    DAY,
    HOURS,
    foreign,
    fresh,
    prepared,
    set_model,
    standing,
)
from tests.schedules.test_override_faults import content, settle_by_reading

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PARTS = st.sampled_from(["first", "second", "full"])
HALVES = st.sampled_from(["first", "second"])
FAULTS = st.sampled_from(["", "", "", "500 before", "500 after", "reset after", "400 before"])
CRASHES = st.sampled_from(["", "", "", "leaving", "answered"])
STEPS = st.one_of(
    st.tuples(st.just("ask"), PARTS, st.booleans()),
    st.tuples(st.just("agree"), FAULTS, CRASHES),
    st.tuples(st.just("withdraw"), FAULTS, CRASHES),
    st.tuples(st.just("foreign"), HALVES),
    st.tuples(st.just("foreign gone")),
)
_days = count()


class Crash(BaseException):
    """The process dies here."""


@contextmanager
def dying(where: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Die as the request leaves (after the record of it), or before its answer is recorded."""
    with monkeypatch.context() as patch, suppress(Crash):
        if where == "leaving":
            real = Session.exchange

            def exchange(self: Session, request: Any) -> Any:
                if request.method != "GET":
                    raise Crash
                return real(self, request)

            patch.setattr(Session, "exchange", exchange)
        elif where == "answered":
            patch.setattr(Attempt, "answer", _die)
        yield


def _die(*_args: Any, **_more: Any) -> None:
    raise Crash


class World:
    """One day of one employee, ours and others'."""

    def __init__(self, account: Account, lucca: Simulator, patch: pytest.MonkeyPatch) -> None:
        self.account, self.lucca, self.patch = account, lucca, patch
        self.day: date = DAY + timedelta(days=7 * next(_days))
        self.overrides: list[ScheduleOverride] = []

    def others(self) -> list[tuple[Any, ...]]:
        """What colleagues have on the day: by their words, or by who made it."""
        return [
            content(one)
            for one in standing(self.lucca, HOURS, self.day)
            if one.get("comment") == "theirs" or one.get("authorId") == 501
        ]

    def ask(self, part: str, works: bool) -> None:
        more: dict[str, Any] = {}
        if works:
            more = {"nature": "worked", "minutes": 90, "counted_in": "hour"}
        self.overrides.append(prepared(self.account, part=part, day=self.day, **more))

    def agree(self, fault: str, crash: str) -> None:
        mine = self.first_at("ready")
        if mine is not None:
            yes = [one["slug"] for one in mine.questions]
            with suppress(Refusal):
                self.carry(lambda: services.agree(mine, accepted=yes, by=None), fault, crash)

    def withdraw(self, fault: str, crash: str) -> None:
        mine = self.first_at("verified", "different", "partial")
        if mine is not None:
            with suppress(Refusal):
                self.carry(lambda: services.withdraw(mine, by=None), fault, crash)

    def first_at(self, *stages: str) -> ScheduleOverride | None:
        return next((one for one in map(fresh, self.overrides) if one.stage in stages), None)

    def carry(self, ask: Callable[[], Job], fault: str, crash: str) -> None:
        # Nothing leaves for an employee of whom an outcome is unknown.
        self.know_outcomes()
        before = self.others()
        self.lucca.journal.clear()
        job = ask()
        if fault:
            kind, when = fault.split()
            for method in ("PUT", "POST", "DELETE"):
                self.lucca.add_fault(kind, when=when, method=method)
        with dying(crash, self.patch):
            carry(job)
        self.lucca.clear_faults()
        find_what_was_left()
        job.refresh_from_db()
        if job.state not in SETTLED:
            carry(job)
        sent = [e for e in self.lucca.log() if e["method"] != "GET"]
        purposes = job.attempts.values_list("purpose", flat=True).distinct().count()
        assert len(sent) <= purposes, "written twice"
        assert self.others() == before, "lost or changed"

    def foreign(self, part: str) -> None:
        newer = self.account.schedule_model == "arrangements"
        taken = [
            one
            for one in standing(self.lucca, HOURS, self.day)
            if one.get("position") in ("fullDay", f"{part}Half")
            or one.get("isAm") is (part == "first")
        ]
        if not taken:
            foreign(self.lucca, HOURS, part, self.day, **({"comment": "theirs"} if newer else {}))

    def foreign_gone(self) -> None:
        for one in standing(self.lucca, HOURS, self.day):
            if one.get("comment") == "theirs":
                self.lucca.change_state({"overrides": [{"id": one["id"], "remove": True}]})
                return

    def know_outcomes(self) -> None:
        before = self.others()
        for override in self.overrides:
            settle_by_reading(fresh(override))
        assert self.others() == before

    def settle(self) -> None:
        self.know_outcomes()
        for override in map(fresh, self.overrides):
            assert override.stage not in ("applying", "withdrawing", "unknown")
            if override.stage in ("withdrawn", "failed", "blocked", "ready"):
                held = [one.get("comment") or "" for one in standing(self.lucca, HOURS, self.day)]
                assert not any(override.marker in comment for comment in held)


@pytest.mark.parametrize("model", ["arrangements", "workcycles"])
def test_nothing_of_others_is_lost_and_nothing_of_ours_written_twice(
    account: Account, lucca: Simulator, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    set_model(account, lucca, model)

    @settings(
        max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.lists(STEPS, min_size=3, max_size=9))
    def sequences(steps: list[tuple[Any, ...]]) -> None:
        world = World(account, lucca, monkeypatch)
        for name, *values in steps:
            getattr(world, name.replace(" ", "_"))(*values)
        world.settle()

    sequences()
