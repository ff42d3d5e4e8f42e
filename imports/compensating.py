"""Building the import that puts back what stood in Lucca before another one.

It is a batch like any other: checked, analysed, launched by a person. Where deletions must go first
there are two, and the second cannot be launched before the first is done.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports import receipt, services, snapshot, verification
from imports.canonical import START, quote
from imports.compensation import Counts, Day, Decider
from imports.models import ImportBatch, Reading, Verification
from imports.place_names import PlaceNames
from imports.stages import Stage
from imports.touched import EmployeeDay, Touched
from portal.refusals import Refusal
from portal.words import number

# What stands there now must have been read this lately.
FRESH = timedelta(hours=1)
# Lucca's results leave open which lines it carried out, or nobody has them.
_UNCLEAR = ("count-unclear", "count-differs", "settled-by-person")


@dataclass(frozen=True)
class Made:
    """`first` holds deletions that must be done before `batch`; either may not be needed."""

    batch: ImportBatch | None
    first: ImportBatch | None
    counts: Counts


def why_not(batch: ImportBatch) -> str:
    """Why it can never be put back, as a sentence; empty if it can."""
    if batch.stage == Stage.UNKNOWN:
        return _("First it must be known what became of this import.")
    if batch.stage not in (Stage.DONE, Stage.PARTIAL) or not batch.canonical:
        return _("Only what was imported can be put back.")
    if not Path(batch.canonical.path).exists():
        return _("The file of this import is no longer there.")
    if snapshot.of(batch) is None:
        if batch.override or batch.deletions:
            return _(
                "What stood in Lucca before this import was not kept, or is deleted by now, so the"
                " portal cannot put it back."
            )
        if batch.reason in _UNCLEAR or batch.reason.startswith("reconciled"):
            return _(
                "Lucca's results do not say which lines were imported and which stood there before,"
                " so the portal cannot tell what to take away."
            )
    return ""


def needs_reading(found: Verification | None) -> bool:
    """Whether what stands there now must be read first."""
    if found is None or found.is_under_way or not found.is_certain or found.reading is None:
        return True
    read_at = found.reading.read_at
    return not found.reading.has_content or not read_at or read_at < timezone.now() - FRESH


def decisions(
    batch: ImportBatch, found: Verification, *, changed_too: bool
) -> Iterator[tuple[Touched, EmployeeDay | None, Day | None]]:
    """Each employee-day with what puts it back; first the file alone, before any day."""
    before, names = snapshot.of(batch), PlaceNames(batch.account)
    readings = [reading for reading in (before, found.reading) if reading]
    with Touched(batch) as touched:
        yield touched, None, None
        decider = Decider(touched, names, has_snapshot=before is not None, changed_too=changed_too)
        for day in touched.by_day(*readings):
            yield touched, day, decider.decide(day)


def preview(batch: ImportBatch, found: Verification, *, changed_too: bool = False) -> Counts:
    """What building it would give."""
    counts = Counts()
    for touched, day, decided in decisions(batch, found, changed_too=changed_too):
        if decided:
            counts.add(decided)
        elif day is None:
            counts.strangers = len(touched.strangers)
    return counts


def build(batch: ImportBatch, *, by: Any, changed_too: bool = False) -> Made:
    """Make the batch, or the two, and have them checked. Asking twice gives the same ones."""
    found = verification.newest(batch)
    if refusal := why_not(batch):
        raise Refusal(refusal)
    if found is None or needs_reading(found):
        raise Refusal(_("What stands in Lucca now must be read first; that was too long ago."))
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _file in range(2)]
        counts = _write(batch, found, files[0], files[1], changed_too=changed_too)
        if not counts.restored:
            raise Refusal(_("There is nothing to put back."))
        token = f"back-{found.pk}-{int(changed_too)}"
        first = made = None
        if counts.first:
            first = _receive(batch, files[0], "1", token, by, override=False, comes_after=None)
        if counts.deletions or counts.creations:
            override = counts.creations > 0
            made = _receive(
                batch, files[1], "2" if first else "", token, by, override, comes_after=first
            )
    return Made(made, first, counts)


def _write(
    batch: ImportBatch, found: Verification, first: BinaryIO, main: BinaryIO, *, changed_too: bool
) -> Counts:
    counts, names = Counts(), PlaceNames(batch.account)
    for file in (first, main):
        file.write(START)
    for touched, day, decided in decisions(batch, found, changed_too=changed_too):
        if day is None or decided is None:
            counts.strangers = len(touched.strangers)
            continue
        counts.add(decided)
        login = quote(decided.login)
        for target, keys, deletes in (
            (first, decided.first, True),
            (main, decided.deletions, True),
            (main, decided.creations, False),
        ):
            for key in keys:
                target.write(_line(login, day.day.isoformat(), key, names, deletes=deletes))
    return counts


def _line(
    login: str,
    day: str,
    key: tuple[str, int | None, int | None],
    names: PlaceNames,
    *,
    deletes: bool,
) -> bytes:
    """A deletion names its place while that can be named."""
    position, place, area = key
    known = names.places.get(place or 0)
    named = known.name if known and known.is_active else ""
    area_name = names.areas.get((place or 0, area or 0), "") if named else ""
    cells = (login, quote(named), quote(area_name), day, position, "", str(deletes).lower())
    return (";".join(cells) + "\r\n").encode()


def _receive(
    batch: ImportBatch,
    file: BinaryIO,
    number: str,
    token: str,
    by: Any,
    override: bool,
    comes_after: ImportBatch | None,
) -> ImportBatch:
    file.seek(0)
    name = PurePath(batch.file_name).stem[:200]
    try:
        made = receipt.receive(
            batch.account,
            file,
            f"{name}-back{f'-{number}' if number else ''}.csv",
            override=override,
            note=batch.note,
            by=by,
            token=f"{token}-{number or '0'}",
            made_from=batch,
            made_as=ImportBatch.MadeAs.COMPENSATION,
            comes_after=comes_after,
        )
    except receipt.ReceivedAlready as already:
        return already.batch
    services.check(made, by=by)
    return made


# In words


def words(counts: Counts) -> list[str]:
    """What becomes of the days, each as a sentence."""
    n = counts
    said = [
        (n.restored, ngettext("%(n)s day of an employee is put back.",
                              "%(n)s days of employees are put back.", n.restored)),
        (n.same, ngettext("%(n)s day is as it was before.",
                          "%(n)s days are as they were before.", n.same)),
        (n.changed, ngettext("%(n)s day was changed since the import, and is left alone.",
                             "%(n)s days were changed since the import, and are left alone.",
                             n.changed)),
        (n.left, ngettext("%(n)s day is of somebody who has left, and is left alone.",
                          "%(n)s days are of people who have left, and are left alone.", n.left)),
        (n.place_gone, ngettext(
            "%(n)s day cannot be put back: its former place cannot be imported any more.",
            "%(n)s days cannot be put back: their former places cannot be imported any more.",
            n.place_gone)),
        (n.strangers, ngettext("%(n)s line names nobody that the directory knows.",
                               "%(n)s lines name nobody that the directory knows.", n.strangers)),
    ]  # fmt: skip
    return [sentence % {"n": number(count)} for count, sentence in said if count]


def limits(counts: Counts, snapshot_of: Reading | None) -> list[str]:
    """What cannot be put back, each as a sentence that is true of this import."""
    said = [
        _("Comments, and who entered what when, do not come back: Lucca does not list them."),
        _("Notifications that the import caused were sent, and putting back may cause others."),
    ]
    if counts.pending:
        said.append(
            _("Entries that awaited approval come back in whatever state Lucca gives to imports.")
        )
    if snapshot_of is None:
        said.append(
            _(
                "Only empty days were filled, so nothing was kept before: what the import entered"
                " is taken away."
            )
        )
    return said
