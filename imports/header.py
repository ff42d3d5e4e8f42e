"""The first line of a user-location file: which column is where.

Lucca recognises columns by their exact names (developers.lucca.fr, guide "Import and create user
locations"); people write them with other capitals, accents or blanks, or in French.
"""

from __future__ import annotations

from collections.abc import Sequence

from imports import causes as _registered  # noqa: F401
from portal.sheets.headers import Found, Header, bare_names, width_of
from portal.sheets.issues import to_json
from portal.sheets.nearest import Nearest, folded

REQUIRED = ("login", "workLocationName", "date", "position")
COLUMNS = ("login", "workLocationName", "areaName", "date", "position", "comment", "isDeletion")
NOT_SENT = ("firstName", "lastName", "_reason")

KNOWN = {folded(name): name for name in (*COLUMNS, *NOT_SENT)}
FRENCH = {
    "identifiant": "login",
    "utilisateur": "login",
    "collaborateur": "login",
    "lieu": "workLocationName",
    "lieudetravail": "workLocationName",
    "site": "workLocationName",
    "bureau": "workLocationName",
    "zone": "areaName",
    "espace": "areaName",
    "jour": "date",
    "demijournee": "position",
    "periode": "position",
    "moment": "position",
    "commentaire": "comment",
    "remarque": "comment",
    "suppression": "isDeletion",
    "supprimer": "isDeletion",
    "prenom": "firstName",
    "nom": "lastName",
}
_OTHER_FILES = {
    "file-of-absences": (
        "leaveaccount", "leaveaccountid", "leaveaccountname", "leavetype", "startdate", "enddate",
        "startson", "endson", "startsam", "endsam", "datededebut", "datedefin", "datedebut",
        "datefin", "compte", "comptedeconges", "typedabsence", "absence", "duree", "isam",
    ),
    "file-of-expenses": (
        "amount", "currency", "expensenature", "nature", "merchant", "purchasedon", "vat", "tva",
        "montant", "montantttc", "devise", "depense", "quantity", "taxrate", "costcenter",
    ),
    "file-of-timesheets": (
        "duration", "project", "projet", "activity", "activite", "axis", "axissection",
        "timetype", "starttime", "endtime", "heures", "temps", "unit",
    ),
}  # fmt: skip


def read_header(cells: Sequence[str]) -> Header:
    """Tell the columns apart; fatal when a column cannot be known for certain."""
    width = width_of(cells)
    names = bare_names(cells[:width])
    places: dict[str, int] = {}
    found = Found()
    for at, name in enumerate(names):
        known = KNOWN.get(folded(name))
        if known is None:
            continue
        if known in places:
            if known in COLUMNS:
                found.add("header-duplicate", known, name=known)
            continue
        places[known] = at
        if cells[at] != known and known in COLUMNS:
            found.add("header-rewritten", known, value=cells[at], name=known)
    missing = [name for name in REQUIRED if name not in places]
    other = _other_file(names) if len(missing) > 1 else None
    if other or len(missing) == len(REQUIRED):
        shown = to_json(value=", ".join(names[:8]))
        return Header({}, width, ((1, None, "error", other or _no_header(names), shown),), True)
    nearest = Nearest(name for name in COLUMNS if name not in places)
    _name_strangers(names, nearest, found)
    for name in missing:
        found.add("header-missing", name, name=name)
    return Header(places, width, tuple(found.rows), found.fatal)


def _name_strangers(names: Sequence[str], nearest: Nearest, found: Found) -> None:
    """A strange name that resembles an absent column is an error: its cells would be lost."""
    for number, name in enumerate(names, 1):
        if folded(name) in KNOWN:
            continue
        if not name:
            found.add("header-unnamed", None, number=number)
            continue
        near = FRENCH.get(folded(name)) if folded(name) in FRENCH else nearest.to(name)
        if near in NOT_SENT:
            near = None
        if near and nearest.to(near):
            found.add("header-wrong", None, value=name, nearest=near)
        else:
            found.add("header-ignored", None, value=name)


def _other_file(names: Sequence[str]) -> str | None:
    """The cause for a file of another Lucca import, told by two of its columns."""
    words = {folded(name) for name in names}
    for slug, known in _OTHER_FILES.items():
        if len(words.intersection(known)) >= 2:
            return slug
    return None


def _no_header(names: Sequence[str]) -> str:
    """The cause for a first line without any of the required columns."""
    words = {folded(name) for name in names}
    return "no-header" if words & {"fullday", "firsthalf", "secondhalf"} else "no-known-column"
