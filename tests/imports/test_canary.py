"""The first lines go ahead: the rest leaves only where each of them is verified, or a person says
so, and once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from imports import canary, difference, reconciliation, services, verification
from imports.canonical import digest
from imports.models import ImportBatch, Upload, Verification
from imports.notices import NEEDS
from imports.stages import CANARY, Stage
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account, Event, Notice, User
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, checked, launched, rest
from tests.imports.test_faults import sent_for_good
from tests.imports.test_verification import entry

pytestmark = [pytest.mark.database, pytest.mark.django_db]
INES, LEA = 812, 507
# Two employee-days, the second of two lines; then three more.
LINES = [
    "imarchal;Home;;2027-03-09;FullDay;;false",
    "lfournier;Home;;2027-03-09;FirstHalf;;false",
    "lfournier;Home;;2027-03-09;SecondHalf;;false",
    "tnoll;Home;;2027-03-09;FullDay;;false",
    "imarchal;Home;;2027-03-10;FullDay;;false",
]


def cut(account: Account, path: Path, lines: int = 1, **options: Any) -> ImportBatch:
    batch = checked(account, path)
    canary.cut(batch, lines, by=None, **options)
    assert rest(batch).stage == Stage.ANALYSED
    return batch


def ahead_is_in(batch: ImportBatch) -> ImportBatch:
    """Launched, and the first lines are in; nobody has read them back yet."""
    job = services.launch(batch, by=None, accept_warnings=True)
    carry(job)
    batch.refresh_from_db()
    assert batch.job and batch.job.kind == CANARY
    return batch


def parts_sent(lucca: Simulator) -> int:
    assert len(sent_for_good(lucca)) == len(Upload.objects.filter(create=True))
    return len(sent_for_good(lucca))


def adds_up(batch: ImportBatch) -> bool:
    known = batch.blank + batch.refused_here + batch.refused_by_lucca + batch.left_out
    return batch.total == known + batch.accepted + batch.undecided


# Cutting


@pytest.mark.parametrize(
    ("wanted", "ahead"),
    [(1, 1), (2, 1), (3, 3), (4, 4)],
    ids=["one", "never within an employee-day", "a whole employee-day", "all but one"],
)
def test_it_is_cut_between_employee_days_and_analysed_as_it_is_sent(
    directory: Account, lucca: Simulator, write: Callable[..., Path], wanted: int, ahead: int
) -> None:
    batch = cut(directory, write(*LINES), wanted)
    assert [part["lines"] for part in batch.parts] == [ahead, 5 - ahead]
    assert (batch.ahead, batch.behind, batch.undecided) == (ahead, 5 - ahead, 5)
    services.launch(batch, by=None)
    assert (rest(batch).stage, batch.accepted) == (Stage.DONE, 5)
    said = {one.create: [] for one in Upload.objects.filter(batch=batch)}
    for one in Upload.objects.filter(batch=batch, round=batch.round).order_by("part"):
        assert digest(one.file) == one.sha256
        said[one.create].append(one.sha256)
    assert said[True] == said[False] and len(said[True]) == 2


def test_at_least_one_employee_day_goes_ahead(
    directory: Account, write: Callable[..., Path]
) -> None:
    assert cut(directory, write(*LINES[1:]), 1).ahead == 2


def test_what_cannot_be_cut_is_refused(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    halves = checked(directory, write(*LINES[1:3]))
    with pytest.raises(Refusal, match="never torn apart"):
        canary.cut(halves, 1, by=None)
    batch = checked(directory, write(*LINES, name="b.csv"))
    with pytest.raises(Refusal, match="more lines than"):
        canary.cut(batch, 5, by=None)
    one = checked(directory, write(LINES[0], name="c.csv"))
    assert "Of one line" in canary.why_not(one)
    done = launched(directory, write(LINES[4], name="d.csv"))
    with pytest.raises(Refusal, match="cut before"):
        canary.cut(done, 1, by=None)
    lucca.add_fault("403", path="/api/user-locations", method="GET", times=100)
    carry(verification.ask_verification(done, by=None).job)
    assert "may not read" in canary.why_not(batch)
    with pytest.raises(Refusal, match="may not read"):
        canary.cut(batch, 1, by=None)
    assert not list(batch.place.glob("round-2-*"))
    lucca.clear_faults()
    carry(verification.ask_verification(done, by=None).job)
    assert canary.why_not(batch) == ""


def test_after_an_analysis_it_is_cut_and_analysed_anew_and_undone(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Nothing of it can leave by itself: an analysis never imports."""
    batch = analysed(directory, write(*LINES))
    canary.cut(batch, 1, by=None, asks=True)
    assert rest(batch).stage == Stage.ANALYSED and (batch.ahead, batch.canary_asks) == (1, True)
    canary.cut(batch, 0, by=None)
    assert rest(batch).stage == Stage.ANALYSED and (batch.ahead, batch.canary_asks) == (0, False)
    assert len(batch.parts) == 1 and parts_sent(lucca) == 0
    assert not [one for one in lucca.state()["imports"] if one["create"]]


def test_lines_that_lucca_refuses_are_left_out_and_the_cut_stays(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = checked(directory, write(*LINES))
    lucca.change_state({"users": [{"id": INES, "remove": True}]})
    canary.cut(batch, 1, by=None)
    assert (rest(batch).refused_by_lucca, batch.ahead) == (2, 1)
    services.leave_out(batch, by=None)
    assert (rest(batch).stage, batch.ahead, batch.behind) == (Stage.ANALYSED, 2, 1)
    services.check(batch, by=None)
    assert rest(batch).canary == 0


# The verdict


def test_verified_and_the_rest_follows(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = ahead_is_in(cut(directory, write(*LINES)))
    assert (batch.stage, batch.accepted, batch.undecided, parts_sent(lucca)) == (
        Stage.IMPORTING, 1, 4, 1,
    )  # fmt: skip
    assert rest(batch).stage == Stage.DONE
    assert (batch.accepted, parts_sent(lucca)) == (5, 2)
    assert Event.objects.filter(verb="import.rest_released").count() == 1
    # What was found before says nothing of the rest: it is read back once more, once.
    assert verification.newest(batch) is None
    verification.ask_by_itself()
    found = verification.newest(batch)
    assert found and carry(found.job).state == JobState.SUCCEEDED
    found.refresh_from_db()
    assert (found.lines, found.verified) == (5, 5)
    verification.ask_by_itself()
    assert Verification.objects.count() == 2
    assert not Job.objects.exclude(state__in=SETTLED).exists()


def test_verified_and_a_person_goes_on_where_that_was_chosen(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = rest(ahead_is_in(cut(directory, write(*LINES), asks=True)))
    assert (batch.stage, batch.reason, parts_sent(lucca)) == (Stage.PAUSED, "canary-verified", 1)
    assert "waits for you" in batch.message
    assert canary.is_verified(batch)
    theirs = ImportBatch.objects.get(pk=batch.pk)
    canary.go_on(batch, by=None)
    with pytest.raises(Refusal, match="just acted"):
        canary.go_on(theirs, by=None)
    assert (rest(batch).stage, batch.accepted, parts_sent(lucca)) == (Stage.DONE, 5, 2)
    with pytest.raises(Refusal, match="stopped after its first lines"):
        canary.go_on(batch, by=None)


def _removed(lucca: Simulator) -> None:
    lucca.change_state({"userLocations": [{"id": entry(lucca, INES, "2027-03-09", "FullDay"),
                                           "remove": True}]})  # fmt: skip


def _elsewhere(lucca: Simulator) -> None:
    lucca.change_state({"userLocations": [{"id": entry(lucca, INES, "2027-03-09", "FullDay"),
                                           "workLocationId": 4}]})  # fmt: skip


def _not_readable(lucca: Simulator) -> None:
    lucca.add_fault("403", method="GET", path="/api/user-locations", times=100)


def _never_readable(lucca: Simulator) -> None:
    lucca.add_fault("503", method="GET", path="/api/user-locations", times=1000)


def _stranger(_lucca: Simulator) -> None:
    Account.objects.get().employees.filter(login="imarchal").update(login="renamed")


def _file_is_gone(_lucca: Simulator) -> None:
    Path(ImportBatch.objects.get().canonical.path).unlink()


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_removed, "canary-doubt"),
        (_elsewhere, "canary-doubt"),
        (_stranger, "canary-doubt"),
        (_not_readable, "canary-unread"),
        (_never_readable, "canary-unread"),
        (_file_is_gone, "canary-unread"),
    ],
)
def test_whatever_is_not_verified_stops_it(
    directory: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    happens: Callable[[Simulator], None],
    reason: str,
) -> None:
    batch = ahead_is_in(cut(directory, write(*LINES)))
    happens(lucca)
    assert (rest(batch).stage, batch.reason, parts_sent(lucca)) == (Stage.PAUSED, reason, 1)
    assert "was not sent" in batch.message and adds_up(batch)
    assert not Job.objects.exclude(state__in=SETTLED).exists()
    with pytest.raises(Refusal, match="Say why"):
        canary.go_on(batch, by=None, why="  ")
    lucca.clear_faults()
    if happens is not _file_is_gone:
        canary.go_on(batch, by=None, why="Seen in Lucca by myself.")
        assert (rest(batch).stage, parts_sent(lucca)) == (Stage.DONE, 2)
        assert Event.objects.filter(verb="import.rest_released").count() == 1


def test_lines_that_lucca_refuses_after_all_stop_it(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = cut(directory, write(*LINES), 3)
    lucca.change_state({"users": [{"id": INES, "remove": True}]})
    batch = rest(ahead_is_in(batch))
    assert (batch.stage, batch.reason) == (Stage.PAUSED, "canary-refused")
    assert (batch.accepted, batch.refused_by_lucca, parts_sent(lucca)) == (2, 1, 1)
    canary.end_here(batch, by=None)
    assert (batch.stage, batch.left_out, batch.kept_back) == (Stage.PARTIAL, 2, 2)
    assert batch.undecided == 0 and adds_up(batch)


def test_nothing_accepted_and_ended_is_not_imported(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = cut(directory, write(*LINES))
    lucca.change_state({"users": [{"id": INES, "remove": True}]})
    batch = rest(ahead_is_in(batch))
    canary.end_here(batch, by=None)
    assert (batch.stage, batch.accepted, batch.refused_by_lucca) == (Stage.FAILED, 0, 1)
    assert adds_up(batch) and parts_sent(lucca) == 1


def test_ended_here_the_rest_is_not_sent_and_becomes_another_import(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = ahead_is_in(cut(directory, write(*LINES)))
    _removed(lucca)
    assert rest(batch).stage == Stage.PAUSED
    canary.end_here(batch, by=None)
    assert (batch.stage, batch.reason) == (Stage.PARTIAL, "canary-ended")
    assert (batch.accepted, batch.left_out, batch.undecided) == (1, 4, 0) and adds_up(batch)
    assert "4 lines were not sent" in batch.message
    made = rest(difference.build(batch, by=None))
    # The missing one too.
    assert (made.stage, made.total, made.made_from) == (Stage.CHECKED, 5, batch)
    assert parts_sent(lucca) == 1
    with pytest.raises(Refusal, match="can end with them"):
        canary.end_here(batch, by=None)


def test_ended_while_it_is_read_back(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """The verdict that comes later moves nothing."""
    batch = ahead_is_in(cut(directory, write(*LINES)))
    job = batch.job
    assert job
    with pytest.raises(Refusal, match="sent already"):
        services.cancel(batch, by=None)
    runner.run(job.pk, "test")
    batch.refresh_from_db()
    canary.end_here(batch, by=None)
    assert carry(Verification.objects.get().job).state == JobState.SUCCEEDED
    job.refresh_from_db()
    batch.refresh_from_db()
    assert (batch.stage, job.state, parts_sent(lucca)) == (
        Stage.PARTIAL, JobState.CANCELLED, 1,
    )  # fmt: skip
    verification.ask_by_itself()
    assert Verification.objects.count() == 1


def test_before_anything_left_it_is_cancelled_like_any_other(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = cut(directory, write(*LINES))
    services.launch(batch, by=None)
    with pytest.raises(Refusal, match="can end with them"):
        canary.end_here(batch, by=None)
    services.cancel(batch, by=None)
    assert batch.stage == Stage.CANCELLED
    assert not sent_for_good(lucca)


# An unknown outcome, and everything that must be as it was at the launch


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unknown_outcome_of_the_first_lines_never_lets_the_rest_go(
    directory: Account, lucca: Simulator, write: Callable[..., Path], when: str
) -> None:
    batch = cut(directory, write(*LINES))
    lucca.add_fault("reset", method="POST", create=True, when=when)
    services.launch(batch, by=None)
    assert rest(batch).stage == Stage.UNKNOWN
    services.settle(batch, Stage.PARTIAL, "Looked.", by=None)
    with pytest.raises(Refusal):
        canary.go_on(batch, by=None, why="So be it.")
    assert len(sent_for_good(lucca)) == 1 and not Job.objects.exclude(state__in=SETTLED).exists()
    assert adds_up(batch)


def test_first_lines_that_are_found_to_be_there_do_not_let_the_rest_go_either(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = cut(directory, write(*LINES))
    lucca.add_fault("reset", method="POST", create=True, when="after")
    services.launch(batch, by=None)
    rest(batch)
    carry(reconciliation.ask_reconciliation(batch, by=None, agreed=True).job)
    batch.refresh_from_db()
    assert (batch.stage, batch.reason) == (Stage.PARTIAL, "reconciled-rest-not-sent")
    assert (batch.accepted, batch.undecided, len(sent_for_good(lucca))) == (1, 4, 1)
    made = rest(difference.build(batch, by=None))
    assert (made.stage, made.total) == (Stage.CHECKED, 4)


def _address_changed(_batch: ImportBatch) -> None:
    Account.objects.update(host="other.example.org:443", base_url="https://other.example.org")


def _flag_changed(batch: ImportBatch) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(override=True)


def _lane_closed(batch: ImportBatch) -> None:
    Job.objects.create(
        kind="imports.import", account=batch.account, lane=f"import:{batch.account.host}",
        state=JobState.UNKNOWN, step="send",
    )  # fmt: skip


def _bytes_changed(batch: ImportBatch) -> None:
    parts = [dict(part) for part in batch.parts]
    parts[1]["sha256"] = "0" * 64
    ImportBatch.objects.filter(pk=batch.pk).update(parts=parts)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_address_changed, "canary-stale"),
        (_flag_changed, "canary-stale"),
        (_bytes_changed, "canary-stale"),
        (_lane_closed, "canary-lane"),
    ],
)
@pytest.mark.parametrize("asks", [False, True], ids=["by itself", "by a person"])
def test_what_changed_meanwhile_keeps_the_rest(
    directory: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    happens: Callable[[ImportBatch], None],
    reason: str,
    asks: bool,
) -> None:
    batch = ahead_is_in(cut(directory, write(*LINES), asks=asks))
    if not asks:
        # Read back, and the verdict is still to come.
        runner.run(batch.job.pk, "test")  # type: ignore[union-attr]
        carry(Verification.objects.get().job)
        happens(batch)
        Job.objects.filter(pk=batch.job_id).update(due_at=timezone.now())
        runner.run(batch.job.pk, "test")  # type: ignore[union-attr]
        batch.refresh_from_db()
        assert (batch.stage, batch.reason) == (Stage.PAUSED, reason)
    else:
        rest(batch)
        happens(batch)
    batch = ImportBatch.objects.select_related("account").get(pk=batch.pk)
    with pytest.raises(Refusal):
        canary.go_on(batch, by=None, why="All the same.")
    assert parts_sent(lucca) == 1
    canary.end_here(batch, by=None)
    assert batch.stage == Stage.PARTIAL and adds_up(batch)


def test_a_rest_that_waits_too_long_is_not_sent(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = rest(ahead_is_in(cut(directory, write(*LINES), asks=True)))
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert "too old" in canary.why_not_go_on(batch)
        with pytest.raises(Refusal, match="too old"):
            canary.go_on(batch, by=None)
        canary.expire_paused()
        assert rest(batch).stage == Stage.PAUSED
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        canary.expire_paused()
    assert (rest(batch).stage, batch.reason) == (Stage.PARTIAL, "canary-expired")
    assert (batch.left_out, parts_sent(lucca)) == (4, 1) and adds_up(batch)


def test_a_rest_that_stands_in_line_too_long_is_not_sent(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = rest(ahead_is_in(cut(directory, write(*LINES), asks=True)))
    canary.go_on(batch, by=None)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert rest(batch).stage == Stage.PARTIAL
    assert len(sent_for_good(lucca)) == 1 and "too old" in batch.message


def test_a_reading_that_takes_hours_is_waited_for(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Its own deadlines end it; the one of who waits for it does not."""
    batch = ahead_is_in(cut(directory, write(*LINES)))
    runner.run(batch.job.pk, "test")  # type: ignore[union-attr]
    carry(Verification.objects.get().job)
    with time_machine.travel(timezone.now() + timedelta(hours=5)):
        assert rest(batch).stage == Stage.DONE


def test_read_again_while_it_waits(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """What is verified on a second look needs no reason any more."""
    batch = ahead_is_in(cut(directory, write(*LINES)))
    _removed(lucca)
    assert rest(batch).stage == Stage.PAUSED and not canary.is_verified(batch)
    lucca.change_state(
        {"userLocations": [{"ownerId": INES, "workLocationId": 1, "date": "2027-03-09"}]}
    )
    carry(verification.ask_verification(batch, by=None).job)
    assert canary.is_verified(batch)
    canary.go_on(batch, by=None)
    assert rest(batch).stage == Stage.DONE


def test_who_launched_is_told_that_it_stopped(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    anne = User.objects.create(username="anne", email="anne@example.org")
    batch = cut(directory, write(*LINES))
    services.launch(batch, by=anne)
    carry(Job.objects.get(pk=batch.job_id))
    batch.refresh_from_db()
    _removed(lucca)
    assert rest(batch).stage == Stage.PAUSED
    assert list(Notice.objects.values_list("kind", flat=True)) == [NEEDS]


def test_a_later_part_that_is_lost_is_reconciled_with_the_first_lines_kept(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = ahead_is_in(cut(directory, write(*LINES)))
    lucca.add_fault("reset", method="POST", create=True, when="after")
    assert (rest(batch).stage, batch.accepted) == (Stage.UNKNOWN, 1)
    assert verification.newest(batch) is None
    carry(reconciliation.ask_reconciliation(batch, by=None, agreed=True).job)
    batch.refresh_from_db()
    assert (batch.stage, batch.accepted, parts_sent(lucca)) == (Stage.DONE, 5, 2)
