"""The days that the columns of a grid are named after.

The same rules as for the dates of lines, and a day's name or a month's name may stand with them:
``lundi 9 mars 2026``, ``Mon 09/03/2026``. What two readers could take for two days is refused.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from portal.sheets.dates import read_date
from portal.sheets.nearest import folded

_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "lundi lun monday mon",
            "mardi mar tuesday tue tues",
            "mercredi mer wednesday wed",
            "jeudi jeu thursday thu thur thurs",
            "vendredi ven friday fri",
            "samedi sam saturday sat",
            "dimanche dim sunday sun",
        )
    )
    for name in names.split()
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january",
            "fevrier fevr fev february feb",
            "mars march mar",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil july jul",
            "aout august aug",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        1,
    )
    for name in names.split()
}
_NAMED = re.compile(r"([^\W\d_]{3,9})\.?,?\s+(.+)", re.S)
_IN_WORDS = re.compile(r"([0-9]{1,2})(?:er|st|nd|rd|th)?\s+([^\W\d_]{3,9})\.?,?\s+([0-9]{4})")
_LIKE_DIGITS = re.compile(
    r"[0-9]{1,4}\s*[-/.]\s*[0-9]{1,2}\b|[0-9]{1,2}\s+[0-9]{1,2}\s+[0-9]{2,4}|[3-7][0-9]{4}$"
)
_LIKE_WORDS = re.compile(r"([0-9]{1,2})?(?:er|st|nd|rd|th)?[\s-]*([^\W\d_]{3,9})\b")


def read_day(text: str) -> dt.date | str:
    """The day, or the slug of the cause for which it cannot be known."""
    text = unicodedata.normalize("NFC", text)
    named = _NAMED.fullmatch(text)
    weekday = _WEEKDAYS.get(folded(named[1])) if named else None
    rest = named[2].strip() if named and weekday is not None else text
    day = _in_words(rest) or read_date(rest)
    if isinstance(day, str):
        return _SLUGS.get(day, "day-unreadable")
    if weekday is not None and day.weekday() != weekday:
        return "day-weekday"
    return day


_SLUGS = {"date-two-digit-year": "day-two-digit-year", "date-month-first": "day-month-first"}


def _in_words(text: str) -> dt.date | None:
    found = _IN_WORDS.fullmatch(text)
    month = _MONTHS.get(folded(found[2])) if found else None
    if found is None or month is None:
        return None
    read = read_date(f"{found[3]}-{month:02}-{int(found[1]):02}")
    return read if isinstance(read, dt.date) else None


def looks_like_day(text: str) -> bool:
    """Whether a column's name is meant as a day, readable or not."""
    text = unicodedata.normalize("NFC", text)
    if _LIKE_DIGITS.match(text):
        return True
    found = _LIKE_WORDS.match(text)
    if found is None:
        return False
    word, rest = folded(found[2]), text[found.end() :].strip().lstrip(".,").strip()
    if found[1]:
        return word in _MONTHS
    # "Mardi", "mar. 10": a day's name alone or before a number; "Mars 9" too.
    return (word in _WEEKDAYS or word in _MONTHS) and (not rest or rest[0].isdecimal())
