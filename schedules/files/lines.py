"""One line of a file of overrides: each cell read, and all that is wrong said at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from portal.sheets.cells import CONTROL, Finding, cleaned, finding, with_nearest, wrong
from portal.sheets.dates import FIRST_YEAR, LAST_YEAR, read_date
from portal.sheets.nearest import Nearest, folded
from schedules.files import causes as _registered  # noqa: F401
from schedules.overrides.asked import (
    MOST_COMMENT,
    NATURES,
    PARTS,
    Ask,
    Unreadable,
    problems,
    read_clock,
    read_duration,
)

T = TypeVar("T")

# As people say them; what may mean two things is not taken.
_HALVES = {
    "first": "firsthalf morning am matin matinee 1 premiere premieremoitie 1redemi-journee",
    "second": "secondhalf afternoon pm apres-midi apresmidi 2 seconde deuxieme secondemoitie"
    " deuxiememoitie",
    "full": "fullday day whole wholeday journee journeeentiere journeecomplete jour",
}
_NATURES = {
    "off": "absent nonworked notworked nontravaille",
    "worked": "work working travaille travail",
    "partTime": "part-time parttimedayoff tempspartiel",
    "weeklyRest": "weekly-rest reposhebdomadaire repos-hebdomadaire",
}
# A spreadsheet's own way to keep a time of the day.
_SECONDS = re.compile(r"(\d{1,2}:\d{2}):00(?:\.0+)?", re.ASCII)


class Employees:
    """Who a line may name. Of the account's directory: login to id, and the ids that there are."""

    def __init__(self, by_login: Mapping[str, int], ids: Mapping[int, str]) -> None:
        self._by_login, self._ids = by_login, ids
        self._nearest = Nearest(by_login)
        self._folded: dict[str, list[str]] = {}
        for login in by_login:
            self._folded.setdefault(login.casefold(), []).append(login)

    def read(self, login: str, number: str, found: list[Finding]) -> tuple[int, str]:
        """The employee's id, 0 where it is not known, and how they are called in issues."""
        if not login and not number:
            found.append(finding("nobody-named", "login"))
            return 0, ""
        by_login = self._by_that_login(login, found) if login else 0
        by_number = self._by_that_id(number, found) if number else 0
        if by_login and by_number and by_login != by_number:
            found.append(finding("login-and-id-differ", "employeeId", login=login, value=number))
            return 0, login
        wrong_one = (login and not by_login) or (number and not by_number)
        person = 0 if wrong_one else by_login or by_number
        return person, self._ids.get(person) or login or number

    def _by_that_login(self, login: str, found: list[Finding]) -> int:
        if login in self._by_login:
            return self._by_login[login]
        same = self._folded.get(login.casefold(), [])
        if len(same) == 1:
            found.append(finding("login-taken-as", "login", value=login, name=same[0]))
            return self._by_login[same[0]]
        near = self._nearest.to(login)
        found.append(with_nearest("unknown-login", "login", login, near))
        return 0

    def _by_that_id(self, number: str, found: list[Finding]) -> int:
        known = number.isascii() and number.isdecimal() and len(number) < 19
        if known and int(number) in self._ids:
            return int(number)
        found.append(wrong("unknown-id", "employeeId", number))
        return 0


class Words:
    """The words of a column: ours, as they stand; others that mean the same, said."""

    def __init__(
        self, column: str, slug: str, names: tuple[str, ...], others: Mapping[str, str]
    ) -> None:
        self._column, self._slug, self._names = column, slug, names
        self._known = {folded(name): name for name in names} | {
            folded(word): name for name, words in others.items() for word in words.split()
        }
        self._nearest = Nearest(names)

    def read(self, value: str, found: list[Finding]) -> str:
        text = cleaned(value, self._column, found)
        if text in self._names:
            return text
        if not text:
            found.append(finding("missing-value", self._column, name=self._column))
            return ""
        known = self._known.get(folded(text))
        if known is None:
            near = self._nearest.to(text)
            found.append(with_nearest(self._slug, self._column, text, near))
            return ""
        found.append(finding("word-taken-as", self._column, value=text, sent=known))
        return known


class LineReader:
    """Reads lines against the employees of an account."""

    def __init__(self, employees: Employees) -> None:
        self._employees = employees
        self._halves = Words("half", "unknown-half", PARTS, _HALVES)
        self._natures = Words("nature", "unknown-nature", NATURES, _NATURES)

    def read(self, cells: Mapping[str, str]) -> tuple[Ask | None, str, list[Finding]]:
        """What is asked, or None where an error stands among the findings; and whose day it is."""
        found: list[Finding] = []
        login = cleaned(cells.get("login", ""), "login", found)
        number = cleaned(cells.get("employeeId", ""), "employeeId", found)
        employee, named = self._employees.read(login, number, found)
        day = _date(cells.get("date", ""), found)
        part = self._halves.read(cells.get("half", ""), found)
        nature = self._natures.read(cells.get("nature", ""), found)
        minutes, counted_in = _typed(cells, "duration", read_duration, (0, ""), found)
        starts = _typed(cells, "start", read_clock, "", found)
        comment = _comment(cells.get("comment", ""), found)
        typed_wrongly = any(one[2] in _UNREADABLE for one in found)
        ask = Ask(employee, day or dt.date.min, part, nature, minutes, counted_in, starts, comment)
        if nature and part and not typed_wrongly:
            found += [_as_finding(problem.slug) for problem in problems(ask)]
        is_wrong = any(severity == "error" for _column, severity, _slug, _params in found)
        return (None if is_wrong else ask), named, found


_UNREADABLE = ("duration-unreadable", "duration-too-long", "clock-unreadable")
_COLUMN_OF = {
    **dict.fromkeys(("start-without-work", "ends-after-midnight"), "start"),
}


def _as_finding(slug: str) -> Finding:
    return finding(slug, _COLUMN_OF.get(slug, "duration"))


def _date(value: str, found: list[Finding]) -> dt.date | None:
    text = cleaned(value, "date", found)
    day = read_date(text) if text else "missing-value"
    if isinstance(day, dt.date):
        if day.isoformat() != text:
            found.append(finding("date-rewritten", "date", value=text, sent=day.isoformat()))
        return day
    if day == "missing-value":
        found.append(finding(day, "date", name="date"))
    elif day == "date-year":
        found.append(finding(day, "date", value=text, first=FIRST_YEAR, last=LAST_YEAR))
    else:
        found.append(wrong(day, "date", text))
    return None


def _typed(
    cells: Mapping[str, str], column: str, read: Callable[[str], T], empty: T, found: list[Finding]
) -> T:
    """A duration or a clock, by the readers of the form."""
    text = cleaned(cells.get(column, ""), column, found)
    if match := _SECONDS.fullmatch(text):
        text = match[1]
    try:
        return read(text)
    except Unreadable as unreadable:
        found.append(finding(unreadable.finding.slug, column, **unreadable.finding.params))
        return empty


def _comment(value: str, found: list[Finding]) -> str:
    text = " ".join(value.split())
    if text[:1] in ("=", "+", "-", "@") and text:
        found.append(wrong("comment-formula", "comment", text))
    if match := CONTROL.search(text):
        found.append(
            finding("control-character", "comment", value=text, code=f"U+{ord(match[0]):04X}")
        )
    if len(text) > MOST_COMMENT:
        found.append(finding("comment-too-long", "comment", length=len(text), most=MOST_COMMENT))
    return text
