"""What one cell means, resolved once per distinct value.

A file has a million lines and a few thousand distinct values: every value is looked at once, with
all there is to say about it, and the loop over the lines only looks things up. What is remembered
is bounded, because a million different wrong logins must not fill the memory.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from imports import causes as _registered  # noqa: F401
from imports.canonical import quote
from imports.dates import FIRST_YEAR, LAST_YEAR, read_date
from portal.sheets.issues import about, severity_of, to_json
from portal.sheets.nearest import Nearest

Finding: TypeAlias = tuple[str | None, str, str, str]
"""(column, severity, cause, parameters as JSON): an issue that still lacks its line."""
Findings: TypeAlias = tuple[Finding, ...]

MOST_REMEMBERED = 50_000
POSITIONS = ("FullDay", "FirstHalf", "SecondHalf")
NEVER, ALWAYS = 0, 4_000_000  # ordinals before and after every date

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_INVISIBLE = "\u200b\ufeff\u2060"  # zero-width marks, which str.strip() leaves
_COMMENT = re.compile(r'^[=+\-@]|[;"\x00-\x1f\x7f-\x9f\u2028\u2029]|^\s|\s$|[\u200b\ufeff\u2060]')
_COMMENT_BREAKS = re.compile(r'\r\n|[;"\t\r\n\x0b\x0c\x85\u2028\u2029]')
_TRUTH = {
    "true": "true", "vrai": "true", "1": "true", "oui": "true", "yes": "true",
    "false": "false", "faux": "false", "0": "false", "non": "false", "no": "false",
}  # fmt: skip


@dataclass(frozen=True)
class Employee:
    """An employee of the directory. ``ends_on`` is the end of the present contract."""

    id: int
    left_on: dt.date | None = None
    ends_on: dt.date | None = None
    starts_on: dt.date | None = None


@dataclass(frozen=True)
class Location:
    """How many active and inactive work locations carry one name, and the areas of the active."""

    active: int = 1
    inactive: int = 0
    areas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Directory:
    """What Lucca knows, by login and by name of the work location."""

    employees: Mapping[str, Employee]
    locations: Mapping[str, Location]


class Who(NamedTuple):
    """A login: as sent, as it counts for duplicates, and the ordinals its contract spans."""

    sent: str
    key: str
    first: int
    last: int
    findings: Findings


class Day(NamedTuple):
    """A date: as sent, its ordinal, and who already has which half of it.

    ``taken`` maps an employee to a packed integer, see ``What.spread``. The ordinal of a wrong
    date is NEVER.
    """

    sent: str
    ordinal: int
    taken: dict[str, int]
    findings: Findings


class What(NamedTuple):
    """Place, area, position and deletion together, as the pieces of the canonical line.

    A day's halves are packed as (deletion marks | line of the second half | line of the first
    half) of 2 + 24 + 24 bits: ``line * spread + mark`` is added for a line, ``mask`` covers the
    halves it needs. ``spread`` is 0 when the position is unknown.
    """

    before_date: str
    before_comment: str
    after_comment: str
    spread: int
    mask: int
    mark: int
    number: int
    findings: Findings


LINE_BITS = 24
HALF = (1 << LINE_BITS) - 1
FIRST, SECOND = HALF, HALF << LINE_BITS
_MARK = 1 << (2 * LINE_BITS)
_SHAPES = {  # position -> (spread, mask, mark of a deletion)
    "FirstHalf": (1, FIRST, _MARK),
    "SecondHalf": (1 << LINE_BITS, SECOND, _MARK << 1),
    "FullDay": (1 + (1 << LINE_BITS), FIRST | SECOND, _MARK * 3),
}


def finding(slug: str, column: str | None, **params: str | int | None) -> Finding:
    """A finding with the cause's own severity."""
    return (column, severity_of(slug), slug, to_json(**params))


def wrong(slug: str, column: str, value: str) -> Finding:
    """A finding that names the value only; the quick way for what a million lines may have."""
    return (column, severity_of(slug), slug, about(value))


def _with_nearest(slug: str, column: str, value: str, nearest: str | None) -> Finding:
    if nearest is None:
        return wrong(slug, column, value)
    return finding(slug, column, value=value, nearest=nearest)


def cleaned(value: str, column: str, found: list[Finding]) -> str:
    """The value without blanks around it; control characters inside it are an error."""
    text = value.strip()
    if text == value and text.isprintable():
        return text
    text = text.strip(_INVISIBLE).strip()
    if text != value:
        found.append(wrong("blanks-removed", column, text))
    if not text.isprintable() and (match := _CONTROL.search(text)):
        found.append(
            finding("control-character", column, value=text, code=f"U+{ord(match[0]):04X}")
        )
    return text


class Logins:
    """Logins of the file, against the employees of the directory."""

    def __init__(
        self,
        employees: Mapping[str, Employee],
        today: dt.date,
        unknown: Literal["error", "warning"],
    ) -> None:
        self.known: dict[str, Who] = {}
        self._employees, self._today, self._unknown = employees, today, unknown
        self._nearest: Nearest | None = None
        self._by_case: dict[str, list[str]] | None = None

    def read(self, value: str) -> Who:
        """What there is to say about a login."""
        if value.isalnum() and value not in self._employees:
            who = self._stranger(value, [])
        else:
            who = self._careful(value)
        if len(self.known) < MOST_REMEMBERED:
            self.known[value] = who
        return who

    def _careful(self, value: str) -> Who:
        found: list[Finding] = []
        login = cleaned(value, "login", found)
        if not login:
            found.append(finding("missing-value", "login", name="login"))
        elif login in self._employees:
            return self._employed(login, login, found)
        elif not found or found[-1][1] != "error":
            return self._stranger(login, found)
        return Who(login, "", NEVER, ALWAYS, tuple(found))

    def _stranger(self, login: str, found: list[Finding]) -> Who:
        """A login that is not in the directory: of other case, or unknown."""
        same = self._other_case(login)
        if same is not None:
            found.append(finding("login-case", "login", value=login, name=same))
            return self._employed(login, same, found)
        near = self._suggest(login)
        params = to_json(value=login, nearest=near) if near else about(login)
        found.append(("login", self._unknown, "unknown-login", params))
        return Who(quote(login), login, NEVER, ALWAYS, tuple(found))

    def _employed(self, login: str, key: str, found: list[Finding]) -> Who:
        employee = self._employees[key]
        if employee.left_on and employee.left_on < self._today:
            left = employee.left_on.isoformat()
            found.append(finding("former-employee", "login", value=login, left_on=left))
        return Who(
            quote(login),
            key,
            employee.starts_on.toordinal() if employee.starts_on else NEVER,
            employee.ends_on.toordinal() if employee.ends_on else ALWAYS,
            tuple(found),
        )

    def _other_case(self, login: str) -> str | None:
        """The one employee whose login differs by capitals only."""
        if self._by_case is None:
            self._by_case = {}
            for name in self._employees:
                self._by_case.setdefault(name.casefold(), []).append(name)
        same = self._by_case.get(login.casefold())
        return same[0] if same and len(same) == 1 else None

    def _suggest(self, login: str) -> str | None:
        if self._nearest is None:
            self._nearest = Nearest(self._employees)
        return self._nearest.to(login)

    def outside_contract(self, who: Who, day: Day) -> Findings:
        """Warnings for a date that the present contract does not cover."""
        employee = self._employees[who.key]
        if day.ordinal > who.last and employee.ends_on:
            ends = employee.ends_on.isoformat()
            return (
                finding("after-contract-end", "date", value=who.key, ends_on=ends, date=day.sent),
            )
        starts = employee.starts_on.isoformat() if employee.starts_on else None
        return (
            finding(
                "before-contract-start", "date", value=who.key, starts_on=starts, date=day.sent
            ),
        )


class Days:
    """Dates of the file."""

    def __init__(self) -> None:
        self.known: dict[str, Day] = {}
        self.taken: dict[int, dict[str, int]] = {}

    def read(self, value: str) -> Day:
        """What there is to say about a date."""
        found: list[Finding] = []
        text = cleaned(value, "date", found)
        day = read_date(text) if text else "missing-value"
        if isinstance(day, dt.date):
            sent = day.isoformat()
            if sent != text:
                found.append(finding("date-rewritten", "date", value=text, sent=sent))
            ordinal = day.toordinal()
            result = Day(sent, ordinal, self.taken.setdefault(ordinal, {}), tuple(found))
        else:
            found.append(self._wrong(day, text))
            result = Day("", NEVER, {}, tuple(found))
        if len(self.known) < MOST_REMEMBERED:
            self.known[value] = result
        return result

    def _wrong(self, slug: str, text: str) -> Finding:
        if slug == "missing-value":
            return finding(slug, "date", name="date")
        if slug == "date-year":
            return finding(slug, "date", value=text, first=FIRST_YEAR, last=LAST_YEAR)
        return wrong(slug, "date", text)


_SPELT = {True: "true", False: "false"}


class Whats:
    """Place, area, position and deletion of the file, against the directory's locations."""

    def __init__(self, locations: Mapping[str, Location]) -> None:
        self.known: dict[tuple[str, str, str, str], What] = {}
        self.kinds: list[tuple[str, str, bool]] = []
        """(place, area, deletion) by ``What.number``."""
        self._numbers: dict[tuple[str, str, bool], int] = {}
        self._locations = locations
        self._near_place = Nearest(name for name, found in locations.items() if found.active)
        self._near_area: dict[str, Nearest] = {}
        self._near_position = Nearest(POSITIONS)

    def read(self, key: tuple[str, str, str, str]) -> What:
        """What there is to say about the four cells of a line."""
        found: list[Finding] = []
        place = cleaned(key[0], "workLocationName", found)
        area = cleaned(key[1], "areaName", found)
        position = self._position(cleaned(key[2], "position", found), found)
        deletion = self._deletion(cleaned(key[3], "isDeletion", found), found)
        if place:
            self._place(place, area, found)
        else:
            self._no_place(area, deletion, found)
        spread, mask, mark = _SHAPES.get(position, (0, 0, 0))
        mark = mark if deletion else 0
        findings = tuple(found)
        for each in found:
            if each[1] == "error":
                what = What("", "", "", spread, mask, mark, -1, findings)
                break
        else:
            before_date, end = f";{quote(place)};{quote(area)};", f";{_SPELT[deletion]}\r\n"
            number = self._number(place, area, deletion)
            what = What(before_date, f";{position};", end, spread, mask, mark, number, findings)
        if len(self.known) < MOST_REMEMBERED:
            self.known[key] = what
        return what

    def _number(self, place: str, area: str, deletion: bool) -> int:
        kind = (place, area, deletion)
        number = self._numbers.setdefault(kind, len(self.kinds))
        if number == len(self.kinds):
            self.kinds.append(kind)
        return number

    def _position(self, text: str, found: list[Finding]) -> str:
        if text in _SHAPES:
            return text
        if not text:
            found.append(finding("missing-value", "position", name="position"))
            return ""
        for position in POSITIONS:
            if len(text) == len(position) and text.casefold() == position.casefold():
                found.append(finding("position-rewritten", "position", value=text, sent=position))
                return position
        near = self._near_position.to(text)
        found.append(_with_nearest("unknown-position", "position", text, near))
        return ""

    def _deletion(self, text: str, found: list[Finding]) -> bool:
        if text in ("", "false", "true"):
            return text == "true"
        sent = _TRUTH.get(text.casefold())
        if sent is None:
            found.append(wrong("deletion-format", "isDeletion", text))
        else:
            found.append(finding("deletion-rewritten", "isDeletion", value=text, sent=sent))
        return sent == "true"

    def _no_place(self, area: str, deletion: bool, found: list[Finding]) -> None:
        if area:
            found.append(wrong("area-without-place", "areaName", area))
        elif deletion:
            found.append(finding("deletion-without-place", "workLocationName"))
        else:
            found.append(finding("missing-value", "workLocationName", name="workLocationName"))

    def _place(self, place: str, area: str, found: list[Finding]) -> None:
        column = "workLocationName"
        location = self._locations.get(place)
        if location is None or not (location.active or location.inactive):
            near = self._near_place.to(place)
            found.append(_with_nearest("unknown-place", column, place, near))
        elif not location.active:
            found.append(wrong("inactive-place", column, place))
        elif location.active > 1:
            count = location.active
            found.append(finding("ambiguous-place", column, value=place, count=count))
        elif area:
            self._area(place, location, area, found)

    def _area(self, place: str, location: Location, area: str, found: list[Finding]) -> None:
        count = location.areas.get(area, 0)
        if count > 1:
            found.append(
                finding("ambiguous-area", "areaName", place=place, value=area, count=count)
            )
        elif not count:
            near = self._near_area.setdefault(place, Nearest(location.areas)).to(area)
            found.append(finding("unknown-area", "areaName", place=place, value=area, nearest=near))


def read_comment(value: str, found: list[Finding]) -> str:
    """The comment as sent; most need no second look."""
    if not _COMMENT.search(value):
        return value
    text = value.strip().strip(_INVISIBLE).strip()
    if text[:1] in ("=", "+", "-", "@") and text:
        found.append(wrong("comment-formula", "comment", text))
    sent = _COMMENT_BREAKS.sub(" ", text)
    if match := _CONTROL.search(sent):
        found.append(
            finding("control-character", "comment", value=text, code=f"U+{ord(match[0]):04X}")
        )
    elif sent != text:
        found.append(wrong("comment-rewritten", "comment", text))
        sent = sent.strip()
    elif text != value:
        found.append(wrong("blanks-removed", "comment", text))
    return sent
