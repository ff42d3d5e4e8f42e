"""Schedules as the control pages show and change them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from .arrangements import arrangements
from .assignments import assign
from .exchange import Json
from .overrides import change_override, overrides_json
from .state import State
from .workcycle_exceptions import change_exception, exceptions_json
from .workcycles import workcycles


def schedules_json(state: State) -> Json:
    """Everything about schedules, under the names that a change uses."""
    return {
        "arrangements": list(arrangements(state).values()),
        "workCycles": list(workcycles(state).values()),
        "assignments": [
            {
                "id": row["id"],
                "employeeId": row["employee_id"],
                "arrangementId": row["arrangement_id"],
                "startsOn": row["starts_on"],
                "endsOn": row["ends_on"],
            }
            for row in state.rows("select * from assignments order by id")
        ],
        # Changes of work contracts, which only the API's assignments make here.
        "amendments": [
            {
                "employeeId": row["employee_id"],
                "arrangementId": row["arrangement_id"],
                "startsOn": row["starts_on"],
            }
            for row in state.rows("select * from amendments order by id")
        ],
        "userWorkCycles": [
            {
                "id": row["id"],
                "ownerId": row["owner_id"],
                "workCycleId": row["workcycle_id"],
                "startsOn": row["starts_on"],
                "endsOn": row["ends_on"],
            }
            for row in state.rows("select * from user_workcycles order by id")
        ],
        "overrides": overrides_json(state),
        "exceptions": exceptions_json(state),
        "holidays": [
            {"calendarId": row["calendar_id"], "date": row["date"], "position": row["position"]}
            for row in state.rows("select * from holidays order by date, calendar_id")
        ],
        "timeEntries": [
            {"ownerId": row["owner_id"], "date": row["date"], "half": row["half"]}
            | {"minutes": row["minutes"]}
            for row in state.rows("select * from time_entries order by date, owner_id")
        ],
    }


def change_schedules(state: State, piece: str, item: Json, now: datetime) -> None:
    """One change; BadChange, KeyError or ValueError where it cannot be made."""
    CHANGES[piece](state, item, now)


def _override(state: State, item: Json, now: datetime) -> None:
    change_override(state, item, now.isoformat()[:19])


def _exception(state: State, item: Json, now: datetime) -> None:
    change_exception(state, item, now.isoformat()[:19])


def _arrangement(state: State, item: Json, now: datetime) -> None:
    _put_document(state, "arrangements", item)


def _workcycle(state: State, item: Json, now: datetime) -> None:
    _put_document(state, "workcycles", item)


def _put_document(state: State, table: str, item: Json) -> None:
    """Members that are sent change those that are held; a new one needs all of them."""
    rows = state.rows(f"select doc from {table} where id = ?", (item["id"],))
    held = json.loads(rows[0]["doc"]) if rows else {}
    with state.change() as db:
        db.execute(f"delete from {table} where id = ?", (item["id"],))
        if not item.get("remove"):
            document = json.dumps({**held, **item}, ensure_ascii=False)
            db.execute(f"insert into {table} values (?, ?)", (item["id"], document))


def _assignment(state: State, item: Json, now: datetime) -> None:
    """{"employeeId", "arrangementId", "startsOn"}: assigned in the screen, ending the one before.
    {"id", "remove": true}; {"employeeId", "clear": true} takes all away."""
    with state.change() as db:
        if item.get("clear"):
            db.execute("delete from assignments where employee_id = ?", (item["employeeId"],))
        elif "id" in item:
            db.execute("delete from assignments where id = ?", (item["id"],))
        else:
            employee, arrangement = item["employeeId"], item["arrangementId"]
            assign(state, employee, arrangement, item["startsOn"], item.get("endsOn"))


def _period(state: State, item: Json, now: datetime) -> None:
    """{"ownerId", "workCycleId", "startsOn", "endsOn"}; {"ownerId", "clear": true}."""
    with state.change() as db:
        if item.get("clear"):
            db.execute("delete from user_workcycles where owner_id = ?", (item["ownerId"],))
        else:
            db.execute(
                "insert into user_workcycles (owner_id, workcycle_id, starts_on, ends_on)"
                " values (?, ?, ?, ?)",
                (item["ownerId"], item["workCycleId"], item["startsOn"], item["endsOn"]),
            )


def _holiday(state: State, item: Json, now: datetime) -> None:
    """{"calendarId", "date", "position"}: FullDay, FirstHalf or SecondHalf; "remove"."""
    key = (item["calendarId"], item["date"], item.get("position", "FullDay"))
    with state.change() as db:
        where = "calendar_id = ? and date = ? and position = ?"
        db.execute(f"delete from holidays where {where}", key)
        if not item.get("remove"):
            db.execute("insert into holidays values (?, ?, ?)", key)


def _time_entry(state: State, item: Json, now: datetime) -> None:
    """{"ownerId", "date", "half", "minutes"}: am or pm; no minutes take the half's entries away."""
    with state.change() as db:
        key = (item["ownerId"], item["date"], item["half"])
        db.execute("delete from time_entries where owner_id = ? and date = ? and half = ?", key)
        if item.get("minutes") is not None:
            db.execute("insert into time_entries values (?, ?, ?, ?)", (*key, item["minutes"]))


CHANGES: dict[str, Callable[[State, Json, datetime], None]] = {
    "arrangements": _arrangement,
    "workCycles": _workcycle,
    "assignments": _assignment,
    "userWorkCycles": _period,
    "overrides": _override,
    "exceptions": _exception,
    "holidays": _holiday,
    "timeEntries": _time_entry,
}
