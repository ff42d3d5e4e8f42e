"""The jobs that have a file's overrides applied, or taken back, block after block.

    choose -> [again ->] agree -> wait -> verify -> choose -> …

A block is at most ten overrides, each of another employee. Each gets a job of its own in the lane
of its employee, as one that is applied by itself, and stops before it is verified: one reading then
verifies the block. Wherever a process dies, the rows say how far it came; an override whose
block nobody verifies does so by itself. A block that was read more than an hour ago is read again
first, and what is no longer as a person saw it is not sent.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.claims import OPEN, ask
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.jobs.moves import IllegalMove, JobState
from portal.refusals import Refusal
from schedules.files import reasons as _said  # noqa: F401
from schedules.files.blocks import next_block
from schedules.files.standing import rows_of, standing
from schedules.lanes import of_employee
from schedules.models import OverrideFile, ScheduleOverride
from schedules.overrides import services
from schedules.overrides.writing import VERIFY as THEIR_VERIFY
from schedules.overrides.writing import verify_block

APPLY_FILE, WITHDRAW_FILE = "schedules.override_file", "schedules.withdraw_file"
CHOOSE, AGAIN, AGREE, WAIT, VERIFY = "choose", "again", "agree", "wait", "verify"
APPLIED = services.WITHDRAWABLE
_LOOK = timedelta(seconds=0.5)
# Read so shortly before an hour is over that the block may not be sent within it.
_MARGIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Feed:
    """One of the two: `left` are the overrides still to be handed over, `hand_over` gives one its
    job, `job_of` is that job."""

    kind: str
    file_of: Callable[[Job], OverrideFile]
    job_of: Callable[[ScheduleOverride], Job | None]
    left: Callable[[OverrideFile], list[ScheduleOverride]]
    hand_over: Callable[[OverrideFile, ScheduleOverride, Job], Job]
    end: Callable[[Job, OverrideFile, bool], None]


def _choose(feed: Feed, job: Job) -> None:
    file, skipped = feed.file_of(job), set(job.cursor.get("skipped", []))
    left = [row for row in feed.left(file) if row.pk not in skipped]
    stuck = _in_closed_lanes(file, left)
    skipped |= {row.pk for row in left if row.employee in stuck}
    block = next_block(row for row in left if row.pk not in skipped)
    if not block:
        feed.end(job, file, bool(skipped))
        return
    cursor = {"skipped": sorted(skipped), "block": [row.pk for row in block]}
    done = file.changes - len(left)
    percent = min(99, 100 * done // max(1, file.changes))
    if feed is APPLYING and any(_is_old(row) for row in block):
        _read_again(job, file, block, cursor, percent)
    else:
        job.go(AGREE, cursor=cursor, progress=percent)


def _in_closed_lanes(file: OverrideFile, rows: Iterable[ScheduleOverride]) -> set[int]:
    """The employees for whom nothing may be written while an outcome is unknown."""
    lanes = {of_employee(file.account, row.employee): row.employee for row in rows}
    unknown = Job.objects.filter(account__host=file.host, state=JobState.UNKNOWN).exclude(lane="")
    return {lanes[lane] for lane in unknown.values_list("lane", flat=True) if lane in lanes}


# Reading again


def _is_old(row: ScheduleOverride) -> bool:
    limit = timezone.now() - services.PREPARED_FOR + _MARGIN
    return row.prepared_at is None or row.prepared_at < limit


def _read_again(
    job: Job, file: OverrideFile, block: list[ScheduleOverride], cursor: Any, percent: int
) -> None:
    keys = [row.pk for row in block]
    seen = {str(row.pk): _as_seen(row) for row in ScheduleOverride.objects.filter(pk__in=keys)}
    with transaction.atomic():
        job.hold()
        rows = ScheduleOverride.objects.filter(pk__in=keys, job=None)
        reading = ask(services.PREPARE, file.account, by=job.asked_by, interactive=job.interactive)
        rows.update(preparation=reading, prepared_at=None)
        job.go(AGAIN, cursor={**cursor, "reading": reading.pk, "seen": seen}, progress=percent)


def _as_seen(row: ScheduleOverride) -> str:
    """What a person agreed to, told from anything else; names nobody."""
    findings = sorted(one["slug"] for one in row.findings)
    shown = json.dumps([row.before, row.standing, findings], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()


def _again(job: Job) -> None:
    """When the block is read: what changed since a person agreed is not sent."""
    cursor = job.cursor
    if Job.objects.filter(pk=cursor["reading"], state__in=OPEN).exists():
        job.go(AGAIN, after=_LOOK, cursor=cursor)
        return
    same: list[int] = []
    changed: list[int] = list(cursor["skipped"])
    for row in ScheduleOverride.objects.filter(pk__in=cursor["block"]):
        as_before = row.prepared_at is not None and _as_seen(row) == cursor["seen"][str(row.pk)]
        (same if as_before else changed).append(row.pk)
    step = AGREE if same else CHOOSE
    job.go(step, cursor={"skipped": changed, "block": same})


# Handing over, and waiting


def _agree(feed: Feed, job: Job) -> None:
    file, skipped = feed.file_of(job), list(job.cursor["skipped"])
    for key in job.cursor["block"]:
        row = ScheduleOverride.objects.select_related("account", "job", "withdrawal").get(pk=key)
        try:
            with transaction.atomic():
                # Fenced with each: a launch that was stopped hands nothing over any more.
                job.hold()
                if feed.job_of(row) is None:
                    given = feed.hand_over(file, row, job)
                    Job.objects.filter(pk=given.pk).update(cursor={"together": True})
        except Refusal:
            skipped.append(row.pk)
    job.go(WAIT, cursor=job.cursor | {"skipped": skipped})


def _block(feed: Feed, job: Job) -> list[tuple[ScheduleOverride, Job]]:
    rows = ScheduleOverride.objects.filter(pk__in=job.cursor["block"])
    found = rows.select_related("account", "job", "withdrawal").order_by("pk")
    return [(row, theirs) for row in found if (theirs := feed.job_of(row)) is not None]


def _waits_to_be_verified(job: Job) -> bool:
    return job.state == JobState.RUNNING and job.step == THEIR_VERIFY


def _wait(feed: Feed, job: Job) -> None:
    """Until each of the block has sent, or has ended without."""
    skipped = list(job.cursor["skipped"])
    still = False
    for row, theirs in _block(feed, job):
        if theirs.state not in OPEN or _waits_to_be_verified(theirs):
            continue
        if theirs.state == JobState.QUEUED and theirs.reason == "lane-unknown":
            skipped += [row.pk] if _cancelled(theirs) else []
        else:
            still = True
    cursor = job.cursor | {"skipped": skipped}
    if still:
        job.go(WAIT, after=_LOOK, cursor=cursor)
    else:
        job.go(VERIFY, cursor=cursor)


def _cancelled(job: Job, by: Any = None) -> bool:
    """Ended before anything of it was sent."""
    try:
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=job.pk).cancel(by=by)
    except IllegalMove:
        return False
    return True


def _verify(feed: Feed, job: Job) -> None:
    """One reading for the block. Whoever is verified meanwhile by itself is left alone."""
    waiting = [(row, theirs) for row, theirs in _block(feed, job) if _waits_to_be_verified(theirs)]
    if waiting:
        verify_block(job, waiting)
    job.go(CHOOSE, cursor={"skipped": job.cursor["skipped"]})


def _due_now(keys: Iterable[int]) -> None:
    """Those that wait to be verified together need not wait any more."""
    Job.objects.filter(pk__in=list(keys), state=JobState.RUNNING, step=THEIR_VERIFY).update(
        due_at=timezone.now()
    )


# Stopping


def stop_block(job: Job, jobs: Sequence[Job], by: Any) -> None:
    """Of the block that was handed over: what has not left does not leave; the rest is verified."""
    for theirs in jobs:
        if theirs.state in OPEN and not _cancelled(theirs, by):
            _due_now([theirs.pk])


def _give_up(feed: Feed, job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """The block that cannot be read verifies itself, and the rest goes on."""
    if job.step == VERIFY and reason != "deadline":
        _due_now(theirs.pk for _row, theirs in _block(feed, job))
        job.go(CHOOSE, cursor={"skipped": job.cursor["skipped"]})
        return
    if "block" in job.cursor:
        _due_now(theirs.pk for _row, theirs in _block(feed, job))
    if _anything_sent(feed, job):
        job.finish_in_part(reason, **params)
    else:
        job.fail(reason, **params)


def _anything_sent(feed: Feed, job: Job) -> bool:
    rows = rows_of(feed.file_of(job))
    return any(feed.job_of(row) is not None for row in rows)


# The two of them


def _to_apply(file: OverrideFile) -> list[ScheduleOverride]:
    return [row for row in rows_of(file).filter(job=None) if row.stage == "ready"]


def _apply_one(file: OverrideFile, row: ScheduleOverride, job: Job) -> Job:
    asked = {one["slug"] for one in row.questions}
    accepted = asked & set(file.accepted)
    return services.agree(row, accepted=accepted, by=file.launched_by, interactive=job.interactive)


def _end_applying(job: Job, file: OverrideFile, left_any: bool) -> None:
    """`left_any`: of what a person agreed to, something was not sent."""
    now = standing(file)
    tried = now.of("verified", *APPLIED[1:], "failed", "unknown", "applying")
    if now.of("verified") == tried and not left_any:
        job.succeed()
    elif not now.of(*APPLIED, "unknown", "applying"):
        job.fail("override-file-nothing")
    else:
        job.finish_in_part(
            "override-file-in-part",
            verified=now.of("verified"),
            different=now.of("different"),
            applied=now.of("applied", "partial", "applying"),
            failed=now.of("failed"),
            unknown=now.of("unknown"),
            not_sent=now.not_sent,
        )


def _to_take_back(file: OverrideFile) -> list[ScheduleOverride]:
    return [row for row in rows_of(file).filter(withdrawal=None) if row.stage in APPLIED]


def _take_back_one(file: OverrideFile, row: ScheduleOverride, job: Job) -> Job:
    return services.withdraw(row, by=job.asked_by, interactive=job.interactive)


def _end_withdrawing(job: Job, file: OverrideFile, left_any: bool) -> None:
    now = standing(file)
    left = now.of(*APPLIED, "unknown", "withdrawing")
    if not left and not left_any:
        job.succeed()
    else:
        job.finish_in_part("override-file-not-taken-back", withdrawn=now.of("withdrawn"), left=left)


def _files() -> Any:
    return OverrideFile.objects.select_related("account", "launched_by", "job", "withdrawal")


APPLYING = Feed(
    APPLY_FILE,
    file_of=lambda job: _files().get(job=job),
    job_of=lambda row: row.job,
    left=_to_apply,
    hand_over=_apply_one,
    end=_end_applying,
)
WITHDRAWING = Feed(
    WITHDRAW_FILE,
    file_of=lambda job: _files().get(withdrawal=job),
    job_of=lambda row: row.withdrawal,
    left=_to_take_back,
    hand_over=_take_back_one,
    end=_end_withdrawing,
)


def register_kinds() -> None:
    titles = {
        APPLY_FILE: _("launch of a file of overrides"),
        WITHDRAW_FILE: _("taking back of a file of overrides"),
    }
    for feed in (APPLYING, WITHDRAWING):
        steps = {
            CHOOSE: Work(partial(_choose, feed)),
            AGAIN: Work(_again),
            AGREE: Work(partial(_agree, feed)),
            WAIT: Work(partial(_wait, feed)),
            VERIFY: Work(partial(_verify, feed)),
        }
        kind = Kind(feed.kind, titles[feed.kind], CHOOSE, steps, partial(_give_up, feed))
        register(kind)
