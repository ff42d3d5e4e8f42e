"""The three jobs of an import, each a whole life on this page: check, analysis, import.

Analysis and import send one part of the file each:

    places -> send -> follow -> report

`places` reads the work locations again, because names may have changed. `send` posts the file once.
`follow` polls until 100. `report` reads what Lucca found, or did. The steps are the same; what a
lost answer means is not: an analysis changes nothing and is asked again, an import is never sent
twice.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imports import canonical, checking, pace, progress
from imports.checking import KIND as CHECK
from imports.models import ImportBatch, Upload
from imports.progress import ANALYSIS, IMPORT
from imports.report import keep_report
from portal.audit import record
from portal.connect import connect
from portal.directory import LocationReader, shrink_page
from portal.jobs.kinds import Kind, Read, Work, register
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import JobState
from portal.lucca import office
from portal.lucca.errors import LuccaError, OutcomeUnknown, Throttled
from portal.lucca.office import Place
from portal.lucca.session import Request, may_resend
from portal.lucca.session import Upload as FileToSend
from portal.lucca.types import Page
from portal.models import Account, LuccaCall

SEND = "send"
# Right after the upload its summary id may not be known yet; a 400 is a likely way to say so.
_NOT_KNOWN_YET = frozenset({400, 404})
_SLOWEST_POLL_SECONDS = 20.0
Outcome = Attempt.Outcome


# Check


def _check(job: Job) -> None:
    batch = ImportBatch.objects.select_related("account").get(job=job)
    if job.waits_for and job.waits_for.state != JobState.SUCCEEDED:
        _check_not_done(job, job.waits_for.reason, job.waits_for.reason_params)
        return
    checking.check(batch, job)


def _check_not_done(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    with transaction.atomic():
        job.fail(reason, **params)
        progress.check_not_done(ImportBatch.objects.get(job=job), reason, params)


# Analysis and import


def _upload(job: Job) -> Upload:
    return Upload.objects.select_related("batch__account").get(job=job)


_places = LocationReader("places")


def _after_places(job: Job, page: Page[Place]) -> None:
    with transaction.atomic():
        if not _places.store(job, page):
            return
        upload = _upload(job)
        gone = checking.places_gone(upload.batch)
        if gone:
            _give_up(job, "places-changed", {"places": ", ".join(gone[:5])})
        elif (
            upload.create
            and (upload.part == 1 or (upload.part == 2 and upload.batch.canary))
            and upload.batch.analysis_expires_at <= timezone.now()
        ):
            # It stood in line for longer than the decision is good for. What has begun goes on.
            _give_up(job, "analysis-too-old", {})
        else:
            job.go(SEND, cursor={})


def _send(job: Job) -> None:
    """Post the part. The attempt is committed, with its place in the budget, before it leaves."""
    upload = _upload(job)
    before = job.attempts.filter(purpose=SEND).first()
    if before and before.outcome == Outcome.DONE:
        # The answer was kept and the process died before it could go on.
        _sent(job, upload, before.remote_id)
        return
    if before and before.outcome in ("", Outcome.UNKNOWN) and upload.create:
        _lose_sight(job, "crashed-unknown", {})
        return
    if canonical.digest(upload.file) != upload.sha256:
        _give_up(job, "file-changed", {})
        return
    path = job.cursor.get("path", job.account.import_path)
    summary_id = _post(job, upload, path, number=before.number + 1 if before else 1)
    if summary_id is not None:
        Upload.objects.filter(pk=upload.pk).update(path=path, summary_id=summary_id)
        _remember_path(job.account, path)
        _sent(job, upload, summary_id)


def _post(job: Job, upload: Upload, path: str, number: int) -> str | None:
    """One recorded attempt; the summary id, or None when the job has been settled or set to go on.

    Raises what may be cured by another attempt.
    """
    account = job.account
    request = office.send_file(
        path,
        FileToSend(
            upload.file, account.import_part_name, account.import_part_type, "office-import.csv"
        ),
        create=upload.create,
        override=upload.override,
    )
    lucca = connect(account, job)
    with transaction.atomic():
        # Fenced: whoever cancelled or took over this job in the meantime wins, and nothing leaves.
        job.hold()
        call = lucca.open(request)
        attempt = Attempt.objects.create(
            job=job,
            purpose=SEND,
            number=number,
            call_id=call,
            irreversible=upload.create,
            sent_at=timezone.now(),
        )
        record(
            "lucca.sent",
            job,
            account=account.label,
            by=job.asked_by,
            values={
                "sha256": upload.sha256,
                "create": upload.create,
                "number": number,
                "override": upload.override,
                "lines": upload.lines,
            },
        )
        # Writing the history may have waited for others: the budget counts from now.
        LuccaCall.objects.filter(pk=call).update(sent_at=Now())
    try:
        summary_id = lucca.close(request, call, lucca.exchange(request))
    except LuccaError as error:
        _not_answered(job, request, attempt, error, path)
        return None
    attempt.answer(Outcome.DONE, summary_id)
    return summary_id


def _not_answered(
    job: Job, request: Request[str], attempt: Attempt, error: LuccaError, path: str
) -> None:
    if isinstance(error, Throttled):
        attempt.answer(Outcome.THROTTLED)
        raise error
    if isinstance(error, OutcomeUnknown):
        attempt.answer(Outcome.UNKNOWN)
        if may_resend(request, error):
            raise error
        _lose_sight(job, "import-answer-lost", {**error.params, "cause": error.reason})
        return
    attempt.answer(Outcome.NOT_DONE)
    if error.status in (404, 405) and request.repeatable and "path" not in job.cursor:
        # The vendor's guide and reference spell the path differently. Nothing was executed under
        # an address that does not exist, so the other spelling may be tried, once.
        other = next(choice for choice in Account.ImportPath.values if choice != path)
        job.go(SEND, cursor=job.cursor | {"path": other})
        return
    raise error


def _remember_path(account: Account, path: str) -> None:
    if account.import_path == path:
        return
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(import_path=path)
        record(
            "account.import_path",
            account,
            account=account.label,
            values={"before": account.import_path, "after": path},
        )


def _sent(job: Job, upload: Upload, summary_id: str) -> None:
    if upload.summary_id != summary_id:
        Upload.objects.filter(pk=upload.pk).update(
            summary_id=summary_id,
            path=upload.path or job.cursor.get("path", job.account.import_path),
        )
    job.go(
        "follow",
        after=_pause(0, upload.lines),
        cursor={"polls": 0, **pace.begun()},
        progress=0,
    )


def _pause(polls: int, lines: int) -> timedelta:
    """Soon for a small file, later for a large one, then half as long again each time."""
    first = settings.FIRST_POLL_SECONDS * (1 if lines < 2000 else 3)
    return timedelta(seconds=min(first * 1.5**polls, _SLOWEST_POLL_SECONDS))


def _progress_request(job: Job) -> Request[int]:
    upload = _upload(job)
    return office.progress(upload.path, upload.summary_id)


def _follow(job: Job, done: int) -> None:
    if done >= 100:
        job.go("report", cursor={}, progress=100)
        return
    polls = job.cursor.get("polls", 0) + 1
    moved = done > (job.progress or 0)
    deadline = timezone.now() + job.account.progress_deadline if moved else job.deadline
    cursor = job.cursor | {"polls": polls}
    if moved:
        cursor |= pace.moved()
        cursor.pop("last", None)
    job.wait(
        timezone.now() + _pause(polls, job.upload.lines),
        cursor=cursor,
        progress=max(done, job.progress or 0),
        deadline=deadline,
        misses=0,
        reason="",
    )


def _report(job: Job) -> None:
    upload = _upload(job)
    lucca = connect(job.account, job)
    report = lucca.send(office.report(upload.path, upload.summary_id, create=upload.create))
    with transaction.atomic():
        # Fenced first: two workers must not both store the lines of one report.
        job.hold()
        keep_report(upload, report)
        progress.part_done(upload, job)


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Certainly nothing done, unless an import has left."""
    if job.step == "places" and shrink_page(job, params):
        return
    upload = _upload(job)
    if job.attempts.may_have_acted().exists():
        if reason == "deadline" and job.reason:
            # Not that its progress stood still: it could not be read, for the reason kept last.
            reason, params = job.reason, job.reason_params
        stuck = {"deadline": "import-stuck", "crashed": "crashed-unknown"}
        _lose_sight(job, stuck.get(reason, "import-lost-sight"), {**params, "cause": reason})
        return
    with transaction.atomic():
        job.fail(reason, **params)
        progress.part_not_done(upload, reason, params)


def _lose_sight(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    with transaction.atomic():
        job.lose_sight(reason, **params)
        progress.part_unknown(_upload(job), reason, params)


_STEPS: dict[str, Read | Work] = {
    "places": Read(_places.request, _after_places),
    # An error that is let through says that nothing was done, or that asking again is harmless.
    SEND: Work(_send),
    "follow": Read(_progress_request, _follow, tries=None, patient=_NOT_KNOWN_YET),
    "report": Work(_report, tries=8, patient=_NOT_KNOWN_YET),
}


def register_kinds() -> None:
    check = {"check": Work(_check, tries=1)}
    register(Kind(CHECK, _("check of a file"), "check", check, _check_not_done))
    register(Kind(ANALYSIS, _("analysis by Lucca"), "places", _STEPS, _give_up))
    register(Kind(IMPORT, _("import into Lucca"), "places", _STEPS, _give_up))
