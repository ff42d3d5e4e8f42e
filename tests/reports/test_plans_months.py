"""Three months of plans on a simulated clock, with the background service away in the middle: one
run for each due date, none twice, each for the days that were due."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine

from portal.jobs.models import Job
from portal.models import Account
from portal.simulator import Simulator
from reports.models import ExportRun, Plan, PlannedRun, ReportRun
from tests.conftest import carry
from tests.reports.plans import (
    PARIS,
    all_approved,
    due_times,
    paris,
    planned_export,
    planned_report,
    states,
    swept,
)
from tests.reports.report_runs import template as report_template
from tests.reports.runs import configuration, made, triggers

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BEGIN, END = paris(2026, 2, 27, 12), paris(2026, 6, 1, 12)
# From one Thursday to another: three Mondays, the night of the clocks' change among them.
AWAY = (paris(2026, 3, 19), paris(2026, 4, 9))


def days() -> list[datetime]:
    """Some moments of each day, by the clock on the wall."""
    count = (END.date() - BEGIN.date()).days
    all_days = [BEGIN.date() + timedelta(days=n) for n in range(1, count + 1)]
    hours = (time(6, 30), time(7, 1), time(7, 2), time(20))
    return [datetime.combine(day, at, PARIS) for day in all_days for at in hours]


def live(clock: time_machine.Traveller) -> None:
    for moment in days():
        clock.move_to(moment)
        if AWAY[0] <= moment < AWAY[1]:
            continue
        if moment.time() == time(6, 30) and not Plan.objects.filter(next_at__lte=moment).exists():
            continue
        swept()
        for job in Job.objects.filter(state__in=["queued", "running"]):
            carry(job)


def test_three_months(account: Account, lucca: Simulator) -> None:
    with time_machine.travel(BEGIN) as clock:
        weekly = planned_export(configuration(account, deadline=timedelta(hours=1)))
        hours = planned_report(
            report_template(account), every="month-weekday", nth=1, period="month"
        )
        all_approved(lucca)
        live(clock)

    mondays = [date(2026, 3, 2) + timedelta(weeks=n) for n in range(14)]
    assert due_times(weekly) == [f"{day:%d %b} 07:00" for day in mondays]
    assert states(weekly) == ["started"] * 14
    # Each once, in order, and for the days that were due: not for those on which it was made up.
    ends = [*ExportRun.objects.order_by("pk").values_list("ends_at", flat=True)]
    assert ends == mondays
    assert len(made(lucca)) == len(triggers(lucca)) == 14
    late = PlannedRun.objects.filter(plan=weekly, due_at__range=AWAY)
    assert late.count() == 3
    assert all(run.started_at and run.started_at >= AWAY[1] for run in late)

    assert due_times(hours) == ["02 Mar 07:00", "06 Apr 07:00", "04 May 07:00", "01 Jun 07:00"]
    covered = [*ReportRun.objects.order_by("pk").values_list("starts_on", "ends_on")]
    assert covered == [
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 4, 30)),
        (date(2026, 5, 1), date(2026, 5, 31)),
    ]
    assert {run.job.state for run in ReportRun.objects.select_related("job")} == {"succeeded"}
