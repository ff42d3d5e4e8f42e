"""What the tests of overrides share: asking for a day, and carrying its jobs to their end."""

from datetime import date
from typing import Any

from portal.models import Account
from portal.simulator import Simulator
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.overrides.asked import Ask
from tests.conftest import carry

DAY = date(2031, 3, 3)
# In hours, of the clock, in days, in whole days only, without a schedule.
HOURS, CLOCK, DAYS, WHOLE, NOBODY = 812, 640, 501, 507, 672


def confirmed(account: Account, model: str = "arrangements") -> Account:
    """A person said which model it has."""
    Account.objects.filter(pk=account.pk).update(schedule_model=model)
    account.refresh_from_db()
    return account


def ask(employee: int = HOURS, part: str = "second", nature: str = "off", **more: Any) -> Ask:
    return Ask(employee, **{"day": DAY, "part": part, "nature": nature, **more})


def prepared(account: Account, one: Ask | None = None) -> ScheduleOverride:
    (made,) = services.ask_for(account, [one or ask()], by=None)
    return prepare(made)


def prepare(made: ScheduleOverride) -> ScheduleOverride:
    assert made.preparation is not None
    carry(made.preparation)
    return anew(made)


def applied(account: Account, one: Ask | None = None) -> ScheduleOverride:
    override = prepared(account, one)
    accepted = [question["slug"] for question in override.questions]
    carry(services.agree(override, accepted=accepted, by=None))
    return anew(override)


def anew(override: ScheduleOverride) -> ScheduleOverride:
    return ScheduleOverride.objects.get(pk=override.pk)


def held(lucca: Simulator, employee: int = HOURS, day: date = DAY) -> list[tuple[str, str]]:
    """(position, nature) of what Lucca holds of that day."""
    rows = lucca.state()["schedules"]["overrides"]
    return sorted(
        (row["position"], row["nature"])
        for row in rows
        if row["employeeId"] == employee and row["date"] == day.isoformat()
    )


def foreign(lucca: Simulator, employee: int = HOURS, **more: Any) -> None:
    """Somebody else's."""
    usual = {"position": "secondHalf", "nature": "off", "comment": "swap with #88"}
    lucca.change_state({"overrides": [{"employeeId": employee, "date": str(DAY), **usual, **more}]})
