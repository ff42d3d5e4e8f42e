"""The reports of an import, in the words and the casing of the vendor's samples.

See developers.lucca.fr/api-reference/legacy/timmi-office/imports/ (pages
get-import-user-locations-analysis and -results). Echoed lines say `firstname` and
`worklocationName` where the file says firstName and workLocationName, and a date in a description
has slashes where an echoed one has dashes.
"""

from __future__ import annotations

import csv
import io

from .call import Call
from .exchange import Answer, Json
from .rows import Entry, Verdict, iso_date
from .upload import BOM, Line

NAMES = {
    False: ("validUserLocationsToCreateSummary", "userLocationsToDeleteSummary"),
    True: ("userLocationsCreatedSummary", "userLocationsDeletedSummary"),
}

FIRST_NUMBER = {"header_is_1": 2, "data_is_1": 1, "data_is_0": 0}

ERROR_COLUMNS = (
    *("login", "firstname", "lastname", "worklocationName", "areaName"),
    *("date", "position", "comment", "isDeletion"),
)


def stored_report(verdict: Verdict) -> Json:
    """A verdict as it is kept: without what a switch decides when the report is read."""
    return {
        "created": len(verdict.created),
        "deleted": verdict.deletions,
        "descriptions": [_description(entry) for entry in verdict.created],
        "errors": [
            {"line": _echo(line), "index": line.index, "error": message}
            for line, message in verdict.errors
        ],
        "warnings": [
            {"line": _echo(line), "index": line.index, "warning": message, "isConflict": conflict}
            for line, message, conflict in verdict.warnings
        ],
    }


def _description(entry: Entry) -> str:
    place = entry.place["name"] if entry.place else ""
    return f"{entry.user['name']} - {entry.date.replace('-', '/')} - {place}"


def _echo(line: Line) -> Json:
    return {
        "login": line.login,
        "firstname": line.first_name,
        "lastname": line.last_name,
        "worklocationName": line.place,
        "areaName": line.area,
        "date": iso_date(line.date) or line.date,
        "position": line.position,
        "comment": line.comment,
        "isDeletion": line.is_deletion.lower() == "true",
    }


def render_report(call: Call, summary_id: str, stored: Json | None, is_real: bool) -> Json:
    """The report as answered now; without a stored one it is empty."""
    settings = call.settings
    empty: Json = {"created": 0, "deleted": 0, "descriptions": [], "errors": [], "warnings": []}
    report = stored or empty
    errors = report["errors"]
    created_name, deleted_name = NAMES[is_real]
    limit = settings.descriptions_limit or None
    document: Json = {
        "summaryId": summary_id,
        created_name: {
            "count": max(0, report["created"] + settings.created_count_skew),
            "descriptions": report["descriptions"][:limit],
        },
        deleted_name: {"count": max(0, report["deleted"] + settings.deleted_count_skew)},
        "globalErrorSummary": f"{len(errors)} errors lines detected" if errors else None,
        "errorLines": [_numbered(call, each) for each in errors],
        "warningLines": [_numbered(call, each) for each in report["warnings"]],
    }
    if errors:
        document["errorFileUri"] = _error_file_uri(call, summary_id)
    elif settings.error_file == "null":
        document["errorFileUri"] = None
    if settings.extra_keys:
        document["futureKey"] = {"added": "later"}
    return document


def _numbered(call: Call, issue: Json) -> Json:
    """An issue with its lineNumber, whose origin the vendor does not state."""
    origin = FIRST_NUMBER.get(call.settings.line_numbers)
    number = None if origin is None else issue["index"] + origin
    rest = {key: issue[key] for key in issue if key not in ("line", "index")}
    return {"line": issue["line"], "lineNumber": number, **rest}


def _error_file_uri(call: Call, summary_id: str) -> str:
    host = call.settings.error_file_host
    origin = f"https://{host}" if host else call.request.origin
    base = call.request.path.rpartition("/")[0]
    return f"{origin}{base}/error-file/{summary_id}"


def error_file(stored: Json) -> Answer:
    """The rejected lines as a CSV file like the one that was sent."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([*ERROR_COLUMNS, "error"])
    for issue in stored["errors"]:
        writer.writerow([*(issue["line"][name] for name in ERROR_COLUMNS), issue["error"]])
    name = 'attachment; filename="errors.csv"'
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": name}
    return Answer(200, BOM + text.getvalue().encode(), headers)
