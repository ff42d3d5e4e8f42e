"""SIGKILL at every commit of an override and of its withdrawal, just before it and just after it.

Whatever the moment: no request leaves twice, what others changed stays, nothing is left moving, and
in the end it is known what Lucca holds.
"""

from datetime import timedelta
from typing import Any

import pytest

from portal.jobs.models import Job
from portal.jobs.moves import SETTLED
from portal.models import Account
from portal.simulator import Simulator
from schedules.models import ScheduleOverride
from schedules.overrides import services
from tests.conftest import carry
from tests.imports.test_killed import _Death, find_what_was_left, in_a_child
from tests.schedules.overrides import (
    DAY,
    HOURS,
    applied,
    foreign,
    fresh,
    prepared,
    set_model,
    standing,
    withdrawn,
    writes,
)
from tests.schedules.test_override_faults import content, settle_by_reading

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
MOST_WRITES = 60


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("model", ["arrangements", "workcycles"])
def test_killed_while_it_is_applied(
    account: Account, lucca: Simulator, model: str, when: str
) -> None:
    set_model(account, lucca, model)

    def work(day: Any) -> None:
        applied(prepared(account, day=day))

    def go_on(override: ScheduleOverride) -> None:
        if override.preparation and override.preparation.state not in SETTLED:
            carry(override.preparation)
        if fresh(override).stage == "ready":
            services.agree(fresh(override), by=None)
        job = fresh(override).job
        if job is not None and job.state not in SETTLED:
            carry(job)

    died = walk(account, lucca, when, work, go_on, lambda stage: stage in ("verified", "failed"))
    assert died > 8


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("model", ["arrangements", "workcycles"])
def test_killed_while_it_is_taken_back(
    account: Account, lucca: Simulator, model: str, when: str
) -> None:
    set_model(account, lucca, model)

    def work(day: Any) -> None:
        withdrawn(fresh(ScheduleOverride.objects.get(day=day)))

    def go_on(override: ScheduleOverride) -> None:
        if override.stage == "verified":
            services.withdraw(override, by=None)
        job = fresh(override).withdrawal
        if job is not None and job.state not in SETTLED:
            carry(job)

    died = walk(
        account, lucca, when, work, go_on,
        lambda stage: stage in ("withdrawn", "verified"), before=lambda day:
        applied(prepared(account, day=day)),
    )  # fmt: skip
    assert died > 4


def walk(
    account: Account,
    lucca: Simulator,
    when: str,
    work: Any,
    go_on: Any,
    ends_well: Any,
    before: Any = lambda day: None,
) -> int:
    """Each death has a day of its own; ends with the first that is survived. How many died."""
    for at in range(1, MOST_WRITES):
        day = DAY + timedelta(days=7 * at)
        foreign(lucca, HOURS, "second", day)
        others = standing(lucca, HOURS, day)
        before(day)
        lucca.journal.clear()
        survived = in_a_child(lambda day=day: work(day), _Death(at, when))
        find_what_was_left()
        override = ScheduleOverride.objects.filter(day=day).first()
        if override is not None:
            go_on(fresh(override))
            settle_by_reading(override)
            override = fresh(override)
            assert len(writes(lucca)) <= 1, at
            assert ends_well(override.stage), (at, override.stage)
            there = len(standing(lucca, HOURS, day)) > len(others)
            assert there == (override.stage == "verified"), (at, override.stage)
        held = [content(one) for one in standing(lucca, HOURS, day)]
        assert all(content(other) in held for other in others), at
        assert not Job.objects.exclude(state__in=SETTLED).exists(), at
        if survived:
            return at - 1
    raise AssertionError("it has more writes than are walked")
