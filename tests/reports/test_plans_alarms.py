"""Silence is an alarm: what the start page says is overdue, and whom a mail tells, once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal import notices as mails
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Notice
from portal.simulator import Simulator
from reports.exports import services
from reports.models import ExportConfiguration, ExportRun, Plan, PlannedRun
from reports.plans import alarms, notices
from tests.conftest import carry
from tests.reports.plans import all_approved, paris, person, planned_export, swept
from tests.reports.runs import configuration

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    settings.MAIL_IS_ON = True
    with time_machine.travel(paris(2026, 3, 6, 12)) as traveller:
        yield traveller


@pytest.fixture
def payroll(clock: object, account: Account, lucca: Simulator) -> ExportConfiguration:
    return configuration(account, deadline=timedelta(hours=1), label="Payroll")


@pytest.fixture
def plan(payroll: ExportConfiguration) -> Plan:
    """Ines's, of which the boss is told, too."""
    made = planned_export(payroll)
    made.recipients.add(person("Launcher", "boss"))
    return made


def said() -> list[str]:
    return [alarm.said for alarm in alarms.overdue()]


def told() -> list[tuple[str, str]]:
    """What the sweeper has written, twice in a row."""
    notices.sweep()
    notices.sweep()
    found = Notice.objects.order_by("pk").values_list("user__username", "kind")
    return sorted((name, kind) for name, kind in found)


def queries(work: Any) -> int:
    with CaptureQueriesContext(connection) as found:
        work()
    return len(found)


# Planned, and nothing happened.


def test_nothing_is_overdue_where_all_is_well(plan: Plan) -> None:
    assert (said(), told()) == ([], [])


def test_a_stopped_service_is_told_by_the_page(plan: Plan, clock: time_machine.Traveller) -> None:
    """No sweep, no mail: the page works it out from the plan itself."""
    clock.move_to(paris(2026, 3, 9, 7, 14))
    assert said() == []
    clock.move_to(paris(2026, 3, 9, 7, 16))
    (alarm,) = alarms.overdue()
    assert "“Payroll” was due" in alarm.said
    assert "nothing has happened" in alarm.said
    assert "background service" in alarm.check


def test_what_did_not_start_is_told_once_to_owner_and_recipients(
    plan: Plan, clock: time_machine.Traveller
) -> None:
    clock.move_to(paris(2026, 3, 9, 7))
    swept()
    assert told() == [("boss", "plan-refused"), ("ines", "plan-refused")]
    (alarm,) = alarms.overdue()
    assert "did not start" in alarm.said
    assert "not approved" in alarm.check
    plan.runs.get().set_aside(by=person())
    assert said() == []


def test_what_waits_too_long_is_told(
    plan: Plan, payroll: ExportConfiguration, clock: time_machine.Traveller
) -> None:
    clock.move_to(paris(2026, 3, 9, 7))
    other = services.export(payroll, paris(2026, 3, 2).date(), by=None)
    swept()
    assert told() == []
    clock.move_to(paris(2026, 3, 9, 7, 16))
    swept()
    assert told() == [("boss", "plan-late"), ("ines", "plan-late")]
    assert any("has not started yet" in one for one in said())
    assert f"run {other.pk}" in alarms.overdue()[-1].check


def test_many_that_were_missed_are_one_mail(plan: Plan, clock: time_machine.Traveller) -> None:
    clock.move_to(paris(2026, 6, 1, 12))
    swept()
    assert plan.runs.filter(state="missed").count() > 5
    assert [kind for _name, kind in told()].count("plan-missed") == 2


def test_what_somebody_paused_is_told_to_nobody(plan: Plan, clock: time_machine.Traveller) -> None:
    from reports.plans import services as plan_services

    clock.move_to(paris(2026, 3, 9, 7))
    plan_services.pause(plan, by=person())
    assert told() == []


# Runs.


def exported(plan: Plan, lucca: Simulator, clock: time_machine.Traveller) -> ExportRun:
    all_approved(lucca)
    clock.move_to(paris(2026, 3, 9, 7))
    swept()
    found = plan.runs.get().export_run
    assert found is not None
    carry(found.job)
    return ExportRun.objects.select_related("job").get(pk=found.pk)


def test_the_end_of_what_was_planned_is_told_with_a_link_and_no_data(
    plan: Plan, lucca: Simulator, clock: time_machine.Traveller
) -> None:
    run = exported(plan, lucca, clock)
    assert run.job.state == JobState.PARTIAL
    assert told() == [("boss", "export-needs"), ("ines", "export-needs")]
    notice = Notice.objects.all()[0]
    assert notice.path == f"/admin/reports/exportrun/{run.pk}/change/"
    assert set(notice.params) == {"run", "account", "job", "state"}
    assert mails.words(notice) == f"Export {run.pk} (demo) was made and needs somebody"


def test_an_export_that_failed_is_an_alarm_until_somebody_has_seen_it(
    plan: Plan, lucca: Simulator, clock: time_machine.Traveller
) -> None:
    lucca.add_fault("403", method="POST", times=0)
    run = exported(plan, lucca, clock)
    assert run.job.state == JobState.FAILED
    assert {kind for _name, kind in told()} == {"export-failed"}
    (alarm,) = alarms.overdue()
    assert "was not made" in alarm.said
    plan.runs.get().set_aside(by=person())
    assert said() == []


def test_an_unknown_outcome_is_an_alarm_and_its_end_is_told_again(
    plan: Plan, lucca: Simulator, clock: time_machine.Traveller
) -> None:
    ExportConfiguration.objects.update(deadline=timedelta(0))
    lucca.configure(export_seconds=600)
    run = exported(plan, lucca, clock)
    assert run.job.state == JobState.UNKNOWN
    assert {kind for _name, kind in told()} == {"export-unknown"}
    assert "outcome is unknown" in said()[0]
    clock.shift(timedelta(minutes=20))
    assert run.watch is not None
    carry(run.watch)
    run.job.refresh_from_db()
    assert run.job.state == JobState.PARTIAL
    assert {kind for _name, kind in told()} == {"export-unknown", "export-needs"}
    assert said() == []


def test_who_was_looking_is_not_told(
    payroll: ExportConfiguration, lucca: Simulator, clock: object
) -> None:
    day = paris(2026, 3, 2).date()
    run = services.export(payroll, day, by=person(), interactive=True)
    carry(run.job)
    assert told() == []
    run.refresh_from_db()
    assert run.told_at is not None


def test_old_ends_are_no_news(payroll: ExportConfiguration, clock: Any) -> None:
    run = services.export(payroll, paris(2026, 3, 2).date(), by=person())
    carry(run.job)
    clock.shift(timedelta(days=3))
    assert told() == []


def test_a_run_past_its_time_is_late_once(
    payroll: ExportConfiguration, clock: time_machine.Traveller
) -> None:
    for minutes in (2, 2, 2):
        ended(payroll, minutes)
    run = services.export(payroll, paris(2026, 3, 2).date(), by=person())
    clock.shift(timedelta(minutes=5, seconds=30))
    assert said() == []
    clock.shift(timedelta(minutes=3))
    assert told() == [("ines", "export-late")]
    assert f"Export run {run.pk} of “Payroll” has been under way for" in said()[0]
    assert "usually takes 2" in said()[0].replace("\N{NO-BREAK SPACE}", " ")


def ended(payroll: ExportConfiguration, minutes: int) -> None:
    now = timezone.now()
    job = Job.objects.create(
        kind="reports.export",
        account=payroll.account,
        step="track",
        state=JobState.SUCCEEDED,
        started_at=now - timedelta(minutes=minutes),
        finished_at=now,
    )
    ExportRun.objects.create(configuration=payroll, job=job, ends_at=now.date(), told_at=now)


# What it costs.


def trouble(payroll: ExportConfiguration, number: int) -> None:
    now = timezone.now()
    made = planned_export(payroll)
    made.recipients.add(person("Launcher", "boss"))
    PlannedRun.objects.create(
        plan=made, due_at=now, ends_on=now.date(), state="refused", reason="plan-paused"
    )
    for state, began in (("running", now), ("unknown", now)):
        other = ExportConfiguration.objects.create(
            account=payroll.account, remote_id=1000 + 2 * number + (state == "running"), label="x"
        )
        job = Job.objects.create(
            kind="reports.export",
            account=payroll.account,
            step="track",
            state=state,
            started_at=began - timedelta(hours=2),
        )
        ExportRun.objects.create(configuration=other, job=job, ends_at=now.date())


def test_alarms_and_mails_cost_the_same_for_one_and_for_twenty(
    payroll: ExportConfiguration,
) -> None:
    trouble(payroll, 0)
    assert queries(alarms.overdue) <= 3
    one = queries(notices.sweep)
    for number in range(1, 20):
        trouble(payroll, number)
    ExportRun.objects.update(told_at=None, told_late_at=None)
    PlannedRun.objects.update(told_at=None)
    assert queries(alarms.overdue) <= 3
    assert len(alarms.overdue()) == 60
    assert queries(notices.sweep) == one
