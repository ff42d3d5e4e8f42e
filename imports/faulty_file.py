"""The lines in error, handed out with their reasons to be corrected and sent again."""

from dataclasses import fields
from pathlib import Path

from imports.grid.faulty import FaultyCells
from imports.issues import reasons_by_line
from imports.models import ImportBatch
from portal.sheets.detection import Detected
from portal.sheets.faulty import write_faulty_lines


def faulty_lines(batch: ImportBatch, target: Path) -> int:
    """Write the lines in error, with their reasons, to `target`; how many there are.

    Of a grid, the rows with an error and in them only what is in error: the rest of such a row can
    be imported without them, and must not come back with them."""
    facts = {field.name: batch.detected[field.name] for field in fields(Detected)}
    return write_faulty_lines(
        Path(batch.original.path),
        Detected(**facts),
        reasons_by_line(batch),
        target,
        trim=FaultyCells(batch).trim if "grid" in batch.detected else None,
    )
