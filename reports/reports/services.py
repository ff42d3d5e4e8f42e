"""What a person may do with report templates and reports. Commands, pages and plans call these.

Each function refuses with a sentence (`Refusal`) what may not be done now, and of two callers that
want the same at the same moment exactly one wins.
"""

import hashlib
import json
import re
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.audit import record
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import IllegalMove, JobState
from portal.models import Account
from portal.words import day
from reports.exports.services import Refusal
from reports.models import ReportRun, ReportTemplate
from reports.reports.jobs import REPORT
from reports.reports.template_documents import Filters, checked_filters, read_document
from reports.reports.template_jobs import CREATE

_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,60}")


# Reports


def ask_report(
    template: ReportTemplate,
    *,
    by: Any,
    starts_on: date | None,
    ends_on: date | None,
    filters: Filters | None,
    with_excel: bool,
    interactive: bool = False,
) -> ReportRun:
    """Ask for a report. Days of None are the template's own; filters of None, those kept with it.

    While one of the same template, days and filters is under way, that one is given.
    """
    if not template.remote_id:
        raise Refusal(
            _("“%(name)s” is not in Lucca yet. Have it created there first.") % {"name": template}
        )
    if starts_on and ends_on and starts_on > ends_on:
        raise Refusal(
            _("The first day, %(first)s, is after the last, %(last)s.")
            % {"first": day(starts_on), "last": day(ends_on)}
        )
    wanted = checked_filters(template.filters if filters is None else filters)
    lane = _lane(template, starts_on, ends_on, wanted)
    # Who loses the race for the lane finds the winner's the second time.
    for _again in range(3):
        if run := _under_way(lane, with_excel):
            return run
        try:
            with transaction.atomic():
                job = ask(
                    REPORT,
                    template.account,
                    by=by,
                    lane=lane,
                    alone=True,
                    interactive=interactive,
                )
                return ReportRun.objects.create(
                    template=template,
                    job=job,
                    starts_on=starts_on,
                    ends_on=ends_on,
                    filters=wanted,
                    with_excel=with_excel,
                )
        except IntegrityError:
            continue
    raise Refusal(_("Somebody has just asked for this report. Look at the list of reports."))


def _lane(
    template: ReportTemplate, starts_on: date | None, ends_on: date | None, filters: Filters | None
) -> str:
    asked = json.dumps([str(starts_on), str(ends_on), filters], sort_keys=True)
    key = hashlib.sha256(asked.encode()).hexdigest()[:32]
    return f"report:{template.account.host}:{template.remote_id}:{key}"


def _under_way(lane: str, with_excel: bool) -> ReportRun | None:
    """The run that asks for the same. The workbook is added where it was not asked for."""
    with transaction.atomic():
        # A lock, because the job must not end between our look at it and the wish for a workbook.
        job = Job.objects.select_for_update().filter(lane=lane, state__in=OPEN).first()
        if job is None:
            return None
        run = ReportRun.objects.select_related("job", "template__account").get(job=job)
        if with_excel and not run.with_excel:
            run.with_excel = True
            run.save(update_fields=["with_excel"])
        return run


def cancel(run: ReportRun, *, by: Any) -> None:
    """Stop waiting for a report. Lucca may make it all the same; nobody will fetch it."""
    try:
        run.job.cancel(by=by)
    except IllegalMove:
        raise Refusal(_("This report has just ended. Look at its page.")) from None


def requests_sent(run: ReportRun) -> int:
    """Requests for this report that left, for all we know, and were not answered 429."""
    unsent = {"outcome": Attempt.Outcome.NOT_DONE, "call__status": None}
    attempts = run.job.attempts.exclude(outcome=Attempt.Outcome.THROTTLED)
    return int(attempts.exclude(**unsent).count())


# Templates


def add_template(
    account: Account,
    *,
    by: Any,
    number: str = "",
    document: str = "",
    name: str = "",
    filters: Filters | None = None,
) -> ReportTemplate:
    """A template by its number in Lucca, or from the JSON that Lucca's screen sends for it."""
    number, name = number.strip(), name.strip()
    if bool(number) == bool(document.strip()):
        raise Refusal(_("Give either the template's number in Lucca, or its JSON."))
    if number:
        _check_number(number)
        name = name or _("Template %(number)s") % {"number": number}
    else:
        name = name or read_document(document)
    try:
        with transaction.atomic():
            made = ReportTemplate.objects.create(
                account=account,
                name=name[:200],
                remote_id=number,
                document=document,
                filters=checked_filters(filters),
            )
            values = {"number": number, "from_document": bool(document)}
            record("report.template", made, account=account.label, by=by, values=values)
    except IntegrityError:
        known = ReportTemplate.objects.filter(account=account, remote_id=number).first()
        raise Refusal(
            _("Template %(number)s is known already: “%(name)s”.")
            % {"number": number, "name": known}
        ) from None
    return made


def _check_number(number: str) -> None:
    if not _NUMBER.fullmatch(number) or number == "0":
        raise Refusal(
            _(
                "“%(text)s” is no template's number. Usually it is in the address of the template's"
                " page in Lucca, such as 318."
            )
            % {"text": number[:80]}
        )


def template_of(account: Account, number: str, *, by: Any) -> ReportTemplate:
    """The template of this number; made known to the portal when it is first named."""
    found = ReportTemplate.objects.filter(account=account, remote_id=number.strip()).first()
    return found or add_template(account, by=by, number=number)


def template_from(account: Account, document: str, *, by: Any) -> ReportTemplate:
    """The template of this very JSON; the same again gives the same one."""
    found = ReportTemplate.objects.filter(account=account, document=document).first()
    return found or add_template(account, by=by, document=document)


def set_filters(template: ReportTemplate, filters: Filters | None, *, by: Any) -> None:
    """What narrows each report of this template from now on; None leaves it to Lucca."""
    kept = checked_filters(filters)
    with transaction.atomic():
        ReportTemplate.objects.filter(pk=template.pk).update(filters=kept)
        record(
            "report.filters",
            template,
            account=template.account.label,
            by=by,
            values={"filters": len(kept or [])},
        )
    template.filters = kept


def create_template(template: ReportTemplate, *, by: Any, interactive: bool = False) -> Job:
    """Have Lucca create this template, once."""
    if template.remote_id:
        raise Refusal(
            _("“%(name)s” is in Lucca already, with the number %(number)s.")
            % {"name": template, "number": template.remote_id}
        )
    if template.creation and not _may_create_again(template.creation):
        raise Refusal(_being_created(template.creation))
    try:
        with transaction.atomic():
            job = ask(
                CREATE,
                template.account,
                by=by,
                lane=f"report-template:{template.account.host}:{template.pk}",
                alone=True,
                interactive=interactive,
            )
            # Nobody else was faster, though they may have ended already.
            won = ReportTemplate.objects.filter(
                pk=template.pk, creation=template.creation, remote_id=""
            ).update(creation=job)
            if not won:
                raise IntegrityError
    except IntegrityError:
        raise Refusal(
            _("Somebody has just acted on this template. Look where it stands before you go on.")
        ) from None
    template.creation = job
    return job


def _may_create_again(creation: Job) -> bool:
    return creation.state in (JobState.FAILED, JobState.CANCELLED)


def _being_created(creation: Job) -> str:
    if creation.state == JobState.UNKNOWN:
        return _(
            "Whether Lucca created this template is unknown. Nothing is sent again until someone"
            " has looked in Lucca and says so here."
        )
    return _("Lucca is being asked to create this template. Wait for its end.")


def settle_template(template: ReportTemplate, number: str | None, why: str, *, by: Any) -> None:
    """A person has looked in Lucca: the template is there with this number, or (None) it is not."""
    if not why.strip():
        raise Refusal(_("Say how you know what became of this template."))
    if template.creation is None or template.creation.state != JobState.UNKNOWN:
        raise Refusal(_("Only a template whose creation is unknown can be settled."))
    if number is not None:
        number = number.strip()
        _check_number(number)
    try:
        with transaction.atomic():
            to = JobState.FAILED if number is None else JobState.SUCCEEDED
            template.creation.settle_by_hand(to, why, by=by)
            if number is not None:
                ReportTemplate.objects.filter(pk=template.pk).update(remote_id=number)
                template.remote_id = number
    except IllegalMove:
        raise Refusal(
            _("Somebody has just acted on this template. Look where it stands before you go on.")
        ) from None
    except IntegrityError:
        raise Refusal(
            _("Another template of this account has the number %(number)s.") % {"number": number}
        ) from None
