"""One import, however many people launch it at the same moment; and what may not be launched."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from imports import services
from imports.models import ImportBatch, Upload
from imports.stages import Stage
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, User
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, checked, launched, rest

pytestmark = pytest.mark.database
LINES = ["imarchal;Home;;2027-03-09;FullDay;;false", "lfournier;Home;;2027-03-09;FullDay;;false"]
LAUNCHES = 200


@pytest.mark.django_db(transaction=True)
def test_two_hundred_launches_at_once(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(*LINES))
    # PostgreSQL takes a hundred connections by default.
    threads = 80 if connection.vendor == "postgresql" else LAUNCHES
    with ThreadPoolExecutor(threads) as pool:
        said = Counter(pool.map(lambda _n: _launch(batch.pk), range(LAUNCHES)))

    assert said.pop("launched") == 1
    assert sum(said.values()) == LAUNCHES - 1
    assert all("launched already" in words or "just acted on" in words for words in said)
    assert rest(batch).stage == Stage.DONE
    assert len([one for one in lucca.state()["imports"] if one["create"]]) == 1
    assert Upload.objects.filter(create=True).count() == 1


def _launch(pk: int) -> str:
    try:
        services.launch(ImportBatch.objects.get(pk=pk), by=None)
    except Refusal as refusal:
        return str(refusal)
    finally:
        connections.close_all()
    return "launched"


@pytest.mark.django_db(transaction=True)
def test_many_processes_carry_one_job(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Redelivered as often as you like: the claim lets one through."""
    batch = analysed(directory, write(*LINES))
    job = services.launch(batch, by=None)

    def carry_along(_n: int) -> None:
        try:
            carry(Job.objects.get(pk=job.pk))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(carry_along, range(8)))

    assert rest(batch).stage == Stage.DONE
    posts = [entry for entry in lucca.log() if entry["method"] == "POST"]
    assert len([entry for entry in posts if "create=true" in entry["query"]]) == 1


@pytest.mark.django_db
def test_second_launch_is_told_who_was_first(
    directory: Account, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(*LINES))
    anne = User.objects.create(username="anne")
    services.launch(batch, by=anne)
    batch.refresh_from_db()
    with pytest.raises(Refusal, match=r"launched already.*by anne"):
        services.launch(batch, by=None)
    rest(batch)
    with pytest.raises(Refusal, match="launched already"):
        services.launch(batch, by=None)


@pytest.mark.django_db
def test_stale_page_cannot_launch(directory: Account, write: Callable[..., Path]) -> None:
    """Two people loaded the page; one asked for a new check; the other's launch is void."""
    batch = analysed(directory, write(*LINES))
    theirs = ImportBatch.objects.get(pk=batch.pk)
    services.check(batch, by=None)
    with pytest.raises(Refusal):
        services.launch(theirs, by=None)


@pytest.mark.django_db
def test_only_an_analysed_file_is_launched(directory: Account, write: Callable[..., Path]) -> None:
    batch = checked(directory, write(*LINES))
    with pytest.raises(Refusal, match="analysed"):
        services.launch(batch, by=None)


@pytest.mark.django_db
def test_an_old_analysis_is_not_enough(directory: Account, write: Callable[..., Path]) -> None:
    batch = analysed(directory, write(*LINES))
    with (
        time_machine.travel(timezone.now() + timedelta(hours=25)),
        pytest.raises(Refusal, match="too old"),
    ):
        services.launch(batch, by=None)


@pytest.mark.django_db
def test_another_override_flag_voids_the_analysis(
    directory: Account, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(*LINES))
    ImportBatch.objects.filter(pk=batch.pk).update(override=True)
    with pytest.raises(Refusal, match="override flag changed"):
        services.launch(ImportBatch.objects.get(pk=batch.pk), by=None)


@pytest.mark.django_db
def test_other_bytes_on_the_disk_are_not_sent(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(*LINES))
    path = Path(batch.canonical.path)
    path.write_bytes(path.read_bytes().replace(b"Home", b"Away"))
    services.launch(batch, by=None)
    assert rest(batch).stage == Stage.FAILED
    assert "not the one that was checked" in batch.message
    assert not [one for one in lucca.state()["imports"] if one["create"]]


@pytest.mark.django_db
def test_errors_of_the_analysis_block(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """A login that Lucca no longer knows, though our directory does."""
    _forget_employee(lucca, "tnoll")
    batch = analysed(directory, write("tnoll;Home;;2027-03-09;FullDay;;false", *LINES))
    assert (batch.stage, batch.refused_by_lucca) == (Stage.ANALYSED, 1)
    with pytest.raises(Refusal, match="refused lines"):
        services.launch(batch, by=None, accept_warnings=True)

    services.leave_out(batch, by=None)
    assert (rest(batch).stage, batch.refused_by_lucca, batch.left_out) == (Stage.ANALYSED, 0, 1)
    services.launch(batch, by=None)
    assert (rest(batch).stage, batch.accepted, batch.left_out) == (Stage.DONE, 2, 1)


def _forget_employee(lucca: Simulator, login: str) -> None:
    user = next(user for user in lucca.state()["users"] if user["login"] == login)
    lucca.change_state({"users": [{"id": user["id"], "remove": True}]})


@pytest.mark.django_db
def test_warnings_must_be_accepted(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    user = next(user for user in lucca.state()["users"] if user["login"] == "imarchal")
    lucca.change_state(
        {"leaves": [{"ownerId": user["id"], "date": "2027-03-09", "position": "FullDay"}]}
    )
    batch = analysed(directory, write(*LINES))
    with pytest.raises(Refusal, match="1 warning must be accepted"):
        services.launch(batch, by=None)
    services.launch(batch, by=None, accept_warnings=True)
    assert (rest(batch).stage, batch.accepted) == (Stage.DONE, 2)


@pytest.mark.django_db
def test_an_unknown_import_keeps_the_next_one_waiting(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.add_fault("reset", method="POST", create=True, when="after")
    first = launched(directory, write(*LINES))
    assert first.stage == Stage.UNKNOWN

    second = analysed(directory, write("tnoll;Home;;2027-03-10;FullDay;;false", name="b.csv"))
    with pytest.raises(Refusal, match="someone settles it"):
        services.launch(second, by=None)
    second.refresh_from_db()
    assert second.stage == Stage.ANALYSED

    services.settle(first, Stage.DONE, "Seen in Lucca.", by=None)
    services.launch(second, by=None)
    assert rest(second).stage == Stage.DONE
    assert first.accepted == 2


@pytest.mark.django_db
def test_what_stands_in_line_waits_and_does_not_leave_much_later(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Launched while another import ran, whose outcome then became unknown."""
    first = analysed(directory, write(*LINES))
    second = analysed(directory, write("tnoll;Home;;2027-03-10;FullDay;;false", name="b.csv"))
    lucca.add_fault("reset", method="POST", create=True, when="after")
    services.launch(first, by=None)
    job = services.launch(second, by=None)
    assert rest(first).stage == Stage.UNKNOWN
    runner.run(job.pk, "test")
    job.refresh_from_db()
    assert (job.state, job.reason) == (JobState.QUEUED, "lane-unknown")

    with time_machine.travel(timezone.now() + timedelta(hours=30)):
        services.settle(first, Stage.DONE, "Seen in Lucca.", by=None)
        assert rest(second).stage == Stage.FAILED
    assert "too old" in second.message
    assert len([one for one in lucca.state()["imports"] if one["create"]]) == 1


@pytest.mark.django_db
def test_an_analysis_at_another_address_allows_no_launch(
    directory: Account, write: Callable[..., Path]
) -> None:
    """Another tenant was never asked about this file."""
    batch = analysed(directory, write(*LINES))
    Account.objects.update(host="other.example.org:443", base_url="https://other.example.org")
    batch = ImportBatch.objects.get(pk=batch.pk)
    with pytest.raises(Refusal, match="Have Lucca analyse the file again"):
        services.launch(batch, by=None)
    assert not Upload.objects.filter(create=True).exists()
