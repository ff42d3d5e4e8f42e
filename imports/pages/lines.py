"""The lines of a batch, a page at a time, at the same cost for ten and for a million."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from imports.grid.origin import is_cell
from imports.models import CauseCount, ImportBatch, LineIssue
from imports.positions import WORDS
from portal.sheets.issues import LONGEST_VALUE, ORIGIN_WORDS, SEVERITY_WORDS, sentence, title
from portal.words import day

PAGE = 50
START = (-1, 0)
# Each cause is a range of the index `issue_by_cause`; its first rows after a place are read, and
# of all of these the first. So neither OFFSET nor a count is needed, whatever is chosen.
_ONE_CAUSE = """SELECT * FROM (
    SELECT id, batch_id, line, "column", severity, origin, cause, params, COALESCE(line, 0) AS place
    FROM imports_lineissue
    WHERE batch_id = %s AND severity = %s AND origin = %s AND cause = %s
      AND COALESCE(line, 0) >= %s AND (COALESCE(line, 0) > %s OR id > %s)
    ORDER BY COALESCE(line, 0), id LIMIT %s
) AS one_cause"""


@dataclass(frozen=True)
class Choice:
    """What a person wants to see; empty is all."""

    severity: str = ""
    origin: str = ""
    cause: str = ""
    # In the values that a message names; a number is a line.
    text: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Choice":
        found = cls(*(str(asked.get(name, "")) for name in ("severity", "origin", "cause")))
        # What a message keeps of a cell is shorter, and no cell has a NUL.
        text = str(asked.get("text", "")).replace("\0", "").strip()[:LONGEST_VALUE]
        return replace(found, text=text)

    def query(self, **more: str) -> str:
        chosen = {name: value for name, value in vars(self).items() if value}
        return urlencode(chosen | more)

    def fits(self, cause: CauseCount) -> bool:
        wanted = {"severity": self.severity, "origin": self.origin, "cause": self.cause}
        return all(not value or getattr(cause, name) == value for name, value in wanted.items())


@dataclass(frozen=True)
class Page:
    """`after` is where the next page begins, empty on the last one. `total` is not known of what
    a text finds; `searched_to` is the line up to which was searched, where that is not the end."""

    issues: list[LineIssue]
    after: str
    is_first: bool
    total: int | None
    searched_to: int | None = None


def read(batch: ImportBatch, causes: Sequence[CauseCount], choice: Choice, after: str) -> Page:
    """One query. `causes` are the batch's; those that fit the choice are looked into."""
    chosen = [cause for cause in causes if choice.fits(cause)]
    total = sum(cause.count for cause in chosen)
    line, last = place_of(after)
    if not chosen:
        return Page([], "", True, 0)
    params: list[Any] = []
    for cause in chosen:
        params += [batch.pk, cause.severity, cause.origin, cause.cause]
        params += [line, line, last, PAGE + 1]
    query = " UNION ALL ".join([_ONE_CAUSE] * len(chosen)) + " ORDER BY place, id LIMIT %s"
    found = list(LineIssue.objects.raw(query, [*params, PAGE + 1]))
    issues, more = found[:PAGE], found[PAGE:]
    end = f"{issues[-1].line or 0}-{issues[-1].pk}" if more else ""
    return Page(issues, end, (line, last) == START, total)


def place_of(after: str) -> tuple[int, int]:
    """Where to go on, from the address. What is no such place is the beginning."""
    line, _dash, last = after.partition("-")
    known = line.isdecimal() and last.isdecimal() and len(after) < 31
    place = (int(line), int(last)) if known else START
    return place if place[0] < 2**31 and place[1] < 2**63 else START


@dataclass(frozen=True)
class Shown:
    """A line, or a cause, in the reader's words."""

    issue: LineIssue | CauseCount
    message: str
    title: str
    column: str
    severity: str
    origin: str
    tone: str
    mark: str

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The message as (text, date) pairs, one of them empty: a date is never broken in two."""
        found = enumerate(_DATE.split(self.message))
        return [("", piece) if number % 2 else (piece, "") for number, piece in found]


_HALVES = {"1/2": WORDS["FirstHalf"], "2/2": WORDS["SecondHalf"]}
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})", re.ASCII)
# The colour, and a sign for those to whom colours say nothing.
_LOOKS = {"error": ("error", "✕"), "warning": ("warning", "!"), "rewritten": ("info", "✎")}


def in_words(issue: LineIssue | CauseCount) -> Shown:
    tone, mark = _LOOKS.get(issue.severity, ("quiet", "·"))
    return Shown(
        issue=issue,
        message=sentence(issue.cause, json.loads(issue.params)),
        title=title(issue.cause),
        column=column_words(issue.column) if isinstance(issue, LineIssue) else "",
        severity=str(SEVERITY_WORDS.get(issue.severity, issue.severity)),
        origin=str(ORIGIN_WORDS.get(issue.origin, issue.origin)),
        tone=tone,
        mark=mark,
    )


def column_words(label: str) -> str:
    """Of a grid the letter, the day and the half of the cell; else the name of the column."""
    if not is_cell(label):
        return label
    letter, iso, *half = label.split(" ")
    try:
        at = day(date.fromisoformat(iso))
    except ValueError:  # a column of the person's own that only looks like it
        return label
    said = [letter, at, *(_HALVES[part] for part in half)]
    return ", ".join(str(word) for word in said)


def filters(causes: Sequence[CauseCount]) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen: only what the batch has."""
    said = [in_words(cause) for cause in causes]
    pairs = {
        "severity": [(one.issue.severity, one.severity) for one in said],
        "origin": [(one.issue.origin, one.origin) for one in said],
        "cause": [(one.issue.cause, one.title) for one in said],
    }
    return {name: list(dict(found).items()) for name, found in pairs.items()}
