"""What one cell means, resolved once per distinct value.

A file has a million lines and a few thousand distinct values: every value is looked at once, with
all there is to say about it, and the loop over the lines only looks things up. What is remembered
is bounded, because a million different wrong logins must not fill the memory.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from imports import causes as _registered  # noqa: F401
from portal.sheets.cells import CONTROL, INVISIBLE, Finding, Findings, cleaned, finding, wrong
from portal.sheets.dates import FIRST_YEAR, LAST_YEAR, read_date

MOST_REMEMBERED = 50_000
NEVER, ALWAYS = 0, 4_000_000  # ordinals before and after every date

_COMMENT = re.compile(r'^[=+\-@]|[;"\x00-\x1f\x7f-\x9f\u2028\u2029]|^\s|\s$|[\u200b\ufeff\u2060]')
_COMMENT_BREAKS = re.compile(r'\r\n|[;"\t\r\n\x0b\x0c\x85\u2028\u2029]')


class Day(NamedTuple):
    """A date: as sent, its ordinal, and who already has which half of it.

    ``taken`` maps an employee to a packed integer, see ``What.spread``. The ordinal of a wrong
    date is NEVER.
    """

    sent: str
    ordinal: int
    taken: dict[str, int]
    findings: Findings


class Days:
    """Dates of the file."""

    def __init__(self) -> None:
        self.known: dict[str, Day] = {}
        self.taken: dict[int, dict[str, int]] = {}

    def read(self, value: str) -> Day:
        """What there is to say about a date."""
        if value.isprintable() and value[:1].isalpha() and value[-1] != " ":
            # Neither a date nor blanks around it: the short way, for a file of dates in words.
            result = Day("", NEVER, {}, (wrong("date-format", "date", value),))
        else:
            result = self._careful(value)
        if len(self.known) < MOST_REMEMBERED:
            self.known[value] = result
        return result

    def _careful(self, value: str) -> Day:
        found: list[Finding] = []
        text = cleaned(value, "date", found)
        day = read_date(text) if text else "missing-value"
        if isinstance(day, dt.date):
            sent = day.isoformat()
            if sent != text:
                found.append(finding("date-rewritten", "date", value=text, sent=sent))
            ordinal = day.toordinal()
            return Day(sent, ordinal, self.taken.setdefault(ordinal, {}), tuple(found))
        found.append(self._wrong(day, text))
        return Day("", NEVER, {}, tuple(found))

    def _wrong(self, slug: str, text: str) -> Finding:
        if slug == "missing-value":
            return finding(slug, "date", name="date")
        if slug == "date-year":
            return finding(slug, "date", value=text, first=FIRST_YEAR, last=LAST_YEAR)
        return wrong(slug, "date", text)


def read_comment(value: str, found: list[Finding]) -> str:
    """The comment as sent; most need no second look."""
    if not _COMMENT.search(value):
        return value
    text = value.strip().strip(INVISIBLE).strip()
    if text[:1] in ("=", "+", "-", "@") and text:
        found.append(wrong("comment-formula", "comment", text))
        if text.isprintable():
            return text
    sent = _COMMENT_BREAKS.sub(" ", text)
    if match := CONTROL.search(sent):
        found.append(
            finding("control-character", "comment", value=text, code=f"U+{ord(match[0]):04X}")
        )
    elif sent != text:
        found.append(wrong("comment-rewritten", "comment", text))
        sent = sent.strip()
    elif text != value:
        found.append(wrong("blanks-removed", "comment", text))
    return sent
