"""Exceptions of work cycles: one per employee and half-day, replacing its planned time.

See developers.lucca.fr/api-reference/legacy/schedule/workcycle-exceptions/. A POST on a half-day
that has one changes that one, whoever made it; a DELETE only marks it. Both take back the approval
of a timesheet that covers the day.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from .assignments import may_see
from .call import Call
from .clock import stamp
from .envelope import envelope
from .exchange import Answer, Json, Refusal
from .lists import v3_list
from .schedule_days import Layer
from .spans import DAY, NOON, moment, read_moment, read_span, span
from .state import State
from .timesheets import NOT_SUBMITTED
from .workcycles import UNITS, CycleDays

PROPERTIES = (
    *("id", "name", "url", "ownerId", "owner", "isAm", "unit", "startsAt", "endsAt", "duration"),
    *("durationInMinutes", "authorId", "createdAt", "modifierId", "modifiedAt"),
    *("deletedById", "deletedAt"),
)
DEFAULT_FIELDS = "id,ownerId,isAm,startsAt,duration,unit,createdAt,modifiedAt,deletedAt"
WORDS = {number: word for word, number in UNITS.items()}
# The principal of the API key.
KEY_PRINCIPAL = 9001


def list_exceptions(call: Call) -> Answer:
    """GET /api/v3/workcycleExceptions. Deleted ones too, where deletedAt is not sent."""
    call.rights.may_read_schedules()
    rows = call.state.rows("select * from exceptions order by id")
    sent = any(name.lower() == "deletedat" for name, _value in call.request.parameters)
    if not sent and call.settings.exceptions_listed == "live":
        rows = [row for row in rows if row["deleted_at"] is None]
    listed = [_shown(call, row) for row in rows if may_see(call, row["owner_id"])]
    return v3_list(call, listed, PROPERTIES, DEFAULT_FIELDS)


def get_exception(call: Call, number: str) -> Answer:
    """GET /api/v3/workcycleExceptions/{id}: deleted ones stay readable."""
    call.rights.may_read_schedules()
    return envelope(call, _shown(call, _find(call, number)))


def post_exception(call: Call) -> Answer:
    """POST /api/v3/workcycleExceptions: creates, or changes what is there."""
    _may_write(call)
    asked = _asked(call)
    number = put_exception(call.state, asked, KEY_PRINCIPAL, stamp(call.now)[:-1])
    _take_back_approval(call.state, asked["owner_id"], asked["date"])
    return envelope(call, _shown(call, _find(call, str(number))))


def delete_exception(call: Call, number: str) -> Answer:
    """DELETE /api/v3/workcycleExceptions/{id}: it stays listed, with the moment."""
    _may_write(call)
    row = _find(call, number)
    if row["deleted_at"] is None:
        mark_deleted(call.state, row["id"], KEY_PRINCIPAL, stamp(call.now)[:-1])
        _take_back_approval(call.state, row["owner_id"], row["date"])
    return envelope(call, _shown(call, _find(call, number)))


def _may_write(call: Call) -> None:
    call.rights.may_write_schedules()
    if call.settings.schedule_model != "workcycles":
        raise Refusal(403, "This tenant has working time arrangements.")


def _find(call: Call, number: str) -> sqlite3.Row:
    rows = call.state.rows("select * from exceptions where id = ?", (number,))
    if not rows or not may_see(call, rows[0]["owner_id"]):
        raise Refusal(404, "Exception not found.")
    return rows[0]


def _asked(call: Call) -> Json:
    """The row that a POST asks for, or the 400 or 404 that it gets."""
    try:
        document = json.loads(call.request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal(400, "The body is no JSON object.")
    asked = {name.lower(): value for name, value in document.items()}
    owner, is_am, unit = asked.get("ownerid"), asked.get("isam"), asked.get("unit")
    at, minutes = read_moment(asked.get("startsat")), read_span(asked.get("duration"))
    if isinstance(owner, bool) or not isinstance(owner, int) or not isinstance(is_am, bool):
        raise Refusal(400, "ownerId and isAm are required.")
    if at is None or minutes is None or minutes > DAY:
        raise Refusal(400, "startsAt or duration cannot be read.")
    if not may_see(call, owner):
        raise Refusal(404, "Owner not found.")
    _fits(call, owner, at, unit, is_am=is_am)
    return {
        "owner_id": owner,
        "date": at[0],
        "is_am": is_am,
        "starts": at[1],
        "minutes": minutes,
        "unit": unit,
    }


def _fits(call: Call, owner: int, at: tuple[str, int], unit: Any, *, is_am: bool) -> None:
    """In the unit of the cycle in force; only the unit of times has starts of its own."""
    base = CycleDays(call.state, [owner]).on(owner, at[0])
    if base is None:
        raise Refusal(400, "The owner has no work cycle on that day.")
    if unit != UNITS[base.unit] or isinstance(unit, bool):
        raise Refusal(call.settings.schedule_unit_mismatch, "The unit is not that of the cycle.")
    if base.unit != "time" and at[1] != (0 if is_am else NOON):
        raise Refusal(400, "startsAt must be 00:00 or 12:00.")


def put_exception(state: State, asked: Json, author: int, now: str) -> int:
    """Add an exception, or change the live one of that half-day, which keeps id and author."""
    found = state.rows(
        "select id from exceptions where owner_id = ? and date = ? and is_am = ?"
        " and deleted_at is null",
        (asked["owner_id"], asked["date"], asked["is_am"]),
    )
    with state.change() as db:
        if found:
            db.execute(
                "update exceptions set starts = ?, minutes = ?, unit = ?, modifier_id = ?,"
                " modified_at = ? where id = ?",
                (asked["starts"], asked["minutes"], asked["unit"], author, now, found[0]["id"]),
            )
            return int(found[0]["id"])
        made = db.execute(
            "insert into exceptions (owner_id, date, is_am, starts, minutes, unit, author_id,"
            " created_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (*asked.values(), author, now),
        )
    return int(made.lastrowid or 0)


def mark_deleted(state: State, number: int, by: int, now: str) -> None:
    with state.change() as db:
        db.execute(
            "update exceptions set deleted_by = ?, deleted_at = ? where id = ?", (by, now, number)
        )


def _take_back_approval(state: State, owner: int, day: str) -> None:
    with state.change() as db:
        db.execute(
            "update timesheets set status = ? where owner_id = ? and starts_on <= ?"
            " and ends_on > ?",
            (NOT_SUBMITTED, owner, day, day),
        )


def exception_layers(
    state: State, owners: Iterable[int], first: str, last: str
) -> dict[tuple[int, str], list[Layer]]:
    """The live exceptions of these employees and days."""
    wanted = list(owners)
    marks = ",".join("?" * len(wanted))
    layers: dict[tuple[int, str], list[Layer]] = {}
    for row in state.rows(
        f"select * from exceptions where owner_id in ({marks}) and date between ? and ?"
        " and deleted_at is null",
        [*wanted, first, last],
    ):
        starts = row["starts"] if row["unit"] == UNITS["time"] else None
        position = "firstHalf" if row["is_am"] else "secondHalf"
        layer = Layer(position, starts, row["minutes"], None)
        layers.setdefault((row["owner_id"], row["date"]), []).append(layer)
    return layers


def _shown(call: Call, row: sqlite3.Row) -> Json:
    number, owner = row["id"], call.state.users().get(row["owner_id"], {})
    word = call.settings.exception_unit == "word"
    person = {
        "id": row["owner_id"],
        "name": owner.get("name"),
        "url": f"http://acme.ilucca.net/api/v3/users/{row['owner_id']}",
        "firstName": owner.get("firstName"),
        "lastName": owner.get("lastName"),
    }
    return {
        "id": number,
        "name": f"Exception {number}",
        "url": f"http://acme.ilucca.net/api/v3/workcycleExceptions/{number}",
        "ownerId": row["owner_id"],
        "owner": person,
        "isAm": bool(row["is_am"]),
        "unit": WORDS[row["unit"]] if word else row["unit"],
        "startsAt": moment(row["date"], row["starts"]),
        "endsAt": moment(row["date"], row["starts"] + row["minutes"]),
        "duration": span(row["minutes"], call.settings.full_day_span),
        "durationInMinutes": row["minutes"],
        "authorId": row["author_id"],
        "createdAt": row["created_at"],
        "modifierId": row["modifier_id"],
        "modifiedAt": row["modified_at"],
        "deletedById": row["deleted_by"],
        "deletedAt": row["deleted_at"],
    }


def exceptions_json(state: State) -> list[Json]:
    """All of them as the control pages show them, deleted ones included."""
    return [
        {
            "id": row["id"],
            "ownerId": row["owner_id"],
            "date": row["date"],
            "isAm": bool(row["is_am"]),
            "duration": span(row["minutes"]),
            "unit": WORDS[row["unit"]],
            "authorId": row["author_id"],
            "modifierId": row["modifier_id"],
            "deletedAt": row["deleted_at"],
        }
        for row in state.rows("select * from exceptions order by id")
    ]


def change_exception(state: State, item: Json, now: str) -> None:
    """A colleague works in the screen: {"ownerId", "date", "isAm", "duration", "unit"}, with
    "authorId" and "startsAt" where wanted; {"id", "remove": true} deletes."""
    author = item.get("authorId", 501)
    if item.get("remove"):
        mark_deleted(state, item["id"], author, now)
        return
    starts = item.get("startsAt", f"{item['date']}T{'00' if item['isAm'] else '12'}:00:00")
    at, minutes = read_moment(starts), read_span(item["duration"])
    if at is None or minutes is None:
        raise ValueError("startsAt or duration cannot be read")
    asked = {
        "owner_id": item["ownerId"],
        "date": at[0],
        "is_am": item["isAm"],
        "starts": at[1],
        "minutes": minutes,
        "unit": UNITS[item["unit"]],
    }
    put_exception(state, asked, author, now)
