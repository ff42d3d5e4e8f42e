"""What the end of a job means for its batch: the next part, or the next stage.

Called inside the transaction that settles the job, so that job and batch never disagree.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from imports import issues
from imports.models import ImportBatch, Upload
from imports.stages import CANARY, Stage
from portal.jobs.claims import ask
from portal.jobs.models import Job
from portal.models import Account
from portal.sheets.issues import Origin

ANALYSIS, IMPORT = "imports.analysis", "imports.import"


def resting_stage(batch: ImportBatch) -> Stage:
    """Where a checked batch stands when nothing is going on."""
    return Stage.TO_CORRECT if batch.refused_here or batch.unusable else Stage.CHECKED


def check_not_done(batch: ImportBatch, reason: str, params: Mapping[str, Any]) -> None:
    batch.move(Stage.RECEIVED, reason=reason, reason_params=params)


def import_lane(account: Account) -> str:
    """One import at a time per tenant: whether Lucca stands two at once is not known."""
    return f"import:{account.host}"


def analysis_lane(account: Account) -> str:
    return f"analysis:{account.host}"


def start_part(
    batch: ImportBatch, part: int, *, create: bool, by: Any, interactive: bool, **fields: Any
) -> Job:
    """Queue the upload of one part; `fields` of the batch change with it. In the caller's
    transaction."""
    job = ask(
        IMPORT if create else ANALYSIS,
        batch.account,
        by=by,
        lane=import_lane(batch.account) if create else analysis_lane(batch.account),
        interactive=interactive,
    )
    found = batch.parts[part - 1]
    Upload.objects.create(
        batch=batch,
        job=job,
        round=batch.round,
        part=part,
        create=create,
        override=batch.override,
        lines=found["lines"],
        sha256=found["sha256"],
    )
    batch.hand_to(job, **fields)
    return job


def _analyses(batch: ImportBatch) -> Any:
    """An analysis may be asked for again: its newest upload of each part counts."""
    uploads = Upload.objects.filter(batch=batch, round=batch.round, create=False)
    newest = {row.part: row.pk for row in uploads.order_by("pk")}
    return uploads.filter(pk__in=newest.values())


def part_done(upload: Upload, job: Job) -> None:
    """A report was read and stored. Then the next part, or the stage that ends this."""
    batch = upload.batch
    if upload.create and _in_part(upload):
        clear = upload.accepted + upload.refused == upload.lines
        reason = "lines-refused" if clear else "count-unclear"
        job.finish_in_part(reason, refused=upload.refused)
    else:
        job.succeed()
    if upload.create and upload.part == 1 and batch.canary:
        _hold_rest(batch, job)
    elif upload.part < len(batch.parts):
        start_part(
            batch,
            upload.part + 1,
            create=upload.create,
            by=job.asked_by,
            interactive=job.interactive,
        )
    elif upload.create:
        _finish_import(upload)
    else:
        _finish_analysis(upload)


def _hold_rest(batch: ImportBatch, job: Job) -> None:
    """The first lines are in. What comes after them waits for what is found (imports.canary)."""
    issues.recount(batch, Origin.RESULTS)
    verdict = ask(CANARY, batch.account, by=job.asked_by, interactive=job.interactive)
    batch.hand_to(verdict, **_sums(batch))


def end_after_first(batch: ImportBatch, reason: str, *, by: Any = None) -> None:
    """Nothing more is sent than the first lines. In the caller's transaction."""
    sums = _sums(batch)
    has_acted = sums["accepted"] or sums["created"] or sums["deleted"]
    batch.move(
        Stage.PARTIAL if has_acted else Stage.FAILED,
        by=by,
        reason=reason,
        reason_params={"lines": batch.ahead, "rest": batch.behind},
        left_out=batch.left_out + batch.behind,
        **sums,
    )


def _in_part(upload: Upload) -> bool:
    return upload.accepted < upload.lines


def _finish_analysis(upload: Upload) -> None:
    batch = upload.batch
    issues.recount(batch, Origin.ANALYSIS)
    sums = _analyses(batch).aggregate(refused=Sum("refused"))
    batch.move(Stage.ANALYSED, analysed_at=timezone.now(), refused_by_lucca=sums["refused"] or 0)


def _sums(batch: ImportBatch) -> dict[str, Any]:
    """What Lucca reported of this round's import, over its parts."""
    found = Upload.objects.filter(
        batch=batch, round=batch.round, create=True, reported_at__isnull=False
    ).aggregate(
        refused_by_lucca=Sum("refused"),
        accepted=Sum("accepted"),
        created=Sum("created"),
        deleted=Sum("deleted"),
    )
    # What Lucca has not reported is not known, which is not nothing.
    unknown = ("created", "deleted")
    return {name: value if name in unknown else value or 0 for name, value in found.items()}


def _finish_import(upload: Upload) -> None:
    """All parts were reported on."""
    batch, sums = upload.batch, _sums(upload.batch)
    issues.recount(batch, Origin.RESULTS)
    sent = sum(part["lines"] for part in batch.parts)
    differs = batch.issues.filter(origin=Origin.RESULTS, cause="count-mismatch").exists()
    if sums["accepted"] == sent:
        batch.move(Stage.DONE, reason="count-differs" if differs else "", **sums)
    elif sums["refused_by_lucca"] == sent and not (sums["created"] or sums["deleted"]):
        batch.move(Stage.FAILED, reason="all-refused", **sums)
    elif sums["accepted"] and sums["accepted"] + sums["refused_by_lucca"] == sent:
        batch.move(
            Stage.PARTIAL,
            reason="lines-refused",
            reason_params={"refused": sums["refused_by_lucca"]},
            **sums,
        )
    else:
        batch.move(Stage.PARTIAL, reason="count-unclear", **sums)


def part_not_done(upload: Upload, reason: str, params: Mapping[str, Any]) -> None:
    """Lucca certainly did nothing with this part."""
    batch = upload.batch
    said: dict[str, Any] = {"reason": reason, "reason_params": dict(params)}
    if not upload.create:
        batch.move(resting_stage(batch), **said)
        return
    sums = _sums(batch)
    issues.recount(batch, Origin.RESULTS)
    if sums["accepted"] or sums["created"] or sums["deleted"]:
        batch.move(
            Stage.PARTIAL,
            reason="rest-not-sent",
            reason_params={
                **params,
                "part": upload.part,
                "parts": len(batch.parts),
                "cause": reason,
            },
            **sums,
        )
    else:
        # What the analysis refused was never sent for good: it stays undecided.
        batch.move(Stage.FAILED, **sums, **said)


def part_unknown(upload: Upload, reason: str, params: Mapping[str, Any]) -> None:
    """Lucca may have imported this part. What comes after it is not sent."""
    batch, sums = upload.batch, _sums(upload.batch)
    issues.recount(batch, Origin.RESULTS)
    batch.move(Stage.UNKNOWN, reason=reason, reason_params=dict(params), **sums)
