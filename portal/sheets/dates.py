"""Dates as people write them. Unambiguous ones are rewritten; the others are refused, not guessed.

Lucca takes ``YYYY-MM-DD`` and ``YYYY/MM/DD``; ``DD/MM/YYYY`` is what French spreadsheets write.
"""

from __future__ import annotations

import datetime as dt
import re

FIRST_YEAR, LAST_YEAR = 2000, 2100

_YEAR_FIRST = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[ T]00:00(?::00(?:\.0+)?)?)?", re.A)
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: 00:00(?::00)?)?", re.A)
_TWO_DIGITS = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}", re.A)
_SERIAL = re.compile(r"[3-7]\d{4}", re.A)  # spreadsheets count days from 1900: 36526 is 2000-01-01


def read_date(text: str) -> dt.date | str:
    """The day, or the slug of the cause for which it cannot be known."""
    if not text[:1].isdecimal():
        return "date-format"
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
        if month > 12 >= day > 0:
            return "date-month-first" if month <= 31 else "date-impossible"
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = int(match[1]), int(match[2]), int(match[3])
        if 12 < month <= 31 and 0 < day <= 12:
            return "date-month-first"
    elif _TWO_DIGITS.fullmatch(text):
        return "date-two-digit-year"
    elif _SERIAL.fullmatch(text):
        return "date-number"
    else:
        return "date-format"
    try:
        date = dt.date(year, month, day)
    except ValueError:
        return "date-impossible"
    return date if FIRST_YEAR <= year <= LAST_YEAR else "date-year"
