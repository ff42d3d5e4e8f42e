"""A new import of the lines that are not in Lucca, or were never sent: made by a person, after the
outcome is known.

It is a batch like any other, linked to the first: checked, analysed, launched by a person.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from imports import receipt, services, verification
from imports.canonical import START
from imports.models import Finding, ImportBatch, Upload, Verification
from imports.stages import Stage
from imports.touched import SENT
from portal.refusals import Refusal

_STAGES = (Stage.DONE, Stage.PARTIAL, Stage.FAILED)


def left(batch: ImportBatch, found: Verification | None) -> int:
    """Lines of the import that are not in Lucca, as far as is known, or were never sent."""
    if never := unsent(batch):
        return never + _gone(found)
    return _absent(found) if found and found.judged else 0


def unsent(batch: ImportBatch) -> int:
    """Lines of the parts that never left, of an import of which others did."""
    if batch.stage not in _STAGES:
        return 0
    return sum(part["lines"] for part in _unsent_parts(batch))


def _unsent_parts(batch: ImportBatch) -> list[dict[str, Any]]:
    sent = Upload.objects.filter(batch=batch, round=batch.round, create=True, job__state__in=SENT)
    numbers = set(sent.values_list("part", flat=True))
    if not numbers:
        return []
    return [part for number, part in enumerate(batch.parts, 1) if number not in numbers]


def _gone(found: Verification | None) -> int:
    """Lines that were sent and are certainly not there."""
    return _absent(found) if found and found.is_certain else 0


def _absent(found: Verification) -> int:
    return found.missing + (found.different if found.batch.override else 0)


def why_not(batch: ImportBatch, found: Verification | None) -> str:
    """Why no import of what is missing can be made, as a sentence; empty if one can."""
    if batch.stage == Stage.UNKNOWN:
        return _("First it must be known what became of this import. Nothing is sent twice.")
    if unsent(batch) and (found is None or not found.is_under_way):
        return ""
    if batch.stage not in _STAGES or found is None or not found.judged or found.is_under_way:
        return _("Have the import read back first: then it is known what is missing.")
    if not found.is_certain:
        return found.message
    if not _gone(found):
        return _("No line of this import is missing in Lucca.")
    return ""


def build(batch: ImportBatch, *, by: Any) -> ImportBatch:
    """The lines that are missing, as a new batch whose check is asked for. Twice gives the same.

    Where something else stands in a line's place, it is taken along only if the import replaces.
    """
    found = verification.newest(batch)
    if refusal := why_not(batch, found):
        raise Refusal(refusal)
    name = f"{PurePath(batch.file_name).stem[:200]}-missing.csv"
    with tempfile.TemporaryFile() as file:
        _write(batch, found, file)
        file.seek(0)
        try:
            made = receipt.receive(
                batch.account,
                file,
                name,
                override=batch.override,
                note=batch.note,
                by=by,
                token=f"difference-{found.pk}" if found else f"unsent-{batch.pk}",
                made_from=batch,
                made_as=ImportBatch.MadeAs.DIFFERENCE,
            )
        except receipt.ReceivedAlready as already:
            return already.batch
    services.check(made, by=by)
    return made


def _write(batch: ImportBatch, found: Verification | None, target: BinaryIO) -> None:
    wanted = _missing(batch, found)
    number = next(wanted, None)
    target.write(START)
    with Path(batch.canonical.path).open("rb") as file:
        next(file)
        for at, data in enumerate(file, 1):
            if at == number:
                target.write(data)
                number = next(wanted, None)


def _missing(batch: ImportBatch, found: Verification | None) -> Iterator[int]:
    """The numbers of the lines, in the order of the file: not found, or never sent."""
    numbers = set[int]()
    if found and _gone(found):
        findings = [Finding.MISSING, *([Finding.DIFFERENT] if batch.override else [])]
        rows = found.verdicts.filter(finding__in=findings)
        numbers |= set(rows.values_list("number", flat=True).iterator())
    for part in _unsent_parts(batch):
        numbers |= set(range(part["first"], part["first"] + part["lines"]))
    return iter(sorted(numbers))
