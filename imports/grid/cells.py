"""What a cell of a grid says: a place for the day, or for its halves, with or without an area.

    Home                           the whole day
    Home / Paris Opéra             the first half / the second half
    Home /        / Paris Opéra    one half only
    Lyon Part-Dieu > Finance       a place and its area, wherever a place may stand

Names may hold these signs themselves, so the names of the account decide: first whether the whole
cell is one, then at which sign both sides are. What stays unknown is read as written, so that the
check can say which name it does not know and which it is like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from imports.directory import Location
from imports.grid.origin import FIRST, SECOND, WHOLE
from imports.values import MOST_REMEMBERED
from portal.sheets.cells import INVISIBLE
from portal.sheets.nearest import Nearest

_POSITIONS = {WHOLE: "FullDay", FIRST: "FirstHalf", SECOND: "SecondHalf"}
_SLASH = re.compile(r"/")
# With a blank, or the end of the cell, on either side.
_LOOSE_SLASH = re.compile(r"(?:(?<=\s)|^)/(?:(?=\s)|$)")
_AREA = re.compile(r">")


class Piece(NamedTuple):
    """One line that a cell makes. ``text`` is this piece as it would stand in a cell alone."""

    place: str
    area: str
    position: str
    half: int
    text: str


class Cells:
    """Reads cells against the work locations of the account."""

    def __init__(self, locations: Mapping[str, Location]) -> None:
        self.known: dict[str, tuple[Piece, ...]] = {}
        self._locations = locations
        # A cell that is like one of these is a typing mistake in a name, not two names.
        self._with_signs = Nearest(name for name in locations if "/" in name or ">" in name)

    def read(self, cell: str) -> tuple[Piece, ...]:
        """The lines of a cell that is not empty, first half first."""
        pieces = self._pieces(cell)
        if len(self.known) < MOST_REMEMBERED:
            self.known[cell] = pieces
        return pieces

    def _pieces(self, cell: str) -> tuple[Piece, ...]:
        text = _bare(cell)
        if text in self._locations:
            return (Piece(cell, "", _POSITIONS[WHOLE], WHOLE, text),)  # its blanks are told apart
        halves = None if self._name(text) else self._halves(text)
        if halves is None:
            return (_piece(self._place(text), WHOLE, text),)
        first, second = halves
        pieces = []
        if first:
            pieces.append(_piece(self._place(first), FIRST, f"{first} /"))
        if second:
            pieces.append(_piece(self._place(second), SECOND, f"/ {second}"))
        return tuple(pieces)

    def _halves(self, text: str) -> tuple[str, str] | None:
        """Both halves, one of them perhaps empty; None when the cell is about the whole day."""
        if "/" not in text:
            return None
        cuts = list(_cuts(_SLASH, text))
        known = [cut for cut in cuts if any(cut) and all(not one or self._name(one) for one in cut)]
        if known:
            return known[0] if len(known) == 1 else None
        if self._with_signs.to(text):
            return None
        cuts = [cut for cut in _cuts(_LOOSE_SLASH, text) if any(cut)]
        if len(cuts) > 1:
            cuts = [cut for cut in cuts if any(one and self._name(one) for one in cut)]
        return cuts[0] if len(cuts) == 1 else None

    def _name(self, text: str) -> tuple[str, str] | None:
        """Place and area that the text certainly names."""
        if text in self._locations:
            return text, ""
        found = [
            (place, area)
            for place, area in _cuts(_AREA, text)
            if place in self._locations and area in self._locations[place].areas
        ]
        return found[0] if len(found) == 1 else None

    def _place(self, text: str) -> tuple[str, str]:
        """Place and area as the text is most likely meant; whether they exist, the check says."""
        if certain := self._name(text):
            return certain
        cuts = [] if self._with_signs.to(text) else [cut for cut in _cuts(_AREA, text) if all(cut)]
        placed = [cut for cut in cuts if cut[0] in self._locations]
        if len(placed) == 1:
            return placed[0]
        return cuts[0] if len(cuts) == 1 else (text, "")


def _piece(name: tuple[str, str], half: int, text: str) -> Piece:
    return Piece(*name, _POSITIONS[half], half, text)


def _cuts(sign: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    """What stands before and after each such sign."""
    for found in sign.finditer(text):
        yield _bare(text[: found.start()]), _bare(text[found.end() :])


def _bare(text: str) -> str:
    return text.strip().strip(INVISIBLE).strip()
