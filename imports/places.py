"""Place, area, position and deletion of a line: the cells with few distinct combinations.

Lucca matches places and areas by their names, so each name must lead to exactly one active place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from imports.canonical import quote
from imports.directory import Location
from imports.values import MOST_REMEMBERED
from portal.sheets.cells import Finding, Findings, cleaned, finding, with_nearest, wrong
from portal.sheets.nearest import Nearest, folded

POSITIONS = ("FullDay", "FirstHalf", "SecondHalf")
FRENCH_POSITIONS = {  # not taken for the English words, but proposed
    "journee": "FullDay", "journeeentiere": "FullDay", "journeecomplete": "FullDay",
    "matin": "FirstHalf", "matinee": "FirstHalf", "am": "FirstHalf",
    "apres-midi": "SecondHalf", "apresmidi": "SecondHalf", "pm": "SecondHalf",
}  # fmt: skip
_TRUTH = {
    "true": "true", "vrai": "true", "1": "true", "oui": "true", "yes": "true",
    "false": "false", "faux": "false", "0": "false", "non": "false", "no": "false",
}  # fmt: skip


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
# A What without the call that its names cost: a third of the short way.
_what: Callable[[tuple[object, ...]], What] = partial(tuple.__new__, What)

_KEPT = {  # (position, isDeletion) of lines that create -> (spread, mask)
    (position, deletion): shape[:2]
    for position, shape in _SHAPES.items()
    for deletion in ("", "false")
}


class Whats:
    """Place, area, position and deletion of the file, against the directory's locations."""

    def __init__(self, locations: Mapping[str, Location]) -> None:
        self.known: dict[tuple[str, str, str, str], What] = {}
        self.kinds: list[tuple[str, str, bool]] = []
        """(place, area, deletion) by ``What.number``."""
        self._numbers: dict[tuple[str, str, bool], int] = {}
        self._locations = locations
        self._near_place = Nearest(name for name, found in locations.items() if found.active)
        self._hopeless = False
        """No nearest place will be proposed any more."""
        self._near_area: dict[str, Nearest] = {}
        self._near_position = Nearest(POSITIONS)
        self._positions: dict[str, tuple[str, Findings]] = {}
        self._deletions: dict[str, tuple[str, Findings]] = {}

    def read(self, key: tuple[str, str, str, str]) -> What:
        """What there is to say about the four cells of a line."""
        place, area, position, deletion = key
        kept = _KEPT.get((position, deletion))
        if (
            kept is None
            or area
            or not self._hopeless
            or place in self._locations
            or not place.isprintable()
            or place.strip() != place
            or not place
        ):
            what = self._careful(key)
        else:
            # The short way, for a file in which every line names another unknown place.
            findings = (wrong("unknown-place", "workLocationName", place),)
            what = _what(("", "", "", kept[0], kept[1], 0, -1, findings))
        if len(self.known) < MOST_REMEMBERED:
            self.known[key] = what
        return what

    def _careful(self, key: tuple[str, str, str, str]) -> What:
        found: list[Finding] = []
        place = cleaned(key[0], "workLocationName", found)
        area = cleaned(key[1], "areaName", found)
        position = self._remembered(key[2], self._position, self._positions, found)
        truth = self._remembered(key[3], self._deletion, self._deletions, found)
        deletion = truth == "true"
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
            before_date, end = f";{quote(place)};{quote(area)};", f";{truth}\r\n"
            number = self._number(place, area, deletion)
            what = What(before_date, f";{position};", end, spread, mask, mark, number, findings)
        return what

    def _number(self, place: str, area: str, deletion: bool) -> int:
        kind = (place, area, deletion)
        number = self._numbers.setdefault(kind, len(self.kinds))
        if number == len(self.kinds):
            self.kinds.append(kind)
        return number

    def _remembered(
        self,
        value: str,
        read: Callable[[str, list[Finding]], str],
        known: dict[str, tuple[str, Findings]],
        found: list[Finding],
    ) -> str:
        """What a cell means that has few distinct values, even where the places are a million."""
        result = known.get(value)
        if result is None:
            own: list[Finding] = []
            result = (read(value, own), tuple(own))
            if len(known) < MOST_REMEMBERED:
                known[value] = result
        found += result[1]
        return result[0]

    def _position(self, value: str, found: list[Finding]) -> str:
        text = cleaned(value, "position", found)
        if text in _SHAPES:
            return text
        if not text:
            found.append(finding("missing-value", "position", name="position"))
            return ""
        for position in POSITIONS:
            if len(text) == len(position) and text.casefold() == position.casefold():
                found.append(finding("position-rewritten", "position", value=text, sent=position))
                return position
        near = FRENCH_POSITIONS.get(folded(text)) or self._near_position.to(text)
        found.append(with_nearest("unknown-position", "position", text, near))
        return ""

    def _deletion(self, value: str, found: list[Finding]) -> str:
        text = cleaned(value, "isDeletion", found)
        if text in ("", "false", "true"):
            return text or "false"
        sent = _TRUTH.get(text.casefold())
        if sent is None:
            found.append(wrong("deletion-format", "isDeletion", text))
        else:
            found.append(finding("deletion-rewritten", "isDeletion", value=text, sent=sent))
        return sent or "false"

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
            self._hopeless = self._near_place.spent
            found.append(with_nearest("unknown-place", column, place, near))
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
