"""How long runs usually take: learned from those that ended well, and only from them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.jobs.moves import JobState
from portal.models import Account, Job
from reports import pace
from reports.models import ExportConfiguration, ExportRun

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def payroll() -> ExportConfiguration:
    account = Account(label="acme", base_url="http://127.0.0.1:9", kind="simulator")
    account.full_clean()
    account.save()
    return ExportConfiguration.objects.create(account=account, remote_id=42, label="Payroll")


def ran(
    payroll: ExportConfiguration, minutes: float, state: str = JobState.SUCCEEDED, reason: str = ""
) -> None:
    now = timezone.now()
    job = Job.objects.create(
        kind="reports.export",
        account=payroll.account,
        step="track",
        state=state,
        reason=reason,
        started_at=now - timedelta(minutes=minutes),
        finished_at=now,
    )
    ExportRun.objects.create(configuration=payroll, job=job, ends_at=now.date())


def test_two_runs_say_nothing_yet(payroll: ExportConfiguration) -> None:
    ran(payroll, 2)
    ran(payroll, 2)
    assert pace.usual(payroll) is None


def test_the_median_of_those_that_ended_well(payroll: ExportConfiguration) -> None:
    for minutes in (2, 4, 30):
        ran(payroll, minutes)
    ran(payroll, 500, JobState.FAILED)
    ran(payroll, 500, JobState.PARTIAL, reason="settled-by-person")
    found = pace.usual(payroll)
    assert found and round(found.total_seconds()) == 240


def test_late_is_thrice_the_usual_time_and_never_after_the_limit() -> None:
    hour = timedelta(hours=1)
    assert pace.late_after(None, hour) == hour
    assert pace.late_after(timedelta(minutes=4), hour) == timedelta(minutes=12)
    assert pace.late_after(timedelta(seconds=10), hour) == timedelta(minutes=5)
    assert pace.late_after(timedelta(minutes=40), hour) == hour
