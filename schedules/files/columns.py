"""The first line of a file of overrides: which column is where, in English or French."""

from __future__ import annotations

from collections.abc import Sequence

from portal.sheets.detection import REASON_COLUMN
from portal.sheets.headers import Found, Header, bare_names, width_of
from portal.sheets.issues import to_json
from portal.sheets.nearest import Nearest, folded
from schedules.files import causes as _registered  # noqa: F401

COLUMNS = ("login", "employeeId", "date", "half", "nature", "duration", "start", "comment")
_WHO = COLUMNS[:2]
_REQUIRED = ("date", "half", "nature")
# Known, for people to find their way in the file; nothing is done with them.
_FOR_PEOPLE = {"firstname", "lastname", "name", "prenom", "nom", REASON_COLUMN}
_OTHER_WORDS = {
    "login": "identifiant utilisateur collaborateur",
    "employeeId": "id employee idcollaborateur collaborateurid idlucca matricule",
    "date": "jour day",
    "half": "part demijournee demi-journee moitie partie periode moment",
    "nature": "type",
    "duration": "duree heures hours",
    "start": "starts debut heurededebut",
    "comment": "commentaire remarque note",
}
_KNOWN = {folded(name): name for name in COLUMNS} | {
    word: name for name, words in _OTHER_WORDS.items() for word in words.split()
}


def read_header(cells: Sequence[str]) -> Header:
    """Tell the columns apart; fatal when a column cannot be known for certain."""
    width = width_of(cells)
    names = bare_names(cells[:width])
    places: dict[str, int] = {}
    found = Found()
    for at, name in enumerate(names):
        known = _KNOWN.get(folded(name))
        if known is None:
            continue
        if known in places:
            found.add("header-duplicate", known, name=known)
            continue
        places[known] = at
        if name != known:
            found.add("column-taken-as", known, value=name, name=known)
    if not places:
        shown = to_json(value=", ".join(names[:8]))
        return Header({}, width, ((1, None, "error", "not-overrides", shown),), True)
    _name_strangers(names, places, found)
    if not any(name in places for name in _WHO):
        found.add("no-employee-column", None)
    for name in _REQUIRED:
        if name not in places:
            found.add("header-missing", name, name=name)
    return Header(places, width, tuple(found.rows), found.fatal)


def _name_strangers(names: Sequence[str], places: dict[str, int], found: Found) -> None:
    """A strange name that resembles an absent column is an error: its cells would be lost."""
    nearest = Nearest(name for name in COLUMNS if name not in places)
    for number, name in enumerate(names, 1):
        if folded(name) in _KNOWN or folded(name) in _FOR_PEOPLE:
            continue
        if not name:
            found.add("header-unnamed", None, number=number)
        elif near := nearest.to(name):
            found.add("column-strange", None, value=name, nearest=near)
        else:
            found.add("column-ignored", None, value=name)
