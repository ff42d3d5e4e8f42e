"""The list of plans: when, which days, the next date, and how the last one went."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.jobs.moves import JobState
from reports.models import Plan, PlannedRun
from reports.plans import words as plan_words


def with_last(plans: QuerySet[Plan]) -> QuerySet[Plan]:
    """With what became of the newest planned run of each."""
    runs = PlannedRun.objects.filter(plan=OuterRef("pk")).order_by("-due_at", "-pk")
    job = Coalesce("export_run__job__state", "report_run__job__state")
    return plans.annotate(
        _last_state=Subquery(runs.values("state")[:1]),
        _last_job=Subquery(runs.annotate(of=job).values("of")[:1]),
        _last_at=Subquery(runs.values("due_at")[:1]),
    )


def account(plan: Plan) -> str:
    of = plan.account
    return format_html(
        '{} <span class="kind kind-{}">{}</span>', of.label, of.kind, of.get_kind_display()
    )


def rule(plan: Plan) -> str:
    return format_html(
        '{}<br><span class="quiet-text">{}: {}</span>',
        capfirst(plan_words.rule(plan)),
        plan.subject,
        plan_words.which_days(plan),
    )


def next_date(plan: Plan) -> str:
    if plan.next_at is None:
        return format_html('<span class="badge tone-quiet">{}</span>', _("paused"))
    return format_html(
        '<time datetime="{}">{}</time>',
        plan.next_at.isoformat(timespec="seconds"),
        plan_words.when(plan.next_at, plan),
    )


def last_outcome(plan: Any) -> str:
    if plan._last_state is None:
        return _("none yet")
    if plan._last_job:
        tone, word = plan_words.JOB_TONES[plan._last_job], JobState(plan._last_job).label
    else:
        tone, word = plan_words.TONES[plan._last_state], PlannedRun.State(plan._last_state).label
    return format_html(
        '<span class="badge tone-{}">{}</span> <time class="quiet-text" datetime="{}">{}</time>',
        tone,
        word,
        plan._last_at.isoformat(timespec="seconds"),
        plan_words.when(plan._last_at, plan),
    )
