"""What stands in Lucca before an import is read and kept, so that it can be put back afterwards.

    launch -> the entries of the touched people and days are read -> the import leaves

Only imports that replace or delete can lose something; for them the account says whether it is
read: never, when it takes less than a minute, or always. A snapshot that could not be completed
stops the launch before anything was sent, and a person decides whether to go on without.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from imports.models import ImportBatch, Reading
from imports.progress import start_part
from imports.reading import ask_for, needs_consent
from imports.reading_models import newest
from imports.stages import Stage
from imports.touched import Touched
from portal.audit import record
from portal.jobs.claims import ask
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account

KIND, KEEP = "imports.snapshot", "keep"
FAILED = "snapshot-failed"


def is_wanted(batch: ImportBatch) -> bool:
    """Whether the account's setting has one taken before this import."""
    if batch.account.snapshots == Account.Snapshots.CHEAP:
        return batch.override or batch.deletions > 0
    return bool(batch.account.snapshots == Account.Snapshots.ALWAYS)


def of(batch: ImportBatch) -> Reading | None:
    """The complete snapshot that was taken before this import, if there is one."""
    found = newest(Reading.Purpose.SNAPSHOT, batch=batch)
    return found if found and found.has_content and found.is_whole else None


def wish(batch: ImportBatch, *, by: Any) -> Reading | None:
    """The reading to be asked for. None where no employee of the file is known, or the file is
    gone, which the import itself will say."""
    try:
        with Touched(batch, sent_only=False) as touched:
            people, days = touched.owners, sorted(touched.days)
    except FileNotFoundError:
        return None
    if not people:
        return None
    return Reading(
        account=batch.account,
        host=batch.account.host,
        purpose=Reading.Purpose.SNAPSHOT,
        batch=batch,
        sha256=batch.sent_sha256,
        asked_by=by,
        people=people,
        days=days,
        first_day=days[0],
        last_day=days[-1],
    )


def start(batch: ImportBatch, reading: Reading, *, by: Any, interactive: bool) -> Job:
    """Queue the reading, and behind it the import. In the caller's transaction."""
    always = batch.account.snapshots == Account.Snapshots.ALWAYS
    ask_for(reading, by=by, agreed=always)
    job = ask(KIND, batch.account, by=by, interactive=interactive, waits_for=reading.job)
    batch.hand_to(job)
    return job


def _keep(job: Job) -> None:
    """The reading has ended: the import goes on, or comes back to be decided on."""
    batch = ImportBatch.objects.select_related("account").get(job=job)
    reading = newest(Reading.Purpose.SNAPSHOT, batch=batch)
    is_kept = of(batch) is not None
    # Where it would take long, the account's setting has the import go on without.
    is_left_out = reading is not None and needs_consent(reading)
    if not is_kept and not is_left_out:
        _not_kept(job, batch, *_why(reading))
        return
    with transaction.atomic():
        job.succeed()
        record(
            "import.snapshot",
            batch,
            account=batch.account.label,
            by=job.asked_by,
            values={"reading": reading.pk if reading else None, "kept": is_kept},
        )
        start_part(batch, 1, create=True, by=job.asked_by, interactive=job.interactive)


def _why(reading: Reading | None) -> tuple[str, Mapping[str, Any]]:
    if reading is None or reading.job is None or reading.job.state == JobState.CANCELLED:
        return "reading-stopped", {}
    return reading.job.reason or "reading-void", reading.job.reason_params


def _not_kept(job: Job, batch: ImportBatch, reason: str, params: Mapping[str, Any]) -> None:
    with transaction.atomic():
        job.fail(reason, **params)
        batch.move(
            Stage.ANALYSED,
            launched_at=None,
            launched_by=None,
            reason=FAILED,
            reason_params={**params, "cause": reason},
        )


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    _not_kept(job, ImportBatch.objects.select_related("account").get(job=job), reason, params)


def register_kind() -> None:
    steps = {KEEP: Work(_keep)}
    register(Kind(KIND, _("snapshot before an import"), KEEP, steps, _give_up))
