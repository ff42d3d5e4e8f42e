"""The page on which faulty lines are corrected: a table that makes the next import.

Nothing is kept of what is typed before it is saved. Enter looks the lines through again; only the
button below the table saves.
"""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from imports import correcting
from imports.correcting import CorrectedAlready, Line
from imports.faulty_rows import FaultyRow
from imports.header import COLUMNS
from imports.models import ImportBatch
from imports.pages.acts import seen
from imports.pages.correct_table import Table
from imports.pages.rights import find, needs, show, to_batch
from imports.pages.upload import check_at_once
from portal.refusals import Refusal
from portal.words import number


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs("add")
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    why_not, rows = correcting.why_not(batch), list[FaultyRow]()
    made = correcting.next_one(batch) if why_not else None
    if not why_not or made:
        try:
            rows = correcting.rows(batch)
        except Refusal as refusal:
            why_not = str(refusal)
    if request.method != "POST" or not rows:
        return _table(request, batch, rows, why_not=why_not, made=made)
    _fill(rows, request.POST)
    lines = [_line(row, at, request.POST) for at, row in enumerate(rows)]
    if "save" in request.POST or "save_anyway" in request.POST:
        return _save(request, batch, rows, lines)
    return _table(request, batch, rows, _again(batch, rows, lines, request.POST), why_not, made)


def _fill(rows: Sequence[FaultyRow], given: QueryDict) -> None:
    """What was typed, in place of what the file has. What Lucca said of a line is about the line
    as it was."""
    for at, row in enumerate(rows):
        before = dict(row.cells)
        for column in COLUMNS:
            # No spreadsheet cell has a NUL, and no file may.
            row.cells[column] = given.get(f"{column}-{at}", before[column]).replace("\0", "")
        # The choice has no empty value; in a file, empty is no deletion.
        before["isDeletion"] = before["isDeletion"].strip() or "false"
        if row.cells != before:
            row.by_lucca = []


def _line(row: FaultyRow, at: int, given: QueryDict) -> Line:
    cells = tuple(row.cells[column] for column in COLUMNS)
    return Line(row.origin, cells, f"out-{at}" in given)


def _again(
    batch: ImportBatch, rows: Sequence[FaultyRow], lines: list[Line], given: QueryDict
) -> list[Line]:
    """Take the suggestions that were chosen, and look all lines through again."""
    taken = given.get("take", "")
    if taken:
        # As the page showed it: what is wrong by now, and not as the file came.
        _complain(batch, rows, lines)
        for row, shown in zip(rows, Table(batch, rows, lines).rows, strict=True):
            for cell in shown.cells:
                if cell.taken and taken in ("all", cell.name):
                    row.cells[cell.column] = cell.taken.value
        lines = [
            Line(row.origin, tuple(row.cells[column] for column in COLUMNS), line.is_out)
            for row, line in zip(rows, lines, strict=True)
        ]
    _complain(batch, rows, lines)
    return lines


def _complain(batch: ImportBatch, rows: Sequence[FaultyRow], lines: Sequence[Line]) -> int:
    """Put beside each line what is still wrong with it; how many lines have something."""
    found = correcting.complaints(batch, lines)
    for row in rows:
        row.said = [*found.get(row.origin, []), *row.by_lucca]
    return len(found)


def _save(
    request: HttpRequest, batch: ImportBatch, rows: Sequence[FaultyRow], lines: Sequence[Line]
) -> HttpResponse:
    wrong = 0
    if "save_anyway" not in request.POST:
        wrong = _complain(batch, rows, lines)
    if wrong:
        return _table(request, batch, rows, lines, is_refused=True)
    try:
        made = correcting.build(
            seen(batch, request.POST.get("version", "")), lines, by=request.user
        )
    except CorrectedAlready as already:
        if already.batch.created_by == request.user:
            messages.warning(request, str(already))
            return to_batch(already.batch)
        return _table(request, find(batch.pk), rows, lines, str(already), already.batch)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _table(request, find(batch.pk), rows, lines)
    messages.success(request, correcting.made_words(made))
    check_at_once(made, request)
    return to_batch(made)


def _table(
    request: HttpRequest,
    batch: ImportBatch,
    rows: Sequence[FaultyRow],
    lines: Sequence[Line] = (),
    why_not: str = "",
    made: ImportBatch | None = None,
    *,
    is_refused: bool = False,
) -> HttpResponse:
    table = Table(batch, rows, lines) if rows else None
    unplaced = batch.issues.filter(severity="error", line=None).count() if rows else 0
    return show(
        request,
        "correct",
        _("Correct the faulty lines"),
        batch,
        table=table,
        why_not=why_not,
        made=made,
        said=_wrong_words(len(table.wrong)) if table else "",
        is_refused=is_refused,
        is_whole=correcting.is_whole(batch),
        is_grid="grid" in batch.detected,
        others=correcting.count_others(batch, {row.origin for row in rows}) if rows else 0,
        unplaced=unplaced,
        save=_save_label(batch, rows, table.kept) if table else "",
    )


def _wrong_words(count: int) -> str:
    words = ngettext(
        "%(n)s line has something to correct.", "%(n)s lines have something to correct.", count
    )
    return words % {"n": number(count)}


def _save_label(batch: ImportBatch, rows: Sequence[FaultyRow], kept: int) -> str:
    if not correcting.is_whole(batch):
        words = ngettext(
            "Save %(n)s line as a new import", "Save %(n)s lines as a new import", kept
        )
        return words % {"n": number(kept)}
    count = kept + correcting.count_others(batch, {row.origin for row in rows})
    words = ngettext(
        "Save the whole file, %(n)s line, as a new import",
        "Save the whole file, %(n)s lines, as a new import",
        count,
    )
    return words % {"n": number(count)}
