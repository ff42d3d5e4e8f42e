"""Rows of a grid for the faulty-lines file: of each row only the days that are in error."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from imports.checking import load_locations
from imports.grid.cells import Cells
from imports.grid.origin import WHOLE, column_and_half, letter
from imports.models import ImportBatch

_Wanted = dict[int, set[int]]  # the halves in error by column


class FaultyCells:
    """Knows the cells in error of a batch, row by row; to be asked in the order of rows.

    The issues are read alongside the file, so that neither is held in memory.
    """

    def __init__(self, batch: ImportBatch) -> None:
        self._days = set(batch.detected["grid"]["columns"])
        self._cells = Cells(load_locations(batch.account))
        self._rows = _by_row(batch)
        self._row, self._wanted = 0, _Wanted()

    def trim(self, row: int, cells: list[str]) -> list[str]:
        """The cells without the days that are right; all of them when the row itself is wrong."""
        while self._row < row:
            self._row, self._wanted = next(self._rows, (row, _Wanted()))
        if not self._wanted:
            return cells
        return [
            self._kept(cell, self._wanted.get(column, set()))
            if letter(column) in self._days
            else cell
            for column, cell in enumerate(cells)
        ]

    def _kept(self, cell: str, halves: set[int]) -> str:
        if not halves:
            return ""
        if WHOLE in halves:
            return cell
        kept = [piece.text for piece in self._cells.read(cell) if piece.half in halves]
        # Both halves, or a cell that reads otherwise since the directory was read anew.
        return kept[0] if len(kept) == 1 else cell


def _by_row(batch: ImportBatch) -> Iterator[tuple[int, _Wanted]]:
    named = (
        batch.issues.filter(severity="error", line__gt=1)
        .order_by("line", "pk")
        .values_list("line", "column")
        .iterator(chunk_size=5000)
    )
    for row, labels in groupby(named, key=lambda found: found[0] or 0):
        wanted = _Wanted()
        for _row, label in labels:
            if cell := column_and_half(label):
                wanted.setdefault(cell[0], set()).add(cell[1])
        yield row, wanted
