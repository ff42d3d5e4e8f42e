"""Storing issues by the hundred thousand, and counting them once.

`bulk_create` takes twenty times as long for a million rows, so the rows go in as they are.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import Count, Min
from django.utils.translation import ngettext

from imports.check import CauseCount as Found
from imports.grid.origin import is_cell
from imports.models import CauseCount, ImportBatch, LineIssue
from portal.sheets.issues import IssueRow, Origin, Severity, sentence
from portal.words import labelled, number

_COLUMNS = '(batch_id, origin, line, "column", severity, cause, params)'
# Rows per statement: four times as quick as one by one, and far below SQLite's 32,766 values.
_AT_ONCE = 1000
# The number of its line in the spreadsheet.
_HEADER = 1


def store(batch: ImportBatch, origin: Origin, rows: Sequence[IssueRow]) -> None:
    """Rows are (line, column, severity, cause, parameters as JSON). In the caller's transaction."""
    if connection.vendor == "postgresql":
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY imports_lineissue {_COLUMNS} FROM STDIN") as copy,
        ):
            for line, column, severity, cause, params in rows:
                copy.write_row((batch.pk, origin, line, column or "", severity, cause, params))
        return
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        shared = set(map(_SHARED, some))
        values: list[Any]
        if len(shared) == 1:
            # A file that is wrong in one way throughout: what its lines share is bound once.
            statement = _insert_alike(batch.pk, origin, len(some))
            values = [*shared.pop(), *chain.from_iterable(map(_OWN, some))]
        else:
            statement = _insert(batch.pk, origin, len(some))
            values = list(chain.from_iterable(some))
        # Past Django's cursor, which would rewrite the placeholders of each of these statements:
        # that alone took as long as the insertion.
        connection.connection.execute(statement, values)


_SHARED, _OWN = itemgetter(1, 2, 3), itemgetter(0, 4)


@lru_cache(maxsize=8)
def _insert(batch: int, origin: Origin, count: int) -> str:
    """Batch and origin are a number and a word of ours; everything else is bound."""
    row = f"({batch:d}, '{origin.value}', ?, coalesce(?, ''), ?, ?, ?)"
    return f"INSERT INTO imports_lineissue {_COLUMNS} VALUES {', '.join([row] * count)}"  # noqa: S608


@lru_cache(maxsize=8)
def _insert_alike(batch: int, origin: Origin, count: int) -> str:
    """The same for rows of one column, severity and cause, which are bound first."""
    rows = ", ".join(
        f"({batch:d}, '{origin.value}', ?{at}, coalesce(?1, ''), ?2, ?3, ?{at + 1})"
        for at in range(4, 4 + 2 * count, 2)
    )
    return f"INSERT INTO imports_lineissue {_COLUMNS} VALUES {rows}"  # noqa: S608


def count_causes(batch: ImportBatch, origin: Origin, causes: Mapping[str, Found]) -> None:
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


def recount(batch: ImportBatch, origin: Origin) -> None:
    """Count anew what came in slices, such as the reports of several parts.

    By the database: this stands in the transaction that settles a job, and the history waits.
    """
    batch.causes.filter(origin=origin).delete()
    counted = (
        batch.issues.filter(origin=origin)
        .order_by()
        .values("severity", "cause")
        .annotate(count=Count("pk"), first=Min("pk"))
    )
    counts = {row["first"]: row["count"] for row in counted}
    CauseCount.objects.bulk_create(
        CauseCount(
            batch=batch,
            origin=origin,
            severity=first.severity,
            cause=first.cause,
            count=counts[first.pk],
            first_line=first.line,
            params=first.params,
        )
        for first in LineIssue.objects.filter(pk__in=counts)
    )


def message(issue: LineIssue | CauseCount) -> str:
    """The sentence, in the reader's language."""
    return sentence(issue.cause, json.loads(issue.params))


def how_many(cause: CauseCount) -> str:
    """Lines where each has at most one: what was rewritten may be in several cells of a line, and
    what is about the header, or the file as a whole, is about no line."""
    if cause.severity == Severity.REWRITTEN or (cause.first_line or _HEADER) == _HEADER:
        return remarks(cause.count)
    words = ngettext("%(count)s line", "%(count)s lines", cause.count)
    return words % {"count": number(cause.count)}


def remarks(count: int) -> str:
    """Of one line there may be several."""
    words = ngettext("%(count)s remark", "%(count)s remarks", count)
    return words % {"count": number(count)}


def reasons_by_line(batch: ImportBatch) -> Iterable[tuple[int, list[str]]]:
    """Each line in error with its sentences, in the order of lines; streams.

    A row of a grid has one line for each day: there, each sentence says of which cells.
    """
    rows = (
        batch.issues.filter(severity="error", line__isnull=False)
        .order_by("line", "pk")
        .iterator(chunk_size=5000)
    )
    for line, found in groupby(rows, key=lambda issue: issue.line or 0):
        cells: dict[str, list[str]] = {}
        for issue in found:
            named = cells.setdefault(message(issue), [])
            if is_cell(issue.column) and issue.column not in named:
                named.append(issue.column)
        yield line, [labelled(", ".join(at), text) if at else text for text, at in cells.items()]
