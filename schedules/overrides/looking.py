"""An outcome that is unknown is settled by what the day shows. Nothing is ever sent again.

    it shows what was sent -> done
    it does not            -> not done, from two readings apart, both after `reconcile_after`

A slow Lucca looks at first as if nothing had come, which is why absence is believed late and twice.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.connect import connect
from portal.jobs.claims import OPEN
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import JobState
from portal.refusals import Refusal
from schedules.override_models import ScheduleOverride
from schedules.overrides import verifying
from schedules.overrides.reading import asked
from schedules.overrides.services import LOOK, ask_to_look, unknown_job
from schedules.overrides.standing import Item
from schedules.overrides.stopping import in_part
from schedules.overrides.verifying import Found
from schedules.overrides.writing import writer_of

# Between the two readings that show nothing.
APART = timedelta(minutes=10)
_READ = "read"
Outcome = Attempt.Outcome
_RELATED = ("account", "job__account", "withdrawal__account", "look")


def _read(job: Job) -> None:
    override = ScheduleOverride.objects.select_related(*_RELATED).get(look=job)
    unknown = unknown_job(override)
    if unknown is None or job.account.host != override.host:
        job.succeed()
        return
    read_at = timezone.now()
    found = Found.read(connect(job.account, job), job.account, asked([override]))
    with transaction.atomic():
        job.hold()
        # Whoever settles it meanwhile wins.
        Job.objects.select_for_update().get(pk=unknown.pk)
        unknown.refresh_from_db()
        if unknown.state == JobState.UNKNOWN:
            _conclude(override, unknown, found, read_at)
        job.succeed()


def _conclude(override: ScheduleOverride, unknown: Job, found: Found, read_at: datetime) -> None:
    items, _day = found.of(override)
    writer = writer_of(override)
    if writer.is_there(override, unknown, items):
        for attempt in unknown.attempts.filter(outcome=Outcome.UNKNOWN):
            attempt.answer(Outcome.DONE, writer.number_in(override, attempt, items))
            writer.note(override, attempt)
        _done(override, unknown, found, items, len(writer.purposes(override, unknown)))
    elif read_at >= believed_from(unknown):
        _absent(override, unknown, read_at)


def _done(
    override: ScheduleOverride, unknown: Job, found: Found, items: list[Item], requests: int
) -> None:
    _items, day = found.of(override)
    withdrawing = unknown.pk == override.withdrawal_id
    stands = (verifying.is_gone if withdrawing else verifying.is_as_meant)(override, items, day)
    verifying.keep(override, items, day, stands=stands, withdrawing=withdrawing)
    if unknown.attempts.filter(outcome=Outcome.DONE).count() < requests:
        slug = in_part(unknown, override)
        unknown.settle_by_evidence(JobState.PARTIAL, slug, cause="override-never-sent")
    elif stands:
        unknown.settle_by_evidence(JobState.SUCCEEDED, "override-found")
    else:
        unknown.settle_by_evidence(JobState.PARTIAL, "override-different")


def _absent(override: ScheduleOverride, unknown: Job, read_at: datetime) -> None:
    """Not there, at a time when it should be: the second such reading settles it."""
    key = f"absent_{unknown.pk}"
    first = override.journal.get(key)
    if first is None:
        journal = {**override.journal, key: read_at.isoformat()}
        ScheduleOverride.objects.filter(pk=override.pk).update(journal=journal)
    elif read_at >= datetime.fromisoformat(first) + APART:
        for attempt in unknown.attempts.filter(outcome=Outcome.UNKNOWN):
            attempt.answer(Outcome.NOT_DONE)
        some = unknown.attempts.filter(outcome=Outcome.DONE).exists()
        if some:
            slug = in_part(unknown, override)
            unknown.settle_by_evidence(JobState.PARTIAL, slug, cause="override-never-came")
        else:
            unknown.settle_by_evidence(JobState.FAILED, "override-never-came")


def believed_from(unknown: Job) -> datetime:
    """From when on what the day does not show counts as not done."""
    sent = unknown.attempts.order_by("-sent_at").values_list("sent_at", flat=True).first()
    return (sent or unknown.created_at) + unknown.account.reconcile_after


def next_look(override: ScheduleOverride, unknown: Job) -> datetime:
    """When the portal reads the day again by itself."""
    first = override.journal.get(f"absent_{unknown.pk}")
    if first:
        return datetime.fromisoformat(first) + APART
    return believed_from(unknown)


def look_due() -> None:
    """The sweeper's: overrides that have been unknown for long enough."""
    unknown = ScheduleOverride.objects.filter(
        Q(job__state=JobState.UNKNOWN) | Q(withdrawal__state=JobState.UNKNOWN)
    )
    for override in unknown.exclude(look__state__in=OPEN).select_related(*_RELATED)[:50]:
        job = unknown_job(override)
        if job is not None and _is_due(override, job):
            with suppress(Refusal):
                ask_to_look(override, by=None)


def _is_due(override: ScheduleOverride, unknown: Job) -> bool:
    now = timezone.now()
    last = override.look.finished_at if override.look else None
    # A reading that failed, or that came too early, is made again after a while.
    rested = last is None or now >= last + APART
    return rested and now >= next_look(override, unknown)


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    job.fail("override-not-read", **{**params, "cause": reason})


def register_kind() -> None:
    register(Kind(LOOK, _("reading of a day"), _READ, {_READ: Work(_read)}, _give_up))
