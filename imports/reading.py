"""Reading the entries that Lucca holds, as a job: all pages of the list, once for all who wait.

    count -> page -> page -> ...

No filter of that list is documented, so everybody's entries on all days are gone through, and only
those of the people and days that were asked for are kept. `count` is one small request: it tells
what the rest costs, and a rest that takes longer than a minute begins only when a person has seen
that. Neither the order of the list nor that it stands still is promised: rows are told apart by
their ids, and a list that moved while it was read is read once more from the start.

Who asks while a reading is still to begin joins it (`ask_for`); who comes later gets the next one,
because what a reading has passed already is not read again for them.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from imports.models import Reading, SeenRow, Tally
from portal import directory
from portal.audit import record
from portal.budget import WINDOW
from portal.directory import lock
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account

KIND = "imports.reading"
COUNT, PAGE = "count", "page"


# What it costs


@dataclass(frozen=True)
class Cost:
    """Requests that leave, and the seconds that the budget makes of them."""

    requests: int
    seconds: float

    @property
    def is_small(self) -> bool:
        """Done within a minute."""
        return self.seconds <= WINDOW.total_seconds()


def cost_of(account: Account, pages: int | None = None) -> Cost | None:
    """Of reading so many pages, or the whole list; None while its length is not known."""
    if pages is None:
        tally = Tally.objects.filter(account=account).first()
        if tally is None or tally.rows is None:
            return None
        pages = max(1, ceil(tally.rows / widest_page(account)))
    return Cost(pages, pages * WINDOW.total_seconds() / account.requests_per_minute)


def widest_page(account: Account) -> int:
    """The account's page, or what Lucca was found to make of it."""
    learned = Tally.objects.filter(account=account).values_list("page", flat=True).first()
    return min(account.page_size, learned or account.page_size)


# Asking


def ask_for(reading: Reading, *, by: Any, agreed: bool = False) -> None:
    """Have this reading done, by a job that has not begun yet or a new one.

    `agreed`: the person has seen what it costs. Without it a long reading stops after its first
    request.
    """
    account = reading.account
    with transaction.atomic():
        # Joining and beginning must not cross: a job reads for those that it had when it began.
        lock(account)
        waiting = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, step=COUNT)
        job = Job.objects.filter(waiting, kind=KIND, account=account).first()
        if job is None:
            fresh = directory.is_fresh(account)
            job = ask(
                KIND,
                account,
                by=by,
                # Two at once would share the budget and each take twice as long.
                lane=f"reading:{account.host}",
                # The names of places are looked up in the directory afterwards.
                waits_for=None if fresh else directory.sync(account, by=by),
            )
        reading.job, reading.agreed = job, agreed
        reading.save()
        record(
            "reading.asked",
            reading,
            account=account.label,
            by=by,
            values={
                "purpose": reading.purpose,
                "sha256": reading.sha256,
                "employees": len(reading.people),
                "days": len(reading.days),
                "agreed": agreed,
                "job": job.pk,
            },
        )


def stop(reading: Reading, *, by: Any) -> None:
    """End the reading; what others wait for goes on without it."""
    with transaction.atomic():
        lock(reading.account)
        reading.refresh_from_db(fields=["job"])
        # A lock, because a page that is kept or a claim meanwhile would void our move of the job.
        job = Job.objects.select_for_update().filter(pk=reading.job_id or 0).first()
        if job is None or job.state not in OPEN:
            return
        record("reading.stopped", reading, account=reading.account.label, by=by)
        if job.readings.exclude(pk=reading.pk).exists():
            Reading.objects.filter(pk=reading.pk).update(job=None)
        else:
            job.cancel(by=by)


def needs_consent(reading: Reading) -> bool:
    """Whether it stopped after counting, because reading it all takes longer than a minute."""
    job = reading.job
    return reading.read_at is None and job is not None and job.state == JobState.SUCCEEDED


# Forgetting


def forget_old() -> None:
    """Delete what was read, and for whom, once it is older than it is kept."""
    now, kept = timezone.now(), Q(purpose=Reading.Purpose.SNAPSHOT)
    is_old = ~kept & Q(asked_at__lt=now - settings.READINGS_KEPT)
    is_old |= kept & Q(asked_at__lt=now - settings.SNAPSHOTS_KEPT)
    old = Reading.objects.filter(is_old, forgotten_at=None)
    for reading in old.exclude(job__state__in=OPEN).select_related("account")[:200]:
        with transaction.atomic():
            count, _rows = reading.entries.all().delete()
            Reading.objects.filter(pk=reading.pk).update(
                people=[], days=[], forgotten_at=timezone.now()
            )
            record(
                "reading.forgotten",
                reading,
                account=reading.account.label,
                values={"entries": count},
            )
    SeenRow.objects.filter(job__state__in=SETTLED).delete()
