"""Line 1 of a weekly grid: which column is which day, and where the logins stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imports.grid import causes as _registered  # noqa: F401
from imports.grid.days import looks_like_day, read_day
from imports.grid.origin import MOST_COLUMNS, letter
from imports.header import COLUMNS, FRENCH, KNOWN, NOT_SENT
from portal.sheets.headers import Found, bare_names, width_of
from portal.sheets.issues import IssueRow
from portal.sheets.nearest import Nearest, folded

MOST_DAYS = 400
# What makes it the ordinary form, in which a date is a value and not the name of a column.
_ORDINARY = {"workLocationName", "date", "position"}
# What stands beside the logins so that people can read the grid.
_FOR_PEOPLE = {
    *map(folded, NOT_SENT),
    *("prenom", "nom", "name", "fullname", "nomprenom", "nomcomplet", "employee", "collaborateur"),
    *("equipe", "team", "service", "departement", "department"),
}


@dataclass(frozen=True)
class GridHeader:
    """``days`` are the ISO dates by column, from 0; ``width`` the number of cells."""

    login: int
    days: dict[int, str]
    width: int
    issues: tuple[IssueRow, ...]
    fatal: bool

    @property
    def by_letter(self) -> dict[str, str]:
        """The dates by the letter of their column."""
        return {letter(column): day for column, day in self.days.items()}


def read_grid_header(cells: Sequence[str]) -> GridHeader | None:
    """The columns of a grid, or None when the file is none.

    Two names of columns that look like days make it one, unless it has a column of the ordinary
    form, and provided that somebody's login or name stands beside them.
    """
    width = width_of(cells)
    names = bare_names(cells[:width])
    known = [KNOWN.get(folded(name), "") for name in names]
    days = [column for column, name in enumerate(names) if looks_like_day(name)]
    if len(days) < 2 or _ORDINARY.intersection(known) or not _has_people(names):
        return None
    if len(days) > MOST_DAYS or days[-1] >= MOST_COLUMNS:
        return _too_wide(len(days), width)
    found = Found()
    logins = [column for column, name in enumerate(known) if name == "login"]
    if len(logins) > 1:
        found.add("header-duplicate", "login", name="login")
    elif logins and cells[logins[0]] != "login":
        found.add("header-rewritten", "login", value=cells[logins[0]], name="login")
    _name_others(names, days, bool(logins), found)
    if not logins:
        found.add("header-missing", "login", name="login")
    read = {column: day for column in days if (day := _day(names[column], column, found))}
    return GridHeader(logins[0] if logins else -1, read, width, tuple(found.rows), found.fatal)


def _too_wide(days: int, width: int) -> GridHeader:
    found = Found()
    found.add("grid-too-wide", None, found=days, most=MOST_DAYS, columns=MOST_COLUMNS)
    return GridHeader(-1, {}, width, tuple(found.rows), found.fatal)


def _has_people(names: Sequence[str]) -> bool:
    words = {folded(name) for name in names}
    return bool(words & _FOR_PEOPLE) or any(
        "login" in (KNOWN.get(word), FRENCH.get(word)) for word in words
    )


def _day(name: str, column: int, found: Found) -> str | None:
    day = read_day(name)
    where = letter(column)
    if isinstance(day, str):
        found.add(day, where, letter=where, value=name)
        return None
    if name != day.isoformat():
        found.add("day-read", where, letter=where, value=name, sent=day.isoformat())
    return day.isoformat()


def _name_others(names: Sequence[str], days: Sequence[int], has_login: bool, found: Found) -> None:
    """What is neither login nor day is not sent; a login under another name is asked for."""
    others = set(range(len(names))).difference(days)
    nearest = Nearest(["login"])
    for column in sorted(others):
        name = names[column]
        word = folded(name)
        if KNOWN.get(word) == "login" or (word in _FOR_PEOPLE and FRENCH.get(word) != "login"):
            continue
        if KNOWN.get(word) in COLUMNS:
            # Its cells mean something for one line; to pass over a deletion would do harm.
            found.add("grid-column", KNOWN[word], name=name)
        elif not name:
            found.add("header-unnamed", None, number=column + 1)
        elif not has_login and (FRENCH.get(word) == "login" or nearest.to(name)):
            found.add("header-wrong", None, value=name, nearest="login")
        elif word not in _FOR_PEOPLE:
            found.add("header-ignored", None, value=name)
