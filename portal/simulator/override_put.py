"""Replacing the overrides of an employee in a range: what is not sent again is gone.

See developers.lucca.fr/api-reference/legacy/schedule/shift-overrides/replace-shift-overrides. There
is no version check: whoever sends last wins.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from .arrangements import ArrangedDays
from .assignments import may_see
from .call import Call
from .exchange import Answer, Json, Refusal, json_answer
from .overrides import NATURES, insert_override, is_locked, meddle, override_json
from .schedule_days import POSITIONS
from .schedule_lists import in_range, invalid, number
from .spans import DAY, PLURAL, moment, read_iso, read_moment
from .workcycle_exceptions import KEY_PRINCIPAL

MOST_COMMENT = 1000


def put_overrides(call: Call) -> Answer:
    """PUT /schedule/api/shift-overrides?employee.id=…&startsAt.between=…"""
    call.rights.may_write_schedules()
    if call.settings.schedule_model != "arrangements":
        raise Refusal(403, "The feature is not deployed.")
    query = call.request.query
    employee = number("employee.id", query.get("employee.id", ""))
    text = query.get("startsAt.between", "")
    within = in_range("startsAt.between", text)
    if not may_see(call, employee):
        raise Refusal(404, "Employee not found.")
    if call.settings.foreign_override == "before_put" and text[:10] != "..":
        meddle(call, employee, text[:10])
    wanted, errors = _read(call, employee, within)
    partial = call.settings.override_put == "partial"
    if errors and not partial:
        raise Refusal(400, "One or more validation errors occurred.", errors)
    items = _replace(call, employee, within, wanted)
    if errors:
        raise Refusal(400, "One or more validation errors occurred.", errors)
    return json_answer({"items": items})


def _replace(
    call: Call, employee: int, within: Callable[[str], bool], wanted: list[Json]
) -> list[Json]:
    there = [
        row
        for row in call.state.rows("select * from overrides where employee_id = ?", (employee,))
        if within(moment(row["date"], row["starts"]))
    ]
    locked = [row for row in there if is_locked(call, row)]
    if locked and call.settings.locked_overrides == "refused":
        raise invalid("startsAt.between", "has locked overrides")
    kept = {row["id"] for row in locked}
    taken = {(row["date"], row["position"]) for row in locked}
    with call.state.change() as db:
        for row in there:
            if row["id"] not in kept:
                db.execute("delete from overrides where id = ?", (row["id"],))
        for one in wanted:
            if (one["date"], one["position"]) not in taken:
                kept.add(_insert(call, one, there))
    rows = call.state.rows("select * from overrides order by id")
    return [override_json(call, row) for row in rows if row["id"] in kept]


def _insert(call: Call, one: Json, there: list[sqlite3.Row]) -> int:
    """A new row with a new author, also for what was sent again; by switch it is its old self."""
    made = insert_override(call.state, one, KEY_PRINCIPAL, call.now.isoformat()[:19])
    twins = [row for row in there if all(row[name] == one[name] for name in one)]
    if call.settings.override_identity == "new" or not twins:
        return made
    was = twins[0]
    with call.state.change() as db:
        db.execute(
            "update overrides set id = ?, created_at = ?, created_by = ?, updated_at = ?,"
            " updated_by = ? where id = ?",
            (
                *(was["id"], was["created_at"], was["created_by"]),
                *(was["updated_at"], was["updated_by"], made),
            ),
        )
    return int(was["id"])


def _read(
    call: Call, employee: int, within: Callable[[str], bool]
) -> tuple[list[Json], dict[str, list[str]]]:
    """The rows that are asked for, and what is wrong with the others, by their place."""
    try:
        body = json.loads(call.request.body)
    except ValueError:
        body = None
    if not isinstance(body, list):
        raise Refusal(400, "The body is no JSON array.")
    bases = ArrangedDays(call.state, [employee])
    rows: list[Json] = []
    errors: dict[str, list[str]] = {}
    for place, item in enumerate(body):
        try:
            row = _row(call, item, employee, within, bases)
            _alone(rows, row)
        except _WrongError as wrong:
            errors[f"$[{place}]{wrong.member}"] = [wrong.said]
            if wrong.status != 400:
                raise Refusal(wrong.status, "Validation failed.", errors) from None
        else:
            rows.append(row)
    return rows, errors


class _WrongError(Exception):
    def __init__(self, member: str, said: str, status: int = 400) -> None:
        super().__init__(said)
        self.member, self.said, self.status = member, said, status


def _row(
    call: Call, item: Any, employee: int, within: Callable[[str], bool], bases: ArrangedDays
) -> Json:
    if not isinstance(item, dict):
        raise _WrongError("", "No JSON object.")
    position, nature, comment = item.get("position"), item.get("nature"), item.get("comment")
    at, length = read_moment(item.get("startsAt")), item.get("duration")
    if item.get("employeeId") != employee:
        raise _WrongError(".EmployeeId", "Another employee than that of the request.")
    if position not in POSITIONS:
        raise _WrongError(".Position", "Not known.")
    if nature not in NATURES:
        raise _WrongError(".Nature", "Not known.")
    if at is None or not within(str(item["startsAt"])):
        raise _WrongError(".StartsAt", "Outside the range, or with an offset.")
    if comment is not None and (not isinstance(comment, str) or len(comment) > MOST_COMMENT):
        raise _WrongError(".Comment", "Too long.")
    base = bases.on(employee, at[0])
    if base is None:
        raise _WrongError(".StartsAt", "The employee has no schedule on that day.")
    if position != "fullDay" and not base.splits and call.settings.halves_on_unsplit == "refused":
        raise _WrongError(".Position", "The schedule does not split days.")
    if not isinstance(length, dict) or length.get("unit") != PLURAL[base.unit]:
        status = call.settings.schedule_unit_mismatch
        raise _WrongError(".Duration.Unit", "Not the unit of the schedule.", status)
    minutes = read_iso(length.get("iso"))
    if minutes is None or minutes > DAY:
        raise _WrongError(".Duration.Iso", "Cannot be read.")
    return {
        "employee_id": employee,
        "date": at[0],
        "position": position,
        "starts": at[1],
        "minutes": minutes,
        "nature": nature,
        "is_locked": False,
        "comment": comment,
    }


def _alone(rows: list[Json], row: Json) -> None:
    same_day = {one["position"] for one in rows if one["date"] == row["date"]}
    if row["position"] in same_day or (same_day and "fullDay" in {*same_day, row["position"]}):
        raise _WrongError(".Position", "The same part of the day twice.")
