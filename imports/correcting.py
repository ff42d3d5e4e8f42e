"""The faulty lines of an import, corrected in a table: they make the next import.

What was sent is never altered. While nothing of the former import is in Lucca, the next one is the
whole file with the corrections, and the former is cancelled, so that no line is imported twice.
Once it was imported, in part or without its faulty lines, only the corrected lines go.

The corrected lines are a file like any other: read, checked and analysed by the same rules.
"""

import csv
import heapq
import io
import json
import shutil
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports import receipt
from imports.canonical import START, quote, read_map
from imports.check import check as check_file
from imports.checking import load_directory
from imports.faulty_rows import FaultyRow, Said
from imports.faulty_rows import read as read_rows
from imports.grid.origin import address as cell_address
from imports.models import ImportBatch
from imports.stages import CORRECTED_IN, Stage
from portal.audit import record
from portal.directory import today
from portal.jobs.moves import IllegalMove
from portal.refusals import Refusal
from portal.sheets.detection import REASON_COLUMN
from portal.sheets.faulty import escape
from portal.sheets.issues import IssueRow, Unreadable, sentence
from portal.words import number

# Lines that are edited on a page; more are corrected in a spreadsheet.
MOST = 200
# A whole file of so many lines is checked before it is made; of a larger one, only what was typed.
_CHECKED_WHOLE = 20_000
# Of the lines that were left out, so many are named.
_NAMED = 20
_OVER = (Stage.DONE, Stage.PARTIAL)
_POSSIBLE = (
    *(Stage.TO_CORRECT, Stage.CHECKED, Stage.ANALYSED, Stage.AWAITING_APPROVAL),
    *(Stage.FAILED, Stage.CANCELLED, *_OVER),
)


@dataclass(frozen=True)
class Line:
    """A line as it was typed: `origin` is its place in the former file; cells as in COLUMNS."""

    origin: int
    cells: tuple[str, ...]
    is_out: bool = False

    @property
    def is_kept(self) -> bool:
        """A line without any content is left out, too."""
        return not self.is_out and any(cell.strip() for cell in self.cells)


class CorrectedAlready(Refusal):
    """Somebody was quicker. `batch` is the import that they made."""

    def __init__(self, batch: ImportBatch) -> None:
        super().__init__(
            _("These lines were corrected already, by %(who)s: import %(id)s holds them.")
            % {"who": batch.created_by or _("the system"), "id": batch.pk}
        )
        self.batch = batch


def count(batch: ImportBatch) -> int:
    """Lines in error, as far as they are known by their place in the file."""
    found = batch.refused_here + batch.refused_by_lucca + batch.left_out
    return found - batch.kept_back


def is_whole(batch: ImportBatch) -> bool:
    """Whether the next import is the whole file: nothing of this one is in Lucca."""
    return batch.stage not in _OVER


def next_one(batch: ImportBatch) -> ImportBatch | None:
    """The import in which this one's lines were corrected, unless that was cancelled."""
    made = batch.made.filter(made_as=ImportBatch.MadeAs.CORRECTION).order_by("-pk")
    live = made.exclude(stage=Stage.CANCELLED) | made.filter(reason=CORRECTED_IN)
    return live.select_related("created_by").first()


def is_offered(batch: ImportBatch) -> bool:
    """Whether it would be of use to offer it; `why_not` decides."""
    return (
        batch.stage in _POSSIBLE
        and 0 < count(batch) <= MOST
        and not _is_fatal(batch)
        and not (batch.stage == Stage.CANCELLED and batch.reason == CORRECTED_IN)
    )


def why_not(batch: ImportBatch) -> str:
    """Why no line can be corrected here, as a sentence; empty if they can."""
    if batch.stage == Stage.UNKNOWN:
        return _("First it must be known what became of this import. Nothing is sent twice.")
    if batch.stage not in _POSSIBLE:
        return _("Lines can be corrected when the file has been checked and nobody works on it.")
    if _is_fatal(batch):
        return _("What is wrong is the file as a whole. Correct it and send it again.")
    if not (faulty := count(batch)):
        return _("No line of this import is in error.")
    if faulty > MOST:
        return _(
            "%(count)s lines are in error, and up to %(most)s can be corrected on a page. Download"
            " the lines to correct, correct them in a spreadsheet and upload that file."
        ) % {"count": number(faulty), "most": number(MOST)}
    if not Path(batch.original.path).exists():
        return _("The file of this import is no longer there.")
    if made := next_one(batch):
        return str(CorrectedAlready(made))
    return ""


def _is_fatal(batch: ImportBatch) -> bool:
    """An error about no line, or about the header: there are no lines to speak of."""
    if not batch.detected:
        return True
    if not batch.unusable:
        return False
    errors = batch.causes.filter(severity="error", origin="check")
    return errors.exclude(first_line__gt=1).exists()


def rows(batch: ImportBatch) -> list[FaultyRow]:
    """The lines in error, to be edited."""
    try:
        found = read_rows(batch, MOST)
    except Unreadable as error:
        raise Refusal(str(error)) from None
    if len(found) > MOST:
        raise Refusal(
            _(
                "%(count)s lines are in error, and up to %(most)s can be corrected on a page."
                " Download the lines to correct, correct them in a spreadsheet and upload that"
                " file."
            )
            % {"count": number(len(found)), "most": number(MOST)}
        )
    return found


# What is still wrong


def complaints(batch: ImportBatch, lines: Sequence[Line]) -> dict[int, list[Said]]:
    """What the check would say about these lines, by origin. Nothing is kept of it."""
    whole = is_whole(batch) and sum(part["lines"] for part in batch.parts) <= _CHECKED_WHOLE
    said: list[IssueRow] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "typed.csv")
        with path.open("wb") as file:
            origins = write(batch, lines, file, whole=whole)
        if not origins:
            return {}
        check_file(
            path,
            load_directory(batch.account),
            today=today(batch.account),
            unknown_login=batch.account.unknown_login,  # type: ignore[arg-type]  # by its choices
            lines_per_upload=batch.account.lines_per_upload,
            folder=Path(folder, "checked"),
            on_issues=said.extend,
        )
    found: dict[int, list[Said]] = {}
    for line, column, severity, cause, params in said:
        if severity == "error" and line in origins:
            words = sentence(cause, json.loads(params))
            found.setdefault(origins[line], []).append(Said(column or "", words))
    return found


# Making the next import


def build(batch: ImportBatch, lines: Sequence[Line], *, by: Any) -> ImportBatch:
    """The next import, to be checked like any other. Of two who save, the second is told."""
    if made := next_one(batch):
        raise CorrectedAlready(made)
    if refusal := why_not(batch):
        raise Refusal(refusal)
    whole = is_whole(batch)
    if not any(line.is_kept for line in lines) and not (whole and batch.canonical):
        raise Refusal(_("Every line is left out, so there is nothing left to import."))
    with tempfile.TemporaryFile() as file:
        write(batch, lines, file, whole=whole)
        file.seek(0)
        return _receive(batch, lines, file, by=by)


def _receive(batch: ImportBatch, lines: Sequence[Line], file: BinaryIO, *, by: Any) -> ImportBatch:
    """The new import comes and the former one goes, or neither."""
    folder: Path | None = None
    try:
        with transaction.atomic():
            made = _keep(batch, lines, file, by=by)
            folder = made.place
            if is_whole(batch) and batch.stage != Stage.CANCELLED:
                batch.move(
                    Stage.CANCELLED, by=by, reason=CORRECTED_IN, reason_params={"batch": made.pk}
                )
                # What was to wait for the former waits for what takes its place.
                ImportBatch.objects.filter(comes_after=batch).update(comes_after=made)
    except (IntegrityError, IllegalMove):
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        if first := next_one(batch):
            raise CorrectedAlready(first) from None
        raise Refusal(
            _("Somebody has just acted on this import. Look where it stands before you go on.")
        ) from None
    return made


def _keep(batch: ImportBatch, lines: Sequence[Line], file: BinaryIO, *, by: Any) -> ImportBatch:
    made_with = {
        "corrected": sum(line.is_kept for line in lines),
        "left_out": [line.origin for line in lines if not line.is_kept],
        "whole": is_whole(batch),
    }
    made = receipt.receive(
        batch.account,
        file,
        f"{PurePath(batch.file_name).stem[:200]}-corrected.csv",
        override=batch.override,
        note=batch.note,
        by=by,
        made_from=batch,
        made_as=ImportBatch.MadeAs.CORRECTION,
        made_with=made_with,
        comes_after=batch.comes_after,
    )
    values = {"in": made.pk, **made_with}
    record("import.corrected", batch, account=batch.account.label, by=by, values=values)
    return made


def write(
    batch: ImportBatch, lines: Sequence[Line], target: BinaryIO, *, whole: bool
) -> dict[int, int]:
    """The file of the next import; the origin of each typed line by its line there.

    Of a whole file of lines, each keeps its number: what was blank or is left out stays a blank
    line. A cell that a spreadsheet would run is escaped, as in the file of faulty lines.
    """
    kept = [line for line in lines if line.is_kept]
    guarded = any(escape(cell) != cell for line in kept for cell in line.cells)
    target.write(START if not guarded else START.replace(b"\r\n", f";{REASON_COLUMN}\r\n".encode()))
    typed = ((line.origin, _data(line.cells, guarded=guarded), True) for line in kept)
    others: Iterator[tuple[int, bytes, bool]] = iter(())
    if whole and batch.canonical:
        others = _others(batch, {line.origin for line in lines}, guarded=guarded)
    keeps_numbers = whole and "grid" not in batch.detected
    origins: dict[int, int] = {}
    at = 1
    blank = b";" * (6 + guarded) + b"\r\n"
    for origin, data, is_typed in heapq.merge(typed, others, key=itemgetter(0)):
        at += 1
        if keeps_numbers and origin > at:
            target.write(blank * (origin - at))
            at = origin
        target.write(data)
        if is_typed:
            origins[at] = origin
    return origins


def _data(cells: Sequence[str], *, guarded: bool) -> bytes:
    found = [*map(escape, cells), ""] if guarded else cells
    return (";".join(map(quote, found)) + "\r\n").encode()


def _others(
    batch: ImportBatch, typed: set[int], *, guarded: bool
) -> Iterator[tuple[int, bytes, bool]]:
    """The lines that are right, as they would be sent."""
    for origin, data in _in_order(batch):
        if origin in typed:
            continue  # refused by Lucca, so it was in the file as sent
        if guarded:
            [cells] = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=";")
            data = _data(cells, guarded=True)
        yield origin, data, False


def count_others(batch: ImportBatch, typed: set[int]) -> int:
    """Lines that are right, and so in the next import as they are."""
    if not is_whole(batch) or not batch.canonical:
        return 0
    return sum(origin not in typed for origin in read_map(Path(batch.line_map.path)))


def _in_order(batch: ImportBatch) -> Iterator[tuple[int, bytes]]:
    """The lines of the canonical file in the order of the person's file: in a file of several
    parts, half-days of one employee-day were brought together."""
    origins = read_map(Path(batch.line_map.path))
    with Path(batch.canonical.path).open("rb") as file:
        next(file)
        if all(first < second for first, second in pairwise(origins)):
            yield from zip(origins, file, strict=True)
            return
        starts = array("Q", [len(START)])
        for data in file:
            starts.append(starts[-1] + len(data))
        for at in sorted(range(len(origins)), key=origins.__getitem__):
            file.seek(starts[at])
            yield origins[at], file.readline()


# In words


def made_words(batch: ImportBatch) -> str:
    """What a corrected import holds: how many lines, and which were left out."""
    if batch.made_as != ImportBatch.MadeAs.CORRECTION:
        return ""
    kept, out = batch.made_with["corrected"], len(batch.made_with["left_out"])
    said = [
        _("The whole file with its corrections.")
        if batch.made_with["whole"]
        else _("Only the corrected lines: the others were imported before."),
        ngettext("%(n)s line was corrected.", "%(n)s lines were corrected.", kept)
        % {"n": number(kept)},
    ]
    if out:
        words = ngettext(
            "%(n)s line was left out: %(which)s.", "%(n)s lines were left out: %(which)s.", out
        )
        said.append(words % {"n": number(out), "which": _which(batch)})
    return " ".join(said)


def _which(batch: ImportBatch) -> str:
    """The lines that were left out, or the cells, as the former file shows them."""
    former = batch.made_from
    is_grid = former is not None and "grid" in former.detected
    out = batch.made_with["left_out"]
    named = [cell_address(one) if is_grid else str(one) for one in out[:_NAMED]]
    return ", ".join([*named, *(["…"] if len(out) > _NAMED else [])])
