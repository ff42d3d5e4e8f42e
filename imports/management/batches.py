"""What several commands say of an import, and how they wait for it."""

import json
from collections.abc import Callable
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from imports.grid.origin import is_cell
from imports.issues import how_many, message
from imports.models import CauseCount, ImportBatch, LineIssue, Upload
from imports.reasons import counts, detected_words
from imports.stages import Stage
from portal.jobs.follow import follow
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.management.base import DONE, IN_PART, NOT_DONE, REFUSED, UNKNOWN, WAITING
from portal.words import labelled

_SHOWN = 5
_BUSY = (Stage.CHECKING, Stage.ANALYSING, Stage.IMPORTING)


def code_after_import(batch: ImportBatch) -> int:
    if batch.stage == Stage.FAILED:
        return REFUSED if batch.reason == "all-refused" or was_declined(batch) else NOT_DONE
    return {Stage.DONE: DONE, Stage.PARTIAL: IN_PART, Stage.UNKNOWN: UNKNOWN}.get(
        Stage(batch.stage), WAITING
    )


def was_declined(batch: ImportBatch) -> bool:
    """Lucca understood the request and said no, as opposed to not being asked."""
    return batch.reason in ("refused", "too-large", "places-changed")


def follow_batch(batch: ImportBatch, on_change: Callable[[Job], None]) -> str:
    """Until the batch rests. A job that waits behind an unknown outcome is left waiting: why, as a
    sentence."""
    while True:
        batch.refresh_from_db()
        if batch.stage not in _BUSY or batch.job is None:
            return ""
        job = follow(batch.job, on_change)
        if job.state == JobState.QUEUED:
            return job.message


def words(batch: ImportBatch, next_: str) -> str:
    """What a person reads: where it stands, the counts, each cause with its first lines."""
    lines = [
        labelled(_("Import %(number)s") % {"number": batch.pk}, batch.get_stage_display()),
        detected_words(batch.detected),
        counts(batch),
    ]
    for cause in batch.causes.all():
        lines += _cause_words(cause)
    return "\n".join([*filter(None, lines), "", next_])


def _cause_words(cause: CauseCount) -> list[str]:
    """The cause with its count, then its first lines."""
    heading = f"{capfirst(cause.get_severity_display())}, {how_many(cause)}"
    issues = cause.batch.issues.filter(
        cause=cause.cause, severity=cause.severity, origin=cause.origin
    ).order_by("pk")[:_SHOWN]
    return [
        f"  {labelled(heading, cause)}",
        *(f"    {labelled(_where(issue), message(issue))}" for issue in issues),
        *(["    …"] if cause.count > _SHOWN else []),
    ]


def _where(issue: LineIssue) -> str:
    if not issue.line:
        return _("file")
    line = _("line %(line)s") % {"line": issue.line}
    return f"{line}, {issue.column}" if is_cell(issue.column) else line


_COUNTS = (
    "total",
    "blank",
    "refused_here",
    "refused_by_lucca",
    "left_out",
    "undecided",
    "accepted",
)


def describe(batch: ImportBatch) -> dict[str, Any]:
    """A batch in JSON, with stable English keys; what is not known yet is null."""
    uploads = list(Upload.objects.filter(batch=batch, round=batch.round).order_by("pk"))
    ids = {(upload.part, upload.create): upload.summary_id or None for upload in uploads}
    return {
        "batch": str(batch.pk),
        "stage": batch.stage,
        "account": batch.account.label,
        "override": batch.override,
        "file": {
            "name": batch.file_name,
            "sha256": batch.sha256,
            "sent_sha256": batch.sent_sha256 or None,
        },
        "detected": json.loads(json.dumps(batch.detected)) or None,
        # Not counted yet is not nought.
        "lines": {
            name: None if batch.stage in (Stage.RECEIVED, Stage.CHECKING) else getattr(batch, name)
            for name in _COUNTS
        },
        "parts": [
            {
                "lines": part["lines"],
                "sha256": part["sha256"],
                "analysis_id": ids.get((number, False)),
                "import_id": ids.get((number, True)),
            }
            for number, part in enumerate(batch.parts, 1)
        ],
        "summary_ids": [upload.summary_id for upload in uploads if upload.summary_id],
        "created": batch.created,
        "deleted": batch.deleted,
        "canary": _canary(batch),
    }


def _canary(batch: ImportBatch) -> dict[str, Any] | None:
    """The lines that go first, where some do."""
    if not batch.canary:
        return None
    released = batch.rest_released_at
    return {
        "lines": batch.ahead,
        "rest": batch.behind,
        "asks": batch.canary_asks,
        "rest_released_at": released.isoformat() if released else None,
    }
