"""A report: asked for, followed, fetched; what Lucca does to it, and what is said then."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event, EventDetail
from portal.simulator import Simulator
from reports.exports.services import Refusal
from reports.models import ReportFile, ReportRun
from reports.reports import services
from tests.conftest import carry
from tests.reports.report_runs import (
    FIRST,
    LAST,
    REPORTS,
    again,
    asked,
    content,
    csv_of,
    ended,
    made,
    posts,
    reported,
    template,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_report(account: Account, lucca: Simulator) -> None:
    run = reported(template(account))

    assert run.job.state == JobState.SUCCEEDED
    assert (run.remote_id, run.remote_name) == ("9042", "Worked hours by week")
    assert (run.covers_from, run.covers_to) == (FIRST, LAST)
    file = csv_of(run)
    assert file.file_name == "Worked hours by week.csv"
    assert content(file).startswith(b"\xef\xbb\xbfEmployee;Department;Worked 02/02/2026 - ")
    assert file.size == len(content(file)) > 1000
    assert len(posts(lucca)) == 1
    assert not run.files.filter(kind="excel").exists()
    fetched = Event.objects.get(verb="report.fetched")
    assert EventDetail.objects.get(seq=fetched.seq).values["sha256"] == file.sha256


def test_days_left_to_the_template_are_told_by_lucca(account: Account, lucca: Simulator) -> None:
    run = reported(template(account, "321"), starts_on=None, ends_on=None)
    assert (run.starts_on, run.ends_on) == (None, None)
    assert run.covers_from is not None
    assert run.covers_to is not None
    assert run.covers_from.day == 1
    assert run.covers_from.month == run.covers_to.month
    (one,) = lucca.state()["reports"]
    assert one["filters"] is None


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("shape", ["number", "text"])
def test_what_lucca_leaves_open(
    account: Account, lucca: Simulator, status: int, shape: str
) -> None:
    lucca.configure(report_created_status=status, report_id_shape=shape)
    run = reported(template(account))
    assert (run.job.state, run.remote_id) == (JobState.SUCCEEDED, "9042")


def test_a_workbook_too(account: Account, lucca: Simulator) -> None:
    run = reported(template(account), with_excel=True)
    assert run.job.state == JobState.SUCCEEDED
    assert content(run.files.get(kind="excel")).startswith(b"PK")


def test_a_workbook_that_cannot_be_had(account: Account, lucca: Simulator) -> None:
    lucca.configure(report_excel=False)
    run = reported(template(account), with_excel=True)
    assert run.job.state == JobState.PARTIAL
    assert "workbook could not be fetched: Lucca had an error (500)." in run.message
    assert csv_of(run).size


def test_filters_narrow_it(account: Account, lucca: Simulator) -> None:
    filters = [{"kind": "department", "values": [9]}]
    whole, narrow = reported(template(account)), reported(template(account), filters=filters)
    assert lucca.state()["reports"][1]["filters"] == filters
    assert content(csv_of(narrow)).count(b"\r\n") < content(csv_of(whole)).count(b"\r\n")


def test_filters_kept_with_the_template(account: Account, lucca: Simulator) -> None:
    of = template(account)
    services.set_filters(of, [{"kind": "department", "values": [9, 10]}], by=None)
    assert reported(of).filters == [{"kind": "department", "values": [9, 10]}]


@pytest.mark.parametrize(
    "filters",
    [
        [],
        {},
        [{"kind": "department"}],
        [{"kind": "department", "values": []}],
        [{"kind": "department", "values": ["7"]}],
        [{"kind": "department", "values": [True]}],
        [{"kind": "", "values": [7]}],
        [{"kind": "department", "values": [7], "more": 1}],
        ["department"],
    ],
)
def test_filters_that_are_refused(account: Account, lucca: Simulator, filters: Any) -> None:
    with pytest.raises(Refusal):
        asked(template(account), filters=filters)
    assert not ReportRun.objects.exists()


def test_days_that_do_not_follow_each_other(account: Account) -> None:
    with pytest.raises(Refusal, match="is after the last"):
        asked(template(account), starts_on=LAST, ends_on=FIRST)


# The same again


def test_while_it_is_under_way_the_same_is_given(account: Account, lucca: Simulator) -> None:
    of = template(account)
    first, second = asked(of), asked(of)
    assert first == second
    assert asked(of, ends_on=date(2026, 2, 28)) != first
    assert asked(of, filters=[{"kind": "department", "values": [9]}]) != first
    ended(first)
    assert asked(of) != first
    assert len(posts(lucca)) == 1


def test_a_workbook_asked_for_meanwhile_is_fetched_too(account: Account, lucca: Simulator) -> None:
    of = template(account)
    run = asked(of)
    runner.run(run.job.pk, "test")
    assert asked(of, with_excel=True) == run
    assert set(ended(run).files.values_list("kind", flat=True)) == {"csv", "excel"}
    assert len(posts(lucca)) == 1


# What Lucca does to it


def test_an_error_leads_to_one_more_report(account: Account, lucca: Simulator) -> None:
    lucca.configure(report_outcome="error-once")
    run = reported(template(account))
    assert (run.job.state, run.remote_id) == (JobState.SUCCEEDED, "9043")
    assert len(posts(lucca)) == 2


def test_two_errors_need_a_person(account: Account, lucca: Simulator) -> None:
    lucca.configure(report_outcome="error")
    run = reported(template(account))
    assert run.job.state == JobState.FAILED
    assert "number 9043" in run.message
    assert "support" in run.message
    assert len(posts(lucca)) == 2


def test_a_report_that_is_gone_is_asked_for_once_more(account: Account, lucca: Simulator) -> None:
    run = asked(template(account))
    runner.run(run.job.pk, "test")
    lucca.change_state({"reports": [{"id": 9042, "purged": True}]})
    run = ended(run)
    assert (run.job.state, run.remote_id) == (JobState.SUCCEEDED, "9043")
    assert len(posts(lucca)) == 2


def test_reports_that_are_always_gone(account: Account, lucca: Simulator) -> None:
    """As with a wrong path in the account's settings."""
    account.report_status_path = "/timmi-timesheet/api/report/{reportId}"
    account.save()
    run = reported(template(account))
    assert run.job.state == JobState.FAILED
    assert "path of a report" in run.message
    assert len(posts(lucca)) == 2


def aged(run: ReportRun, hours: float) -> Job:
    """As if it had been asked for so long ago."""
    sent = timezone.now() - timedelta(hours=hours)
    job = again(run).job
    job.write(cursor={**job.cursor, "sent": sent.isoformat()}, deadline=sent + timedelta(hours=24))
    return job


def look(run: ReportRun) -> Job:
    Job.objects.filter(pk=run.job_id).update(due_at=timezone.now())
    runner.run(run.job_id, "test")
    return again(run).job


def test_long_is_no_reason_to_ask_again(account: Account, lucca: Simulator) -> None:
    lucca.configure(report_polls=10_000)
    run = asked(template(account))
    look(run)
    job = look(run)
    assert job.message == ""
    assert job.due_at is not None
    assert job.due_at - timezone.now() < timedelta(seconds=11)

    aged(run, 0.5)
    job = look(run)
    assert job.due_at is not None
    assert timedelta(seconds=50) < job.due_at - timezone.now() < timedelta(seconds=61)
    assert job.message == ""

    aged(run, 2)
    assert "more than an hour" in look(run).message

    aged(run, 25)
    job = carry(again(run).job)
    assert job.state == JobState.FAILED
    assert "within 24 hours" in job.message
    assert len(posts(lucca)) == 1


def test_a_word_that_nobody_knows(account: Account, lucca: Simulator) -> None:
    lucca.configure(report_polls=10_000, report_pending_word="queued")
    run = asked(template(account))
    look(run)
    assert look(run).state == JobState.RUNNING
    aged(run, 2)
    job = look(run)
    assert job.state == JobState.FAILED
    assert "does not know" in job.message
    assert len(posts(lucca)) == 1


@pytest.mark.parametrize("number", ["999", "text"])
@pytest.mark.parametrize("status", ["404", "400"])
def test_a_template_that_lucca_does_not_know(
    account: Account, lucca: Simulator, number: str, status: str
) -> None:
    lucca.configure(unknown_report_template=status)
    run = reported(template(account, number))
    assert run.job.state == JobState.FAILED
    assert f"({status})" in run.message
    assert len(posts(lucca)) == 1


def test_asked_to_wait(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("429", method="POST", times=2)
    run = reported(template(account))
    assert run.job.state == JobState.SUCCEEDED
    outcomes = run.job.attempts.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["throttled", "throttled", "done"]
    assert len(posts(lucca)) == 1


def test_asked_to_wait_for_ever(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("429", method="POST", times=0)
    run = reported(template(account))
    assert run.job.state == JobState.FAILED
    assert run.job.attempts.count() == 10


def test_a_lost_answer_is_asked_for_anew(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("reset", method="POST", when="after")
    run = reported(template(account))
    assert (run.job.state, run.remote_id) == (JobState.SUCCEEDED, "9043")
    assert made(lucca) == [9042, 9043]
    assert run.files.count() == 1


# What its file is


@pytest.mark.parametrize("shape", ["html", "error", "error-as-file", "truncated"])
def test_what_is_no_file_is_not_kept(
    account: Account, lucca: Simulator, shape: str, settings: Any
) -> None:
    lucca.configure(report_file=shape)
    run = reported(template(account))
    assert run.job.state == JobState.FAILED
    assert "could not be fetched" in run.message
    assert not ReportFile.objects.exists()
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
    assert len(posts(lucca)) == 1


def test_an_empty_file_is_legal(account: Account, lucca: Simulator) -> None:
    lucca.configure(report_file="empty")
    run = reported(template(account))
    assert run.job.state == JobState.SUCCEEDED
    assert csv_of(run).size == 0


def test_a_large_report(account: Account, lucca: Simulator) -> None:
    account.read_timeout = timedelta(seconds=60)
    account.save()
    lucca.configure(report_rows=20_000)
    run = reported(template(account))
    assert content(csv_of(run)).count(b"\r\n") == 20_001


def test_the_bytes_are_those_that_came(account: Account, lucca: Simulator) -> None:
    lucca.configure(report_encoding="windows-1252", report_numbers="point", report_cells="awkward")
    file = csv_of(reported(template(account)))
    assert content(file).count(b'"Ventes,\r\nSuisse"')
    assert b"\xc9lise GAUTHIER" in content(file)


# Cancelled


def test_cancelled(account: Account, lucca: Simulator) -> None:
    run = asked(template(account))
    runner.run(run.job.pk, "test")
    services.cancel(again(run), by=None)
    assert again(run).job.state == JobState.CANCELLED
    with pytest.raises(Refusal, match="just ended"):
        services.cancel(again(run), by=None)
    looks = [entry for entry in lucca.log() if entry["path"].startswith(REPORTS + "/")]
    assert looks == []
