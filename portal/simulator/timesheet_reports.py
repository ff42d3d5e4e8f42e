"""Timesheet reports: templates, reports that are made in the background, and their downloads.

See developers.lucca.fr/api-reference/legacy/timmi-timesheet/guides/download-report and
.../reports/create-a-report. A report changes nothing; each POST makes another one. The paths of
the status and of the downloads are not on those pages.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from .call import Call
from .clock import stamp
from .exchange import Answer, Json, Refusal, json_answer
from .report_content import excel_file, report_file
from .state import State

OWN_MEMBERS = ("id", "blueprintId", "name", "columns")
PENDING, DONE, ERROR = "pending", "done", "error"
FAILED = {"Status": 500, "Message": "Object reference not set."}
HTML = b"<!doctype html><title>Sign in</title><form><input name=login></form>"


def post_template(call: Call) -> Answer:
    """POST /timmi-timesheet/api/report-templates: kept as it came, under a number."""
    call.rights.may_report()
    document = _object(call)
    columns = document.get("columns")
    if not document.get("name") or not isinstance(columns, list) or not columns:
        raise Refusal(400, "A template needs a name and columns.")
    with call.state.change() as db:
        made = db.execute(
            "insert into report_templates (doc) values (?)",
            (json.dumps(document, ensure_ascii=False),),
        )
    answered = {name: document.get(name) for name in OWN_MEMBERS}
    return json_answer({**answered, "id": made.lastrowid}, call.settings.report_created_status)


def post_report(call: Call) -> Answer:
    """POST /timmi-timesheet/api/reports: answered before the report is made."""
    call.rights.may_report()
    asked = {name.lower(): value for name, value in _object(call).items()}
    template = _template(call, asked.get("templateid"))
    filters = _filters(asked.get("filters"))
    starts_on, ends_on = _days(call, template, asked)
    row = (template["id"], starts_on, ends_on, json.dumps(filters))
    with call.state.change() as db:
        made = db.execute(
            "insert into reports (template_id, starts_on, ends_on, filters, outcome, created_at,"
            " all_rows) values (?, ?, ?, ?, ?, ?, ?)",
            (*row, _outcome(call, row), call.now.timestamp(), call.settings.report_rows),
        )
    return json_answer(
        _shown(call, _row(call, made.lastrowid or 0)), call.settings.report_created_status
    )


def get_report(call: Call, number: str) -> Answer:
    """GET /timmi-timesheet/api/reports/{id}: pending for some looks, then done or error."""
    call.rights.may_report()
    row = _row(call, int(number))
    with call.state.change() as db:
        db.execute("update reports set polls = polls + 1 where id = ?", (row["id"],))
    return json_answer(_shown(call, _row(call, int(number))))


def get_csv(call: Call, number: str) -> Answer:
    """GET .../download-csv."""
    row = _finished(call, number)
    shape = call.settings.report_file
    if shape == "html":
        return Answer(200, HTML, {"Content-Type": "text/html; charset=utf-8"})
    if shape == "error":
        return json_answer(FAILED)
    if shape == "error-as-file":
        return _file(json.dumps(FAILED).encode(), "report.csv")
    content = b"" if shape == "empty" else report_file(call, _document(call, row), row)
    answer = _file(content, f"{_name(call, row)}.csv")
    return replace(answer, delivery="cut") if shape == "truncated" else answer


def get_excel(call: Call, number: str) -> Answer:
    """GET .../download-excel. Lucca says .xls of it; what it holds is a workbook."""
    row = _finished(call, number)
    if not call.settings.report_excel:
        return Answer(500)
    return _file(excel_file(call, _document(call, row), row), f"{_name(call, row)}.xlsx")


def _object(call: Call) -> Json:
    try:
        document = json.loads(call.request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal(400, "The body is no JSON object.")
    return document


def _template(call: Call, asked: object) -> Json:
    """Its number may come as a number or as a text."""
    text = str(asked) if isinstance(asked, (int, str)) and not isinstance(asked, bool) else ""
    if not text:
        raise Refusal(400, "templateId is required.")
    number = int(text) if text.isdecimal() and len(text) < 19 else 0
    rows = call.state.rows("select * from report_templates where id = ?", (number,))
    if not rows:
        raise Refusal(int(call.settings.unknown_report_template), "Unknown template.")
    return {**json.loads(rows[0]["doc"]), "id": str(number)}


def _filters(asked: object) -> list[Json] | None:
    if asked is None:
        return None
    if not isinstance(asked, list) or not asked:
        # Nobody says what an empty list means: a client that sends one should hear of it.
        raise Refusal(400, "filters must not be empty.")
    for one in asked:
        values = one.get("values") if isinstance(one, dict) else None
        if not values or not one.get("kind") or any(type(value) is not int for value in values):
            raise Refusal(400, "A filter has a kind and values, which are numbers.")
    return asked


def _days(call: Call, template: Json, asked: Json) -> tuple[str, str]:
    """The template's own where nothing was given."""
    first, last = default_days(template, call.now.date())
    if not call.settings.report_end_included:
        last += timedelta(days=1)
    found = [_day(asked.get("startson")) or first, _day(asked.get("endson")) or last]
    if found[0] > found[1]:
        raise Refusal(400, "startsOn is after endsOn.")
    return str(found[0]), str(found[1])


def _day(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value).removesuffix("T00:00:00"))
    except ValueError:
        raise Refusal(400, "A day is written as 2026-03-02.") from None


def default_days(template: Json, today: date) -> tuple[date, date]:
    """A member of our own, `defaultPeriod`: how the vendor writes it could not be read."""
    if template.get("defaultPeriod") == "previousMonth":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def _outcome(call: Call, row: tuple[object, ...]) -> str:
    how = call.settings.report_outcome
    if how == "error-once":
        failed = call.state.count(
            "select count(*) from reports where template_id = ? and starts_on = ?"
            " and ends_on = ? and filters = ? and outcome = 'error'",
            row,
        )
        return DONE if failed else ERROR
    return how


def _row(call: Call, number: int) -> sqlite3.Row:
    """404 for a report that nobody knows, or that was purged."""
    rows = call.state.rows("select * from reports where id = ?", (number,))
    life = call.settings.report_lifetime_seconds
    if not rows or rows[0]["purged"]:
        raise Refusal(404, "Report not found.")
    if life and rows[0]["created_at"] + life < call.now.timestamp():
        raise Refusal(404, "Report not found.")
    return rows[0]


def _status(call: Call, row: sqlite3.Row) -> str:
    if row["polls"] <= call.settings.report_polls:
        return call.settings.report_pending_word
    return str(row["outcome"])


def _finished(call: Call, number: str) -> sqlite3.Row:
    call.rights.may_report()
    row = _row(call, int(number))
    if _status(call, row) != DONE:
        raise Refusal(404, "The report is not there yet.")
    return row


def _document(call: Call, row: sqlite3.Row) -> Json:
    (found,) = call.state.rows(
        "select doc from report_templates where id = ?", (row["template_id"],)
    )
    document: Json = json.loads(found["doc"])
    return document


def _name(call: Call, row: sqlite3.Row) -> str:
    return str(_document(call, row)["name"])


def _shown(call: Call, row: sqlite3.Row) -> Json:
    document = _document(call, row)
    number: Any = row["id"]
    return {
        "id": str(number) if call.settings.report_id_shape == "text" else number,
        "status": _status(call, row),
        "name": document["name"],
        "templateId": str(row["template_id"]),
        "startsOn": row["starts_on"],
        "endsOn": row["ends_on"],
        "filters": json.loads(row["filters"]),
        "columns": document["columns"],
    }


def _file(content: bytes, name: str) -> Answer:
    plain = name.encode("ascii", "ignore").decode().replace('"', "")
    quoted = "".join(f"%{byte:02X}" for byte in name.encode())
    return Answer(
        200,
        content,
        {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quoted}",
        },
    )


def reports_json(state: State) -> list[Json]:
    """All reports as the control pages show them."""
    return [
        {
            "id": row["id"],
            "templateId": str(row["template_id"]),
            "startsOn": row["starts_on"],
            "endsOn": row["ends_on"],
            "filters": json.loads(row["filters"]),
            "polls": row["polls"],
            "outcome": row["outcome"],
            "purged": bool(row["purged"]),
            "createdAt": stamp(datetime.fromtimestamp(row["created_at"]).astimezone()),
        }
        for row in state.rows("select * from reports order by id")
    ]


def report_posts(state: State) -> int:
    """Requests for a report that arrived, whatever became of them."""
    return state.count(
        "select count(*) from requests where method = 'POST'"
        " and path = '/timmi-timesheet/api/reports'"
    )


def templates_json(state: State) -> list[Json]:
    """All report templates, as they came."""
    rows = state.rows("select * from report_templates order by id")
    return [{**json.loads(row["doc"]), "id": row["id"]} for row in rows]


def change_report(state: State, item: Json) -> None:
    """{"id", "purged": true}: Lucca has cleared it away. {"id", "outcome": "error"}."""
    with state.change() as db:
        for name in ("purged", "outcome"):
            if name in item:
                sql = f"update reports set {name} = ? where id = ?"
                db.execute(sql, (item[name], item["id"]))
