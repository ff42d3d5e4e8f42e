"""The lines to correct, handed out with their reasons: they can be uploaded again as they are."""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from django.utils.translation import gettext as _

from portal.jobs.claims import OPEN
from portal.sheets.detection import Detected
from portal.sheets.faulty import write_faulty_lines
from schedules.files.standing import SENT, rows_of
from schedules.models import OverrideFile, ScheduleOverride
from schedules.overrides.findings import read

_UNDER_WAY = ("preparing", "ready")


def reasons(file: OverrideFile) -> dict[int, list[str]]:
    """By line, in order: what the check refused, what is blocked, what Lucca refused and, of a
    launch that has ended, what was not sent."""
    found: dict[int, list[str]] = {}
    errors = file.issues.filter(severity="error", line__gt=1).order_by("line", "pk")
    for issue in errors:
        found.setdefault(issue.line or 0, []).append(issue.message)
    ended = file.job is not None and file.job.state not in OPEN
    for row in rows_of(file):
        if why := _why(row, ended=ended):
            found[row.line or 0] = why
    return dict(sorted(found.items()))


def _why(row: ScheduleOverride, *, ended: bool) -> list[str]:
    stage = row.stage
    if stage == "failed" and row.job is not None:
        return [row.job.message]
    if stage == "blocked":
        return [str(one) for one in read(row.blocking)]
    if row.dropped_at is not None or stage in SENT or (stage in _UNDER_WAY and not ended):
        return []
    if stage == "not-read" and not ended:
        return []
    return [_("It was not sent.")]


def count(file: OverrideFile, rows: Iterable[ScheduleOverride]) -> int:
    """How many lines that file has."""
    ended = file.job is not None and file.job.state not in OPEN
    return file.refused + sum(bool(_why(row, ended=ended)) for row in rows)


def write(file: OverrideFile, target: Path) -> int:
    """Write them to `target`; how many there are."""
    facts = {field.name: file.detected[field.name] for field in fields(Detected)}
    found = reasons(file)
    return write_faulty_lines(Path(file.original.path), Detected(**facts), found.items(), target)
