"""Which imports have a line for an employee on a day. Lines are in no table: the files are read.

Only the files as Lucca gets them, of the imports whose days span the day, the newest first and so
many bytes for one question. What the check refused is in none of them.
"""

import csv
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from mmap import ACCESS_READ, mmap
from pathlib import Path

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from imports.canonical import quote
from imports.grid.origin import entry as entry_of
from imports.grid.origin import where
from imports.models import ImportBatch, LineIssue, Upload
from imports.stages import Stage
from portal.employee_search import with_words
from portal.jobs.moves import JobState
from portal.models import Employee
from portal.sheets.issues import Origin

# For one question: about half a second. A file of a million lines has 50 MB.
BYTES_AT_ONCE = 100_000_000
FILES_AT_ONCE = 200
MOST_PEOPLE = 30
_SLICE = 1 << 20


class Fate(models.TextChoices):
    """What became of a line."""

    IMPORTED = "imported", _("line imported")
    REFUSED = "refused", _("line refused by Lucca")
    UNDER_WAY = "under_way", _("line being imported")
    UNCLEAR = "unclear", _("line perhaps imported")
    NOT_SENT = "not_sent", _("line not imported")


@dataclass(frozen=True)
class Entry:
    """A line of a file as sent: `number` there, from 1, and `origin` as the map of lines has it.

    `line` is the spreadsheet's; for a grid, `column` names the column, the day and the half.
    """

    number: int
    origin: int
    line: int
    column: str | None
    place: str
    area: str
    position: str
    is_deletion: bool


@dataclass(frozen=True)
class Touch:
    """An import that has lines for the employee and the day."""

    batch: ImportBatch
    entries: list[tuple[Entry, Fate]]


@dataclass
class Answer:
    """`missing` are imports whose file is no longer there; `older` is the number of the import
    before which was not looked, None when all were looked at."""

    touches: list[Touch] = field(default_factory=list)
    missing: list[ImportBatch] = field(default_factory=list)
    older: int | None = None


def people(text: str) -> list[Employee]:
    """The employees with this login, else those in whose name or login each word is found; one
    more than `MOST_PEOPLE` when there are too many."""
    every = Employee.objects.select_related("account").order_by("last_name", "first_name", "pk")
    if not text.strip():
        return []
    exact = list(every.filter(login__iexact=text.strip())[: MOST_PEOPLE + 1])
    if exact:
        return exact
    return list(with_words(every, text)[: MOST_PEOPLE + 1])


def look(employee: Employee, day: date, *, before: int | None = None) -> Answer:
    """Three queries, and the files."""
    answer, found, spent = Answer(), list[tuple[ImportBatch, list[Entry]]](), 0
    pattern = _line_of(employee.login)
    batches = _spanning(employee, day, before)
    for looked, batch in enumerate(batches[: FILES_AT_ONCE + 1]):
        if spent >= BYTES_AT_ONCE or looked >= FILES_AT_ONCE:
            break
        answer.older = batch.pk
        try:
            size, entries = _read(batch, pattern, day)
        except FileNotFoundError:
            answer.missing.append(batch)
            continue
        spent += size
        if entries:
            found.append((batch, entries))
    else:
        answer.older = None
    answer.touches = _with_fates(found)
    return answer


def _spanning(employee: Employee, day: date, before: int | None) -> QuerySet[ImportBatch]:
    batches = ImportBatch.objects.filter(
        account=employee.account_id, first_day__lte=day, last_day__gte=day, unusable=False
    )
    if before is not None:
        batches = batches.filter(pk__lt=before)
    return batches.select_related("account", "created_by", "launched_by").order_by("-pk")


def _line_of(login: str) -> re.Pattern[bytes]:
    """A line that begins with the login, in capitals or not: Lucca leaves them out of account, and
    the file has them as the person wrote them."""
    letters = (
        "|".join(re.escape(form) for form in {one.lower(), one.upper()}) for one in quote(login)
    )
    text = "".join(f"(?:{either})" for either in letters)
    return re.compile(b"\n" + text.encode() + b";[^\n]*")


def _read(batch: ImportBatch, pattern: re.Pattern[bytes], day: date) -> tuple[int, list[Entry]]:
    """The size of the file, and its lines for the employee and the day."""
    if not batch.canonical:
        raise FileNotFoundError
    path = Path(batch.canonical.path)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as held:
        return len(held), list(_entries(batch, held, pattern, day))


def _entries(
    batch: ImportBatch, held: mmap, pattern: re.Pattern[bytes], day: date
) -> Iterator[Entry]:
    number = at = 0
    for match in pattern.finditer(held):
        while at <= match.start():
            piece = held[at : min(at + _SLICE, match.start() + 1)]
            number, at = number + piece.count(b"\n"), at + len(piece)
        text = match[0].decode().strip("\r\n")
        cells = next(csv.reader([text], delimiter=";"))
        _login, place, area, on, position, _comment, deletion = cells
        if on == day.isoformat():
            origin = _origin(batch, number)
            line, column = where(batch.detected, origin)
            yield Entry(number, origin, line, column, place, area, position, deletion == "true")


def _origin(batch: ImportBatch, number: int) -> int:
    line = array("I")
    with Path(batch.line_map.path).open("rb") as file:
        file.seek((number - 1) * line.itemsize)
        line.frombytes(file.read(line.itemsize))
    return line[0]


# What became of the lines.


def _with_fates(found: list[tuple[ImportBatch, list[Entry]]]) -> list[Touch]:
    batches = [batch for batch, _entries in found]
    uploads = {
        (upload.batch_id, upload.round, upload.part): upload
        for upload in Upload.objects.filter(batch__in=batches, create=True).select_related("job")
    }
    wanted = Q(pk__in=[])
    for batch, entries in found:
        wanted |= Q(batch=batch, line__in=[entry.line for entry in entries])
    rows = LineIssue.objects.filter(
        wanted, severity="error", origin=Origin.RESULTS, cause="refused-by-lucca"
    ).values_list("batch_id", "line", "column")
    refused = {(pk, entry_of(line or 0, column)) for pk, line, column in rows}
    return [
        Touch(
            batch,
            [
                (
                    entry,
                    _fate(
                        batch,
                        uploads.get((batch.pk, batch.round, _part(batch, entry.number))),
                        (batch.pk, entry.origin) in refused,
                    ),
                )
                for entry in entries
            ],
        )
        for batch, entries in found
    ]


def _part(batch: ImportBatch, number: int) -> int:
    """The part of the file in which a line is."""
    return sum(part["first"] <= number for part in batch.parts)


def _fate(batch: ImportBatch, upload: Upload | None, is_refused: bool) -> Fate:
    if upload is None:
        return Fate.NOT_SENT
    if is_refused:
        return Fate.REFUSED
    state = upload.job.state
    if state == JobState.SUCCEEDED:
        return Fate.IMPORTED
    if state == JobState.PARTIAL:
        # Lucca's figures do not name each line that was refused.
        clear = not upload.unplaced and upload.accepted + upload.refused == upload.lines
        return Fate.IMPORTED if clear else Fate.UNCLEAR
    if state in (JobState.FAILED, JobState.CANCELLED):
        return Fate.NOT_SENT
    return Fate.UNCLEAR if batch.stage == Stage.UNKNOWN else Fate.UNDER_WAY
