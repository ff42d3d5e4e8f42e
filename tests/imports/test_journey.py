"""A batch from its file to its result: the quirks of Lucca, parts, counts that add up, ways out."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from imports import services
from imports.models import ImportBatch, LineIssue, Upload
from imports.reasons import next_step
from imports.report import keep_report
from imports.stages import AT_REST, MOVES, Stage
from portal.audit import first_bad_entry
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import IllegalMove, JobState
from portal.lucca.office import Report
from portal.models import Account, Event, LuccaCall
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, checked, launched, received, rest

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LINES = [
    "imarchal;Lyon Part-Dieu;Finance;2027-03-09;FullDay;;false",
    "lfournier;Home;;2027-03-09;FirstHalf;;false",
    "tnoll;Home;;2027-03-10;FullDay;;false",
]


def effective(lucca: Simulator) -> set[tuple[str, str, str, str]]:
    return {
        (row["login"], row["date"], row["position"], row["workLocationName"])
        for row in lucca.state()["userLocations"]["effective"]
        if row["date"].startswith("2027")
    }


@pytest.mark.parametrize(
    "quirks",
    [
        {},
        {"summary_id_shape": "string"},
        {"summary_id_key": "SUMMARYID"},
        {"import_path": "singular"},
        {"import_path": "singular", "absent_path_status": 405},
        {"import_path": "both"},
        {"new_summary_unknown_polls": 3},
        {"progress_jumps": True},
        {"line_numbers": "data_is_0"},
        {"line_numbers": "null"},
        {"key_casing": "documented"},
        {"extra_keys": True},
        {"clamp_limits": True, "users_max_limit": 10, "work_locations_max_limit": 3},
        {"users_max_limit": 20, "work_locations_max_limit": 10},
        {"v3_header": False},
        {"strict_part_name": True},
        {"next_cursor": True},
    ],
    ids=str,
)
def test_whatever_lucca_is_like(
    account: Account, lucca: Simulator, write: Callable[..., Path], quirks: dict[str, Any]
) -> None:
    lucca.configure(**quirks)
    batch = launched(account, write(*LINES))
    assert (batch.stage, batch.accepted, batch.created, batch.deleted) == (Stage.DONE, 3, 3, 0)
    assert ("lfournier", "2027-03-09", "FirstHalf", "Home") in effective(lucca)
    assert len(effective(lucca)) == 3


def test_path_is_remembered_and_said(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.configure(import_path="singular")
    launched(directory, write(*LINES))
    directory.refresh_from_db()
    assert directory.import_path == "import"
    assert Event.objects.filter(verb="account.import_path").count() == 1
    posts = [entry["path"] for entry in lucca.log() if entry["method"] == "POST"]
    assert [path.split("/")[-2] for path in posts] == ["imports", "import", "import"]


def test_requests_of_one_import(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Four requests, beside polls and the places before each upload."""
    launched(directory, write(*LINES))
    asked = [entry["path"].rsplit("/", 1)[-1] for entry in lucca.log()]
    assert [what for what in asked if what != "progress"] == [
        "work-locations", "user-locations", "analysis",
        "work-locations", "user-locations", "results",
    ]  # fmt: skip
    assert LuccaCall.objects.filter(status=None).count() == 0


def test_a_page_size_that_was_refused_is_not_asked_for_again(
    account: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.configure(work_locations_max_limit=10)
    launched(account, write(*LINES))
    refused = [entry for entry in lucca.log() if entry["status"] == 400]
    assert len(refused) == 5
    assert {entry["path"].rsplit("/", 1)[-1] for entry in refused} == {"work-locations"}


def test_same_bytes_are_analysed_and_imported(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = launched(directory, write(*LINES))
    simulated, imported = lucca.state()["imports"]
    assert simulated["sha256"] == imported["sha256"] == batch.sent_sha256
    assert lucca.import_file(imported["summaryId"]) == Path(batch.canonical.path).read_bytes()


def test_analysis_never_writes(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    analysed(directory, write(*LINES))
    assert effective(lucca) == set()
    assert not any("create=true" in entry["query"] for entry in lucca.log())


def test_parts_never_split_an_employee_day(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    directory.lines_per_upload = 2
    directory.save()
    batch = launched(
        directory,
        write(
            "lfournier;Home;;2027-03-09;FirstHalf;;false",
            "imarchal;Home;;2027-03-09;FullDay;;false",
            "tnoll;Home;;2027-03-10;FullDay;;false",
            "lfournier;Paris Opéra;;2027-03-09;SecondHalf;;false",
            "tnoll;Home;;2027-03-11;FullDay;;false",
        ),
        override=True,
    )
    assert (batch.stage, batch.accepted) == (Stage.DONE, 5)
    assert [part["lines"] for part in batch.parts] == [2, 2, 1]
    halves = {row for row in effective(lucca) if row[0] == "lfournier"}
    assert {position for _login, _day, position, _place in halves} == {"FirstHalf", "SecondHalf"}


def test_first_unknown_part_stops_the_rest(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    directory.lines_per_upload = 1
    directory.save()
    lucca.add_fault("reset", method="POST", create=True, when="after", skip=1)
    batch = launched(directory, write(*LINES))
    assert batch.stage == Stage.UNKNOWN
    assert (batch.accepted, batch.undecided) == (1, 2)
    assert len([one for one in lucca.state()["imports"] if one["create"]]) == 2


def test_a_part_that_is_refused_leaves_the_rest_unsent(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    directory.lines_per_upload = 1
    directory.save()
    lucca.add_fault("403", method="POST", create=True, skip=1)
    batch = launched(directory, write(*LINES))
    assert (batch.stage, batch.accepted, batch.undecided) == (Stage.PARTIAL, 1, 2)
    assert "part 2 of 3" in batch.message
    assert "Import schedule" in batch.message


def test_lines_refused_by_the_results(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Lucca knows tnoll at the analysis and no longer at the import."""
    batch = analysed(directory, write(*LINES))
    tnoll = next(user for user in lucca.state()["users"] if user["login"] == "tnoll")
    lucca.change_state({"users": [{"id": tnoll["id"], "remove": True}]})
    services.launch(batch, by=None)
    assert rest(batch).stage == Stage.PARTIAL
    assert (batch.accepted, batch.refused_by_lucca, batch.undecided) == (2, 1, 0)
    issue = LineIssue.objects.get(origin="results")
    assert (issue.line, issue.cause) == (4, "refused-by-lucca")


def test_every_line_refused_is_not_imported(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(LINES[2]))
    tnoll = next(user for user in lucca.state()["users"] if user["login"] == "tnoll")
    lucca.change_state({"users": [{"id": tnoll["id"], "remove": True}]})
    services.launch(batch, by=None)
    assert (rest(batch).stage, batch.refused_by_lucca) == (Stage.FAILED, 1)
    assert "refused every line" in batch.message


@pytest.mark.parametrize("numbers", ["header_is_1", "data_is_1", "data_is_0", "null"])
def test_content_decides_which_line_is_meant(
    directory: Account, lucca: Simulator, write: Callable[..., Path], numbers: str
) -> None:
    lucca.configure(line_numbers=numbers)
    tnoll = next(user for user in lucca.state()["users"] if user["login"] == "tnoll")
    lucca.change_state({"users": [{"id": tnoll["id"], "remove": True}]})
    # Line 3 is refused here and does not go out, so Lucca's numbers are not ours.
    batch = analysed(directory, write(LINES[0], "nobody;Home;;2027-03-09;FullDay;;", LINES[2]))
    assert batch.refused_by_lucca == 1
    assert LineIssue.objects.get(origin="analysis").line == 4


@pytest.mark.parametrize(
    ("created", "deleted", "accepted"), [(3, None, 3), (None, 0, 0), (None, None, 0), (2, None, 2)]
)
def test_a_figure_that_is_left_out_answers_for_no_line(
    directory: Account,
    write: Callable[..., Path],
    created: int | None,
    deleted: int | None,
    accepted: int,
) -> None:
    """Lucca may only have said that it could not read the file, in words we do not understand."""
    batch = analysed(directory, write(*LINES))
    upload = Upload.objects.get(batch=batch)
    keep_report(upload, Report(created, deleted, [], [], b"{}"))
    assert upload.accepted == accepted
    told = LineIssue.objects.filter(cause="count-mismatch", severity="warning").exists()
    assert told is (accepted < len(LINES))


def test_a_count_that_does_not_fit_blocks_the_launch(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.configure(created_count_skew=-1)
    batch = analysed(directory, write(*LINES))
    assert LineIssue.objects.get(cause="count-mismatch").severity == "warning"
    with pytest.raises(Refusal):
        services.launch(batch, by=None)
    services.launch(batch, by=None, accept_warnings=True)
    assert rest(batch).stage == Stage.PARTIAL
    assert (batch.accepted, batch.undecided) == (2, 1)


def wait_until_unknown(job: Job) -> None:
    """Let time pass, wait by wait, as long as the job looks again."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(400):
            job.refresh_from_db()
            if job.state == JobState.UNKNOWN:
                return
            clock.move_to(max(job.due_at or timezone.now(), timezone.now()))
            runner.run(job.pk, "test")


def test_progress_that_stops_is_unknown(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(*LINES))
    lucca.add_fault("stuck", method="POST", create=True, progress=57)
    job = services.launch(batch, by=None)
    wait_until_unknown(job)
    batch.refresh_from_db()
    assert (job.state, job.progress, batch.stage) == (JobState.UNKNOWN, 57, Stage.UNKNOWN)
    assert "stopped moving" in batch.message
    assert "settle" in next_step(batch)


def test_an_import_that_nobody_looked_after_is_looked_at_before_it_is_given_up(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """The service was down for longer than the deadline; Lucca was not."""
    batch = analysed(directory, write(*LINES))
    job = services.launch(batch, by=None)
    while job.step != "follow":
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
        job.refresh_from_db()
    Job.objects.filter(pk=job.pk).update(deadline=timezone.now())
    assert rest(batch).stage == Stage.DONE


def test_an_analysis_that_is_stuck_changes_nothing_and_may_be_asked_again(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = checked(directory, write(*LINES))
    lucca.add_fault("stuck", method="POST", create=False)
    job = services.analyse(batch, by=None)
    for _ in range(5):
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now(), deadline=timezone.now())
    assert (rest(batch).stage, Job.objects.get(pk=job.pk).state) == (Stage.CHECKED, JobState.FAILED)
    services.analyse(batch, by=None)
    assert rest(batch).stage == Stage.ANALYSED


def test_a_place_renamed_since_the_analysis_stops_the_import(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(*LINES))
    home = next(place for place in lucca.state()["workLocations"] if place["name"] == "Home")
    lucca.change_state({"workLocations": [{"id": home["id"], "name": "Chez soi"}]})
    services.launch(batch, by=None)
    assert rest(batch).stage == Stage.FAILED
    assert "Home" in batch.message
    assert not any("create=true" in entry["query"] for entry in lucca.log())

    services.check(batch, by=None)
    assert (rest(batch).stage, batch.refused_here) == (Stage.TO_CORRECT, 2)


def test_a_deletion_and_an_override(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    launched(directory, write(*LINES))
    second = launched(
        directory,
        write(
            "imarchal;Home;;2027-03-09;FullDay;;false",
            "tnoll;Home;;2027-03-10;FullDay;;true",
            name="second.csv",
        ),
        override=True,
    )
    assert (second.stage, second.created, second.deleted) == (Stage.DONE, 1, 1)
    assert effective(lucca) == {
        ("imarchal", "2027-03-09", "FullDay", "Home"),
        ("lfournier", "2027-03-09", "FirstHalf", "Home"),
    }


# Ways out


def test_cancel_whatever_was_not_sent(directory: Account, write: Callable[..., Path]) -> None:
    for prepare in (received, checked, analysed):
        batch = prepare(directory, write(*LINES))
        services.cancel(batch, by=None)
        assert batch.stage == Stage.CANCELLED
    batch = analysed(directory, write(*LINES))
    job = services.launch(batch, by=None)
    services.cancel(batch, by=None)
    job.refresh_from_db()
    assert (batch.stage, job.state) == (Stage.CANCELLED, JobState.CANCELLED)
    assert not runner.run(job.pk, "test")


def test_what_was_sent_cannot_be_cancelled(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.configure(import_minimum_seconds=600.0)
    batch = analysed_slowly(directory, lucca, write(*LINES))
    job = services.launch(batch, by=None)
    while not job.attempts.exists():
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
    with pytest.raises(Refusal, match="sent already"):
        services.cancel(ImportBatch.objects.get(pk=batch.pk), by=None)
    lucca.advance(600)
    carry(job)
    assert rest(batch).stage == Stage.DONE
    with pytest.raises(Refusal, match="no longer be cancelled"):
        services.cancel(batch, by=None)


def analysed_slowly(account: Account, lucca: Simulator, path: Path) -> ImportBatch:
    batch = checked(account, path)
    job = services.analyse(batch, by=None)
    while job.step != "follow":
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
        job.refresh_from_db()
    lucca.advance(600)
    return rest(batch)


def test_an_import_that_lucca_declined_for_now_can_be_cancelled(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Answered 429, it was not carried out."""
    batch = analysed(directory, write(*LINES))
    lucca.add_fault("429", method="POST", create=True, times=0)
    job = services.launch(batch, by=None)
    while not job.attempts.exists():
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
    services.cancel(ImportBatch.objects.get(pk=batch.pk), by=None)
    assert rest(batch).stage == Stage.CANCELLED
    assert not [one for one in lucca.state()["imports"] if one["create"]]


def test_a_batch_left_alone_expires(directory: Account, write: Callable[..., Path]) -> None:
    old, new = analysed(directory, write(*LINES)), analysed(directory, write(*LINES))
    ImportBatch.objects.filter(pk=old.pk).update(touched_at=timezone.now() - timedelta(days=15))
    services.expire_old()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.stage, old.reason, new.stage) == (Stage.CANCELLED, "expired", Stage.ANALYSED)


def test_every_stage_has_a_way_out() -> None:
    final = {stage for stage, exits in MOVES.items() if not exits}
    assert final == {Stage.DONE, Stage.PARTIAL, Stage.CANCELLED}
    assert all(Stage.CANCELLED in MOVES[stage] for stage in AT_REST)


@pytest.mark.parametrize("before", Stage.values)
@pytest.mark.parametrize("after", Stage.values)
def test_the_table_of_moves(account: Account, before: str, after: str) -> None:
    batch = ImportBatch.objects.create(account=account, stage=before, size=1, sha256="")
    twin = ImportBatch.objects.get(pk=batch.pk)
    if after not in MOVES[before]:
        with pytest.raises(IllegalMove):
            batch.move(after)
        assert ImportBatch.objects.get(pk=batch.pk).stage == before
        return
    batch.move(after)
    with pytest.raises(IllegalMove):
        twin.move(after)
    assert Event.objects.filter(verb=f"import.{after}").count() == 1


def test_a_person_settles_an_unknown_import(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.add_fault("reset", method="POST", create=True, when="before")
    batch = launched(directory, write(*LINES))
    with pytest.raises(Refusal, match="how you know"):
        services.settle(batch, Stage.FAILED, " ", by=None)
    services.settle(batch, Stage.FAILED, "Nothing there on 9 March.", by=None)
    assert (batch.stage, batch.accepted) == (Stage.FAILED, 0)
    assert "Nothing there on 9 March." in batch.message
    with pytest.raises(Refusal):
        services.settle(batch, Stage.DONE, "Changed my mind.", by=None)


def test_the_history_tells_the_whole_story(directory: Account, write: Callable[..., Path]) -> None:
    batch = launched(directory, write(*LINES))
    verbs = list(
        Event.objects.filter(subject=f"importbatch:{batch.pk}")
        .order_by("seq")
        .values_list("verb", flat=True)
    )
    assert verbs == [
        "import.received", "import.checking", "import.checked", "import.analysing",
        "import.analysed", "import.importing", "import.done",
    ]  # fmt: skip
    assert Event.objects.filter(verb="lucca.sent").count() == 2
    assert first_bad_entry() is None
    assert Upload.objects.filter(batch=batch).count() == 2


def test_a_report_that_could_not_be_read_is_said_as_that(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Until the deadline; not as a progress that stood still."""
    batch = analysed(directory, write(*LINES))
    lucca.add_fault("unreadable", path="/progress", times=0)
    job = services.launch(batch, by=None)
    wait_until_unknown(job)
    batch.refresh_from_db()
    assert batch.stage == Stage.UNKNOWN
    assert "could not be read" in batch.message
    assert "stopped moving" not in batch.message


def test_results_that_count_too_much_are_pointed_out(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = analysed(directory, write(*LINES))
    lucca.configure(created_count_skew=2)
    services.launch(batch, by=None)
    assert (rest(batch).stage, batch.accepted) == (Stage.DONE, 3)
    assert "Compare some entries" in next_step(batch)


def test_four_readings_of_places_at_once_lose_none(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Several jobs read places page by page; one that began earlier must not set others back."""
    lucca.configure(clamp_limits=True, work_locations_max_limit=3)
    batches = [
        checked(directory, write(f"imarchal;Home;;2027-04-0{n};FullDay;;false", name=f"{n}.csv"))
        for n in range(1, 4)
    ]
    jobs = [services.analyse(batch, by=None) for batch in batches]
    for _ in range(60):
        for job in jobs:
            Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
            runner.run(job.pk, "test")
    assert {rest(batch).stage for batch in batches} == {Stage.ANALYSED}
