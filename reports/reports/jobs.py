"""The job of a report, step by step.

    ask -> follow -> csv -> excel (where it is wanted)
     ^       |        |
     `-------'--------'      an error of Lucca's, or a report that it does not know any more: once

A report changes nothing in Lucca, so a request whose answer was lost is made anew; the report that
it may have left there is never looked at. Being made for long is no reason to ask again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.connect import connect
from portal.jobs.kinds import Kind, Read, Work, register
from portal.jobs.models import Attempt, Job
from portal.jobs.sending import MOST_THROTTLED, was_declined, why_declined
from portal.lucca import timesheet_reports as lucca_reports
from portal.lucca.errors import LuccaError, OutcomeUnknown, Throttled, Unexpected
from portal.lucca.session import Request
from portal.lucca.timesheet_reports import CSV, DONE, ERROR, EXCEL, PENDING, REPORT_RIGHT, Report
from reports.fetching import Stored, keep
from reports.models import ReportFile, ReportRun
from reports.table.store import prepare

REPORT = "reports.report"
ASK, FOLLOW, FETCH_CSV, FETCH_EXCEL = "ask", "follow", "csv", "excel"
_PURPOSE = "report"
_SLOWER_AFTER, _SLOWER = timedelta(minutes=10), timedelta(seconds=60)
SAID_AFTER, GIVEN_UP_AFTER = timedelta(hours=1), timedelta(hours=24)
_FETCH_FOR = timedelta(minutes=30)
_WHICH = {ReportFile.Kind.CSV: CSV, ReportFile.Kind.EXCEL: EXCEL}
# What Lucca's own name for a file is replaced by, should it give none.
_ENDINGS = {ReportFile.Kind.CSV: "csv", ReportFile.Kind.EXCEL: "xls"}
Outcome = Attempt.Outcome


def run_of(job: Job) -> ReportRun:
    return ReportRun.objects.select_related("template__account", "job__account").get(job=job)


# The request, recorded


def _ask(job: Job) -> None:
    """Post it, unless an answer is there already. Errors that are raised lead to a new attempt."""
    run = run_of(job)
    last = job.attempts.first()
    if last and last.outcome == Outcome.DONE and last.number > job.cursor.get("past", 0):
        _follow_it(job, last.remote_id, last)  # the process died between the answer and this
        return
    if last and last.outcome == "":
        last.answer(Outcome.UNKNOWN)  # its process died: the answer is lost
    if last and last.outcome == Outcome.NOT_DONE and was_declined(last):
        reason, params = why_declined(last, REPORT_RIGHT)
        job.fail(reason, **params)
        return
    try:
        report, attempt = _post(job, run, last.number + 1 if last else 1)
    except Throttled as error:
        if error.status is None or job.attempts.count() < MOST_THROTTLED:
            raise
        # A person has to look who else asks Lucca so much.
        job.fail(error.reason, **error.params)
        return
    _follow_it(job, report.id, attempt, report)


def _post(job: Job, run: ReportRun, number: int) -> tuple[Report, Attempt]:
    account = job.account
    request = lucca_reports.create(
        account.report_path, run.template.remote_id, run.starts_on, run.ends_on, run.filters
    )
    lucca = connect(account, job)
    with transaction.atomic():
        job.hold()
        call = lucca.open(request)
        attempt = Attempt.objects.create(
            job=job,
            purpose=_PURPOSE,
            number=number,
            call_id=call,
            irreversible=False,
            sent_at=timezone.now(),
        )
        values = {
            "template": run.template.remote_id,
            "starts_on": str(run.starts_on or ""),
            "ends_on": str(run.ends_on or ""),
            "number": number,
        }
        record("lucca.sent", job, account=account.label, by=job.asked_by, values=values)
    try:
        report = lucca.close(request, call, lucca.exchange(request))
    except LuccaError as error:
        attempt.answer(_outcome_of(error))
        raise
    attempt.answer(Outcome.DONE, report.id)
    return report, attempt


def _outcome_of(error: LuccaError) -> str:
    if isinstance(error, OutcomeUnknown):
        return Outcome.UNKNOWN
    return Outcome.THROTTLED if isinstance(error, Throttled) else Outcome.NOT_DONE


def _follow_it(job: Job, number: str, attempt: Attempt, report: Report | None = None) -> None:
    """By the clock on the wall, from the moment it left: a restart loses none."""
    with transaction.atomic():
        job.hold()
        ReportRun.objects.filter(job=job).update(remote_id=number)
        if report:
            _keep(job, report)
        sent = attempt.sent_at.isoformat()
        job.go(FOLLOW, after=_pause(timedelta(0)), cursor=job.cursor | {"sent": sent})
        job.write(deadline=attempt.sent_at + GIVEN_UP_AFTER)


def _keep(job: Job, report: Report) -> None:
    """With days left out in the request, Lucca's answer is the only trace of them."""
    said = {
        "remote_name": report.name,
        "covers_from": report.starts_on,
        "covers_to": report.ends_on,
    }
    ReportRun.objects.filter(job=job).update(**{name: v for name, v in said.items() if v})


# Until it is made


def _status_request(job: Job) -> Request[Report]:
    return lucca_reports.status(job.account.report_status_path, run_of(job).remote_id)


def _look(job: Job, report: Report) -> None:
    with transaction.atomic():
        job.hold()
        _keep(job, report)
        if report.status == DONE:
            _fetch_next(job, FETCH_CSV)
        elif report.status == ERROR:
            _ask_once_more(job, "errors", "report-error")
        else:
            _wait_on(job, report)


def _wait_on(job: Job, report: Report) -> None:
    since = timezone.now() - _sent_at(job)
    if report.status != PENDING and since > SAID_AFTER:
        # Of a word that nobody documents we do not know that it will ever end.
        job.fail("report-odd-status", report=report.id)
        return
    said = {"reason": "report-slow", "reason_params": {"report": report.id}}
    if since <= SAID_AFTER:
        said = {"reason": "", "reason_params": {}}
    job.wait(timezone.now() + _pause(since), misses=0, **said)


def _sent_at(job: Job) -> datetime:
    return datetime.fromisoformat(job.cursor["sent"])


def _pause(since: timedelta) -> timedelta:
    usual = timedelta(seconds=settings.REPORT_POLL_SECONDS)
    return usual if since < _SLOWER_AFTER else max(_SLOWER, usual)


def _ask_once_more(job: Job, what: str, reason: str) -> None:
    """A new attempt, the first time; then a person has to look. In the caller's transaction."""
    run = run_of(job)
    if job.cursor.get(what):
        job.fail(reason, report=run.remote_id)
        return
    newest = job.attempts.latest("number").number
    cursor = {name: job.cursor[name] for name in ("errors", "gone") if name in job.cursor}
    job.go(ASK, cursor=cursor | {what: 1, "past": newest})


# Its files


def _fetch_next(job: Job, step: str) -> None:
    job.go(step, cursor=job.cursor)
    job.write(deadline=timezone.now() + _FETCH_FOR)


def _fetch_csv(job: Job) -> None:
    _fetch(job, ReportFile.Kind.CSV)


def _fetch_excel(job: Job) -> None:
    _fetch(job, ReportFile.Kind.EXCEL)


def _fetch(job: Job, kind: ReportFile.Kind) -> None:
    run = run_of(job)
    try:
        stored = _stored(job, run, kind)
    except Unexpected as error:
        if error.reason != "answer-too-large":
            raise
        # It would be as large again.
        _give_up(job, error.reason, error.params)
        return
    with transaction.atomic():
        job.hold()
        file = ReportFile.objects.create(
            run=run,
            kind=kind,
            file=stored.path,
            file_name=stored.file_name,
            sha256=stored.sha256,
            size=stored.size,
            content_type=stored.content_type,
            disposition=stored.disposition,
        )
        record(
            "report.fetched",
            run,
            account=job.account.label,
            by=job.asked_by,
            values={
                "report": run.remote_id,
                "kind": kind,
                "sha256": stored.sha256,
                "size": stored.size,
            },
        )
        # Read now, under the lock of the job: somebody may have asked for the workbook meanwhile.
        wanted = ReportRun.objects.values_list("with_excel", flat=True).get(pk=run.pk)
        if wanted and kind == ReportFile.Kind.CSV:
            _fetch_next(job, FETCH_EXCEL)
        else:
            job.succeed()
    # The report is there, whatever becomes of this: whoever looks at it would make its table.
    if kind == ReportFile.Kind.CSV:
        prepare(file)


def _stored(job: Job, run: ReportRun, kind: ReportFile.Kind) -> Stored:
    lucca, path = connect(job.account, job), job.account.report_status_path
    return keep(
        Path("reports", str(run.pk)),
        f"{run.remote_id}-{kind}",
        lambda part: lucca.send(lucca_reports.download(path, run.remote_id, _WHICH[kind], part)),
        lambda stored: f"timesheet-report_{run.remote_id}.{_ENDINGS[kind]}",
    )


# What ends badly


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Nothing in Lucca was changed, whatever left."""
    if reason == "deadline" and job.reason and job.step != FOLLOW:
        reason, params = job.reason, job.reason_params
    said = {**params, "cause": reason}
    number = run_of(job).remote_id
    with transaction.atomic():
        job.hold()
        if job.step == FETCH_EXCEL:
            job.finish_in_part("report-without-workbook", **said)
        elif params.get("status") == 404 and job.step in (FOLLOW, FETCH_CSV):
            _ask_once_more(job, "gone", "report-gone")
        elif job.step == FETCH_CSV:
            job.fail("report-not-fetched", **said, report=number)
        elif job.step == FOLLOW and reason == "deadline":
            job.fail("report-too-slow", report=number)
        elif job.step == FOLLOW:
            job.fail("report-lost-sight", **said, report=number)
        elif _was_lost(job):
            job.fail("report-answer-lost", **said)
        else:
            job.fail(reason, **params)


def _was_lost(job: Job) -> bool:
    last = job.attempts.first()
    return last is not None and last.outcome in ("", Outcome.UNKNOWN)


def register_kind() -> None:
    steps: dict[str, Read | Work] = {
        ASK: Work(_ask),
        FOLLOW: Read(_status_request, _look, tries=None),
        FETCH_CSV: Work(_fetch_csv, tries=6),
        FETCH_EXCEL: Work(_fetch_excel, tries=6),
    }
    register(Kind(REPORT, _("timesheet report"), ASK, steps, _give_up))
