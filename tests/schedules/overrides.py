"""Overrides in tests: asked for, carried out, and what the simulator holds of a day."""

from datetime import date
from typing import Any

from portal.jobs.moves import JobState
from portal.models import Account
from portal.simulator import Simulator
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.overrides.asked import Ask
from schedules.units import set_unit
from tests.conftest import carry

# A Monday, far from what the simulator's seed put around today.
DAY = date(2031, 3, 3)
HOURS, DAYS, CLOCK, WHOLE, PART_TIME = 812, 501, 640, 507, 504
UNITS = {HOURS: "hour", DAYS: "day", CLOCK: "time", WHOLE: "day", PART_TIME: "hour"}


def set_model(account: Account, lucca: Simulator, model: str) -> str:
    """A confirmed model, on both sides; with work cycles, the units of those who are here."""
    lucca.configure(schedule_model=model)
    account.schedule_model = model
    account.save()
    if model == "workcycles":
        for employee, unit in UNITS.items():
            set_unit(account, [employee], unit, by=None)
    return model


def prepared(
    account: Account,
    employee: int = HOURS,
    part: str = "first",
    nature: str = "off",
    day: date = DAY,
    **more: Any,
) -> ScheduleOverride:
    ask = Ask(employee, day, part, nature, **more)
    (override,) = services.ask_for(account, [ask], by=None)
    assert override.preparation is not None
    assert carry(override.preparation).state == JobState.SUCCEEDED
    return fresh(override)


def fresh(override: ScheduleOverride) -> ScheduleOverride:
    related = ("account", "preparation", "job__account", "withdrawal__account", "look")
    return ScheduleOverride.objects.select_related(*related).get(pk=override.pk)


def applied(override: ScheduleOverride, *accepted: str) -> ScheduleOverride:
    carry(services.agree(override, accepted=accepted, by=None))
    return fresh(override)


def withdrawn(override: ScheduleOverride) -> ScheduleOverride:
    carry(services.withdraw(override, by=None))
    return fresh(override)


def standing(lucca: Simulator, employee: int, day: date = DAY) -> list[dict[str, Any]]:
    """Overrides or live exceptions of the day, as the simulator holds them."""
    held = lucca.state()["schedules"]
    overrides = [one for one in held["overrides"] if one["employeeId"] == employee]
    exceptions = [one for one in held["exceptions"] if one["ownerId"] == employee]
    return [one for one in overrides if one["date"] == str(day)] + [
        one for one in exceptions if one["date"] == str(day) and not one["deletedAt"]
    ]


def foreign(lucca: Simulator, employee: int, part: str, day: date = DAY, **more: Any) -> None:
    """A colleague changes half a day in Lucca's screen: off, unless said otherwise."""
    if lucca.settings.schedule_model == "arrangements":
        position = {"first": "firstHalf", "second": "secondHalf", "full": "fullDay"}[part]
        item = {
            "employeeId": employee,
            "position": position,
            "date": str(day),
            "nature": "off",
            **more,
        }
        lucca.change_state({"overrides": [item]})
    else:
        item = {
            "ownerId": employee,
            "date": str(day),
            "isAm": part == "first",
            "duration": "00:00:00",
            "unit": UNITS[employee],
            **more,
        }
        lucca.change_state({"exceptions": [item]})


def writes(lucca: Simulator) -> list[str]:
    """The requests that change schedules, as they arrived."""
    return [
        f"{entry['method']} {entry['path']}"
        for entry in lucca.log()
        if entry["method"] != "GET" and ("shift-overrides" in entry["path"]
                                         or "xceptions" in entry["path"])
    ]  # fmt: skip


def slugs(override: ScheduleOverride) -> list[str]:
    return [one["slug"] for one in override.findings]
