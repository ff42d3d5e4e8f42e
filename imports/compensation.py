"""What it takes to put back what stood in Lucca before an import, day by day.

For each employee and day that the import touched there is what stood before (the snapshot, or
nothing where the import only filled empty days), what the import brought, and what stands there
now. A day that is no longer as the import left it is somebody's later change: it is left alone,
unless a person wants it back all the same.

Lucca does not document what happens when a half-day takes the place of a full day, nor whether one
file may delete and create on one day (developers.lucca.fr/api-reference/legacy/timmi-office/
imports/import-user-locations). So where the parts of the day differ, deletions go first, in an
import of their own, and both halves of a day are restored together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from imports.models import Finding
from imports.place_names import PlaceNames
from imports.touched import EmployeeDay, Held, Touched
from imports.verdicts import Line
from imports.verification import judge

# position, place, area
_Key = tuple[str, int | None, int | None]
_POSITIONS = ("FullDay", "FirstHalf", "SecondHalf")


class Fate(Enum):
    """What becomes of an employee's day. The names are those of the counts."""

    RESTORED = "restored"
    SAME = "same"
    CHANGED = "changed"
    LEFT = "left"
    PLACE_GONE = "place_gone"


@dataclass(frozen=True)
class Day:
    """`first` are deletions that must be done before the others; `deletions` and `creations` may go
    together."""

    fate: Fate
    login: str = ""
    first: Sequence[_Key] = ()
    deletions: Sequence[_Key] = ()
    creations: Sequence[_Key] = ()
    # Former entries that were requests, and come back as an import sets them.
    pending: int = 0


@dataclass
class Counts:
    """Employee-days by what becomes of them, and lines; `strangers` are lines of unknown logins."""

    restored: int = 0
    same: int = 0
    changed: int = 0
    left: int = 0
    place_gone: int = 0
    strangers: int = 0
    first: int = 0
    deletions: int = 0
    creations: int = 0
    pending: int = 0

    def add(self, day: Day) -> None:
        name = day.fate.value
        setattr(self, name, getattr(self, name) + 1)
        self.first += len(day.first)
        self.deletions += len(day.deletions)
        self.creations += len(day.creations)
        self.pending += day.pending


class Decider:
    """What puts back one day after the other."""

    def __init__(
        self, touched: Touched, names: PlaceNames, *, has_snapshot: bool, changed_too: bool
    ) -> None:
        self._touched, self._names = touched, names
        self._has_snapshot, self._changed_too = has_snapshot, changed_too
        self._nameable: dict[tuple[int | None, int | None], bool] = {}

    def decide(self, day: EmployeeDay) -> Day:
        lines = [self._touched.line(place) for place in day.lines]
        names, now = self._names, day.entries[-1]
        imported = {_wanted(line, names) for line in lines if not line.is_deletion}
        before = (
            day.entries[0] if self._has_snapshot else [e for e in now if _key(e) not in imported]
        )
        stood, stands = [_key(entry) for entry in before], [_key(entry) for entry in now]
        gone = [key for key in stands if key not in stood]
        back = [key for key in stood if key not in stands]
        if not gone and not back:
            return Day(Fate.SAME)
        if day.person.has_left:
            return Day(Fate.LEFT)
        if not self._changed_too and (_is_changed(lines, now, names) or set(gone) - imported):
            return Day(Fate.CHANGED)
        login = lines[0].login
        if not back:
            return Day(Fate.RESTORED, login, deletions=gone)
        return self._restore(login, before, gone)

    def _restore(self, login: str, before: Sequence[Held], gone: Sequence[_Key]) -> Day:
        # All that stood there: one half that is restored alone might take the other one away.
        creations = [_key(entry) for entry in before]
        for key in creations:
            if key[0] not in _POSITIONS or not self._is_nameable(key):
                return Day(Fate.PLACE_GONE)
        positions = {key[0] for key in creations}
        first = [key for key in gone if "FullDay" not in positions and key[0] not in positions]
        pending = sum(entry.status.lower() == "pending" for entry in before)
        return Day(Fate.RESTORED, login, first=first, creations=creations, pending=pending)

    def _is_nameable(self, key: _Key) -> bool:
        """Whether a file can name the place: an active one, and an area that is known."""
        where = key[1:]
        if where not in self._nameable:
            place, area = where
            known = self._names.places.get(place or 0)
            is_known = area is None or (place, area) in self._names.areas
            self._nameable[where] = bool(
                known
                and known.is_active
                and is_known
                and self._names.ids(known.name, "")[0] == place
            )
        return self._nameable[where]


def _is_changed(lines: Sequence[Line], now: Sequence[Held], names: PlaceNames) -> bool:
    """Whether the day is not as the import left it."""
    return any(
        judge(line, now, names.ids(line.place, line.area), has_left=False)[0] != Finding.VERIFIED
        for line in lines
    )


def _key(entry: Held) -> _Key:
    return entry.position, entry.place, entry.area


def _wanted(line: Line, names: PlaceNames) -> _Key:
    return (line.position, *names.ids(line.place, line.area))
