"""Starting one planned run: whether it may, what it waits for, and that it starts once.

A planned run and what it starts are written in one transaction, so that a process may die at any
moment: each due time has one run, or none yet. Lucca is asked, where it is, outside of any.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.connect import connect
from portal.jobs.claims import OPEN
from portal.jobs.moves import IllegalMove, JobState
from portal.lucca.errors import LuccaError, Misconfigured, Refused
from portal.models import User
from reports.exports import services
from reports.exports.services import Refusal
from reports.exports.warnings import timesheets_not_approved
from reports.models import ExportConfiguration, ExportRun, PlannedRun, ReportRun
from reports.periods import Period
from reports.reports import services as report_services

# What was due longer ago is not made up unasked.
TOO_OLD = timedelta(days=31)
# How long it is tried to see whether timesheets are approved, or to start at all.
_TRY_FOR = timedelta(hours=1)
S = PlannedRun.State


class OfAnother(Exception):
    """Another planned run has started this very run."""

    def __init__(self, run: ExportRun | ReportRun) -> None:
        super().__init__("the run of another planned run")
        self.run = run


def waiting() -> QuerySet[PlannedRun]:
    related = ("plan__configuration__account", "plan__template__account", "plan__owner")
    return PlannedRun.objects.filter(state=S.DUE).select_related(*related)


def start_one(pk: int) -> None:
    """What the queue does with one that is due."""
    run = waiting().filter(pk=pk).first()
    if run:
        start(run)


def start(run: PlannedRun) -> None:
    """Start it, refuse it, or leave it due with the reason why it waits."""
    if run.due_at < timezone.now() - TOO_OLD:
        run.refuse("plan-missed")
        return
    try:
        if not _is_refused(run):
            _start(run)
    except IllegalMove:
        pass  # somebody was faster


def _is_refused(run: PlannedRun) -> bool:
    plan, owner = run.plan, run.plan.owner
    if owner is None or not owner.is_active:
        run.refuse("plan-owner-gone")
    elif not owner.has_perm(plan.right):
        run.refuse("plan-owner-right")
    elif plan.template and not plan.template.remote_id:
        run.refuse("plan-no-template")
    return run.state == S.REFUSED


def _start(run: PlannedRun) -> None:
    """May raise IllegalMove: somebody was faster."""
    count = None
    if run.plan.configuration_id and services.same(*_wanted(run)) is None:
        if _is_in_the_way(run):
            return
        may_go, count = _look_at_timesheets(run)
        if not may_go:
            return
    try:
        begin(
            run,
            by=run.plan.owner,
            accept_warnings=run.plan.accept_warnings,
            not_approved=count,
        )
    except OfAnother as other:
        if other.run.job.state in (*OPEN, JobState.UNKNOWN):
            run.wait("plan-busy", run=other.run.pk)
        else:
            run.refuse("plan-done-before", run=other.run.pk)
    except Refusal:
        _try_for_a_while(run)


def _wanted(run: PlannedRun) -> tuple[ExportConfiguration, date]:
    """What an export's plan asks for."""
    configuration, ends_on = run.plan.configuration, run.ends_on
    if configuration is None or ends_on is None:
        raise LookupError("this planned run is of no export")
    return configuration, ends_on


def _is_in_the_way(run: PlannedRun) -> bool:
    """Another run of the configuration is live: wait for it, unless nobody knows its outcome."""
    configuration, _ends_on = _wanted(run)
    live = configuration.runs.filter(job__state__in=[*OPEN, JobState.UNKNOWN])
    found = live.select_related("job").first()
    if found is None:
        return False
    if found.job.state == JobState.UNKNOWN:
        run.refuse("plan-unknown-open", run=found.pk)
    else:
        run.wait("plan-busy", run=found.pk)
    return True


def _look_at_timesheets(run: PlannedRun) -> tuple[bool, int | None]:
    """Whether it may go on, and how many of the period are not approved. With warnings accepted
    that is only noted; otherwise it is refused for them, and waits while nobody can say."""
    plan = run.plan
    try:
        request = timesheets_not_approved(*_wanted(run))
        count = connect(plan.account).send(request)
    except LuccaError as error:
        if not plan.accept_warnings:
            _not_seen(run, error)
        return plan.accept_warnings, None
    if count and not plan.accept_warnings:
        run.refuse("plan-not-approved", count=count)
        return False, count
    return True, count


def _not_seen(run: PlannedRun, error: LuccaError) -> None:
    said = {**error.params, "cause": error.reason}
    since = _since(run)
    hopeless = isinstance(error, Misconfigured | Refused)
    if hopeless or timezone.now() - since > _TRY_FOR:
        run.refuse("plan-never-seen", **said)
    else:
        run.wait("plan-unseen", **said, since=since.isoformat())


def _try_for_a_while(run: PlannedRun) -> None:
    """It may not be started just now, and nobody stands by to be told why."""
    since = _since(run)
    if timezone.now() - since > _TRY_FOR:
        run.refuse("plan-no-start")
    else:
        run.wait("", since=since.isoformat())


def _since(run: PlannedRun) -> datetime:
    """Since when it has been tried in vain."""
    said = run.reason_params.get("since")
    return datetime.fromisoformat(said) if said else timezone.now()


def begin(
    run: PlannedRun,
    *,
    by: User | None,
    accept_warnings: bool,
    not_approved: int | None = None,
    interactive: bool = False,
) -> None:
    """Ask for what was planned. Raises Refusal, OfAnother, and IllegalMove when somebody else has
    started it: then nothing was asked for."""
    asked = {"by": by, "interactive": interactive}
    with transaction.atomic():
        if run.plan.configuration_id:
            before = services.same(*_wanted(run))
            made: ExportRun | ReportRun = before or _export(
                run, accept_warnings=accept_warnings, not_approved=not_approved, **asked
            )
        else:
            before, made = None, _report(run, **asked)
        if PlannedRun.objects.filter(_of(made)).exists():
            raise OfAnother(made)
        run.start(made, by=by, reason="plan-had" if before else "")


def _of(made: ExportRun | ReportRun) -> Q:
    return Q(export_run=made) if isinstance(made, ExportRun) else Q(report_run=made)


def _export(run: PlannedRun, **asked: Any) -> ExportRun:
    configuration, ends_on = _wanted(run)
    return services.export(configuration, ends_on, **asked)


def _report(run: PlannedRun, **asked: Any) -> ReportRun:
    """Up to its last day, or to the day after where Lucca leaves a report's last day out. Days
    that a person named are asked for as they are."""
    template, last = run.plan.template, run.ends_on
    if template is None:
        raise LookupError("this planned run is of no report")
    named = run.plan.period == Period.FIXED
    if last and not named and not template.account.report_end_included:
        last += timedelta(days=1)
    return report_services.ask_report(
        template,
        starts_on=run.starts_on,
        ends_on=last,
        filters=None,  # those kept with the template
        with_excel=run.plan.with_excel,
        **asked,
    )
