"""No stage says more than is known: not after Lucca's results, and not by a person's word."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from imports import jobs, services
from imports.models import ImportBatch
from imports.stages import Stage
from portal.jobs import runner
from portal.jobs.models import Job
from portal.lucca.office import Report, ReportLine
from portal.models import Account
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.imports.batches import analysed, launched, rest

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LINES = [
    "imarchal;Home;;2027-03-09;FullDay;;false",
    "lfournier;Home;;2027-03-09;FullDay;;false",
    "tnoll;Home;;2027-03-10;FullDay;;false",
]
STRANGER = ReportLine("nobody", "2027-03-09", "FullDay", False, None, "No such employee")
MARCHAL = ReportLine("imarchal", "2027-03-09", "FullDay", False, None, "Already there")


def reported(batch: ImportBatch, report: Report, monkeypatch: pytest.MonkeyPatch) -> ImportBatch:
    """Launched, and Lucca's results are these."""
    job = services.launch(batch, by=None)
    while job.step != "report":
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
        job.refresh_from_db()
    real = jobs.keep_report
    monkeypatch.setattr(jobs, "keep_report", lambda upload, _read: real(upload, report))
    return rest(batch)


def test_not_imported_is_never_said_when_lucca_counts_entries(
    directory: Account, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors that fit no line of ours may be as many as the lines, and the lines are in."""
    batch = analysed(directory, write(*LINES))
    report = Report(3, 0, [STRANGER] * 3, [], b"{}")
    reported(batch, report, monkeypatch)
    assert (batch.stage, batch.reason) == (Stage.PARTIAL, "count-unclear")


def test_the_others_are_imported_is_said_only_when_they_are(
    directory: Account, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = analysed(directory, write(*LINES))
    reported(batch, Report(1, 0, [MARCHAL], [], b"{}"), monkeypatch)
    assert (batch.accepted, batch.refused_by_lucca, batch.undecided) == (1, 1, 1)
    assert (batch.stage, batch.reason) == (Stage.PARTIAL, "count-unclear")
    assert batch.job.reason == "count-unclear"


@pytest.fixture
def second_part_unknown(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> ImportBatch:
    directory.lines_per_upload = 1
    directory.save()
    lucca.add_fault("reset", method="POST", create=True, when="after", skip=1)
    batch = launched(directory, write(*LINES))
    assert (batch.stage, batch.accepted, batch.undecided) == (Stage.UNKNOWN, 1, 2)
    return batch


@pytest.mark.parametrize(
    ("to", "why"),
    [
        # It could be checked and launched again, and the first part would go out twice.
        (Stage.FAILED, "already imported"),
        # The third part never left.
        (Stage.DONE, "never sent"),
    ],
)
def test_nobody_can_settle_against_what_is_known(
    second_part_unknown: ImportBatch, to: Stage, why: str
) -> None:
    with pytest.raises(Refusal, match=why):
        services.settle(second_part_unknown, to, "So it seems.", by=None)
    second_part_unknown.refresh_from_db()
    assert second_part_unknown.stage == Stage.UNKNOWN
    services.settle(second_part_unknown, Stage.PARTIAL, "Two of three are there.", by=None)
    assert (second_part_unknown.stage, second_part_unknown.undecided) == (Stage.PARTIAL, 2)
