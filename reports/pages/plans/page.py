"""The page of a plan: what it does, when next, what became of what was due."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from portal.jobs.moves import JobState
from portal.pages.rights import needs_on
from reports.models import Plan, PlannedRun
from reports.pages.plans.dates import next_dates
from reports.pages.plans.form import name_of
from reports.pages.plans.rights import PLAN, find, may_change, show
from reports.plans import words as plan_words
from reports.plans.lateness import START_LATE

_PER_PAGE = 50
S = PlannedRun.State
_TO_START = (S.REFUSED, S.MISSED)


@dataclass(frozen=True)
class Row:
    """A planned run as the page shows it. `may_start` by a person; `may_forget`: set aside."""

    run: PlannedRun
    when: str
    what: str
    tone: str
    state: str
    why: str
    link: str
    link_words: str
    may_start: bool
    may_forget: bool


@needs_on(PLAN)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    plan = find(pk)
    may = may_change(request, plan)
    runs = Paginator(_runs(plan), _PER_PAGE).get_page(request.GET.get("page"))
    rows = [row_of(run, plan) for run in runs]
    return show(
        request,
        "page",
        plan.name,
        plan,
        rule=capfirst(plan_words.rule(plan)),
        days=plan_words.which_days(plan),
        dates=next_dates(plan),
        is_silent=bool(plan.next_at and plan.next_at <= timezone.now() - START_LATE),
        owner_may=bool(plan.owner and plan.owner.has_perm(plan.right)),
        owner=name_of(plan.owner) if plan.owner else "",
        recipients=[name_of(one) for one in plan.recipients.order_by("username")],
        open_rows=[row for row in rows if row.may_forget],
        rows=rows,
        runs=runs,
        subject=_subject(plan),
        may_change=may,
        may_pause=request.user.has_perm("reports.change_plan"),
    )


def _runs(plan: Plan) -> Any:
    related = ("export_run__job", "report_run__job", "export_run__export")
    return plan.runs.select_related(*related)


def row_of(run: PlannedRun, plan: Plan) -> Row:
    run.plan = plan
    tone, state = plan_words.outcome(run)
    started = run.run
    failed = started is not None and started.job.state == JobState.FAILED
    waits = run.set_aside_at is None and (run.state in _TO_START or failed)
    return Row(
        run,
        plan_words.when(run.due_at, plan),
        plan_words.what(plan, run.starts_on, run.ends_on),
        tone,
        state,
        plan_words.why(run),
        _link(run),
        plan_words.kind_of_run(run),
        may_start=waits and started is None,
        may_forget=waits,
    )


def _link(run: PlannedRun) -> str:
    started = run.run
    if started is None:
        return ""
    return reverse(f"admin:reports_{started._meta.model_name}_change", args=[started.pk])


def _subject(plan: Plan) -> str:
    of = plan.subject
    return reverse(f"admin:reports_{of._meta.model_name}_change", args=[of.pk])
