"""The first lines go ahead: they are imported and read back before the others may leave.

    cut -> analysis -> launch -> first part -> read_back -> verdict -> the rest
                                                               |
                                                               +-> paused: a person goes on, or ends

What is analysed is, byte for byte, what is imported, so the file is cut before its analysis: a
launched file is not cut any more. Whoever chooses it at the launch page has the two parts analysed
first. The rest leaves only where each of the first lines is verified, or a person says so.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports import canonical, progress, services, verification
from imports.checking import canonical_fields
from imports.models import ImportBatch, Upload, Verification
from imports.reading import KIND as READING
from imports.stages import CANARY, Stage
from portal.audit import record
from portal.jobs.claims import OPEN
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.jobs.moves import IllegalMove, JobState
from portal.models import Account, AccountCheck
from portal.reasons import sentence
from portal.refusals import Refusal, one_wins

READ_BACK, VERDICT = "read_back", "verdict"
# What the launch page proposes.
USUAL = 20
# Ends of a reading that the next one would have, too.
_MAY_NOT_READ = ("right-missing", "not-found", "key-refused", "no-key", "key-unusable")


# Cutting


def why_not(batch: ImportBatch) -> str:
    """Why no lines can go ahead, as a sentence; empty if some can."""
    if batch.undecided < 2:
        return _("Of one line none can go ahead.")
    if not _may_read(batch.account):
        return _(
            "No lines can go ahead: the API key may not read user locations, so nobody could tell"
            " what became of them."
        )
    return ""


def _may_read(account: Account) -> bool:
    """As far as was seen: by the last check of the account, or the last reading after it."""
    check = AccountCheck.objects.filter(account=account).exclude(checked_at=None).first()
    probes = check.probes if check else []
    refused = any(one["name"] == "user_locations" and not one["ok"] for one in probes)
    readings = Job.objects.filter(kind=READING, account=account).exclude(finished_at=None)
    if check:
        readings = readings.filter(finished_at__gt=check.checked_at)
    last = readings.order_by("-finished_at").first()
    if last and last.state == JobState.FAILED and last.reason in _MAY_NOT_READ:
        return False
    return not refused or bool(last and last.state == JobState.SUCCEEDED)


def cut(
    batch: ImportBatch,
    lines: int,
    *,
    by: Any,
    asks: bool = False,
    leave_refused: bool = False,
    interactive: bool = False,
) -> Job:
    """Cut the file anew, so that about so many lines go ahead, and have Lucca analyse its parts.

    Never within an employee-day. `asks`: even when they are verified, a person goes on. 0 lines:
    all go at once again.
    """
    services.refuse_unless_analysable(batch, leave_refused=leave_refused)
    if batch.stage not in (Stage.CHECKED, Stage.TO_CORRECT, Stage.ANALYSED):
        raise Refusal(_("The file is cut before its analysis or its launch, not any more now."))
    if lines and (refusal := why_not(batch)):
        raise Refusal(refusal)
    if lines >= batch.undecided:
        raise Refusal(_("There must be more lines than those that go ahead."))
    folder = batch.new_folder(batch.round + 1)
    made = canonical.without(
        Path(batch.canonical.path),
        Path(batch.line_map.path),
        set(),
        folder,
        batch.account.lines_per_upload,
        lines,
    )
    fields = canonical_fields(made, lines)
    if lines and not fields["canary"]:
        raise Refusal(_("All lines are of one day of one employee, which is never torn apart."))
    fields["canary_asks"] = asks and bool(lines)
    return services.analyse_anew(batch, folder, fields, by=by, interactive=interactive)


# The verdict


def _read_back(job: Job) -> None:
    """Have the first lines read back. How long it takes was seen at the launch."""
    batch = _of(job)
    try:
        with transaction.atomic():
            found = verification.ask_verification(batch, by=job.asked_by, agreed=True)
            job.go(VERDICT, waits_for=found.job)
    except Refusal:
        # Only the file can be missing.
        _pause(job, batch, "canary-unread", {"cause": "file-changed"})


def _of(job: Job) -> ImportBatch:
    return ImportBatch.objects.select_related("account", "job").get(job=job)


def _verdict(job: Job) -> None:
    batch = _of(job)
    found = Verification.objects.get(job=job.waits_for)
    stopped = _doubt(batch, found) or _why_not_now(batch)
    if stopped is None and batch.canary_asks:
        stopped = "canary-verified", {"lines": found.lines}
    if stopped:
        _pause(job, batch, *stopped)
        return
    with transaction.atomic():
        job.succeed()
        _record_release(batch, found, why="", by=None)
        progress.start_part(
            batch,
            2,
            create=True,
            by=job.asked_by,
            interactive=job.interactive,
            rest_released_at=timezone.now(),
        )


def _doubt(batch: ImportBatch, found: Verification) -> tuple[str, Mapping[str, Any]] | None:
    """Why the first lines do not speak for the others; None when every one is verified."""
    if not found.judged:
        params = {"cause": found.reason or "reading-void"} | found.reason_params
        return "canary-unread", params
    first = Upload.objects.get(batch=batch, round=batch.round, part=1, create=True)
    if first.accepted != first.lines:
        return "canary-refused", {"lines": first.lines, "accepted": first.accepted}
    if found.verified != first.lines:
        return "canary-doubt", {"lines": first.lines, "verified": found.verified}
    return None


def _why_not_now(batch: ImportBatch) -> tuple[str, Mapping[str, Any]] | None:
    """What keeps the rest from being sent, whatever was found of the first lines."""
    expires = batch.analysis_expires_at
    is_fresh = expires and expires > timezone.now() and services.analysed_here(batch)
    if not is_fresh or not services.analysis_fits(batch):
        return "canary-stale", {}
    if unknown := services.unknown_of(batch.account):
        # Not queued behind it: it would leave by itself, long after this decision.
        return "canary-lane", {"job": str(unknown.pk)}
    return None


def _pause(job: Job, batch: ImportBatch, reason: str, params: Mapping[str, Any]) -> None:
    with transaction.atomic():
        job.succeed()
        batch.move(Stage.PAUSED, reason=reason, reason_params=params)


def _record_release(batch: ImportBatch, found: Verification, *, why: str, by: Any) -> None:
    record(
        "import.rest_released",
        batch,
        account=batch.account.label,
        by=by,
        values={
            "verification": found.pk,
            "lines": batch.behind,
            "verified": found.verified,
            "why": why,
        },
    )


# What a person decides


def is_verified(batch: ImportBatch) -> bool:
    """Whether the newest reading speaks for the first lines, each and all."""
    found = verification.newest(batch)
    return found is not None and not found.is_under_way and _doubt(batch, found) is None


def why_not_go_on(batch: ImportBatch) -> str:
    """Why the rest cannot be sent, as a sentence; empty if it can."""
    if batch.stage != Stage.PAUSED:
        return _("Only an import that stopped after its first lines can go on.")
    stopped = _why_not_now(batch)
    return sentence(*stopped) if stopped else ""


def go_on(batch: ImportBatch, *, by: Any, why: str = "", interactive: bool = False) -> Job:
    """Send the rest. `why`: the reason, where not every one of the first lines is verified."""
    if refusal := why_not_go_on(batch):
        raise Refusal(refusal)
    if not why.strip() and not is_verified(batch):
        raise Refusal(_("Say why the rest may go although not every first line is verified."))
    found = verification.newest(batch)
    with one_wins():
        batch.move(Stage.IMPORTING, by=by, rest_released_at=timezone.now())
        if found:
            _record_release(batch, found, why=why.strip(), by=by)
        return progress.start_part(batch, 2, create=True, by=by, interactive=interactive)


def end_here(batch: ImportBatch, *, by: Any) -> None:
    """Nothing more is sent: the import ends with its first lines."""
    with one_wins():
        if not batch.is_held:
            raise Refusal(_("Only an import whose first lines are in can end with them."))
        if batch.stage == Stage.IMPORTING and batch.job and batch.job.state in OPEN:
            batch.job.cancel(by=by)
        progress.end_after_first(batch, "canary-ended", by=by)


def expire_paused() -> None:
    """The sweeper's: what nobody decided on for too long ends with its first lines."""
    limit = timezone.now() - timedelta(seconds=settings.BATCH_EXPIRES_AFTER.total_seconds())
    old = ImportBatch.objects.filter(stage=Stage.PAUSED, touched_at__lt=limit)
    for batch in old.select_related("account")[:200]:
        with suppress(IllegalMove), transaction.atomic():
            progress.end_after_first(batch, "canary-expired")


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    batch = _of(job)
    with transaction.atomic():
        job.fail(reason, **params)
        batch.move(Stage.PAUSED, reason="canary-unread", reason_params={**params, "cause": reason})


def register_kind() -> None:
    steps = {READ_BACK: Work(_read_back), VERDICT: Work(_verdict)}
    title = gettext_lazy("verdict on the first lines")
    register(Kind(CANARY, title, READ_BACK, steps, _give_up))
