"""A report as a table and a chart. All of the look is in the address: it can be sent to somebody
else, and needs no JavaScript."""

import csv
import io
import sqlite3
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit import record
from portal.pages.attachments import CSV, safe
from portal.pages.parts import show
from portal.pages.rights import needs_on
from portal.sheets.issues import Unreadable
from portal.words import labelled
from reports.models import ReportFile, ReportRun
from reports.pages.reports.rights import RUN, address, find_run
from reports.pages.table_address import Address
from reports.pages.table_chart import drawn
from reports.pages.table_view import shown
from reports.pages.table_words import heading, no_table, read_as, remarks, size
from reports.reports.safe_copy import safe_cell
from reports.table import store
from reports.table.detect import Told, told
from reports.table.look import Choice, look, numbers, rows, select
from reports.table.summary import STRIP, Summary

TEMPLATE = "admin/reports/reportrun/table.html"
_AT_ONCE = 500


@needs_on(RUN)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    file = _find(pk)
    said = told(request.GET.get("sep"), request.GET.get("dec"))
    context: dict[str, Any] = {
        "run": file.run,
        "file": file,
        "account": file.run.template.account,
        "run_url": address(file.run),
        "received_url": address(file.run, "download", "csv"),
    }
    try:
        with store.opened(file, said) as (table, summary):
            context |= _looked(request, table, summary, said)
    except Unreadable as unreadable:
        context["no_table"] = no_table(unreadable.cause, unreadable.params)
    except store.NotMade:
        context["no_table"] = _(
            "The table cannot be made now: the file is not where it was stored, or the disk of the"
            " portal is full. The portal's administrator must look."
        )
    return show(request, TEMPLATE, labelled(_("Table"), file.run.template), ReportRun, **context)


def _looked(
    request: HttpRequest, table: sqlite3.Connection, summary: Summary, said: Told
) -> dict[str, Any]:
    choice = Choice.of(request.GET, len(summary.columns))
    found = look(table, summary, choice)
    asked = {name: request.GET.get(name, "") for name in ("raw", "measure", "group")}
    here = Address(found.choice, said, bool(asked["raw"]), asked["measure"], asked["group"])
    chart = drawn(table, summary, here)
    return {
        "read_as": read_as(summary),
        "size": size(summary),
        "remarks": list(remarks(summary)),
        "told": said,
        "address": here,
        # What one form asks for, the other carries along.
        "hidden": here.hidden("q", "in", "f"),
        "carried": here.hidden("measure", "group"),
        "chart": chart,
        "table": shown(summary, found, here),
        "has_rows": bool(summary.rows),
    }


@needs_on(RUN)
@require_safe
def copy(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rows of the look as CSV of which no cell is run as a formula. Numbers stay numbers."""
    file = _find(pk)
    said = told(request.GET.get("sep"), request.GET.get("dec"))
    try:
        with store.opened(file, said) as (_table, summary):
            choice = Choice.of(request.GET, len(summary.columns))
    except (Unreadable, store.NotMade):
        raise Http404(_("This report has no rows to copy.")) from None
    if request.method == "GET":
        record(
            "report.downloaded",
            file.run,
            account=file.run.template.account.label,
            by=request.user,
            values={
                "sha256": file.sha256,
                "kind": file.kind,
                "safe_copy": True,
                "filtered": choice.is_filtered,
            },
        )
    stem = PurePath(safe(file.file_name)).stem
    answer = StreamingHttpResponse(_streamed(file, said, choice), content_type=CSV)
    # Within the braces of the name the word would not be found for translation.
    copy = _("copy")
    name = content_disposition_header(True, f"{stem}-{copy}.csv")
    answer.headers["Content-Disposition"] = str(name)
    return answer


def _find(pk: int) -> ReportFile:
    run = find_run(pk)
    found = run.files.filter(kind=ReportFile.Kind.CSV).first()
    if found is None:
        raise Http404(_("This report has no such file."))
    found.run = run
    return found


def _streamed(file: ReportFile, said: Told, choice: Choice) -> Iterator[bytes]:
    """Some rows at a time. The separator is the file's, which fits its decimal mark."""
    with store.opened(file, said) as (table, summary):
        if choice.is_filtered:
            select(table, summary, choice)
        yield b"\xef\xbb\xbf"
        yield _lines([[heading(column) for column in summary.columns]], summary.separator)
        chosen = numbers(table, choice, -1, 0)
        while some := [
            n
            for (n,) in chosen.fetchmany(
                max(20, _AT_ONCE * STRIP // (STRIP + len(summary.columns)))
            )
        ]:
            cells = (
                [cell for cell, _value in row.cells] for row in rows(table, some, summary.columns)
            )
            yield _lines(cells, summary.separator)


def _lines(table: Any, separator: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in cells] for cells in table)
    return text.getvalue().encode()
