"""Reports in words: their days, their history, and how lists show them."""

from typing import Any

from django.db.models import Model, OuterRef, Subquery
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit import SYSTEM
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event, EventDetail
from portal.words import day, days, written
from reports.models import ReportRun, ReportTemplate
from reports.pages.reports.steps import TONES

_MOST_ENTRIES = 100
_WHAT = {
    "job.queued": gettext_lazy("asked for"),
    "job.running": gettext_lazy("begun"),
    "lucca.sent": gettext_lazy("request to Lucca"),
    "report.fetched": gettext_lazy("file fetched"),
    "report.downloaded": gettext_lazy("file downloaded from here"),
    "report.template": gettext_lazy("added"),
    "report.filters": gettext_lazy("filters changed"),
}


def asked_days(run: ReportRun) -> str:
    return _said(run.starts_on, run.ends_on) or _("the template's own")


def covered_days(run: ReportRun) -> str:
    """As Lucca answered them; as they were asked for until then."""
    return _said(run.covers_from, run.covers_to) or asked_days(run)


def _said(first: Any, last: Any) -> str:
    if first and last:
        return days(first, last)
    if first:
        return _("from %(day)s") % {"day": day(first)}
    return _("to %(day)s") % {"day": day(last)} if last else ""


def history(row: Model, job: Job | None) -> list[dict[str, Any]]:
    """When what was done, and by whom; the oldest first."""
    subjects = [f"{row._meta.model_name}:{row.pk}"] + ([f"job:{job.pk}"] if job else [])
    actor = EventDetail.objects.filter(seq=OuterRef("seq")).values("actor")[:1]
    entries = (
        Event.objects.filter(subject__in=subjects)
        .order_by("-seq")
        .annotate(_actor=Subquery(actor))
        .values_list("at", "verb", "_actor")[:_MOST_ENTRIES]
    )
    return [
        {
            "at": at,
            "what": _what(verb),
            "who": _("the system") if who == SYSTEM else who or _("erased"),
        }
        for at, verb, who in reversed(entries)
    ]


def _what(verb: str) -> str:
    state = verb.removeprefix("job.")
    states = dict(JobState.choices)
    return str(_WHAT.get(verb) or states.get(state) or verb)


# Lists


def state_badge(job: Job) -> str:
    return format_html(
        '<span class="badge tone-{}">{}</span>', TONES[JobState(job.state)], job.get_state_display()
    )


def account_kind(account: Account) -> str:
    return format_html(
        '{} <span class="kind kind-{}">{}</span>',
        account.label,
        account.kind,
        account.get_kind_display(),
    )


def who_when(run: ReportRun) -> str:
    """The date in one piece, and the time below it where there is no room beside it."""
    at = timezone.localtime(run.created_at)
    return format_html(
        '{} <time class="nowrap" datetime="{}">{}</time> <span class="nowrap">{}</span>',
        run.job.asked_by or "–",
        at.isoformat(timespec="seconds"),
        written(at, "j F Y"),
        written(at, "H:i"),
    )


def standing(template: ReportTemplate) -> tuple[str, str]:
    """(tone, words): whether reports can be asked for of it."""
    if template.remote_id:
        return "good", _("in Lucca")
    job = template.creation
    if job is None or job.state in (JobState.FAILED, JobState.CANCELLED):
        return "warning", _("not in Lucca yet")
    if job.state == JobState.UNKNOWN:
        return "error", _("perhaps in Lucca")
    return "info", _("being created")


def standing_badge(template: ReportTemplate) -> str:
    return format_html('<span class="badge tone-{}">{}</span>', *standing(template))
