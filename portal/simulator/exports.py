"""Timesheet exports: a ledger of booked time, from which each export takes what it holds.

See developers.lucca.fr/api-reference/legacy/timmi-timesheet/guides/exports. The POST is answered
when the export is made, which goes on when the client hangs up. Only exports that were made are
listed, so one that failed looks like one that takes long.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from .call import Call
from .clock import stamp
from .envelope import envelope
from .exchange import Answer, Json, Refusal, json_answer
from .export_content import content_members
from .fields import parse_fields, select
from .lists import v3_list
from .state import State

PROPERTIES = (
    *("id", "name", "url", "configurationId", "endsAt", "createdAt", "archivedAt"),
)  # fmt: skip
MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00")
NEVER_SECONDS = 600.0


def list_exports(call: Call) -> Answer:
    """GET /api/v3/timmiexports."""
    call.rights.may_export()
    compares = any(name.lower() == "id" and "," in value for name, value in call.request.parameters)
    if compares and not call.settings.export_id_comparison:
        raise Refusal(400, "Unknown operator.")
    return v3_list(call, _listed(call), _properties(call))


def get_export(call: Call, number: str) -> Answer:
    """GET /api/v3/timmiexports/{id}."""
    call.rights.may_export()
    found = [one for one in _listed(call) if one["id"] == int(number)]
    if not found:
        raise Refusal(404, "Export not found.")
    tree = parse_fields(call.request.query.get("fields", ""))
    document = {**found[0], **content_members(call, int(number))}
    return envelope(call, select(document, tree) if tree else document)


def post_export(call: Call) -> Answer:
    """POST /api/v3/timmiexports: answered when the export is made."""
    call.rights.may_export()
    configuration, ends_at = _asked(call)
    if call.settings.export_overlap == "refused" and _under_way(call, configuration):
        raise Refusal(409, "An export is being made.")
    foreign_day = call.settings.foreign_export_ends_at or ends_at
    if call.settings.foreign_export == "before":
        make_export(call.state, call.now, configuration, foreign_day, by_hand=True)
    fails = call.settings.export_generation == "fails_silently"
    seconds = None if fails else call.settings.export_seconds
    number = make_export(call.state, call.now, configuration, ends_at, seconds=seconds)
    if call.settings.foreign_export == "after":
        make_export(call.state, call.now, configuration, foreign_day, by_hand=True)
    answer = _made(call, number)
    if seconds:
        return replace(answer, delivery="timeout", seconds=seconds)
    return (
        replace(answer, delivery="timeout", seconds=NEVER_SECONDS, lost=True) if fails else answer
    )


def _asked(call: Call) -> tuple[int, str]:
    """Configuration and day of a POST, or the 400 or 404 that it gets."""
    try:
        document = json.loads(call.request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal(400, "The body is no JSON object.")
    asked = {name.lower(): value for name, value in document.items()}
    number = asked.get("configurationid")
    if isinstance(number, bool) or not isinstance(number, int):
        raise Refusal(400, "configurationId is required.")
    midnight = MIDNIGHT.fullmatch(str(asked.get("endsat")))
    if midnight is None:
        raise Refusal(400, "endsAt must be a midnight.")
    if not call.state.rows("select 1 from export_configurations where id = ?", (number,)):
        raise Refusal(404, "Unknown configuration.")
    return number, midnight[1]


def _under_way(call: Call, configuration: int) -> bool:
    return bool(
        call.state.count(
            "select count(*) from exports where configuration_id = ? and listed_at > ?",
            (configuration, call.now.timestamp()),
        )
    )


def make_export(
    state: State,
    now: datetime,
    configuration: int,
    ends_at: str,
    *,
    seconds: float | None = 0.0,
    by_hand: bool = False,
) -> int:
    """Take what is left of the ledger before that day. `seconds` None: fails, and takes nothing."""
    left = "configuration_id = ? and export_id is null and day < ?"
    rows = state.rows(f"select * from ledger where {left}", (configuration, ends_at))
    content = "" if seconds is None else "".join(_lines(rows))
    started = now.timestamp()
    listed = None if seconds is None else started + seconds
    with state.change() as db:
        made = db.execute(
            "insert into exports (configuration_id, ends_at, started_at, listed_at, by_hand,"
            " content) values (?, ?, ?, ?, ?, ?)",
            (configuration, ends_at, started, listed, by_hand, content.encode()),
        )
        if seconds is not None:
            db.execute(
                f"update ledger set export_id = ? where {left}",
                (made.lastrowid, configuration, ends_at),
            )
    return int(made.lastrowid or 0)


def _lines(rows: list[sqlite3.Row]) -> Iterator[str]:
    """As payroll software takes them: a decimal comma, semicolons, no header."""
    for row in rows:
        hours = f"{row['hours']:.2f}".replace(".", ",")
        yield f"{row['login']};{row['day']};{hours}\r\n"


def _made(call: Call, number: int) -> Answer:
    if call.settings.export_answer == "empty":
        return Answer(204)
    if call.settings.export_answer == "message":
        return json_answer({"Status": 200, "Message": "The export was made."})
    (row,) = call.state.rows("select * from exports where id = ?", (number,))
    return envelope(call, {name: _shown(row)[name] for name in ("id", "name", "url")})


def _properties(call: Call) -> list[str]:
    readable = call.settings.export_ends_at_readable
    return [name for name in PROPERTIES if readable or name != "endsAt"]


def _listed(call: Call) -> list[Json]:
    rows = call.state.rows(
        "select * from exports where listed_at <= ? order by id", (call.now.timestamp(),)
    )
    names = _properties(call)
    return [{name: value for name, value in _shown(row).items() if name in names} for row in rows]


def _shown(row: sqlite3.Row) -> Json:
    number, day = row["id"], row["ends_at"]
    created = datetime.fromtimestamp(row["listed_at"] or row["started_at"], UTC)
    return {
        "id": number,
        "name": f"Payroll variables {day}",
        "url": f"http://acme.ilucca.net/api/v3/timmiexports/{number}",
        "configurationId": row["configuration_id"],
        "endsAt": f"{day}T00:00:00",
        "createdAt": stamp(created),
        "archivedAt": row["archived_at"],
    }


def exports_json(state: State, now: datetime) -> list[Json]:
    """All exports as the control pages show them, those that failed included."""
    return [
        {
            **_shown(row),
            "listed": row["listed_at"] is not None and row["listed_at"] <= now.timestamp(),
            "byHand": bool(row["by_hand"]),
            "lines": row["content"].count(b"\n"),
        }
        for row in state.rows("select * from exports order by id")
    ]


def change_export(state: State, item: Json, now: datetime) -> None:
    """{"configurationId", "endsAt"}: somebody exports in the screen. {"id", "archived": true}."""
    if "id" not in item:
        make_export(state, now, item["configurationId"], item["endsAt"][:10], by_hand=True)
        return
    with state.change() as db:
        moment = stamp(now) if item["archived"] else None
        db.execute("update exports set archived_at = ? where id = ?", (moment, item["id"]))
