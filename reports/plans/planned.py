"""What plans start by themselves. The sweeper calls this each minute, and nothing else does.

a plan's `next_at` has come -> a planned run is DUE (one for each time that has passed)
a planned run is DUE        -> STARTED, REFUSED with a sentence, or it waits (see starting)
"""

from datetime import date, datetime
from itertools import takewhile

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from portal.audit import record
from reports.models import Plan, PlannedRun
from reports.periods import Period, covered, end_day
from reports.plans import due
from reports.plans.starting import TOO_OLD, start, waiting

_PLANS_AT_ONCE, _TIMES_AT_ONCE = 200, 400
S = PlannedRun.State


def sweep() -> None:
    now = timezone.now()
    late = Plan.objects.filter(next_at__lte=now).order_by("next_at")
    for plan in late.select_related("configuration__account", "template__account")[:_PLANS_AT_ONCE]:
        take(plan, now)
    _start_what_is_due()


# From a plan to its planned runs.


def take(plan: Plan, now: datetime) -> None:
    """Note each time that has come as due, and move the plan on: in one transaction, once."""
    if plan.next_at is None or plan.next_at > now:
        return
    times = [plan.next_at]
    later = due.times(plan, plan.next_at, plan.zone)
    for moment in takewhile(lambda moment: moment <= now, later):
        times.append(moment)
        if len(times) == _TIMES_AT_ONCE:
            break
    next_at = due.next_after(plan, times[-1], plan.zone)
    with transaction.atomic():
        mine = Plan.objects.filter(pk=plan.pk, next_at=plan.next_at)
        if not mine.update(next_at=next_at):
            return
        rows = [_planned(plan, moment, now) for moment in times]
        # There may be one from before the rule was changed.
        PlannedRun.objects.bulk_create(rows, ignore_conflicts=True)
        record(
            "plan.due",
            plan,
            account=plan.account.label,
            values={
                "times": len(rows),
                "missed": sum(row.state == S.MISSED for row in rows),
                "next": str(next_at),
            },
        )
    plan.next_at = next_at


def _planned(plan: Plan, moment: datetime, now: datetime) -> PlannedRun:
    starts_on, ends_on = days_of(plan, moment)
    missed = moment < now - TOO_OLD
    return PlannedRun(
        plan=plan,
        due_at=moment,
        starts_on=starts_on,
        ends_on=ends_on,
        state=S.MISSED if missed else S.DUE,
        reason="plan-missed" if missed else "",
    )


def days_of(plan: Plan, moment: datetime) -> tuple[date | None, date | None]:
    """Of a report: its first and its last day. Of an export: the day at which it ends."""
    today = moment.astimezone(plan.zone).date()
    if plan.configuration_id:
        return None, end_day(plan.end_day, today)
    if plan.period == Period.FIXED:
        return plan.first_day, plan.last_day
    return covered(plan.period, today) or (None, None)


# From a planned run to its run.


def _start_what_is_due() -> None:
    """In the order in which they were due. An export may ask Lucca first: the queue does that."""
    stuck = set[int]()
    for run in waiting().order_by("due_at", "pk"):
        if run.plan_id in stuck:
            continue
        if run.plan.configuration_id:
            async_task("reports.plans.tasks.start_planned", run.pk)
        else:
            start(run)
        if run.state == S.DUE:
            stuck.add(run.plan_id)
