"""An import whose outcome is unknown is settled by what Lucca shows. Nothing is ever sent again.

    all lines there  -> imported
    some there       -> imported in part, once the account's `reconcile_after` has passed
    none there       -> not imported, from two readings apart, both after that time

A slow import looks absent at first, which is why absence is believed late and twice. What cannot be
looked up settles nothing: then a person says what became of it.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from imports import verification
from imports.models import Finding, ImportBatch, Verification
from imports.stages import Stage
from portal.audit import record
from portal.jobs.moves import JobState
from portal.refusals import Refusal
from portal.words import moment

Outcome = Verification.Outcome
# Between the two readings that show nothing.
APART = timedelta(minutes=10)
# What the sweeper tries for one import before it is left to a person.
_MOST_TRIES = 5


def ask_reconciliation(batch: ImportBatch, *, by: Any, agreed: bool = False) -> Verification:
    """Have Lucca read back, and the import settled by what is found."""
    if batch.stage != Stage.UNKNOWN or batch.job is None:
        raise Refusal(_("Only an import whose outcome is unknown can be settled."))
    return verification.ask_verification(batch, by=by, agreed=agreed, settles=True)


def believed_from(batch: ImportBatch) -> datetime:
    """From when on what is not in Lucca counts as not imported."""
    sent = batch.job.attempts.filter(irreversible=True).order_by("-number") if batch.job else None
    last = sent.values_list("sent_at", flat=True).first() if sent is not None else None
    return (last or batch.touched_at) + batch.account.reconcile_after


def reconcile_due() -> None:
    """The sweeper's: imports that are unknown for longer than their account's `reconcile_after`."""
    unknown = ImportBatch.objects.filter(stage=Stage.UNKNOWN).exclude(canonical="")
    for batch in unknown.select_related("account", "job")[:20]:
        if _is_due(batch):
            with suppress(Refusal):
                # However long: the account's other imports wait for it.
                ask_reconciliation(batch, by=None, agreed=True)


def _is_due(batch: ImportBatch) -> bool:
    now, since = timezone.now(), believed_from(batch)
    earlier = Verification.objects.filter(batch=batch, round=batch.round)
    if now < since or earlier.filter(ended_at=None).exists():
        return False
    tries = list(earlier.filter(ended_at__gte=since).select_related("reading"))
    if not tries:
        return True
    last = tries[0]
    if last.outcome == Outcome.NONE and last.reading and last.reading.read_at:
        return now >= last.reading.read_at + APART
    pause = max(batch.account.reconcile_after, APART)
    return len(tries) < _MOST_TRIES and last.ended_at is not None and now >= last.ended_at + pause


# Settling. In the transaction that ends the verification, whose verdicts are stored.


def conclude(found: Verification) -> None:
    """Settle the import if what was found is enough."""
    batch = ImportBatch.objects.select_related("account", "job__account").get(pk=found.batch_id)
    if batch.stage != Stage.UNKNOWN or batch.job is None or not found.settles:
        return
    upload = batch.job.upload
    verified, absent, unclear = _of_part(found, batch.parts[upload.part - 1])
    since = believed_from(batch)
    found.outcome = _outcome(found, verified, absent, unclear, since)
    Verification.objects.filter(pk=found.pk).update(outcome=found.outcome)
    evidence = _evidence(found, since)
    values = {
        "verifications": [one.pk for one in evidence],
        "readings": [one.reading_id for one in evidence],
        "outcome": found.outcome,
        "part": upload.part,
        "verified": verified,
        "absent": absent,
        "unclear": unclear,
    }
    record("import.read_for_outcome", batch, account=batch.account.label, values=values)
    if found.outcome == Outcome.ALL:
        _settle(batch, JobState.SUCCEEDED, _stage_of_all(batch), verified, absent)
    elif found.outcome == Outcome.SOME:
        _settle(batch, JobState.PARTIAL, Stage.PARTIAL, verified, absent)
    elif found.outcome == Outcome.NONE and len(evidence) > 1:
        stage = Stage.PARTIAL if batch.accepted else Stage.FAILED
        _settle(batch, JobState.FAILED, stage, verified, absent)


def _of_part(found: Verification, part: dict[str, Any]) -> tuple[int, int, int]:
    """Lines of the part that are there, that are not, and that cannot be told."""
    first, last = part["first"], part["first"] + part["lines"] - 1
    rows = found.verdicts.filter(number__gte=first, number__lte=last).order_by()
    counted = dict(rows.values_list("finding").annotate(Count("pk")))
    absent = counted.get(Finding.DIFFERENT, 0) + counted.get(Finding.MISSING, 0)
    return counted.get(Finding.VERIFIED, 0), absent, counted.get(Finding.NOT_READABLE, 0)


def _outcome(
    found: Verification, verified: int, absent: int, unclear: int, since: datetime
) -> Outcome:
    if verified and not absent and not unclear:
        return Outcome.ALL
    if unclear or not found.is_certain:
        return Outcome.UNCLEAR
    read_at = found.reading.read_at if found.reading else None
    if read_at is None or read_at < since:
        return Outcome.EARLY
    return Outcome.SOME if verified else Outcome.NONE


def _evidence(found: Verification, since: datetime) -> Sequence[Verification]:
    """This one, and where it found nothing an earlier one that did not either, long enough ago."""
    if found.outcome != Outcome.NONE or not found.reading or not found.reading.read_at:
        return [found]
    earlier = Verification.objects.filter(
        batch=found.batch_id,
        round=found.round,
        outcome=Outcome.NONE,
        reading__read_at__gte=since,
        reading__read_at__lte=found.reading.read_at - APART,
    )
    return [*earlier.exclude(pk=found.pk)[:1], found]


def _stage_of_all(batch: ImportBatch) -> Stage:
    """What comes after an unknown part was never sent."""
    is_last = batch.job is not None and batch.job.upload.part == len(batch.parts)
    return Stage.DONE if is_last else Stage.PARTIAL


def _settle(batch: ImportBatch, state: JobState, stage: Stage, verified: int, absent: int) -> None:
    job = batch.job
    if job is None:
        return
    part, parts = job.upload.part, len(batch.parts)
    reason = {
        JobState.SUCCEEDED: "reconciled-all" if part == parts else "reconciled-rest-not-sent",
        JobState.PARTIAL: "reconciled-some",
        JobState.FAILED: "reconciled-none",
    }[state]
    params = {"verified": verified, "absent": absent, "part": part, "parts": parts}
    job.settle_by_evidence(state, reason, **params)
    batch.move(stage, reason=reason, reason_params=params, accepted=batch.accepted + verified)


# In words


def words(batch: ImportBatch, found: Verification) -> str:
    """Why the import is still unknown after this reading, and what decides; empty if it is not."""
    if batch.stage != Stage.UNKNOWN or not found.judged:
        return ""
    if found.outcome == Outcome.EARLY:
        return _(
            "Not every line is there. Lucca may still be at work: what is missing counts only from"
            " %(at)s on. The portal looks again then by itself."
        ) % {"at": moment(believed_from(batch))}
    if found.outcome == Outcome.NONE and found.reading and found.reading.read_at:
        return _(
            "No line is there. A slow import looks like that at first, so a second reading decides,"
            " from %(at)s on. The portal does it by itself."
        ) % {"at": moment(found.reading.read_at + APART)}
    if found.outcome == Outcome.UNCLEAR:
        return _(
            "This does not settle the import, because not every line could be looked up. Read"
            " again, or look in Lucca and say what became of it."
        )
    return ""
