"""Searching the lines of a batch for a text: a bounded piece of the file for each request.

A message keeps its parameters as JSON, and an index on them would cost every line of a large file
when it is stored. So the rows are read, but only some at a time: what was searched is said, and
where to go on. A million lines that hold nothing take twenty requests, each as quick as any page.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from imports.models import CauseCount, ImportBatch, LineIssue
from imports.pages.lines import PAGE, START, Choice, Page, place_of

# Messages read for one request, so that it takes about 100 ms on SQLite and on PostgreSQL.
AT_ONCE = 50_000
_RANGE = """FROM imports_lineissue
    WHERE batch_id = %s AND severity = %s AND origin = %s AND cause = %s
      AND COALESCE(line, 0) >= %s"""
# Where the piece ends: each cause may give as many messages as its share of all of them.
_END = f"(SELECT COALESCE(line, 0) {_RANGE} ORDER BY COALESCE(line, 0), id LIMIT 1 OFFSET %s)"
_FOUND = f"""SELECT * FROM (
    SELECT id, batch_id, line, "column", severity, origin, cause, params, COALESCE(line, 0) AS place
    {_RANGE} AND COALESCE(line, 0) <= %s AND (COALESCE(line, 0) > %s OR id > %s) AND (MATCH)
    ORDER BY COALESCE(line, 0), id LIMIT %s
) AS one_cause"""  # noqa: S608
_NO_END = 2**31 - 1


def line_number(text: str) -> int | None:
    """A number is that line. In quotes it is a text as any other."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None


def search(batch: ImportBatch, causes: Sequence[CauseCount], choice: Choice, after: str) -> Page:
    """Two queries. `searched_to` is the line up to which was searched, None for all of it."""
    chosen = [cause for cause in causes if choice.fits(cause)]
    first, last = place_of(after)
    if not chosen:
        return Page([], "", True, None)
    if (line := line_number(choice.text)) is not None:
        found = _find(batch, chosen, (max(first, line), last), line, [])
        return _page(found, (first, last), None, _NO_END)
    end = _end(batch, chosen, first)
    text = choice.text.strip('"')
    found = _find(batch, chosen, (first, last), end, _patterns(text))
    return _page(found, (first, last), text, end)


def _page(found: list[LineIssue], start: tuple[int, int], text: str | None, end: int) -> Page:
    issues, more = found[:PAGE], found[PAGE:]
    after, searched_to = "", None
    if more:
        searched_to = issues[-1].line or 0
        after = f"{searched_to}-{issues[-1].pk}"
    elif end < _NO_END:
        searched_to = end
        after = f"{end + 1}-0"
    if text is not None:
        issues = [issue for issue in issues if _says(issue, text)]
    # A page that is full needs no word about how far the search came.
    return Page(issues, after, start == START, None, None if more else searched_to)


def _end(batch: ImportBatch, chosen: Sequence[CauseCount], first: int) -> int:
    """The last line of the piece that begins at `first`."""
    total = sum(cause.count for cause in chosen)
    if total <= AT_ONCE:
        return _NO_END
    params: list[Any] = []
    for cause in chosen:
        share = max(1, AT_ONCE * cause.count // total)
        params += [batch.pk, cause.severity, cause.origin, cause.cause, first, share]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([f"SELECT {_END}"] * len(chosen)), params)
        return min((row[0] for row in cursor if row[0] is not None), default=_NO_END)


def _find(
    batch: ImportBatch,
    chosen: Sequence[CauseCount],
    start: tuple[int, int],
    end: int,
    patterns: list[str],
) -> list[LineIssue]:
    like = "ILIKE" if connection.vendor == "postgresql" else "LIKE"
    match = " OR ".join([f"params {like} %s ESCAPE '!'"] * len(patterns)) or "1 = 1"
    query = _FOUND.replace("MATCH", match)
    params: list[Any] = []
    for cause in chosen:
        params += [batch.pk, cause.severity, cause.origin, cause.cause]
        params += [start[0], end, *start, *patterns, PAGE + 1]
    whole = " UNION ALL ".join([query] * len(chosen)) + " ORDER BY place, id LIMIT %s"
    return list(LineIssue.objects.raw(whole, [*params, PAGE + 1]))


def _patterns(text: str) -> list[str]:
    """The text as JSON has it: letters beyond ASCII are escaped there, and a database that leaves
    capitals out of account does not know that É is é."""
    spellings = {text}
    if not text.isascii():
        spellings |= {text.lower(), text.upper(), text.title()}
    return [_pattern(json.dumps(one)[1:-1]) for one in sorted(spellings)]


def _pattern(text: str) -> str:
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return f"%{text}%"


def _says(issue: LineIssue, text: str) -> bool:
    """In a value, and not only in the name of a parameter."""
    values = json.loads(issue.params).values()
    return any(text.casefold() in str(value).casefold() for value in values)
