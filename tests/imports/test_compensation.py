"""What stood there before an import is kept, and put back by another import."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from imports import canary, compensating, reconciliation, services, snapshot, verification
from imports.models import ImportBatch, Reading
from imports.pages.rights import address
from imports.reading import forget_old, stop
from imports.stages import Stage
from portal.jobs import runner
from portal.jobs.models import Job
from portal.models import Account, Event, User
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, checked, launched, rest
from tests.imports.test_verification import entry
from tests.portal.commands import run
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]

INES, LEA = 812, 507
F, A, B = "FullDay", "FirstHalf", "SecondHalf"
LYON = {"workLocationId": 4, "areaId": 31}
HOME = {"workLocationId": 1}
HELD = [
    {"ownerId": INES, "date": "2027-03-09", **LYON},
    {"ownerId": INES, "date": "2027-03-10", "position": A, **LYON},
    {"ownerId": INES, "date": "2027-03-10", "position": B, **HOME},
    {"ownerId": INES, "date": "2027-03-11", "position": B, **LYON},
    {"ownerId": LEA, "date": "2027-03-09", **LYON},
    {"ownerId": LEA, "date": "2027-03-10", "position": A, **HOME},
    {"ownerId": LEA, "date": "2027-03-11", **HOME},
    {"ownerId": LEA, "date": "2027-03-12", "position": B, **HOME},
    {"ownerId": 501, "date": "2027-03-09", **HOME},
]
LINES = [
    "imarchal;Home;;2027-03-09;FullDay;;false",  # replaces
    "imarchal;Home;;2027-03-10;FullDay;;false",  # a day in place of two halves
    "imarchal;Home;;2027-03-11;FirstHalf;;false",  # beside a half
    "imarchal;Home;;2027-03-12;FullDay;;false",  # an empty day
    "lfournier;Lyon Part-Dieu;Finance;2027-03-09;FullDay;;true",  # deletes
    "lfournier;Lyon Part-Dieu;Finance;2027-03-10;FirstHalf;;false",  # replaces a half
    "lfournier;Lyon Part-Dieu;;2027-03-11;FirstHalf;;false",  # a half in place of a day
    "lfournier;Home;;2027-03-11;SecondHalf;;false",
    "lfournier;Home;;2027-03-12;SecondHalf;;false",  # the same already
]


def held(lucca: Simulator) -> list[tuple[Any, ...]]:
    """Where everybody is, as the simulator holds it."""
    return sorted(
        (row["ownerId"], row["date"], row["position"], row["workLocationId"], row["areaId"] or 0)
        for row in lucca.state()["userLocations"]["effective"]
    )


def read_back(batch: ImportBatch) -> None:
    carry(verification.ask_verification(batch, by=None, agreed=True).job)


def put_back(batch: ImportBatch, **options: Any) -> list[ImportBatch]:
    """Make the compensation and launch it, as people do."""
    read_back(batch)
    made = compensating.build(batch, by=None, **options)
    found = [one for one in (made.first, made.batch) if one]
    for one in found:
        go(one)
    return found


def go(batch: ImportBatch) -> None:
    rest(batch)
    assert batch.stage == Stage.CHECKED, batch.stage
    services.analyse(batch, by=None)
    rest(batch)
    services.launch(ImportBatch.objects.get(pk=batch.pk), by=None, accept_warnings=True)
    assert rest(batch).stage == Stage.DONE, batch.message


@pytest.fixture
def done(directory: Account, lucca: Simulator, write: Callable[..., Path]) -> ImportBatch:
    lucca.change_state({"userLocations": HELD})
    batch = launched(directory, write(*LINES), override=True)
    assert batch.stage == Stage.DONE, batch.message
    return batch


@pytest.fixture
def before(lucca: Simulator) -> list[tuple[Any, ...]]:
    """What the simulator holds before the import: ask for it before `done`."""
    lucca.change_state({"userLocations": HELD})
    found = held(lucca)
    ids = [row["id"] for row in lucca.state()["userLocations"]["effective"]][-len(HELD) :]
    lucca.change_state({"userLocations": [{"id": one, "remove": True} for one in ids]})
    return found


@pytest.mark.parametrize("scope", ["overlap", "day"])
def test_import_then_compensation_leaves_everything_as_before(
    before: list[tuple[Any, ...]],
    directory: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    scope: str,
) -> None:
    lucca.configure(override_scope=scope)
    lucca.change_state({"userLocations": HELD})
    lines = LINES if scope == "overlap" else [line for line in LINES if "Half" not in line]
    batch = launched(directory, write(*lines), override=True)
    assert batch.stage == Stage.DONE and held(lucca) != before
    made = put_back(batch)
    assert held(lucca) == before
    assert [one.made_from for one in made] == [batch] * len(made)


def test_a_compensation_is_compensated(
    before: list[tuple[Any, ...]], done: ImportBatch, lucca: Simulator
) -> None:
    after = held(lucca)
    first, second = put_back(done)
    assert held(lucca) == before
    # The deletions went first, by themselves: they are put back last.
    put_back(second)
    put_back(first)
    assert held(lucca) == after


def test_an_import_whose_outcome_was_unknown_is_put_back(
    before: list[tuple[Any, ...]], directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.change_state({"userLocations": HELD})
    lucca.add_fault("reset", method="POST", create=True, when="after")
    batch = launched(directory, write(*LINES), override=True)
    assert batch.stage == Stage.UNKNOWN
    with pytest.raises(Refusal, match="what became of this import"):
        compensating.build(batch, by=None)
    carry(reconciliation.ask_reconciliation(batch, by=None, agreed=True).job)
    batch.refresh_from_db()
    assert batch.stage == Stage.DONE and held(lucca) != before
    put_back(batch)
    assert held(lucca) == before


def test_what_went_first_is_put_back_and_the_rest_was_never_there(
    before: list[tuple[Any, ...]], directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.change_state({"userLocations": HELD})
    batch = checked(directory, write(*LINES), override=True)
    canary.cut(batch, 4, by=None, asks=True)
    services.launch(rest(batch), by=None, accept_warnings=True)
    assert rest(batch).stage == Stage.PAUSED and held(lucca) != before
    canary.end_here(batch, by=None)
    put_back(batch)
    assert held(lucca) == before


def test_the_days_of_who_has_left_are_left_alone(
    done: ImportBatch, lucca: Simulator, directory: Account
) -> None:
    after = [row for row in held(lucca) if row[0] == LEA]
    read_back(done)
    directory.employees.filter(remote_id=LEA).update(contract_end=date(2020, 1, 1))
    found = verification.newest(done)
    assert found
    counts = compensating.preview(done, found)
    assert (counts.left, counts.restored, counts.changed) == (3, 4, 0)
    assert "3 days are of people who have left" in " ".join(compensating.words(counts))
    made = compensating.build(done, by=None)
    for one in filter(None, (made.first, made.batch)):
        go(one)
    assert [row for row in held(lucca) if row[0] == LEA] == after


def test_requests_that_were_pending_come_back_and_that_is_said(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.change_state({"userLocations": [{**HELD[0], "status": "Pending"}]})
    was = held(lucca)
    batch = launched(directory, write(LINES[0]), override=True)
    read_back(batch)
    found = verification.newest(batch)
    assert found
    counts = compensating.preview(batch, found)
    assert counts.pending == 1
    assert "awaited approval" in " ".join(compensating.limits(counts, snapshot.of(batch)))
    put_back(batch)
    assert held(lucca) == was


def test_filling_empty_days_needs_no_snapshot(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.change_state({"userLocations": HELD})
    was = held(lucca)
    batch = launched(
        directory,
        write(
            "imarchal;Home;;2027-03-15;FullDay;;false",
            "lfournier;Home;;2027-03-15;FirstHalf;;false",
        ),
    )
    assert batch.stage == Stage.DONE and not Reading.objects.exists()
    [made] = put_back(batch)
    assert held(lucca) == was and not made.override and made.deletions == 2
    # A compensation of a compensation: a deletion is put back from its snapshot.
    put_back(made)
    assert len(held(lucca)) == len(was) + 2


def test_changes_made_since_are_left_alone_unless_chosen(
    before: list[tuple[Any, ...]], done: ImportBatch, lucca: Simulator
) -> None:
    change = {"id": entry(lucca, INES, "2027-03-09"), "workLocationId": 4, "areaId": None}
    new = {"ownerId": INES, "date": "2027-03-11", "position": B, **HOME}
    old = entry(lucca, INES, "2027-03-11", B)
    lucca.change_state({"userLocations": [change, {"id": old, "remove": True}, new]})
    read_back(done)
    found = verification.newest(done)
    assert found
    counts = compensating.preview(done, found)
    assert (counts.changed, counts.same, counts.restored) == (2, 1, 5)
    assert "2 days were changed since the import" in " ".join(compensating.words(counts))
    put_back(done)
    left = {row for row in held(lucca) if row not in before}
    assert {(row[0], row[1]) for row in left} == {(INES, "2027-03-09"), (INES, "2027-03-11")}
    put_back(done, changed_too=True)
    assert held(lucca) == before


def test_the_second_import_waits_for_the_first(done: ImportBatch, lucca: Simulator) -> None:
    read_back(done)
    made = compensating.build(done, by=None)
    assert made.first and made.batch and made.batch.comes_after == made.first
    assert made.counts.first == 1
    again = compensating.build(done, by=None)
    assert (again.first, again.batch) == (made.first, made.batch)
    rest(made.batch)
    services.analyse(made.batch, by=None)
    rest(made.batch)
    with pytest.raises(Refusal, match=f"First launch import {made.first.pk}"):
        services.launch(ImportBatch.objects.get(pk=made.batch.pk), by=None, accept_warnings=True)


def test_a_place_that_is_gone_is_said_and_not_guessed(done: ImportBatch, lucca: Simulator) -> None:
    done.account.locations.filter(remote_id=4).update(is_active=False)
    read_back(done)
    found = verification.newest(done)
    assert found
    counts = compensating.preview(done, found, changed_too=True)
    assert counts.place_gone >= 2
    assert "cannot be put back" in " ".join(compensating.words(counts))


def test_what_stands_there_now_must_have_been_read(done: ImportBatch) -> None:
    with pytest.raises(Refusal, match="must be read first"):
        compensating.build(done, by=None)
    read_back(done)
    Reading.objects.filter(purpose="verification").update(
        read_at=timezone.now() - timedelta(hours=2)
    )
    with pytest.raises(Refusal, match="must be read first"):
        compensating.build(done, by=None)


# The snapshot.


def ready(directory: Account, lucca: Simulator, path: Path) -> ImportBatch:
    lucca.change_state({"userLocations": HELD})
    batch = analysed(directory, path, override=True)
    lucca.journal.clear()
    return batch


def launch(batch: ImportBatch, **options: Any) -> ImportBatch:
    services.launch(batch, by=None, accept_warnings=True, **options)
    return rest(batch)


def posts(lucca: Simulator) -> int:
    return len([one for one in lucca.log() if one["method"] == "POST"])


def test_a_snapshot_is_read_before_the_file_leaves(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = launch(ready(directory, lucca, write(*LINES)))
    asked = [one["method"] for one in lucca.log()]
    assert asked.index("POST") > 1 and posts(lucca) == 1
    kept = snapshot.of(batch)
    assert kept and not kept.filtered and kept.entries.count() == 8
    assert Event.objects.filter(verb="import.snapshot").count() == 1


@pytest.mark.parametrize("right", ["403", "404", "500"])
def test_a_snapshot_that_fails_asks_whether_to_go_on_without(
    directory: Account, lucca: Simulator, write: Callable[..., Path], right: str
) -> None:
    batch = ready(directory, lucca, write(*LINES))
    lucca.add_fault(right, path="/public/api/user-locations", times=100)
    launch(batch)
    assert (batch.stage, batch.reason, batch.launched_at) == (
        Stage.ANALYSED,
        "snapshot-failed",
        None,
    )
    assert posts(lucca) == 0 and "nothing was sent" in batch.message
    browser = log_in("Launcher")
    response = browser.get(address(batch, "launch"))
    assert_clean(response)
    assert "Go on without keeping what stands there" in response.content.decode()
    given = {"version": str(batch.version), "launch": "1", "without_snapshot": "on"}
    causes = batch.causes.filter(severity="warning")
    given |= {f"accept-{cause.origin}-{cause.cause}": "on" for cause in causes}
    browser.post(address(batch, "launch"), given)
    assert rest(batch).stage == Stage.DONE and posts(lucca) == 1
    lucca.clear_faults()
    assert "not kept" in compensating.why_not(batch)
    with pytest.raises(Refusal, match="was not kept"):
        compensating.build(batch, by=None)


@pytest.mark.parametrize(
    ("happens", "why"),
    [("moves", "some may be missing"), ("stopped", "was stopped")],
)
def test_a_snapshot_that_is_not_complete_asks_too(
    directory: Account, lucca: Simulator, write: Callable[..., Path], happens: str, why: str
) -> None:
    batch = ready(directory, lucca, write(*LINES))
    Account.objects.update(page_size=40)
    services.launch(ImportBatch.objects.get(pk=batch.pk), by=None, accept_warnings=True)
    reading = Reading.objects.select_related("job", "account").get()
    number = 0
    while reading.job and not reading.job.is_settled:
        number += 1
        if happens == "stopped" and number == 3:
            stop(reading, by=None)
        else:
            Job.objects.filter(pk=reading.job.pk).update(due_at=timezone.now())
            runner.run(reading.job.pk, "test")
            day = date(2028, 1, 1) + timedelta(days=number)
            more = {"ownerId": 501, "date": day.isoformat(), **HOME}
            lucca.change_state({"userLocations": [more]})
        reading.job.refresh_from_db()
    assert (rest(batch).stage, batch.reason) == (Stage.ANALYSED, "snapshot-failed")
    assert why in batch.message and posts(lucca) == 0
    launch(batch, without_snapshot=True)
    assert batch.stage == Stage.DONE and snapshot.of(batch) is None


@pytest.mark.parametrize(
    ("setting", "kept"), [("never", False), ("cheap", False), ("always", True)]
)
def test_the_account_says_whether_a_long_one_is_taken(
    directory: Account, lucca: Simulator, write: Callable[..., Path], setting: str, kept: bool
) -> None:
    batch = ready(directory, lucca, write(*LINES))
    Account.objects.update(snapshots=setting, page_size=10, requests_per_minute=4)
    batch.account.refresh_from_db()
    batch.account.calls.all().delete()
    services.launch(batch, by=None, accept_warnings=True)
    for reading in Reading.objects.select_related("job"):
        # Only the counting: it is by the limit of requests that it is long.
        assert reading.job and reading.agreed == kept
        if not kept:
            carry(reading.job)
    Account.objects.update(requests_per_minute=100_000)
    assert rest(batch).stage == Stage.DONE
    assert (snapshot.of(batch) is not None) == kept


def test_cancelling_while_it_is_read_sends_nothing(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = ready(directory, lucca, write(*LINES))
    services.launch(batch, by=None, accept_warnings=True)
    services.cancel(batch, by=None)
    batch.refresh_from_db()
    assert batch.stage == Stage.CANCELLED and batch.job
    carry(batch.job)
    assert posts(lucca) == 0


def test_snapshots_are_kept_longer_than_other_readings(done: ImportBatch) -> None:
    Reading.objects.update(asked_at=timezone.now() - timedelta(days=60))
    forget_old()
    assert snapshot.of(done)
    Reading.objects.update(asked_at=timezone.now() - timedelta(days=91))
    forget_old()
    assert snapshot.of(done) is None
    assert "is deleted by now" in compensating.why_not(done)


# The page and the command.


def log_in(role: str) -> Client:
    user = User.objects.create_user(role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    browser = Client()
    browser.force_login(user)
    return browser


def test_the_page_says_what_comes_back_and_makes_it(done: ImportBatch) -> None:
    browser = log_in("Operator")
    assert "Put back what stood there before…" in browser.get(address(done)).content.decode()
    shown = browser.get(address(done, "compensation")).content.decode()
    assert "First, what stands there now" in shown
    read_back(done)
    response = browser.get(address(done, "compensation"))
    assert_clean(response)
    shown = response.content.decode()
    assert "7 days of employees are put back." in shown and "Comments, and who" in shown
    shown = browser.post(address(done, "compensation"), {"make": "1"}, follow=True).content.decode()
    assert "Two imports were made" in shown
    assert done.made.count() == 2


def test_who_may_not_make_imports_only_looks(done: ImportBatch) -> None:
    read_back(done)
    browser = log_in("Auditor")
    assert "Make the import" not in browser.get(address(done, "compensation")).content.decode()
    assert browser.post(address(done, "compensation")).status_code == 403


def test_the_command(done: ImportBatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "compensate_import", str(done.pk), "--json")
    assert ran.code == 0, ran.err
    assert ran.json["days"]["restored"] == 7 and len(ran.json["limits"]) == 2
    assert (ran.json["first"], ran.json["made"]) == tuple(
        str(one.pk) for one in done.made.order_by("pk")
    )
    assert all(one.stage == Stage.CHECKED for one in done.made.all())


def test_the_command_stops(
    directory: Account, write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    batch = analysed(directory, write(LINES[0]))
    ran = run(capsys, "compensate_import", str(batch.pk))
    assert ran.code == 1 and "Only what was imported" in ran.err
