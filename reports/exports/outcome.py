"""How an export ends: made and fetched, made only, declined, unknown."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.connect import connect
from portal.jobs.claims import ask
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import JobState
from portal.lucca.errors import Unexpected
from reports.exports.asking import kept, run_of
from reports.exports.candidates import Verdict
from reports.exports.files import keep_file
from reports.exports.sending import RETRY, SEND
from reports.exports.ways import way_of
from reports.fetching import fetch
from reports.models import ExportConfiguration, ExportRun

WATCH = "reports.watch"
FETCH = "fetch"
_FETCH_FOR = timedelta(minutes=15)
WATCH_PAUSE, WATCH_FOR = timedelta(minutes=10), timedelta(hours=24)


def settle(job: Job, run: ExportRun, verdict: Verdict) -> None:
    if verdict.own is None:
        job.lose_sight("export-ambiguous", exports=", ".join(map(str, verdict.several)))
        return
    made(job, run)


def made(job: Job, run: ExportRun) -> None:
    """Ours is found. In the caller's transaction."""
    if way_of(run.configuration):
        job.go(FETCH, cursor=kept(job))
        job.write(deadline=timezone.now() + _FETCH_FOR)
    else:
        _end_made(job, run, "export-not-fetched", {})


def _end_made(job: Job, run: ExportRun, reason: str, params: Mapping[str, Any]) -> None:
    """Settle the run: done, or in part for this reason."""
    said = {**params, "export": str(run.export)}
    if job.kind == WATCH:
        if run.job.state == JobState.UNKNOWN:
            to = JobState.PARTIAL if reason else JobState.SUCCEEDED
            run.job.settle_by_evidence(to, reason, **(said if reason else {}))
        job.succeed()
    elif reason:
        job.finish_in_part(reason, **said)
    else:
        job.succeed()


def fetch_file(job: Job) -> None:
    run = run_of(job)
    if run.export is None:
        raise LookupError("a run without an export has no file to fetch")
    try:
        stored = fetch(connect(job.account, job), run.configuration, run.export.remote_id)
    except Unexpected as error:
        # A web page or an error in place of a file: asking again brings it again.
        not_fetched(job, error.reason, error.params)
        return
    with transaction.atomic():
        job.hold()
        same = keep_file(run.export, stored, run, by=job.asked_by)
        _end_made(job, run, "" if same else "export-file-differs", {})


def not_fetched(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if reason == "deadline" and job.reason:
        reason, params = job.reason, job.reason_params
    with transaction.atomic():
        _end_made(job, run_of(job), "export-fetch-failed", {**params, "cause": reason})


def end(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if not job.attempts.may_have_acted().exists():
        job.fail(reason, **params)
    elif reason == "deadline" and job.step == "track" and not job.reason:
        _overdue(job)
    elif reason == "crashed":
        _lose_sight(job, "crashed-unknown", {})
    else:
        if reason == "deadline" and job.reason:
            reason, params = job.reason, job.reason_params
        _lose_sight(job, "export-lost-sight", {**params, "cause": reason})


def _overdue(job: Job) -> None:
    """Lucca was asked until now, and shows nothing."""
    run = run_of(job)
    retries = run.configuration.after_deadline == ExportConfiguration.Policy.RETRY
    # Where Lucca answered with a number, the export was made, whatever its list shows.
    answered = job.attempts.filter(outcome=Attempt.Outcome.DONE).exists()
    if retries and not answered and not job.attempts.filter(purpose=RETRY).exists():
        job.go(SEND, cursor=kept(job, purpose=RETRY))
        return
    minutes = int(run.configuration.deadline.total_seconds() // 60)
    _lose_sight(job, "export-not-seen", {"minutes": minutes})


def _lose_sight(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Unknown; another job goes on looking, slowly."""
    with transaction.atomic():
        run = run_of(job)
        job.lose_sight(reason, **params)
        watch = ask(WATCH, job.account, by=job.asked_by)
        now = timezone.now()
        watch.write(cursor=kept(job), due_at=now + WATCH_PAUSE, deadline=now + WATCH_FOR)
        ExportRun.objects.filter(pk=run.pk).update(watch=watch)
