"""Storing issues by the hundred thousand, and counting them once.

`bulk_create` takes twenty times as long for a million rows, so the rows go in as they are.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from imports.check import CauseCount as Found
from imports.models import CauseCount, ImportBatch, LineIssue
from portal.sheets.issues import IssueRow, sentence

_COLUMNS = '(batch_id, line, "column", severity, cause, params, origin)'


def store(batch: ImportBatch, origin: str, rows: Sequence[IssueRow]) -> None:
    """Rows are (line, column, severity, cause, parameters as JSON). In the caller's transaction."""
    full = [
        (batch.pk, line, col or "", sev, cause, params, origin)
        for line, col, sev, cause, params in rows
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY imports_lineissue {_COLUMNS} FROM STDIN") as copy:
                for row in full:
                    copy.write_row(row)
        else:
            cursor.executemany(
                f"INSERT INTO imports_lineissue {_COLUMNS}"  # noqa: S608  (a constant)
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                full,
            )


def count_causes(batch: ImportBatch, origin: str, causes: Mapping[str, Found]) -> None:
    """Keep the counts of a check: by cause, with its first line and parameters."""
    CauseCount.objects.bulk_create(
        CauseCount(
            batch=batch,
            origin=origin,
            severity=found.severity,
            cause=slug,
            count=found.count,
            first_line=found.line,
            params=found.params,
        )
        for slug, found in causes.items()
    )


def recount(batch: ImportBatch, origin: str) -> None:
    """Count anew what came in slices, such as the reports of several parts."""
    batch.causes.filter(origin=origin).delete()
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], tuple[int | None, str]] = {}
    rows = batch.issues.filter(origin=origin).order_by("pk")
    for severity, cause, line, params in rows.values_list(
        "severity", "cause", "line", "params"
    ).iterator(chunk_size=5000):
        counts[severity, cause] += 1
        first.setdefault((severity, cause), (line, params))
    CauseCount.objects.bulk_create(
        CauseCount(
            batch=batch,
            origin=origin,
            severity=severity,
            cause=cause,
            count=count,
            first_line=first[severity, cause][0],
            params=first[severity, cause][1],
        )
        for (severity, cause), count in counts.items()
    )


def message(issue: LineIssue | CauseCount) -> str:
    """The sentence, in the reader's language."""
    return sentence(issue.cause, json.loads(issue.params))


def reasons_by_line(batch: ImportBatch) -> Iterable[tuple[int, list[str]]]:
    """Each line in error with its sentences, in the order of lines; streams."""
    rows = (
        batch.issues.filter(severity="error", line__isnull=False)
        .order_by("line", "pk")
        .iterator(chunk_size=5000)
    )
    line, sentences = 0, list[str]()
    for issue in rows:
        if issue.line != line and sentences:
            yield line, sentences
            sentences = []
        line = issue.line or 0
        text = message(issue)
        if text not in sentences:
            sentences.append(text)
    if sentences:
        yield line, sentences
