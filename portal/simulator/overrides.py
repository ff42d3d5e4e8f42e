"""Shift overrides: reading them, and what they are made of. Replacing them is override_put.

See developers.lucca.fr/api-reference/legacy/schedule/shift-overrides/list-shift-overrides.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from .arrangements import ArrangedDays, is_absent
from .assignments import may_see
from .call import Call
from .exchange import Answer, Json
from .schedule_days import POSITIONS, Layer
from .schedule_lists import in_range, invalid, numbers, schedule_list
from .spans import NOON, duration, moment, read_iso, read_moment
from .state import State
from .timesheets import APPROVED, PENDING

NATURES = ("worked", "off", "partTime", "weeklyRest")
COLLEAGUE = 501
MEANWHILE = "changed meanwhile"
SORTS: dict[str, tuple[str, bool]] = {
    "id": ("id", False),
    "-id": ("id", True),
    "startsat": ("startsAt", False),
    "+startsat": ("startsAt", False),
    "-startsat": ("startsAt", True),
}


def list_overrides(call: Call) -> Answer:
    """GET /schedule/api/shift-overrides."""
    found = is_absent(call)
    if found:
        return found
    query = call.request.query
    ids, employees = numbers(call, "id"), numbers(call, "employee.id")
    sort = query.get("sort", "startsAt").lower()
    if sort not in SORTS:
        raise invalid("sort", "must be id or startsAt")
    items = [
        shown
        for shown in (override_json(call, row) for row in _rows(call.state))
        if (ids is None or shown["id"] in ids)
        and (employees is None or shown["employee"]["id"] in employees)
        and all(test(shown) for test in _tests(query))
        and may_see(call, shown["employee"]["id"])
    ]
    name, descending = SORTS[sort]
    items.sort(key=lambda one: (one[name], one["id"]), reverse=descending)
    answer = schedule_list(call, items)
    if call.settings.foreign_override == "after_get" and employees and len(employees) == 1:
        day = query.get("startsAt.between", "")[:10]
        if day and ".." not in day:
            meddle(call, next(iter(employees)), day)
    return answer


def _tests(query: dict[str, str]) -> list[Callable[[Json], bool]]:
    def test(name: str) -> Callable[[Json], bool]:
        holds = in_range(f"{name}.between", query[f"{name}.between"])
        return lambda one: holds(one[name][:19])

    return [test(name) for name in ("startsAt", "endsAt") if f"{name}.between" in query]


def _rows(state: State) -> list[sqlite3.Row]:
    return state.rows("select * from overrides order by id")


def meddle(call: Call, employee: int, day: str) -> None:
    """A colleague overrides that day once: a half that is free, else the first that is not."""
    rows = rows_of_day(call.state, employee, day)
    base = ArrangedDays(call.state, [employee]).on(employee, day)
    if base is None or any(row["comment"] == MEANWHILE for row in rows):
        return
    taken = {row["position"] for row in rows}
    free = [one for one in ("firstHalf", "secondHalf") if not {one, "fullDay"} & taken]
    if free:
        row = {
            "employee_id": employee,
            "date": day,
            "position": free[-1],
            "minutes": 0,
            "starts": 0 if free[-1] == "firstHalf" else NOON,
            "nature": "off",
            "is_locked": False,
            "comment": MEANWHILE,
        }
        insert_override(call.state, row, COLLEAGUE, call.now.isoformat()[:19])
        return
    with call.state.change() as db:
        db.execute("update overrides set comment = ? where id = ?", (MEANWHILE, rows[0]["id"]))


def rows_of_day(state: State, employee: int, day: str) -> list[sqlite3.Row]:
    return state.rows(
        "select * from overrides where employee_id = ? and date = ? order by id", (employee, day)
    )


def insert_override(state: State, row: Json, author: int, now: str) -> int:
    with state.change() as db:
        made = db.execute(
            "insert into overrides (employee_id, date, position, starts, minutes, nature,"
            " is_locked, comment, created_at, created_by, updated_at, updated_by)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(row["employee_id"], row["date"], row["position"], row["starts"]),
                *(row["minutes"], row["nature"], row["is_locked"], row["comment"]),
                *(now, author, now, author),
            ),
        )
    return int(made.lastrowid or 0)


def is_locked(call: Call, row: sqlite3.Row) -> bool:
    """By hand, or because a submitted timesheet covers the day."""
    if row["is_locked"] or not call.settings.submitted_day_locks:
        return bool(row["is_locked"])
    submitted = call.state.count(
        "select count(*) from timesheets where owner_id = ? and starts_on <= ? and ends_on > ?"
        " and status in (?, ?)",
        (row["employee_id"], row["date"], row["date"], PENDING, APPROVED),
    )
    return bool(submitted)


def override_json(call: Call, row: sqlite3.Row) -> Json:
    """An override in the members of the reference page."""
    settings = call.settings
    base = ArrangedDays(call.state, [row["employee_id"]]).on(row["employee_id"], row["date"])
    unit = base.unit if base else "hour"
    mark = {"Z": "Z", "offset": "+02:00"}.get(settings.override_moments, "")
    return {
        "id": row["id"],
        "employee": {"id": row["employee_id"]},
        "position": row["position"],
        "startsAt": moment(row["date"], row["starts"]) + mark,
        "endsAt": moment(row["date"], row["starts"] + row["minutes"]) + mark,
        "duration": duration(row["minutes"], unit, settings.day_unit_iso),
        "workCycleUnit": unit,
        "nature": row["nature"],
        "isLocked": is_locked(call, row),
        "createdAt": row["created_at"] + "Z",
        "lastUpdatedAt": row["updated_at"] + "Z",
        "comment": row["comment"],
        "createdBy": {"id": row["created_by"]},
        "lastUpdatedBy": {"id": row["updated_by"]},
    }


def override_layers(
    state: State, owners: Iterable[int], first: str, last: str
) -> dict[tuple[int, str], list[Layer]]:
    """The overrides of these employees and days."""
    wanted = list(owners)
    marks = ",".join("?" * len(wanted))
    bases = ArrangedDays(state, wanted)
    layers: dict[tuple[int, str], list[Layer]] = {}
    for row in state.rows(
        f"select * from overrides where employee_id in ({marks}) and date between ? and ?",
        [*wanted, first, last],
    ):
        key = (row["employee_id"], row["date"])
        base = bases.on(*key)
        starts = row["starts"] if base and base.unit == "time" else None
        minutes = row["minutes"] if row["nature"] == "worked" else 0
        layers.setdefault(key, []).append(Layer(row["position"], starts, minutes, row["nature"]))
    return layers


def overrides_json(state: State) -> list[Json]:
    """All of them as the control pages show them."""
    return [
        {
            "id": row["id"],
            "employeeId": row["employee_id"],
            "date": row["date"],
            "position": row["position"],
            "startsAt": moment(row["date"], row["starts"]),
            "minutes": row["minutes"],
            "nature": row["nature"],
            "isLocked": bool(row["is_locked"]),
            "comment": row["comment"],
            "createdBy": row["created_by"],
        }
        for row in _rows(state)
    ]


COLUMNS = {"position": "position", "nature": "nature", "isLocked": "is_locked"}


def change_override(state: State, item: Json, now: str) -> None:
    """A colleague works in the screen: {"employeeId", "date", "position", "nature"}, with
    "duration" (ISO), "startsAt", "comment", "isLocked", "createdBy" where wanted. With "id" that
    one is changed, or taken away by "remove"."""
    values: dict[str, Any] = {
        column: item[name] for name, column in {**COLUMNS, "comment": "comment"}.items()
        if name in item
    }  # fmt: skip
    if "duration" in item:
        values["minutes"] = read_iso(item["duration"])
    if "startsAt" in item:
        at = read_moment(item["startsAt"])
        values["date"], values["starts"] = at or (None, None)
    if "id" in item:
        _change_held(state, item, values)
        return
    position = item.get("position", "fullDay")
    if position not in POSITIONS or item.get("nature") not in NATURES:
        raise ValueError("position or nature is not known")
    row = {
        "employee_id": item["employeeId"],
        "date": item["date"],
        "position": position,
        "starts": NOON if position == "secondHalf" else 0,
        "minutes": 0,
        "comment": None,
        "is_locked": False,
        **values,
    }
    insert_override(state, row, item.get("createdBy", COLLEAGUE), now)


def _change_held(state: State, item: Json, values: dict[str, Any]) -> None:
    with state.change() as db:
        if item.get("remove"):
            db.execute("delete from overrides where id = ?", (item["id"],))
        elif values:
            setters = ", ".join(f"{column} = ?" for column in values)
            db.execute(
                f"update overrides set {setters} where id = ?", (*values.values(), item["id"])
            )
