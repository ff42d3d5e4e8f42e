"""What each column is, decided over all of its cells: its kind, and its decimal mark.

1.234 is a fraction in one report and a thousand in the next. A column that holds 7,5 or 1.234,50
anywhere proves its mark; one that proves nothing follows the other columns of the file; and where
no column proves anything, it is assumed, and the page says so.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.table.cells import MOST_DIGITS, Kind, Mark, Shape, fold, shape
from reports.table.labels import labels

# So many cells of a hundred must be numbers for the column to be one of numbers. The others are
# left out of its sum, and counted.
ENOUGH = 0.95
FEW_VALUES = 60
_MEMO = 50_000
# Numbers that name somebody or something; a sum of them means nothing.
_NAMES = re.compile(
    r"\b(id|ids|identifiant|identifier|matricule|numero|number|num|no|n|nr|code|siren|siret|year"
    r"|annee|badge|phone|telephone|postal|zip)\b"
)
# Times of the clock; durations are written the same.
_CLOCK = re.compile(r"\b(debut|fin|start|starts|end|ends|arrivee|depart|arrival|departure)\b")


@dataclass
class Profile:
    """What was seen of a column. `whole` and `fraction` are the most digits of each shape."""

    shapes: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    whole: dict[tuple[Kind, str], int] = field(default_factory=dict)
    fraction: dict[tuple[Kind, str], int] = field(default_factory=dict)
    values: set[str] | None = field(default_factory=set)

    def see(self, cells: Sequence[str], shapes: "Shapes") -> None:
        """A block of cells of the column. It is by far the most that is done for a file."""
        for place, count in Counter(map(shapes.__getitem__, cells)).items():
            kind, mark, whole, fraction = shapes.known[place]
            key = kind, mark
            self.shapes[key] += count
            if whole > self.whole.get(key, -1):
                self.whole[key] = whole
            if fraction > self.fraction.get(key, -1):
                self.fraction[key] = fraction
        if self.values is not None:
            self.values.update(cells)
            if len(self.values) > FEW_VALUES:
                self.values = None

    @property
    def filled(self) -> int:
        return self.shapes.total() - self.shapes["empty", ""]

    def share(self, *kinds: Kind) -> float:
        return sum(n for (kind, _), n in self.shapes.items() if kind in kinds) / (self.filled or 1)

    def proofs(self, mark: str) -> int:
        return self.shapes["number", mark] + self.shapes["percent", mark]

    @property
    def is_numeric(self) -> bool:
        return bool(self.filled) and self.share("number", "percent") >= ENOUGH


class Shapes(dict[str, int]):
    """Shapes of cells seen before, each by its place in `known`: whole numbers are counted fastest.
    Bounded: a report may have millions of different cells, but these have few shapes."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[Shape] = []
        self._places: dict[Shape, int] = {}

    def __missing__(self, cell: str) -> int:
        if len(self) >= _MEMO:
            self.clear()
        found = shape(cell)
        place = self._places.setdefault(found, len(self.known))
        if place == len(self.known):
            self.known.append(found)
        self[cell] = place
        return place


@dataclass(frozen=True)
class Column:
    """`decimals`: numbers are kept as whole numbers of that many decimals; None if they have too
    many digits for that, and are kept as floating ones. `order` is of dates. Percentages, and
    numbers that are names, are not summed. What follows `filled` is known when all is read."""

    at: int
    heading: str
    base: str
    period: str
    kind: Kind
    mark: Mark | None = None
    decimals: int | None = 0
    order: str = "dm"
    is_summed: bool = False
    values: list[str] | None = None
    filled: int = 0
    has_gaps: bool = True
    left_out: int = 0
    first_left_out: int = 0
    sum: Any = None
    least: Any = None
    most: Any = None

    @property
    def is_measured(self) -> bool:
        return self.kind in ("number", "percent", "duration")


@dataclass(frozen=True)
class Decided:
    """`mark` is the file's decimal mark, None if there is no number with decimals; `is_assumed`
    when nothing in the file proves it."""

    columns: list[Column]
    mark: Mark | None
    is_assumed: bool


def decide(
    headings: Sequence[str], profiles: Sequence[Profile], separator: str, chosen: Mark | None
) -> Decided:
    mark, is_proven = _mark_of_file(profiles, separator)
    of_file = chosen or mark
    month_first = any(p.shapes["date", "md"] and not p.shapes["date", "dm"] for p in profiles)
    columns, doubtful = [], False
    for at, (label, heading, profile) in enumerate(
        zip(labels(headings), headings, profiles, strict=True)
    ):
        own = chosen or (of_file if is_proven else None)
        column_mark, is_sure = _mark_of(profile, own, of_file) if not chosen else (chosen, True)
        kind = _kind(profile, column_mark)
        doubtful = doubtful or (kind in ("number", "percent") and not is_sure)
        is_number = kind in ("number", "percent")
        columns.append(
            Column(
                at,
                heading.strip(),
                label.base,
                label.period,
                kind,
                mark=column_mark if is_number else None,
                decimals=_decimals(profile, column_mark) if is_number else 0,
                order="md" if month_first else "dm",
                is_summed=_is_summed(kind, heading),
                values=_few(profile) if kind == "text" else None,
                filled=profile.filled,
                left_out=_strange(profile, kind, column_mark),
            )
        )
    has_decimals = any(p.proofs(one) or p.proofs(f"?{one}") for p in profiles for one in ",.")
    return Decided(columns, of_file if has_decimals or chosen else None, doubtful)


def _mark_of_file(profiles: Sequence[Profile], separator: str) -> tuple[Mark, bool]:
    """The mark that most numbers prove. Else where the comma parts columns, the point is used, and
    elsewhere the comma."""
    commas = sum(profile.proofs(",") for profile in profiles if profile.is_numeric)
    points = sum(profile.proofs(".") for profile in profiles if profile.is_numeric)
    if commas != points:
        return ("," if commas > points else "."), True
    return ("." if separator == "," else ","), False


def _mark_of(profile: Profile, proven: Mark | None, assumed: Mark) -> tuple[Mark, bool]:
    commas, points = profile.proofs(","), profile.proofs(".")
    if commas != points:
        return ("," if commas > points else "."), True
    maybe_comma, maybe_point = profile.proofs("?,"), profile.proofs("?.")
    if proven or not (maybe_comma or maybe_point):
        return proven or assumed, True
    if bool(maybe_comma) != bool(maybe_point):
        sign: Mark = "," if maybe_comma else "."
        other: Mark = "." if maybe_comma else ","
        plain = profile.whole.get(("number", ""), 0)
        if plain > 3:  # 1500 beside 1.234: thousands are not parted here
            return sign, True
        if plain:  # 950 beside 1.234: fractions would not be missing from every whole number
            return other, False
    return assumed, False


def _strange(profile: Profile, kind: Kind, mark: Mark) -> int:
    """Cells that are neither blank nor of the column's kind."""
    if kind == "text":
        return 0
    if kind in ("number", "percent"):
        good = sum(profile.shapes[key] for key, _grouped in _keys(profile, mark))
    else:
        good = sum(count for (one, _), count in profile.shapes.items() if one == kind)
    return profile.filled - good


def _kind(profile: Profile, mark: Mark) -> Kind:
    if not profile.filled:
        return "text"
    if profile.share("date") >= ENOUGH:
        return "date"
    if profile.share("duration") >= ENOUGH:
        return "duration"
    if not profile.is_numeric:
        return "text"
    # 7.5 is no number where the comma is the mark; 1.234 is one.
    bad = _strange(profile, "number", mark) / profile.filled
    if bad > 1 - ENOUGH or _whole(profile, mark) > MOST_DIGITS:
        return "text"
    return "percent" if profile.share("percent") > 0.5 else "number"


def _keys(profile: Profile, mark: Mark) -> list[tuple[tuple[Kind, str], bool]]:
    """Shapes of numbers under that mark, each with whether what follows its last sign is no
    fraction but a group of thousands."""
    other = "." if mark == "," else ","
    numeric = [key for key in profile.whole if key[0] in ("number", "percent")]
    return [(key, key[1] == f"?{other}") for key in numeric if key[1] != other]


def _whole(profile: Profile, mark: Mark) -> int:
    sizes = [profile.whole[key] + (3 if grouped else 0) for key, grouped in _keys(profile, mark)]
    return max(sizes, default=0)


def _decimals(profile: Profile, mark: Mark) -> int | None:
    fractions = (0 if grouped else profile.fraction[key] for key, grouped in _keys(profile, mark))
    decimals = max(fractions, default=0)
    return decimals if decimals + _whole(profile, mark) <= MOST_DIGITS else None


def _is_summed(kind: Kind, heading: str) -> bool:
    words = fold(heading).replace("_", " ").replace("°", " ")
    if kind == "number":
        return not _NAMES.search(words)
    return kind == "duration" and not _CLOCK.search(words)


def _few(profile: Profile) -> list[str] | None:
    if profile.values is None:
        return None
    by_key = {fold(value): " ".join(value.split()) for value in profile.values if value.strip()}
    return [by_key[key] for key in sorted(by_key)]
