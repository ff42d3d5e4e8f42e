"""Assignments in a test: looked at, confirmed, carried in this process, and held against the
simulator."""

from datetime import date
from typing import Any

from portal.models import Account
from portal.simulator import Simulator
from schedules.assignments import services
from schedules.models import ArrangementAssignment
from tests.conftest import carry

DAY = date(2031, 7, 1)
# Inès, who has 7 (in hours); 9 is part-time, in hours too, and 8 is in days.
EMPLOYEE, PART_TIME, DAYS = 812, 9, 8
ASSIGNMENTS = "/schedule/api/employee-assignments"


def looked(
    account: Account, arrangement: int = PART_TIME, day: date = DAY, employee: int = EMPLOYEE
) -> ArrangementAssignment:
    row = services.look(account, employee, arrangement, day, by=None)
    carry(row.look)
    return again(row)


def again(row: ArrangementAssignment) -> ArrangementAssignment:
    """As the database has it now."""
    related = ("account", "look", "job__account", "again")
    return ArrangementAssignment.objects.select_related(*related).get(pk=row.pk)


def given(row: ArrangementAssignment) -> ArrangementAssignment:
    carry(services.confirm(row, by=None))
    return again(row)


def amendments(lucca: Simulator) -> list[Any]:
    return list(lucca.state()["schedules"]["amendments"])


def posts(lucca: Simulator) -> list[dict[str, Any]]:
    """Requests to assign that left and were not answered 429."""
    return [
        entry
        for entry in lucca.log()
        if entry["method"] == "POST" and entry["path"] == ASSIGNMENTS and entry["status"] != 429
    ]


def planned(lucca: Simulator, employee: int, arrangement: int, starts: str) -> None:
    """Somebody assigns in Lucca's own screen."""
    item = {"employeeId": employee, "arrangementId": arrangement, "startsOn": starts}
    lucca.change_state({"assignments": [item]})
