"""Imports that have come to their end are carried out here, once."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from .clock import stamp
from .exchange import Json
from .reports import stored_report
from .rows import Day, Entry, Judge, Register, Verdict, iso_date
from .settings import Settings
from .state import EFFECTIVE, State
from .upload import Line, read_lines


def settle_due(state: State, settings: Settings, now: datetime) -> None:
    """Carry out every import whose end has passed, in the order in which they end."""
    due = (
        "select * from imports where settled = 0 and finishes_at <= ? order by finishes_at, number"
    )
    for found in state.rows(due, (now.timestamp(),)):
        with state.change() as db:
            applies = found["applies"] and _stuck_ones_apply(found, settings)
            verdict = judge_file(state, settings, found)
            if found["is_real"] and applies:
                _apply(state, settings, verdict, found["finishes_at"])
            db.execute(
                "update imports set settled = 1, applies = ?, report = ? where number = ?",
                (applies, json.dumps(stored_report(verdict)), found["number"]),
            )


def _stuck_ones_apply(found: sqlite3.Row, settings: Settings) -> bool:
    """An import with a stuck_at of its own was told by its fault whether it applies."""
    stuck = settings.progress_stuck_at is not None and settings.progress_stuck_at < 100
    return not stuck or found["stuck_at"] is not None or settings.stuck_imports_apply


def judge_file(state: State, settings: Settings, found: sqlite3.Row) -> Verdict:
    """What the file of an import does to the tenant as it is now."""
    # Only the file as a whole was checked at the door; a switch changed since must not matter.
    lenient = settings.changed({"bom_required": False, "unknown_columns": "ignore", "max_lines": 0})
    lines = read_lines(found["file"], lenient)
    today = datetime.fromtimestamp(found["finishes_at"], UTC).date().isoformat()
    judge = Judge(_register(state, settings, lines), settings, bool(found["overrides"]), today)
    return judge.judge(lines)


def _register(state: State, settings: Settings, lines: Iterable[Line]) -> Register:
    """Only the days that the file is about: a tenant may hold hundreds of thousands of rows."""
    days = {iso_date(text) for text in {line.date for line in lines}} - {None}
    span = (min(map(str, days)), max(map(str, days))) if days else ("", "")
    ignore_case = settings.login_matching == "ignore_case"
    users = {
        user["login"].lower() if ignore_case else user["login"]: user
        for user in state.users().values()
    }
    leaves: dict[Day, set[str]] = defaultdict(set)
    for row in state.rows("select * from leaves where date between ? and ?", span):
        leaves[row["owner_id"], row["date"]].add(row["position"])
    places = list(state.locations().values())
    return Register(users, places, _entries(state, span), leaves)


def _entries(state: State, span: tuple[str, str]) -> dict[Day, list[tuple[int, str]]]:
    marks = ",".join("?" * len(EFFECTIVE))
    found = state.rows(
        "select id, owner_id, date, position from user_locations"
        f" where date between ? and ? and status in ({marks}) order by id",
        (*span, *EFFECTIVE),
    )
    entries: dict[Day, list[tuple[int, str]]] = defaultdict(list)
    for number, owner, day, position in found:
        entries[owner, day].append((number, position))
    return entries


def _apply(state: State, settings: Settings, verdict: Verdict, ended: float) -> None:
    moment = stamp(datetime.fromtimestamp(ended, UTC))
    state.mark_deleted(verdict.removed, moment)
    state.add_user_locations(_row(entry, settings, moment) for entry in verdict.created)


def _row(entry: Entry, settings: Settings, moment: str) -> tuple[object, ...]:
    place: Json = entry.place or {}
    status = settings.remote_status if place["type"] == "RemoteWork" else "Confirmed"
    line = entry.line
    where = (entry.user["id"], place["id"], entry.date, line.position)
    return (*where, status, entry.area, moment, line.comment)
