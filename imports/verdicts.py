"""What becomes of a line of an import that replaces, where entries stand on its day.

What `overrideUserLocations=true` does to the half of a day that the file does not name is not
documented (developers.lucca.fr/api-reference/legacy/timmi-office/imports/import-user-locations), so
a line that touches such a half is told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy

from imports.models import ReadEntry

_FIRST, _SECOND = frozenset({1}), frozenset({2})
_BOTH = _FIRST | _SECOND
_HALVES = {"FirstHalf": _FIRST, "SecondHalf": _SECOND}


class Verdict(models.TextChoices):
    """What would become of a line. The order is that of the sentence of counts."""

    REPLACED = "replaced", gettext_lazy("replaces what stands there")
    DELETED = "deleted", gettext_lazy("deletes an entry")
    SAME = "same", gettext_lazy("the same already")
    CREATED = "created", gettext_lazy("fills what is empty")
    MISSING = "missing", gettext_lazy("finds nothing to delete")
    UNKNOWN = "unknown", gettext_lazy("not known")


class Doubt(models.TextChoices):
    """What Lucca does not document about a line."""

    OTHER_HALF_GOES = (
        "other-half-goes",
        gettext_lazy(
            "A full day stands there and the file names one half: the other half may end up empty."
        ),
    )
    OTHER_HALF_STANDS = (
        "other-half-stands",
        gettext_lazy("The other half of the day has an entry: it may be kept, or go as well."),
    )
    OTHER_PART = (
        "other-part",
        gettext_lazy(
            "Another part of that day has an entry: it may be deleted, or the line be refused."
        ),
    )
    NO_EMPLOYEE = (
        "no-employee",
        gettext_lazy("The directory has no employee with this login, so nothing could be read."),
    )


@dataclass(frozen=True)
class Line:
    """A line of the canonical file; place and area by their names."""

    login: str
    place: str
    area: str
    day: str
    position: str
    is_deletion: bool


def halves(position: str) -> frozenset[int]:
    """The parts of the day that a position covers; one that we do not know may cover both."""
    return _HALVES.get(position, _BOTH)


def judge(
    line: Line,
    standing: Sequence[ReadEntry],
    named: frozenset[int],
    wanted: tuple[int | None, int | None],
) -> tuple[Verdict, Doubt | None]:
    """What becomes of a line where these entries stand on its day.

    `named` are the halves of the day that lines of the file name, `wanted` its place and area.
    """
    mine = halves(line.position)
    hit = [entry for entry in standing if halves(entry.position) & mine]
    if line.is_deletion:
        if any(entry.position == line.position for entry in hit):
            return Verdict.DELETED, None
        return Verdict.MISSING, Doubt.OTHER_PART if standing else None
    left = frozenset[int]().union(*(halves(entry.position) for entry in standing)) - mine - named
    doubt = None
    if left:
        spans = any(halves(entry.position) & left for entry in hit)
        doubt = Doubt.OTHER_HALF_GOES if spans else Doubt.OTHER_HALF_STANDS
    if not hit:
        return Verdict.CREATED, doubt
    [first, *others] = hit
    same = (first.position, first.place, first.area) == (line.position, *wanted)
    return Verdict.SAME if same and not others else Verdict.REPLACED, doubt
