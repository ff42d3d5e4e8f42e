"""Which arrangement an employee has, from when to when.

See developers.lucca.fr/api-reference/legacy/schedule/employee-assignments/. An assignment ends the
one in force on its eve, and is a change of the work contract: there is no way back.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from .arrangements import arrangements, is_absent
from .call import Call
from .exchange import Answer, Json, Refusal, json_answer
from .schedule_lists import invalid, numbers, schedule_list
from .state import State

FILTERS: dict[str, Callable[[Json], Any]] = {
    "employee.id": lambda one: one["employee"]["id"],
    "workingTimeArrangement.id": lambda one: one["workingTimeArrangement"]["id"],
    "employee.applicableEstablishment.id": lambda one: one["employee"]["establishmentId"],
}
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def list_assignments(call: Call) -> Answer:
    """GET /schedule/api/employee-assignments. A name that begins with - excludes."""
    found = is_absent(call)
    if found:
        return found
    rows = call.state.rows("select * from assignments order by id")
    visible = {number for number in call.state.users() if may_see(call, number)}
    held = arrangements(call.state)
    items = [_shown(call, row, held) for row in rows if row["employee_id"] in visible]
    for name, of in FILTERS.items():
        kept, excluded = numbers(call, name), numbers(call, f"-{name}")
        if kept is not None:
            items = [one for one in items if of(one) in kept]
        if excluded is not None:
            items = [one for one in items if of(one) not in excluded]
    return schedule_list(call, items)


def post_assignment(call: Call) -> Answer:
    """POST /schedule/api/employee-assignments. Not idempotent: asked twice, it is done twice."""
    call.rights.may_assign()
    if call.settings.schedule_model != "arrangements":
        raise Refusal(403, "The feature is not deployed.")
    employee, arrangement, starts = _asked(call)
    held = arrangements(call.state).get(arrangement)
    if held is None:
        raise invalid("workingTimeArrangementId", "is not known")
    if held["isArchived"] or not held["schedules"]:
        raise invalid("workingTimeArrangementId", "cannot be assigned")
    if not _has_contract(call, employee, starts):
        raise invalid("startsOn", "lies outside any contract")
    later = call.state.count(
        "select count(*) from assignments where employee_id = ? and starts_on >= ?",
        (employee, starts),
    )
    if later and call.settings.assignment_conflicts == "refused":
        raise invalid("startsOn", "is not after the last assignment")
    number = assign(call.state, employee, arrangement, starts)
    with call.state.change() as db:
        db.execute(
            "insert into amendments (employee_id, arrangement_id, starts_on) values (?, ?, ?)",
            (employee, arrangement, starts),
        )
    (row,) = call.state.rows("select * from assignments where id = ?", (number,))
    shown = _shown(call, row, arrangements(call.state))
    return json_answer(shown, call.settings.assignment_status)


def _asked(call: Call) -> tuple[int, int, str]:
    try:
        document = json.loads(call.request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal(400, "The body is no JSON object.")
    numbers_ = [document.get(name) for name in ("employeeId", "workingTimeArrangementId")]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in numbers_):
        raise invalid("employeeId, workingTimeArrangementId", "are required")
    starts = str(document.get("startsOn"))
    if not DAY.fullmatch(starts):
        raise invalid("startsOn", "must be a day")
    if not may_see(call, int(numbers_[0] or 0)):
        raise invalid("employeeId", "is not known")
    return int(numbers_[0] or 0), int(numbers_[1] or 0), starts


def may_see(call: Call, employee: int) -> bool:
    """Whether the key sees this employee, by the rules of the list of users."""
    user = call.state.users().get(employee)
    if user is None:
        return False
    if call.is_former(user["dtContractEnd"]):
        return call.rights.former_employees
    return call.rights.future_employees or user["dtContractStart"][:10] <= call.today


def in_contract(user: Json, day: str) -> bool:
    """Whether the employee has a contract on that day."""
    ends = (user["dtContractEnd"] or "9999-12-31")[:10]
    return bool(user["dtContractStart"][:10] <= day <= ends)


def _has_contract(call: Call, employee: int, day: str) -> bool:
    return in_contract(call.state.users()[employee], day)


def assign(
    state: State, employee: int, arrangement: int, starts: str, ends: str | None = None
) -> int:
    """A new assignment; the one in force ends on its eve."""
    eve = str(date.fromisoformat(starts) - timedelta(days=1))
    with state.change() as db:
        db.execute(
            "update assignments set ends_on = ? where employee_id = ? and starts_on < ?"
            " and (ends_on is null or ends_on >= ?)",
            (eve, employee, starts, starts),
        )
        made = db.execute(
            "insert into assignments (employee_id, arrangement_id, contract_id, starts_on, ends_on)"
            " values (?, ?, ?, ?, ?)",
            (employee, arrangement, 5000 + employee, starts, ends),
        )
    return int(made.lastrowid or 0)


def _shown(call: Call, row: sqlite3.Row, held: dict[int, Json]) -> Json:
    user = call.state.users().get(row["employee_id"], {})
    arrangement = held.get(row["arrangement_id"], {})
    return {
        "id": row["id"],
        "workContractId": row["contract_id"],
        "startsOn": row["starts_on"],
        "endsOn": row["ends_on"],
        "employee": {
            "id": row["employee_id"],
            "firstName": user.get("firstName"),
            "lastName": user.get("lastName"),
            "displayName": user.get("displayName"),
            "jobQualificationName": None,
            "employeeNumber": user.get("employeeNumber"),
            "establishmentId": user.get("legalEntityId"),
            "establishmentName": "Acme",
            "department": {"id": user.get("departmentId"), "name": "Department"},
        },
        "workingTimeArrangement": {
            "id": row["arrangement_id"],
            "name": arrangement.get("name"),
            "unit": arrangement.get("unit"),
        },
    }
