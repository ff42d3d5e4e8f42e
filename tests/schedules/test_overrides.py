"""One-day overrides through the simulator: asked, read, agreed to, written, taken back."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from portal.jobs.moves import JobState
from portal.models import Account
from portal.simulator import Simulator
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.overrides.asked import Ask
from schedules.refusals import Refusal
from tests.conftest import carry

pytestmark = [pytest.mark.database, pytest.mark.django_db]

# A Monday, far from what the simulator's seed put around today.
DAY = date(2031, 3, 3)
HOURS, DAYS, CLOCK, WHOLE = 812, 501, 640, 507
Prepare = Callable[..., ScheduleOverride]


@pytest.fixture(params=["arrangements", "workcycles"])
def model(request: Any, account: Account, lucca: Simulator) -> str:
    return set_model(account, lucca, request.param)


def set_model(account: Account, lucca: Simulator, model: str) -> str:
    lucca.configure(schedule_model=model)
    account.schedule_model = model
    account.save()
    return model


@pytest.fixture
def prepare(account: Account) -> Prepare:
    def prepared(
        employee: int = HOURS, part: str = "first", nature: str = "off", **more: Any
    ) -> Any:
        ask = Ask(employee, more.pop("day", DAY), part, nature, **more)
        (override,) = services.ask_for(account, [ask], by=None)
        assert override.preparation is not None
        assert carry(override.preparation).state == JobState.SUCCEEDED
        return fresh(override)

    return prepared


def fresh(override: ScheduleOverride) -> ScheduleOverride:
    return ScheduleOverride.objects.select_related("account", "job", "withdrawal", "look").get(
        pk=override.pk
    )


def apply(override: ScheduleOverride, *accepted: str) -> ScheduleOverride:
    carry(services.agree(override, accepted=accepted, by=None))
    return fresh(override)


def standing(lucca: Simulator, employee: int, day: date = DAY) -> list[dict[str, Any]]:
    """Overrides or live exceptions of the day, as the simulator holds them."""
    held = lucca.state()["schedules"]
    found = [
        one
        for one in held["overrides"]
        if one["employeeId"] == employee and one["date"] == str(day)
    ]
    return found + [
        one
        for one in held["exceptions"]
        if one["ownerId"] == employee and one["date"] == str(day) and not one["deletedAt"]
    ]


def slugs(override: ScheduleOverride) -> list[str]:
    return [one["slug"] for one in override.findings]


def test_half_a_day_off_is_written_verified_and_taken_back(
    model: str, prepare: Prepare, lucca: Simulator, account: Account
) -> None:
    from schedules.units import set_unit

    set_unit(account, [HOURS], "hour", by=None)
    override = prepare(part="second")
    assert (override.stage, slugs(override)) == ("ready", [])
    assert override.expected == {"theoretical": 240, "halves": {"first": 240, "second": 0}}
    applied = apply(override)
    assert (applied.stage, applied.job and applied.job.message) == ("verified", "")
    assert applied.after is not None and applied.after["theoretical"] == 240
    assert len(standing(lucca, HOURS)) == 1
    carry(services.withdraw(applied, by=None))
    assert fresh(applied).stage == "withdrawn"
    assert standing(lucca, HOURS) == []


def test_nothing_is_asked_before_a_person_has_confirmed_the_model(account: Account) -> None:
    with pytest.raises(Refusal, match="confirmed"):
        services.ask_for(account, [Ask(HOURS, DAY, "first", "off")], by=None)
