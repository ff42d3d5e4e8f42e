"""Timesheet reports: templates, reports made in the background, and their files.

https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/guides/download-report
https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/reports/create-a-report

A report is a snapshot: asking for it changes nothing, and each request makes another one. No list
of reports is documented, so one whose answer was lost cannot be found again. The paths come in as
arguments: that of the status is not published, and all are settings of the account.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from portal.lucca.session import Answer, Request
from portal.lucca.timesheet import FILE_BYTES, Fetched, whole_file
from portal.lucca.types import Malformed, day, fields, parse_json, text

REPORT_RIGHT = gettext_noop("Timesheet: generate reports, and see the report template")
# The states that are documented. Any other is taken for "not yet", for a while.
PENDING, DONE, ERROR = "pending", "done", "error"
CSV, EXCEL = "download-csv", "download-excel"
# It becomes a part of an address, and must lead nowhere else.
_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")
_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True)
class Report:
    """A report as Lucca tells it.

    `id` and `template_id` are texts: Lucca says numbers in one place and texts in another.
    `status` is open; the days are those that the report covers, the template's own included.
    """

    id: str
    status: str
    name: str
    template_id: str
    starts_on: date | None
    ends_on: date | None


def create_template(path: str, document: str) -> Request[str]:
    """Create a report template from the JSON that Lucca's screen sends, as it is. Gives its id.

    Cannot be undone by us: no request that deletes one is documented.
    https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/guides/download-report
    """
    return Request(
        "POST",
        path,
        lambda answer: _id(fields(parse_json(answer.body))),
        REPORT_RIGHT,
        document=document,
        repeatable=False,
    )


def create(
    path: str,
    template_id: str,
    starts_on: date | None,
    ends_on: date | None,
    filters: Sequence[Mapping[str, Any]] | None,
) -> Request[Report]:
    """Ask for a report; Lucca answers before it is made. A day of None is the template's own.

    `filters` ({kind, values: numbers}) replace the template's own. An empty list is never sent:
    nobody says whether it would clear them.
    https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/reports/create-a-report
    """
    payload: dict[str, Any] = {
        "templateId": template_id,
        "startsOn": str(starts_on) if starts_on else None,
        "endsOn": str(ends_on) if ends_on else None,
    }
    if filters:
        payload["filters"] = list(filters)
    # Each attempt is recorded by the caller: the session must not send one by itself.
    return Request("POST", path, _report, REPORT_RIGHT, payload=payload, repeatable=False)


def status(path: str, report_id: str) -> Request[Report]:
    """Where a report stands. `path` holds `{reportId}`.

    That a GET by its id tells the status is on the first page above; the path is assumed.
    """
    return Request("GET", path.replace("{reportId}", report_id), _report, REPORT_RIGHT, shown=path)


def download(path: str, report_id: str, which: str, target: Path) -> Request[Fetched]:
    """A report that is done, as CSV or EXCEL, into `target`, byte for byte, up to a size.

    Separator and decimal mark follow the culture of the key, which is not documented; nor is the
    encoding. A web page, JSON, or fewer bytes than announced are an answer that cannot be read.
    The guide (first page above) names the CSV; both paths were seen in code of others only.
    """
    return Request(
        "GET",
        f"{path.replace('{reportId}', report_id)}/{which}",
        lambda answer: _file(answer, target),
        REPORT_RIGHT,
        shown=f"{path}/{which}",
        accept="application/octet-stream, text/csv, */*",
        save_to=target,
        max_bytes=FILE_BYTES,
    )


def _file(answer: Answer, target: Path) -> Fetched:
    found = whole_file(answer, target)
    if target.stat().st_size <= _ERROR_BYTES and _is_json_object(target.read_bytes()):
        raise Malformed("JSON in place of a file")
    return found


def _is_json_object(content: bytes) -> bool:
    """An error under the type of a file."""
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False


def _report(answer: Answer) -> Report:
    obj = fields(parse_json(answer.body))
    return Report(
        id=_id(obj),
        status=_read(obj, "status").lower()[:40],
        name=_read(obj, "name")[:200],
        template_id=_read(obj, "templateId")[:60],
        starts_on=_day(obj, "startsOn"),
        ends_on=_day(obj, "endsOn"),
    )


def _id(obj: dict[str, Any]) -> str:
    found = text(obj, "id").strip()
    if not _ID.fullmatch(found) or found == "0":
        raise Malformed("id")
    return found


def _read(obj: dict[str, Any], name: str) -> str:
    """What is nice to know; a report is not lost for the want of it."""
    try:
        return text(obj, name)
    except Malformed:
        return ""


def _day(obj: dict[str, Any], name: str) -> date | None:
    try:
        return day(obj, name)
    except Malformed:
        return None
