"""Looking on, slowly and for a day, for an export whose outcome is unknown."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.lucca.timesheet import Export as Listed
from reports.exports.asking import ask_more_simply, run_of
from reports.exports.candidates import take_stock
from reports.exports.outcome import FETCH, WATCH_PAUSE, made, not_fetched
from reports.models import ExportRun


def look(job: Job, found: list[Listed]) -> None:
    run = run_of(job)
    with transaction.atomic():
        job.hold()
        if run.job.state != JobState.UNKNOWN:
            job.succeed()  # a person was faster
            return
        verdict = take_stock(run, found)
        if verdict.own:
            made(job, run)
        elif verdict.several:
            several = {"exports": ", ".join(map(str, verdict.several))}
            run.job.write(reason="export-ambiguous", reason_params=several)
            job.succeed()
        elif job.cursor.get("last"):
            _never_seen(job, run)
        else:
            job.wait(timezone.now() + WATCH_PAUSE)


def _never_seen(job: Job, run: ExportRun) -> None:
    """The day is over: a person has to look. In the caller's transaction."""
    if run.job.state == JobState.UNKNOWN:
        run.job.write(reason="export-never-seen", reason_params={})
    job.succeed()


def stop_looking(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if job.step == FETCH:
        not_fetched(job, reason, params)
        return
    if ask_more_simply(job, params):
        return
    now = timezone.now()
    if reason == "crashed":
        job.fail(reason, **params)
    elif job.deadline and job.deadline <= now and not job.cursor.get("last"):
        # It may only be that no background service was there to look.
        job.wait(now, cursor=job.cursor | {"last": True}, deadline=now + WATCH_PAUSE)
    elif job.deadline and job.deadline <= now:
        with transaction.atomic():
            _never_seen(job, run_of(job))
    else:
        job.wait(now + WATCH_PAUSE)
