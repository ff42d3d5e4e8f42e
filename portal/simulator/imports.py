"""The import of user locations: upload, progress, analysis, results.

See developers.lucca.fr/api-reference/legacy/timmi-office/imports/ (import-user-locations,
get-import-user-locations-progress, -analysis, -results). An import runs in the background: what it
does to the rows happens when the simulated clock passes its end, so a slow one looks absent at
first.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from datetime import UTC, datetime

from .call import Call
from .exchange import Answer, Json, Refusal, json_answer
from .reports import error_file, render_report
from .settings import Settings
from .state import State
from .upload import read_lines, uploaded_file

FLAGS = {"true": True, "false": False}


def post_import(call: Call) -> Answer:
    """POST .../imports/user-locations: starts the import and answers its id."""
    call.rights.may_import()
    is_real, overrides = _flag(call, "create"), _flag(call, "overrideUserLocations")
    content = uploaded_file(call.request, call.settings)
    lines = len(read_lines(content, call.settings))
    summary_id = str(uuid.uuid4())
    received, fault = call.now.timestamp(), call.fault
    applies = fault is None or fault.when == "after"
    stuck_at = fault.progress if fault and fault.kind == "stuck" else None
    with call.state.change() as db:
        db.execute(
            "insert into imports (summary_id, is_real, overrides, file, sha256, lines,"
            " received_at, finishes_at, applies, stuck_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(summary_id, is_real, overrides, content),
                *(hashlib.sha256(content).hexdigest(), lines, received),
                *(received + _duration(call.settings, lines), applies, stuck_at),
            ),
        )
    if fault and fault.kind == "unknown_summary":
        # The import is there, but not under the id that the client gets to see.
        summary_id = str(uuid.uuid4())
    return _summary_answer(call.settings, summary_id)


def _summary_answer(settings: Settings, summary_id: str) -> Answer:
    """The id in the shape that was chosen: the pages show an object and a bare string."""
    if settings.summary_id_shape == "string":
        return json_answer(summary_id)
    document: Json = {settings.summary_id_key: summary_id}
    if settings.extra_keys:
        document["futureKey"] = {"added": "later"}
    return json_answer(document)


def _flag(call: Call, name: str) -> bool:
    """Required, and exactly true or false: anything else must not start an import."""
    values = [value for key, value in call.request.parameters if key == name]
    if len(values) != 1 or values[0] not in FLAGS:
        title = "One or more validation errors occurred."
        raise Refusal(400, title, {name: [f"The {name} field is required."]})
    return FLAGS[values[0]]


def _duration(settings: Settings, lines: int) -> float:
    more = settings.import_seconds_per_1000_lines * lines / 1000
    return settings.import_minimum_seconds + more


def get_progress(call: Call) -> Answer:
    """GET .../progress: 0 not started, 1..99 running, 100 finished. There is no failed."""
    call.rights.may_import()
    found = _asked_import(call)
    if call.fault and call.fault.kind == "stuck":
        return json_answer({"progress": call.fault.progress})
    if call.fault:
        raise Refusal(404, "Unknown import.")
    if found is None:
        if call.settings.unknown_summary == "zero":
            return json_answer({"progress": 0})
        raise Refusal(int(call.settings.unknown_summary), "Unknown import.")
    with call.state.change() as db:
        db.execute("update imports set polls = polls + 1 where number = ?", (found["number"],))
    if _still_unknown(call, found):
        raise Refusal(404, "Unknown import.")
    document: Json = {"progress": progress_of(found, call.settings, call.now)}
    if call.settings.extra_keys:
        document["futureKey"] = None
    return json_answer(document)


def _asked_import(call: Call) -> sqlite3.Row | None:
    summary_id = call.request.query.get("summaryId", "")
    if not summary_id:
        title = "One or more validation errors occurred."
        raise Refusal(400, title, {"SummaryId": ["The summaryId field is required."]})
    rows = call.state.rows("select * from imports where summary_id = ?", (summary_id,))
    return rows[0] if rows else None


def _still_unknown(call: Call, found: sqlite3.Row) -> bool:
    settings = call.settings
    age = call.now.timestamp() - float(found["received_at"])
    young = age < settings.new_summary_unknown_seconds
    return young or int(found["polls"]) < settings.new_summary_unknown_polls


def progress_of(found: sqlite3.Row, settings: Settings, now: datetime) -> int:
    """How far an import is, by the simulated clock."""
    length = found["finishes_at"] - found["received_at"]
    elapsed = now.timestamp() - found["received_at"]
    reached = 100 if elapsed >= length else max(0, min(99, int(100 * elapsed / length)))
    if settings.progress_jumps and reached < 100:
        reached = 0
    limits = [each for each in (found["stuck_at"], settings.progress_stuck_at) if each is not None]
    return min([reached, *limits])


def get_analysis(call: Call) -> Answer:
    """GET .../analysis, meant for the id of a simulation (create=false)."""
    return _report(call, is_real=False)


def get_results(call: Call) -> Answer:
    """GET .../results, meant for the id of a real import (create=true)."""
    return _report(call, is_real=True)


def _report(call: Call, *, is_real: bool) -> Answer:
    call.rights.may_import()
    settings = call.settings
    found = _asked_import(call)
    if found is None:
        raise Refusal(404, "Unknown import.")
    finished = progress_of(found, settings, call.now) == 100
    oddities = []
    if bool(found["is_real"]) != is_real:
        oddities.append(settings.wrong_report)
    if not finished:
        oddities.append(settings.early_report)
    for oddity in oddities:
        if oddity in ("404", "400"):
            raise Refusal(int(oddity), "There is no such report.")
    stored = None if "empty" in oddities or not found["report"] else json.loads(found["report"])
    return json_answer(render_report(call, found["summary_id"], stored, is_real))


def get_error_file(call: Call, summary_id: str) -> Answer:
    """The file behind errorFileUri: the rejected lines, with the reason in a last column."""
    rows = call.state.rows("select report from imports where summary_id = ?", (summary_id,))
    if not rows or not rows[0]["report"]:
        raise Refusal(404, "There is no such file.")
    return error_file(json.loads(rows[0]["report"]))


def imports_json(state: State, settings: Settings, now: datetime) -> list[Json]:
    """All imports as the control pages show them."""
    return [
        {
            "number": row["number"],
            "summaryId": row["summary_id"],
            "create": bool(row["is_real"]),
            "overrideUserLocations": bool(row["overrides"]),
            "sha256": row["sha256"],
            "lines": row["lines"],
            "progress": progress_of(row, settings, now),
            "applied": bool(row["settled"]) and bool(row["is_real"]) and bool(row["applies"]),
            "receivedAt": datetime.fromtimestamp(row["received_at"], UTC).isoformat(),
            "finishesAt": datetime.fromtimestamp(row["finishes_at"], UTC).isoformat(),
        }
        for row in state.rows("select * from imports order by number")
    ]
