"""The table in which faulty lines are corrected: its fields, and what is said beside each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from imports.correcting import Line
from imports.faulty_rows import FaultyRow
from imports.grid.origin import is_cell
from imports.header import COLUMNS
from imports.models import ImportBatch
from imports.pages.lines import column_words
from imports.places import POSITIONS
from imports.positions import position_words
from imports.suggestions import Option, Suggestions

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HEADS: dict[str, "StrOrPromise"] = {
    "login": gettext_lazy("Login"),
    "workLocationName": gettext_lazy("Work location"),
    "areaName": gettext_lazy("Area"),
    "date": gettext_lazy("Date"),
    "position": gettext_lazy("Part of the day"),
    "comment": gettext_lazy("Comment"),
    "isDeletion": gettext_lazy("Delete the entry"),
}
_DELETIONS = {"false": gettext_lazy("no"), "true": gettext_lazy("yes")}


@dataclass(frozen=True)
class Cell:
    """A field. `choices`: where there are few values; `offered`: the list beside a text field."""

    column: str
    name: str
    label: str
    value: str
    said: list[str]
    near: list[Option] = field(default_factory=list)
    choices: Sequence[Option] = ()
    offered: str = ""

    @property
    def taken(self) -> Option | None:
        """What one button puts into the field."""
        return self.near[0] if self.near else None


@dataclass(frozen=True)
class ShownRow:
    """`said` is about the line as a whole; `label` names the cell of a grid."""

    number: int
    row: int
    label: str
    said: list[str]
    more: list[str]
    is_out: bool
    cells: list[Cell]

    @property
    def is_wrong(self) -> bool:
        return not self.is_out and bool(self.said or any(cell.said for cell in self.cells))

    @property
    def first(self) -> str:
        """Where the first thing to correct is typed."""
        return next((cell.name for cell in self.cells if cell.said), self.cells[0].name)


class Table:
    """The faulty lines of a batch, as they were typed so far."""

    def __init__(
        self, batch: ImportBatch, rows: Sequence[FaultyRow], lines: Sequence[Line] = ()
    ) -> None:
        self._known = Suggestions(batch.account)
        places = dict.fromkeys(row.cells["workLocationName"].strip() for row in rows)
        self._areas = {
            place: (f"areas-{at}", names)
            for at, place in enumerate(places)
            if (names := self._known.offered(self._known.areas(place)))
        }
        out = [line.is_out for line in lines] or [False] * len(rows)
        self.rows = [self._row(at, row, out[at]) for at, row in enumerate(rows)]
        self.wrong = [row for row in self.rows if row.is_wrong]
        self.kept = sum(not row.is_out for row in self.rows)
        self.suggested = sum(bool(cell.taken) for row in self.rows for cell in row.cells)

    @property
    def heads(self) -> list["StrOrPromise"]:
        return list(HEADS.values())

    @property
    def places(self) -> list[str]:
        return self._known.offered(self._known.places)

    @property
    def areas(self) -> list[tuple[str, list[str]]]:
        return list(self._areas.values())

    def _row(self, at: int, row: FaultyRow, is_out: bool) -> ShownRow:
        about = [said.sentence for said in row.said if not said.column]
        label = column_words(row.label) if is_cell(row.label) else ""
        cells = [self._cell(at, row, column) for column in COLUMNS]
        return ShownRow(at, row.row, label, about, row.more, is_out, cells)

    def _cell(self, at: int, row: FaultyRow, column: str) -> Cell:
        value = row.cells[column]
        said = [one.sentence for one in row.said if one.column == column]
        near = self._near(row, column) if said else []
        choices: Sequence[Option] = ()
        if column == "position":
            choices = _choices(value, {one: position_words(one) for one in POSITIONS})
        elif column == "isDeletion":
            value = value.strip() or "false"
            choices = _choices(value, _DELETIONS)
        offered = self._offered(at, row, column, near)
        name = f"{column}-{at}"
        return Cell(column, name, str(HEADS[column]), value, said, near, choices, offered)

    def _near(self, row: FaultyRow, column: str) -> list[Option]:
        value = row.cells[column]
        match column:
            case "login":
                return self._known.login(value, row.first_name, row.last_name)
            case "workLocationName":
                return self._known.place(value)
            case "areaName":
                return self._known.area(row.cells["workLocationName"], value)
            case "position":
                return self._known.position(value)
        return []

    def _offered(self, at: int, row: FaultyRow, column: str, near: list[Option]) -> str:
        """The list beside a field: everything where that is not too much, else what is near."""
        if column == "workLocationName" and self.places:
            return "places"
        if column == "areaName":
            found = self._areas.get(row.cells["workLocationName"].strip())
            if found:
                return found[0]
        return f"near-{column}-{at}" if near and column != "position" else ""


def _choices(value: str, known: Mapping[str, "StrOrPromise"]) -> list[Option]:
    """What was typed and is none of these comes first, as it is."""
    found = [Option(one, str(words)) for one, words in known.items()]
    text = value.strip()
    return found if text in known else [Option(text, text), *found]
