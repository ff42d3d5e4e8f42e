"""Checking an account: the probes of portal.probes, asked by a job, kept for its page."""

import time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import probes
from portal.audit import record
from portal.connect import connect
from portal.directory import lock
from portal.jobs.claims import OPEN, ask
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.lucca.errors import Misconfigured
from portal.models import Account, AccountCheck
from portal.probes import Probe

KIND = "account.check"
# After so long the next question is another task's: each may wait for Lucca as long as one
# request may, and the queue ends a task after three minutes.
_ENOUGH_SECONDS = 20


def check(account: Account, *, by: Any = None, interactive: bool = False) -> Job:
    """The job that checks the account: a new one, or the one that is under way already."""
    with transaction.atomic():
        # Of two callers at once the second gets the first's job.
        lock(account)
        running = Job.objects.filter(kind=KIND, account=account, state__in=OPEN).first()
        if running:
            return running
        job = ask(KIND, account, by=by, interactive=interactive)
        AccountCheck.objects.create(account=account, job=job)
        return job


def found(check: AccountCheck) -> list[Probe]:
    return [Probe(**stored) for stored in check.probes]


def _ask(job: Job) -> None:
    """Ask what is still to be asked; after a crash, from where it stopped."""
    kept, started = AccountCheck.objects.get(job=job), time.monotonic()
    try:
        lucca = connect(job.account, job)
    except Misconfigured as error:
        _keep(job, kept, probes.no_key(error))
    else:
        if not kept.probes:
            _keep(job, kept, probes.key_is_set())
        while left := probes.still_to_ask(found(kept)):
            _keep(job, kept, probes.ask(left[0], lucca, job.account))
            if time.monotonic() - started > _ENOUGH_SECONDS:
                job.go("ask")
                return
    _end(job, kept)


def _keep(job: Job, kept: AccountCheck, probe: Probe) -> None:
    kept.probes.append(probe.as_stored())
    done = len(kept.probes)
    left = len(probes.still_to_ask(found(kept)))
    with transaction.atomic():
        # Fenced with the finding: a check that was taken over stores nothing more.
        job.write(progress=100 * done // (done + left))
        kept.save(update_fields=["probes"])


def _end(job: Job, kept: AccountCheck) -> None:
    kept.checked_at = timezone.now()
    with transaction.atomic():
        job.succeed()
        kept.save(update_fields=["checked_at"])
        record(
            "account.checked",
            job.account,
            account=job.account.label,
            by=job.asked_by,
            values={one.name: one.ok for one in found(kept)},
        )


def _give_up(job: Job, reason: str, params: Any) -> None:
    job.fail(reason, **params)


register(Kind(KIND, _("check of an account"), "ask", {"ask": Work(run=_ask)}, _give_up))
