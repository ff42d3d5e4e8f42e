"""The job that creates a report template in Lucca, once.

Nobody documents how templates are listed or deleted: what was lost on its way back is *unknown*
until a person has looked, and is never sent again before.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Attempt, Job
from portal.jobs.sending import MOST_THROTTLED, Sent, post_once, was_declined, why_declined
from portal.lucca import timesheet_reports as lucca_reports
from portal.lucca.timesheet_reports import REPORT_RIGHT
from reports.models import ReportTemplate

CREATE = "reports.template"
_PURPOSE = "template"
Outcome = Attempt.Outcome


def _create(job: Job) -> None:
    """Post it, unless it may have left before: then say so."""
    last = job.attempts.first()
    if last and last.outcome == Outcome.DONE:
        _created(job, last.remote_id)
    elif last and last.outcome in ("", Outcome.UNKNOWN):
        last.answer(Outcome.UNKNOWN)
        job.lose_sight("template-unknown", cause="connection-lost")
    elif last and last.outcome == Outcome.NOT_DONE and was_declined(last):
        reason, params = why_declined(last, REPORT_RIGHT)
        job.fail(reason, **params)
    else:
        _post(job, last.number + 1 if last else 1)


def _post(job: Job, number: int) -> None:
    template = ReportTemplate.objects.get(creation=job)
    sent = post_once(
        job,
        lucca_reports.create_template(job.account.report_template_path, template.document),
        _PURPOSE,
        number=number,
        values={"template": template.pk, "number": number},
    )
    outcome = sent.attempt.outcome
    if outcome == Outcome.DONE:
        _created(job, sent.attempt.remote_id)
    elif outcome == Outcome.UNKNOWN:
        job.lose_sight("template-unknown", **sent.params, cause=sent.reason)
    elif outcome == Outcome.THROTTLED and number < MOST_THROTTLED:
        _later(job, sent)
    else:
        job.fail(sent.reason, **sent.params)


def _later(job: Job, sent: Sent[str]) -> None:
    """When Lucca's time has passed."""
    said = {"reason": sent.reason, "reason_params": dict(sent.params)}
    job.wait(timezone.now() + sent.pause, **said)


def _created(job: Job, number: str) -> None:
    with transaction.atomic():
        job.hold()
        ReportTemplate.objects.filter(creation=job).update(remote_id=number)
        job.succeed()


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if job.attempts.may_have_acted().exists():
        job.lose_sight("template-unknown", **params, cause=reason)
    else:
        job.fail(reason, **params)


def register_kind() -> None:
    register(Kind(CREATE, _("creation of a report template"), "create", {"create": Work(_create)},
                  _give_up))  # fmt: skip
