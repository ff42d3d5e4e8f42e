"""Cancelling: whatever was not sent stops; what was sent for good is never called cancelled."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from imports import services
from imports.models import ImportBatch, Upload
from imports.stages import Stage
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, checked, rest

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LINES = [
    "imarchal;Home;;2027-03-09;FullDay;;false",
    "lfournier;Home;;2027-03-09;FullDay;;false",
]


@pytest.fixture
def in_two_parts(directory: Account) -> Account:
    directory.lines_per_upload = 1
    directory.save()
    return directory


def test_a_page_from_before_the_next_part_cannot_cancel_an_analysis(
    in_two_parts: Account, write: Callable[..., Path]
) -> None:
    batch = checked(in_two_parts, write(*LINES))
    first = services.analyse(batch, by=None)
    seen = ImportBatch.objects.get(pk=batch.pk)
    carry(first)
    with pytest.raises(Refusal, match="Somebody has just acted"):
        services.cancel(seen, by=None)
    assert rest(batch).stage == Stage.ANALYSED


def test_a_page_from_before_the_next_part_cannot_cancel_an_import(
    in_two_parts: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """The first part is imported and the second would leave, whatever the batch were called."""
    batch = analysed(in_two_parts, write(*LINES))
    first = services.launch(batch, by=None)
    seen = ImportBatch.objects.get(pk=batch.pk)
    carry(first)
    with pytest.raises(Refusal):
        services.cancel(seen, by=None)
    assert (rest(batch).stage, batch.accepted) == (Stage.DONE, 2)


def test_nothing_is_cancelled_after_a_part_that_lucca_answered(
    in_two_parts: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Even where it answered that it refused every line: the file was sent for good."""
    batch = analysed(in_two_parts, write(*LINES))
    employee = next(user for user in lucca.state()["users"] if user["login"] == "imarchal")
    lucca.change_state({"users": [{"id": employee["id"], "remove": True}]})
    carry(services.launch(batch, by=None))
    batch.refresh_from_db()
    assert Upload.objects.get(create=True, part=1).accepted == 0
    with pytest.raises(Refusal, match="sent already"):
        services.cancel(batch, by=None)


def test_what_lucca_certainly_did_not_do_can_still_be_cancelled(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(*LINES))
    lucca.add_fault("429", method="POST", create=True, when="before")
    job = services.launch(batch, by=None)
    while not job.attempts.exclude(outcome="").exists():
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
    assert job.attempts.get().outcome == "throttled"
    batch.refresh_from_db()
    services.cancel(batch, by=None)
    job.refresh_from_db()
    assert (batch.stage, job.state) == (Stage.CANCELLED, JobState.CANCELLED)
    assert not [one for one in lucca.state()["imports"] if one["create"]]
