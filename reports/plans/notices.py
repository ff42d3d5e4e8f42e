"""Who is told by mail about exports, reports and plans: what ended, what is late, what did not
happen. From the sweeper, once each, with a link and no data.

Told are who asked, and of a plan its owner and those whom it names.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.claims import OPEN
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import User
from portal.notices import Kind, Telling, register, tell_all
from reports.models import ExportRun, Plan, PlannedRun, ReportRun
from reports.plans.lateness import START_LATE, late, of_runs

Run = ExportRun | ReportRun
# What ended longer ago is no news: it is from before mail was set up, or from before an update.
_NEWS = timedelta(days=2)
_AT_ONCE = 200
_ENDS = {
    JobState.SUCCEEDED: "done",
    JobState.PARTIAL: "needs",
    JobState.FAILED: "failed",
    JobState.UNKNOWN: "unknown",
}
S = PlannedRun.State


def sweep() -> None:
    now = timezone.now()
    for runs in (ExportRun.objects.all(), ReportRun.objects.all()):
        _tell_ends(runs, now)
    _tell_late(now)
    _tell_planned(now)


# What became of runs.


def _tell_ends(runs: QuerySet[Any], now: datetime) -> None:
    subject = "configuration" if runs.model is ExportRun else "template"
    changed = Q(told_at=None)
    if runs.model is ExportRun:
        # Told as unknown, and found out since.
        changed |= Q(watch__isnull=False, told_at__lt=F("job__finished_at"))
    ended = (
        runs.filter(changed, job__state__in=[*SETTLED, JobState.UNKNOWN])
        .select_related("job__account", "job__asked_by", subject, "planned__plan__owner")
        .prefetch_related("planned__plan__recipients")
        .order_by("pk")[:_AT_ONCE]
    )
    found = list(ended)
    if not found:
        return
    with transaction.atomic():
        tell_all(_end(run) for run in found if _is_news(run, now))
        runs.filter(pk__in=[run.pk for run in found]).update(told_at=now)


def _is_news(run: Run, now: datetime) -> bool:
    job = run.job
    if job.state == JobState.CANCELLED or job.reason == "settled-by-person":
        return False  # somebody did it
    if job.finished_at and job.finished_at < now - _NEWS:
        return False
    if _planned(run):
        return True
    quick = bool(job.finished_at and job.finished_at - job.created_at < settings.MAIL_AFTER)
    return not (quick and (job.interactive or job.state == JobState.SUCCEEDED))


def _end(run: Run) -> Telling:
    what, job = _what(run), run.job
    params = {"run": run.pk, "account": job.account.label, "job": job.pk, "state": job.state}
    return Telling(
        [job.asked_by, *_people(_planned(run))],
        f"{what}-{_ENDS[JobState(job.state)]}",
        f"{what}-{run.pk}-{job.state}",
        _page(run),
        params,
    )


def _what(run: Run) -> str:
    return "export" if isinstance(run, ExportRun) else "report"


def _page(run: Run) -> str:
    return reverse(f"admin:reports_{run._meta.model_name}_change", args=[run.pk])


def _planned(run: Run) -> PlannedRun | None:
    return getattr(run, "planned", None)


def _people(planned: PlannedRun | None) -> Iterator[User | None]:
    if planned:
        yield planned.plan.owner
        yield from planned.plan.recipients.all()


# What takes long.


def _tell_late(now: datetime) -> None:
    untold = Q(export_run__isnull=False, export_run__told_late_at=None) | Q(
        report_run__isnull=False, report_run__told_late_at=None
    )
    jobs = (
        of_runs()
        .filter(untold, state__in=OPEN)
        .select_related(
            *("asked_by", "export_run__planned__plan__owner", "report_run__planned__plan__owner")
        )
        .prefetch_related(
            "export_run__planned__plan__recipients", "report_run__planned__plan__recipients"
        )
    )
    found = [_run(one.job) for one in late(list(jobs), now)]
    if not found:
        return
    with transaction.atomic():
        tell_all(_late(run) for run in found)
        for model in (ExportRun, ReportRun):
            mine = [run.pk for run in found if isinstance(run, model)]
            model._default_manager.filter(pk__in=mine).update(told_late_at=now)


def _run(job: Job) -> Run:
    return job.export_run if hasattr(job, "export_run") else job.report_run


def _late(run: Run) -> Telling:
    what = _what(run)
    return Telling(
        [run.job.asked_by, *_people(_planned(run))],
        f"{what}-late",
        f"{what}-{run.pk}-late",
        _page(run),
        {"run": run.pk, "account": run.job.account.label, "job": run.job.pk},
    )


# What planned did not happen.


def _tell_planned(now: datetime) -> None:
    waits = Q(state=S.DUE, told_late_at=None, due_at__lte=now - START_LATE)
    did_not = Q(state__in=[S.REFUSED, S.MISSED], told_at=None)
    found = list(
        PlannedRun.objects.filter(waits | did_not, set_aside_at=None)
        .select_related("plan__configuration__account", "plan__template__account", "plan__owner")
        .prefetch_related("plan__recipients")
        .order_by("due_at", "pk")[:_AT_ONCE]
    )
    if not found:
        return
    with transaction.atomic():
        # One mail for all that was missed of a plan. What somebody paused they know.
        news = {_about(run): run for run in reversed(found) if run.reason != "plan-paused"}
        tell_all(_did_not(run) for run in news.values())
        late_ones = [run.pk for run in found if run.state == S.DUE]
        others = [run.pk for run in found if run.state != S.DUE]
        PlannedRun.objects.filter(pk__in=late_ones).update(told_late_at=now)
        PlannedRun.objects.filter(pk__in=others).update(told_at=now)


def _about(run: PlannedRun) -> str:
    missed = run.state == S.MISSED
    return f"plan-{run.plan_id}-missed" if missed else f"planned-{run.pk}-{run.state}"


def _did_not(run: PlannedRun) -> Telling:
    kinds = {S.DUE: "plan-late", S.REFUSED: "plan-refused", S.MISSED: "plan-missed"}
    return Telling(
        _people(run),
        kinds[S(run.state)],
        f"{_about(run)}-{run.pk}",
        plan_page(run.plan),
        {
            "plan": run.plan.name,
            "account": run.plan.account.label,
            "planned": run.pk,
            "state": run.state,
        },
    )


def plan_page(plan: Plan) -> str:
    return reverse("admin:reports_plan_change", args=[plan.pk])


# When the mail is about to leave.


def _is_still(params: Mapping[str, Any]) -> bool:
    return Job.objects.filter(pk=params["job"], state=params["state"]).exists()


def _is_still_open(params: Mapping[str, Any]) -> bool:
    return Job.objects.filter(pk=params["job"], state__in=OPEN).exists()


def _has_not_started(params: Mapping[str, Any]) -> bool:
    found = PlannedRun.objects.filter(pk=params["planned"], set_aside_at=None)
    return found.filter(state=params["state"]).exists()


def register_kinds() -> None:
    subjects = {
        "export-done": _("Export %(run)s (%(account)s) is done"),
        "export-needs": _("Export %(run)s (%(account)s) was made and needs somebody"),
        "export-failed": _("Export %(run)s (%(account)s) was not made"),
        "export-unknown": _("Export %(run)s (%(account)s): outcome unknown, somebody must look"),
        "report-done": _("Report %(run)s (%(account)s) is done"),
        "report-needs": _("Report %(run)s (%(account)s) is done in part and needs somebody"),
        "report-failed": _("Report %(run)s (%(account)s) was not made"),
        "report-unknown": _("Report %(run)s (%(account)s): outcome unknown, somebody must look"),
    }
    late_ones = {
        "export-late": _("Export %(run)s (%(account)s) takes longer than usual"),
        "report-late": _("Report %(run)s (%(account)s) takes longer than usual"),
    }
    plans = {
        "plan-late": _("Plan “%(plan)s” (%(account)s): a run has not started in time"),
        "plan-refused": _("Plan “%(plan)s” (%(account)s): a run was not started"),
        "plan-missed": _("Plan “%(plan)s” (%(account)s): runs were missed"),
    }
    checks: Iterable[tuple[Mapping[str, Any], Callable[[Mapping[str, Any]], bool]]] = (
        (subjects, _is_still),
        (late_ones, _is_still_open),
        (plans, _has_not_started),
    )
    for kinds, holds in checks:
        register(*(Kind(slug, subject, holds) for slug, subject in kinds.items()))
