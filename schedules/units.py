"""What an employee's time is counted in on a day: days, hours, or hours of the clock.

Lucca's days do not say it, so that 12:00 may be twelve hours or half a day. With arrangements it is
the unit of the one that is assigned that day. With work cycles no page says how it is had: the
exceptions that exist have one, else somebody sets it for the employee. It is never guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from portal.audit import record
from portal.models import Account
from schedules.models import EmployeeUnits, UnitSetting

ASSIGNMENT, EXCEPTIONS, SETTING = "assignment", "exceptions", "setting"
_Model = Account.ScheduleModel


@dataclass(frozen=True)
class Unit:
    """`found` is day, hour or time, or another word of Lucca's; empty where a person has to be
    asked. `where` says whence: assignment, exceptions or setting."""

    found: str = ""
    where: str = ""


@dataclass(frozen=True)
class KnownUnits:
    """All that is known about one employee."""

    model: str
    read: EmployeeUnits | None
    setting: str

    def period(self, day: date) -> dict[str, Any] | None:
        """The assignment that covers this day, as it was read."""
        found = self.read.on(day) if self.read else None
        return found if found and found["starts"] is not None else None

    def on(self, day: date) -> Unit:
        periods = self.read.periods if self.read else []
        assigned = any(one["starts"] is not None for one in periods)
        if self.model == _Model.ARRANGEMENTS or (assigned and self.model == _Model.AUTO):
            period = self.period(day)
            unit = str(period["unit"]) if period else ""
            return Unit(unit, ASSIGNMENT) if unit else Unit()
        # Those that were read are of one unit, or none is kept (schedules.calendar_job).
        unit = next((str(one["unit"]) for one in periods if one["starts"] is None), "")
        if unit:
            return Unit(unit, EXCEPTIONS)
        return Unit(self.setting, SETTING) if self.setting else Unit()


def unit_on(account: Account, employee: int, day: date) -> Unit:
    """By what was read last, without asking Lucca (EmployeeUnits.read_at says when)."""
    return known_units(account, [employee])[employee].on(day)


def known_units(account: Account, employees: Iterable[int]) -> dict[int, KnownUnits]:
    """For many, in two queries; everybody who is asked for has an entry."""
    wanted = list(employees)
    where = {"account": account, "host": account.host, "employee__in": wanted}
    read = {row.employee: row for row in EmployeeUnits.objects.filter(**where)}
    rows = UnitSetting.objects.filter(**where).values_list("employee", "unit")
    set_ = dict(rows)
    model = account.schedule_model
    return {one: KnownUnits(model, read.get(one), set_.get(one, "")) for one in wanted}


def set_unit(account: Account, employees: Iterable[int], unit: str, *, by: Any) -> int:
    """Say it for these employees; an empty unit takes it away. Gives how many it changed."""
    changed = 0
    with transaction.atomic():
        for employee in employees:
            row, _made = UnitSetting.objects.get_or_create(
                account=account, host=account.host, employee=employee
            )
            if row.unit == unit:
                continue
            before, row.unit, row.set_by = row.unit, unit, by
            row.save(update_fields=["unit", "set_by", "set_at"])
            values = {"employee": str(employee), "before": before, "after": unit}
            record("employee.unit_set", row, account=account.label, by=by, values=values)
            changed += 1
    return changed
