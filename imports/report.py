"""Keeping what Lucca reports about a part: whole as a file, and line by line among our issues.

Lucca names a line by an echo of its content and a number whose origin is not documented
(https://developers.lucca.fr/api-reference/legacy/timmi-office/imports/get-import-user-locations-results).
The content decides which line of the person's file is meant.
"""

from pathlib import Path

from django.core.files.base import ContentFile
from django.utils import timezone

from imports import issues
from imports.canonical import Echo, Part, find
from imports.grid.origin import where
from imports.models import Upload
from portal.lucca.office import Report, ReportLine
from portal.sheets.issues import IssueRow, Origin, to_json


def keep_report(upload: Upload, report: Report) -> None:
    """Store the report and its lines. In the caller's transaction."""
    origin = Origin.RESULTS if upload.create else Origin.ANALYSIS
    errors, warnings = _lines(upload, report.errors), _lines(upload, report.warnings)
    upload.report.save(f"{origin}-{upload.pk}.json", ContentFile(report.raw), save=False)
    issues.store(
        upload.batch,
        origin,
        [
            *(_row(upload, line, said, "error", "refused-by-lucca") for line, said in errors),
            *(_row(upload, line, said, "warning", "warned-by-lucca") for line, said in warnings),
        ],
    )
    upload.unplaced = sum(line is None for line, _said in errors)
    upload.refused = len({line for line, _said in errors if line is not None}) + upload.unplaced
    upload.warned = len(warnings)
    upload.created, upload.deleted = report.created, report.deleted
    upload.reported_at = timezone.now()
    _count(upload, origin)
    upload.save(
        update_fields=[
            "report",
            "unplaced",
            "refused",
            "warned",
            "created",
            "deleted",
            "reported_at",
            "accepted",
        ]
    )


def _lines(upload: Upload, said: list[ReportLine]) -> list[tuple[int | None, ReportLine]]:
    part = Part(upload.file, upload.first, upload.lines, upload.sha256)
    echoes = [Echo(one.login, one.date, one.position, one.is_deletion, one.number) for one in said]
    found = find(part, Path(upload.batch.line_map.path), echoes)
    return list(zip(found, said, strict=True))


def _row(upload: Upload, line: int | None, said: ReportLine, severity: str, cause: str) -> IssueRow:
    """Of a grid, the map of lines leads to a cell."""
    column = None
    if line is not None:
        line, column = where(upload.batch.detected, line)
    return (line, column, severity, cause, to_json(message=said.message))


def _count(upload: Upload, origin: Origin) -> None:
    """How many lines were accepted; where Lucca's figures do not add up to ours, that is said.

    A figure that Lucca left out answers for no line: a report that only has no complaints, such
    as one about a file that was not read, must neither lead to a launch nor pass for an import.
    """
    upload.refused = min(upload.refused, upload.lines)
    upload.accepted = upload.lines - upload.refused
    carried_out = (upload.created or 0) + (upload.deleted or 0)
    answered = carried_out + upload.refused
    if answered == upload.lines:
        return
    upload.accepted = min(upload.accepted, carried_out)
    issues.store(
        upload.batch,
        origin,
        [(None, None, "warning", "count-mismatch", to_json(sent=upload.lines, answered=answered))],
    )
