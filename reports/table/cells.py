"""What one cell is: a number, a percentage, a duration, a date, or a text.

A number is kept as (digits, decimals), so that sums are exact: 12,50 is (1250, 2). Which sign is
the decimal mark is decided over whole columns (reports.table.columns); a cell alone only bears
witness.
"""

import re
import unicodedata
from typing import Literal, NamedTuple

Mark = Literal[",", "."]
Value = int | float | str | None
Kind = Literal["empty", "number", "percent", "duration", "date", "text"]

# Thousands are parted by blanks of several widths or, in Switzerland, by an apostrophe.
_BLANKS = " \u00a0\u202f\u2009"
_GROUP = f"[{_BLANKS}'\u2019]"
_NUMBER = re.compile(
    rf"([+\-\u2212]?)[{_BLANKS}]?"
    rf"([0-9]{{1,3}}(?:{_GROUP}[0-9]{{3}})+(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)"
    rf"[{_BLANKS}]?(%?)"
)
_DURATION = re.compile(
    r"([+\-\u2212]?)(?:([0-9]{1,4})\.(?=[0-9]{1,2}:))?([0-9]{1,5}):([0-5][0-9])"
    r"(?::([0-5][0-9])(?:[.,][0-9]{1,7})?)?"
)
_HOURS = re.compile(rf"([+\-\u2212]?)([0-9]{{1,5}})[{_BLANKS}]?h[{_BLANKS}]?([0-5][0-9])?", re.I)
_CLOCK = r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)?Z?)?"
_ISO = re.compile(r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})" + _CLOCK)
_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})" + _CLOCK)
# Written where there is no value.
NOTHING = frozenset({"-", "\u2013", "\u2014"})
# More digits than this are no quantity, but somebody's number.
MOST_DIGITS = 12


class Shape(NamedTuple):
    """`mark` is the decimal mark that the cell proves, or "?," and "?." for 1,234 and 1.234, which
    may be a thousand or a fraction; of a date "dm" or "md". `whole` and `fraction` are counts of
    digits where the last mark is taken for the decimal one."""

    kind: Kind
    mark: str = ""
    whole: int = 0
    fraction: int = 0


EMPTY, TEXT, DURATION = Shape("empty"), Shape("text"), Shape("duration")


def shape(cell: str) -> Shape:
    cell = cell.strip()
    if not cell or cell in NOTHING:
        return EMPTY
    if not any("0" <= sign <= "9" for sign in cell[:8]):
        return TEXT
    if found := _NUMBER.fullmatch(cell):
        return _number_shape(found[2], "percent" if found[3] else "number")
    if seconds(cell) is not None:
        return DURATION
    return _date_shape(cell)


def _number_shape(body: str, kind: Kind) -> Shape:
    body = re.sub(_GROUP, " ", body)
    commas, points = body.count(","), body.count(".")
    last = max(body.rfind(","), body.rfind("."))
    whole = body[: last if last >= 0 else None].replace(" ", "").replace(",", "").replace(".", "")
    fraction = len(body) - last - 1 if last >= 0 else 0
    if len(whole) > 1 and whole.startswith("0"):
        return TEXT  # 007 is somebody's number
    if not commas and not points:
        return Shape(kind, "", len(whole))
    sign, other = body[last], "," if body[last] == "." else "."
    if body.count(sign) > 1:  # 1.234.567: parted thousands, so the other sign is the decimal one
        good = not body.count(other) and _is_grouped(body, sign)
        return Shape(kind, other, len(whole) + fraction) if good else TEXT
    if other in body:
        return Shape(kind, sign, len(whole), fraction) if _is_grouped(body[:last], other) else TEXT
    doubtful = fraction == 3 and 1 <= len(whole) <= 3 and whole != "0" and " " not in body
    return Shape(kind, f"?{sign}" if doubtful else sign, len(whole), fraction)


def _is_grouped(text: str, sign: str) -> bool:
    first, *rest = text.split(sign)
    return " " not in text and 1 <= len(first) <= 3 and all(len(part) == 3 for part in rest)


def number(cell: str, mark: Mark) -> tuple[int, int] | None:
    """(digits, decimals) of a number or percentage whose decimal mark that is; None if it is no
    such number: 1.5 is none where the comma is the mark."""
    found = _NUMBER.fullmatch(cell.strip())
    if not found:
        return None
    body = re.sub(_GROUP, "", found[2])
    whole, _mark, fraction = body.partition(mark)
    other = "." if mark == "," else ","
    if other in fraction or mark in fraction:
        return None
    if other in whole:
        if not _is_grouped(whole, other):
            return None
        whole = whole.replace(other, "")
    if len(whole) > 1 and whole.startswith("0"):
        return None
    digits = int(whole + fraction)
    return (-digits if found[1] in ("-", "\u2212") else digits), len(fraction)


def seconds(cell: str) -> int | None:
    """7:30, 7:30:00, 1.04:00:00 (one day and four hours), 7h30."""
    cell = cell.strip()
    if found := _DURATION.fullmatch(cell):
        sign, days, hours, minutes, rest = found.groups()
        if days and int(hours) > 23:
            return None
        total = int(days or 0) * 86_400 + int(hours) * 3600 + int(minutes) * 60 + int(rest or 0)
    elif found := _HOURS.fullmatch(cell):
        sign = found[1]
        total = int(found[2]) * 3600 + int(found[3] or 0) * 60
    else:
        return None
    return -total if sign in ("-", "\u2212") else total


def _date_shape(cell: str) -> Shape:
    if found := _ISO.fullmatch(cell):
        return Shape("date") if _is_day(found[1], found[2], found[3]) else TEXT
    if found := _DATE.fullmatch(cell):
        day_first = _is_day(found[3], found[2], found[1])
        month_first = _is_day(found[3], found[1], found[2])
        if day_first or month_first:
            proof = "" if day_first and month_first else "dm" if day_first else "md"
            return Shape("date", proof)
    return TEXT


def _is_day(year: str, month: str, day: str) -> bool:
    return "1900" <= year <= "2199" and 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def iso(cell: str, order: str) -> str | None:
    """The date as text that sorts: 2026-02-28, with the time behind it if there is one."""
    cell = cell.strip()
    if found := _ISO.fullmatch(cell):
        year, month, day = found[1], found[2], found[3]
    elif found := _DATE.fullmatch(cell):
        day, month, year = found[1], found[2], found[3]
        if order == "md":
            day, month = month, day
    else:
        return None
    if not _is_day(year, month, day):
        return None
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{found[4]}" if found[4] else "")


def fold(text: str) -> str:
    """As texts are compared: without case, accents, and differences of blanks."""
    if text.isascii():
        return text.lower().strip()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one)).strip()
