"""Asking for jobs, and claiming one before carrying out its next step."""

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.audit import record
from portal.jobs import kinds
from portal.jobs.models import Job
from portal.jobs.moves import HOLDS_LANE, SETTLED, IllegalMove, JobState
from portal.models.account import Account

# Longer than a queue task may take (180 s), so that a lapsed lease means a dead worker.
LEASE = timedelta(seconds=240)
OPEN = (JobState.QUEUED, JobState.RUNNING)


def ask(
    kind: str,
    account: Account,
    *,
    by: Any = None,
    lane: str = "",
    alone: bool = False,
    interactive: bool = False,
    waits_for: Job | None = None,
) -> Job:
    """A new job, queued. The pulse finds it within a second; no message is needed.

    `alone`: IntegrityError where another such job of the lane waits, runs or is unknown.
    """
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind,
            account=account,
            lane=lane,
            alone=alone,
            step=kinds.first_step(kind),
            asked_by=by,
            interactive=interactive,
            waits_for=waits_for,
        )
        record("job.queued", job, account=account.label, by=by, values={"kind": kind})
    return job


def due(now: datetime) -> QuerySet[Job]:
    """Open jobs whose time has come and that nobody is carrying out, the longest due first.

    Not in the order they were asked: those who stand in a long line are due again each second,
    and the rest would never have their turn.
    """
    return Job.objects.filter(
        Q(lease_until=None) | Q(lease_until__lte=now),
        Q(waits_for=None) | Q(waits_for__state__in=[*SETTLED, JobState.UNKNOWN]),
        state__in=OPEN,
        due_at__lte=now,
    ).order_by("due_at", "pk")


def claim(pk: int, by: str) -> Job | None:
    """Take the job for one step, or None: not due, or somebody else's.

    Everything hangs on one compare-and-swap of `version`, so no row lock is needed.
    """
    now = timezone.now()
    job = due(now).select_related("account").filter(pk=pk).first()
    if job is None:
        return None
    if job.state == JobState.QUEUED:
        return _start(job, by, now)
    # A lease that was left to lapse: the process died in the middle of the step.
    crashes = job.crashes + (job.lease_until is not None)
    # With its lease, because letting go of a claim leaves the version alone: a worker that was late
    # may have ended this step since we looked.
    mine = Job.objects.filter(
        pk=pk, version=job.version, state=JobState.RUNNING, lease_until=job.lease_until
    )
    won = mine.update(
        version=F("version") + 1,
        claimed_by=by,
        lease_until=now + LEASE,
        crashes=crashes,
        # Should this process die too, the next nudge need not wait.
        nudged_at=None,
    )
    if not won:
        return None
    job.version += 1
    job.claimed_by, job.lease_until, job.crashes = by, now + LEASE, crashes
    job.nudged_at = None
    return job


def _start(job: Job, by: str, now: datetime) -> Job | None:
    try:
        with transaction.atomic():
            job.start(
                claimed_by=by,
                lease_until=now + LEASE,
                nudged_at=None,
                reason="",
                reason_params={},
            )
    except IllegalMove:
        return None
    except IntegrityError:
        _stand_in_line(job, now)
        return None
    return job


def _stand_in_line(job: Job, now: datetime) -> None:
    """The lane is taken: say by what, and look again."""
    holder = Job.objects.filter(lane=job.lane, state__in=HOLDS_LANE).first()
    blocked = holder is not None and holder.state == JobState.UNKNOWN
    Job.objects.filter(pk=job.pk, version=job.version).update(
        reason="lane-unknown" if blocked else "lane-busy",
        reason_params={"job": str(holder.pk)} if holder else {},
        due_at=now + timedelta(seconds=10 if blocked else 1),
    )


def name_of_process(what: str) -> str:
    """How a process signs its claims; `free_dead_claims` reads it."""
    return f"{what} {socket.gethostname()} {os.getpid()}"


def free_dead_claims() -> None:
    """Let the claims of processes of this machine lapse that are not there any more.

    Otherwise their jobs wait for the whole lease. Should a process be alive all the same (another
    container under the same host name), its writes are void: the claim is fenced by `version`.
    """
    for job in Job.objects.filter(state=JobState.RUNNING, lease_until__gt=timezone.now()):
        name, _space, pid = job.claimed_by.rpartition(" ")
        if name.endswith(f" {socket.gethostname()}") and not _is_alive(int(pid)):
            Job.objects.filter(pk=job.pk, version=job.version).update(lease_until=timezone.now())


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # Dead, and only not yet buried by whoever inherited it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True
