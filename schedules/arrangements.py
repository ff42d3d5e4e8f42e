"""Having the arrangements of an account read, with their collective schedules; and which of them
may be given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.directory import lock
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.models import Account
from schedules.models import ArrangementsState, KnownArrangement

KIND = "schedules.arrangements"


@dataclass(frozen=True)
class Standing:
    """`read_at` is None where they were never read; `message` is why the last reading ended."""

    read_at: datetime | None
    is_old: bool
    is_read_now: bool
    message: str


def read(account: Account, *, by: Any, interactive: bool = True) -> Job:
    """The job that reads them: a new one, or the one that is under way."""
    with transaction.atomic():
        # Looking and asking must be one step: of two callers at once the second gets the job of
        # the first.
        lock(account)
        state, _made = ArrangementsState.objects.select_related("job").get_or_create(
            account=account
        )
        if state.job and state.job.state in OPEN:
            return state.job
        job = ask(KIND, account, by=by, interactive=interactive)
        if state.host != account.host:
            state.read_at = None
        state.job, state.host = job, account.host
        state.save(update_fields=["job", "host", "read_at"])
    return job


def listed(account: Account) -> QuerySet[KnownArrangement]:
    """Those that the last whole reading saw."""
    state = ArrangementsState.objects.filter(account=account, host=account.host).first()
    if state is None or state.read_at is None:
        return KnownArrangement.objects.none()
    rows = KnownArrangement.objects.filter(account=account, host=account.host)
    return rows.filter(seen_at__gte=state.read_at)


def offered(account: Account) -> QuerySet[KnownArrangement]:
    """Those that may be given to somebody."""
    return listed(account).filter(is_archived=False, is_valid=True)


def standing(account: Account) -> Standing:
    state = (
        ArrangementsState.objects.filter(account=account, host=account.host)
        .select_related("job__account")
        .first()
    )
    if state is None:
        return Standing(None, True, False, "")
    job = state.job
    reads = bool(job and job.state in OPEN)
    limit = timezone.now() - account.directory_max_age
    return Standing(
        state.read_at,
        state.read_at is None or state.read_at < limit,
        reads,
        job.message if job and not reads else "",
    )
