"""The tenant's content as one JSON document, and changes to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .clock import stamp
from .exchange import Json
from .exports import change_export, exports_json
from .imports import imports_json
from .keys import add_key, all_keys, remove_key
from .office import row_json
from .schedule_pieces import CHANGES, change_schedules, schedules_json
from .settings import Settings
from .state import EFFECTIVE, State
from .timesheet_reports import change_report, report_posts, reports_json, templates_json
from .timesheets import timesheets_json

NEW_USER: Json = {
    "mail": None,
    "employeeNumber": None,
    "dtContractStart": "2020-01-01T00:00:00",
    "dtContractEnd": None,
    "birthDate": None,
    "departmentId": None,
    "legalEntityId": None,
    "managerId": None,
    "cultureId": None,
    "calendarId": None,
    "rolePrincipalId": None,
}

NEW_LOCATION: Json = {"type": "Office", "isActive": True, "office": None}

NEW_ENTRY: Json = {"position": "FullDay", "status": "Confirmed", "areaId": None}

ENTRY_COLUMNS = {
    "ownerId": "owner_id",
    "workLocationId": "work_location_id",
    "date": "date",
    "position": "position",
    "status": "status",
    "areaId": "area_id",
    "createdAt": "created_at",
    "deletedAt": "deleted_at",
    "comment": "comment",
}

PIECES = (
    *("users", "workLocations", "userLocations", "leaves", "keys", "exports", "timesheets"),
    "reports",
    *CHANGES,
)


class BadChange(ValueError):
    """A change to the tenant that cannot be made."""


def state_json(state: State, settings: Settings, now: datetime) -> Json:
    """Everything, with logins and names beside ids so that a test reads well."""
    rows = [_entry_json(state, row) for row in state.rows("select * from user_locations")]
    return {
        "now": now.isoformat(),
        "users": list(state.users().values()),
        "workLocations": list(state.locations().values()),
        "userLocations": {
            "effective": [row for row in rows if row["status"] in EFFECTIVE],
            "deleted": [row for row in rows if row["status"] not in EFFECTIVE],
        },
        "leaves": [
            {"ownerId": row["owner_id"], "date": row["date"], "position": row["position"]}
            for row in state.rows("select * from leaves order by date, owner_id")
        ],
        "imports": imports_json(state, settings, now),
        "exports": exports_json(state, now),
        "timesheets": timesheets_json(state),
        "reportTemplates": templates_json(state),
        "reports": reports_json(state),
        "reportPosts": report_posts(state),
        "schedules": schedules_json(state),
        "keys": all_keys(state),
    }


def _entry_json(state: State, row: Any) -> Json:
    owner = state.users().get(row["owner_id"], {})
    place = state.locations().get(row["work_location_id"], {})
    names = {"login": owner.get("login"), "workLocationName": place.get("name")}
    return {**row_json(row), "comment": row["comment"], **names}


def change_state(state: State, pieces: Mapping[str, Any], now: datetime) -> None:
    """Apply lists of pieces, all or none.

    An item with a known id changes that one, any other is added; {"id": 7, "remove": true} takes
    one away. Leaves are named by ownerId, date and position, keys by key.
    """
    unknown = set(pieces) - set(PIECES)
    if unknown:
        raise BadChange(f"There is nothing called {sorted(unknown)[0]} to change.")
    with state.change():
        for item in pieces.get("users", []):
            _change_document(state, "users", item, now)
        for item in pieces.get("workLocations", []):
            _change_document(state, "work_locations", item, now)
        for item in pieces.get("userLocations", []):
            _change_entry(state, item, now)
        for item in pieces.get("leaves", []):
            _change_leave(state, item)
        for item in pieces.get("keys", []):
            _change_key(state, item)
        for item in pieces.get("exports", []):
            change_export(state, item, now)
        for item in pieces.get("timesheets", []):
            _change_timesheet(state, item)
        for item in pieces.get("reports", []):
            change_report(state, item)
        for piece in CHANGES:
            for item in pieces.get(piece, []):
                change_schedules(state, piece, item, now)


def _change_document(state: State, table: str, item: Json, now: datetime) -> None:
    held = state.users() if table == "users" else state.locations()
    number = item.get("id") or max(held, default=0) + 1
    if item.get("remove"):
        state.remove_document(table, number)
        return
    if number in held:
        start = held[number]
    else:
        start = _new_user(item) if table == "users" else dict(NEW_LOCATION)
    document = {**start, **item, "id": number}
    if table == "users":
        document = {**document, **_user_names(document), "modifiedAt": stamp(now)[:-1]}
    elif "name" not in document:
        raise BadChange("A work location needs a name.")
    state.put_documents(table, [document])


def _new_user(item: Json) -> Json:
    if "login" not in item:
        raise BadChange("A user needs a login.")
    login = item["login"]
    return {**NEW_USER, "login": login, "firstName": login.title(), "lastName": "NEW"}


def _user_names(document: Json) -> Json:
    name = f"{document['firstName']} {document['lastName']}"
    return {"name": name, "displayName": name}


def _change_entry(state: State, item: Json, now: datetime) -> None:
    columns = {ENTRY_COLUMNS[key]: item[key] for key in item if key in ENTRY_COLUMNS}
    number = item.get("id")
    with state.change() as db:
        if item.get("remove"):
            db.execute("delete from user_locations where id = ?", (number,))
        elif number and state.rows("select 1 from user_locations where id = ?", (number,)):
            setters = ", ".join(f"{column} = ?" for column in columns)
            values = (*columns.values(), number)
            db.execute(f"update user_locations set {setters} where id = ?", values)
        else:
            defaults = {ENTRY_COLUMNS[key]: value for key, value in NEW_ENTRY.items()}
            row = {**defaults, "created_at": stamp(now), **columns, "id": number}
            marks = ", ".join("?" * len(row))
            names = ", ".join(row)
            db.execute(f"insert into user_locations ({names}) values ({marks})", (*row.values(),))


def _change_leave(state: State, item: Json) -> None:
    key = (item["ownerId"], item["date"], item.get("position", "FullDay"))
    with state.change() as db:
        db.execute("delete from leaves where owner_id = ? and date = ? and position = ?", key)
        if not item.get("remove"):
            db.execute("insert into leaves values (?, ?, ?)", key)


def _change_timesheet(state: State, item: Json) -> None:
    with state.change() as db:
        if "id" in item:
            values = (item["status"], item["id"])
            db.execute("update timesheets set status = ? where id = ?", values)
        else:
            db.execute(
                "insert into timesheets (owner_id, starts_on, ends_on, status) values (?, ?, ?, ?)",
                (item["ownerId"], item["startsOn"], item["endsOn"], item["status"]),
            )


def _change_key(state: State, item: Json) -> None:
    rights = {name: value for name, value in item.items() if name not in ("key", "remove")}
    if item.get("remove"):
        remove_key(state, item["key"])
    else:
        add_key(state, item["key"], rights)
