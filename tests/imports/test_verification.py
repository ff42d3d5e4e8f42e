"""Reading an import back: each line's verdict, what it costs, and what may stand in its way."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from imports import services, verification, verification_job
from imports.models import Finding, ImportBatch, LineVerdict, Tally, Verification, Why
from imports.touched import Held
from imports.verdicts import Line
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Employee, Event
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, checked, launched, rest
from tests.imports.test_reading import wish

pytestmark = [pytest.mark.database, pytest.mark.django_db]

INES, LEA, THEO = 812, 507, 640
HOME, LYON = (1, None), (4, None)
LINES = [
    "imarchal;Home;;2027-03-09;FullDay;;false",
    "lfournier;Lyon Part-Dieu;Finance;2027-03-09;FirstHalf;;false",
    "lfournier;Home;;2027-03-09;SecondHalf;;false",
    "imarchal;Home;;2027-03-10;FullDay;;false",
]


# Verdicts.

F, A, B = "FullDay", "FirstHalf", "SecondHalf"
CASES: list[tuple[str, str, list[tuple[str, Any, str]], bool, Finding, Why]] = [
    ("as sent", F, [(F, HOME, "Confirmed")], False, Finding.VERIFIED, Why.NOTHING),
    ("approved", F, [(F, HOME, "Approved")], False, Finding.VERIFIED, Why.NOTHING),
    ("pending", F, [(F, HOME, "Pending")], False, Finding.VERIFIED, Why.PENDING),
    ("elsewhere", F, [(F, LYON, "Confirmed")], False, Finding.DIFFERENT, Why.NOTHING),
    ("in an area", F, [(F, (1, 31), "Confirmed")], False, Finding.DIFFERENT, Why.NOTHING),
    ("one half only", F, [(A, HOME, "Confirmed")], False, Finding.DIFFERENT, Why.NOTHING),
    (
        "beside another",
        F,
        [(F, HOME, "Confirmed"), (A, LYON, "Confirmed")],
        False,
        Finding.DIFFERENT,
        Why.NOTHING,
    ),
    ("nothing", F, [], False, Finding.MISSING, Why.NOTHING),
    ("the other half", A, [(B, HOME, "Confirmed")], False, Finding.MISSING, Why.NOTHING),
    ("half as sent", A, [(A, HOME, "Confirmed")], False, Finding.VERIFIED, Why.NOTHING),
    (
        "half beside the other",
        A,
        [(A, HOME, "Confirmed"), (B, LYON, "Confirmed")],
        False,
        Finding.VERIFIED,
        Why.NOTHING,
    ),
    ("has left", F, [], True, Finding.NOT_READABLE, Why.HAS_LEFT),
    ("has left, is there", F, [(F, HOME, "Confirmed")], True, Finding.VERIFIED, Why.NOTHING),
    ("deleted", "-" + F, [], False, Finding.VERIFIED, Why.NOTHING),
    ("not deleted", "-" + F, [(F, LYON, "")], False, Finding.DIFFERENT, Why.STILL_THERE),
    ("deleted, a half stands", "-" + F, [(A, HOME, "")], False, Finding.VERIFIED, Why.NOTHING),
    ("deleted, has left", "-" + F, [], True, Finding.NOT_READABLE, Why.HAS_LEFT),
]


@pytest.mark.parametrize(
    ("position", "there", "has_left", "finding", "why"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_verdict(
    position: str, there: list[tuple[str, Any, str]], has_left: bool, finding: Finding, why: Why
) -> None:
    line = Line("x", "Home", "", "2027-03-09", position.strip("-"), position.startswith("-"))
    held = [Held(at, *place, status) for at, place, status in there]
    assert verification.judge(line, held, HOME, has_left=has_left) == (finding, why)


# From the import to the verdicts.


def verified(batch: ImportBatch, **options: Any) -> Verification:
    found = verification.ask_verification(batch, by=None, **{"agreed": True, **options})
    carry(found.job, steps=2000)
    return Verification.objects.select_related("job", "reading").get(pk=found.pk)


def verdicts(found: Verification) -> dict[int, Finding]:
    rows = found.verdicts.values_list("number", "finding")
    return {number: Finding(finding) for number, finding in rows}


@pytest.fixture
def done(directory: Account, lucca: Simulator, write: Callable[..., Path]) -> ImportBatch:
    batch = launched(directory, write(*LINES))
    assert batch.stage == "done"
    lucca.journal.clear()
    return batch


def entry(lucca: Simulator, owner: int, day: str, position: str = F) -> int:
    """The id of an effective entry."""
    [row] = [
        row["id"]
        for row in lucca.state()["userLocations"]["effective"]
        if (row["ownerId"], row["date"], row["position"]) == (owner, day, position)
    ]
    return int(row)


def test_what_was_imported_is_verified(done: ImportBatch, lucca: Simulator) -> None:
    found = verified(done)
    assert verdicts(found) == dict.fromkeys([1, 2, 3, 4], Finding.VERIFIED)
    assert (found.lines, found.verified, found.judged, found.reason) == (4, 4, True, "")
    assert verification.counts(found) == "4 lines: 4 verified"
    assert "as it was sent" in verification.meaning(found)
    assert [entry["method"] for entry in lucca.log()] == ["GET"] * len(lucca.log())
    assert Event.objects.filter(verb="import.verified").count() == 1


def test_each_line_has_the_verdict_that_lucca_s_state_gives_it(
    done: ImportBatch, lucca: Simulator
) -> None:
    lucca.change_state(
        {
            "userLocations": [
                {"id": entry(lucca, INES, "2027-03-09"), "workLocationId": 4},
                {"id": entry(lucca, LEA, "2027-03-09", A), "status": "Deleted",
                 "deletedAt": "2027-01-01T00:00:00Z"},
                {"id": entry(lucca, LEA, "2027-03-09", B), "status": "Pending"},
            ]
        }
    )  # fmt: skip
    found = verified(done)
    assert verdicts(found) == {
        1: Finding.DIFFERENT,
        2: Finding.MISSING,
        3: Finding.VERIFIED,
        4: Finding.VERIFIED,
    }
    assert (found.different, found.missing, found.verified, found.pending) == (1, 1, 2, 1)
    assert "1 of the verified lines awaits approval" in verification.meaning(found)


def test_refused_lines_are_not_looked_for(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    batch = launched(directory, write(*LINES[:2]))
    lucca.change_state(
        {"userLocations": [{"ownerId": THEO, "workLocationId": 1, "date": "2027-03-11"}]}
    )
    # Taken between analysis and launch.
    other = analysed(directory, write("imarchal;Home;;2027-03-12;FullDay;;false", LINES[3]))
    lucca.change_state(
        {"userLocations": [{"ownerId": INES, "workLocationId": 4, "date": "2027-03-12"}]}
    )
    services.launch(other, by=None, accept_warnings=True)
    assert rest(other).stage == "partial"
    found = verified(other)
    assert (found.lines, verdicts(found)) == (1, {2: Finding.VERIFIED})
    assert verified(batch).verified == 2


def test_who_left_and_who_is_unknown_cannot_be_read(done: ImportBatch, lucca: Simulator) -> None:
    Employee.objects.filter(remote_id=INES).update(contract_end="2020-01-01")
    Employee.objects.filter(remote_id=LEA).update(login="renamed")
    lucca.change_state({"userLocations": [{"id": entry(lucca, INES, "2027-03-09"),
                                           "remove": True}]})  # fmt: skip
    found = verified(done)
    why = dict(found.verdicts.values_list("number", "why"))
    assert why == {1: Why.HAS_LEFT, 2: Why.NO_EMPLOYEE, 3: Why.NO_EMPLOYEE, 4: Why.NOTHING}
    assert (found.verified, found.not_readable) == (1, 3)
    assert "could be looked up" in verification.meaning(found)


@pytest.mark.parametrize("right", ["403", "404", "401"])
def test_a_key_that_may_not_read_says_so_and_breaks_nothing(
    done: ImportBatch, lucca: Simulator, right: str
) -> None:
    lucca.add_fault(right, path="/user-locations", times=100)
    found = verified(done)
    assert (found.judged, found.not_readable, found.verified) == (False, 4, 0)
    assert verification.counts(found) == "4 lines: 4 not readable"
    assert f"({right})" in verification.meaning(found)
    done.refresh_from_db()
    assert done.stage == "done" and not LineVerdict.objects.exists()
    lucca.clear_faults()
    assert verified(done).verified == 4


def test_it_never_takes_more_requests_than_pages_and_two(
    done: ImportBatch, lucca: Simulator
) -> None:
    Account.objects.update(page_size=10)
    done.account.refresh_from_db()
    held = lucca.state()["userLocations"]
    pages = -(-len(held["effective"] + held["deleted"]) // 10)
    verified(done)
    assert len(lucca.log()) <= pages + 2


# The filter.


def busy(lucca: Simulator) -> None:
    lucca.change_state(
        {
            "userLocations": [
                {"ownerId": 501, "workLocationId": 1, "date": f"2027-{month:02}-{day:02}"}
                for month in (5, 6, 7)
                for day in range(1, 29)
            ]
        }
    )


@pytest.fixture
def small_pages(done: ImportBatch, lucca: Simulator) -> ImportBatch:
    busy(lucca)
    Account.objects.update(page_size=10)
    done.account.refresh_from_db()
    return done


def test_a_filter_that_is_honoured_makes_it_short(
    small_pages: ImportBatch, lucca: Simulator
) -> None:
    lucca.configure(user_location_filters=True)
    found = verified(small_pages)
    assert found.verified == 4 and found.reading and found.reading.filtered
    assert len(lucca.log()) <= 3
    assert Tally.objects.get().rows and Tally.objects.get().rows > 80


def test_a_filter_that_is_ignored_costs_nothing_and_is_not_sent_again(
    small_pages: ImportBatch, lucca: Simulator
) -> None:
    held = lucca.state()["userLocations"]
    pages = -(-len(held["effective"] + held["deleted"]) // 10)
    found = verified(small_pages)
    assert found.verified == 4 and found.reading and not found.reading.filtered
    assert len(lucca.log()) == pages + 1
    assert len([one for one in lucca.log() if "date.between" in one["query"]]) == 1
    lucca.journal.clear()
    assert verified(small_pages).verified == 4
    assert not [one for one in lucca.log() if "date.between" in one["query"]]


def test_a_filter_that_is_refused_is_left_out(small_pages: ImportBatch, lucca: Simulator) -> None:
    lucca.add_fault("400", path="/user-locations", skip=1)
    found = verified(small_pages)
    assert found.verified == 4 and found.reading and not found.reading.filtered
    sizes = {one["query"].partition("limit=")[2][:2] for one in lucca.log()[1:]}
    assert sizes == {"10"}


def test_what_a_filter_does_not_show_is_looked_for_in_the_whole_list(
    small_pages: ImportBatch, lucca: Simulator
) -> None:
    """A filter that shows something else than was asked for, and nothing that does not fit."""
    lucca.configure(user_location_filters=True)
    Account.objects.update(location_filter="date={last}")
    small_pages.account.refresh_from_db()
    lucca.change_state(
        {"userLocations": [{"ownerId": 501, "workLocationId": 1, "date": "2027-03-11"}]}
    )
    found = verified(small_pages)
    assert verdicts(found) == dict.fromkeys([1, 2, 3, 4], Finding.VERIFIED)
    assert found.reading and not found.reading.filtered and found.reading.without_filter


def test_a_previewing_or_planning_reading_beside_it_reads_all(
    small_pages: ImportBatch, lucca: Simulator
) -> None:
    lucca.configure(user_location_filters=True)
    other = wish(small_pages.account, 501)
    found = verified(small_pages)
    assert found.verified == 4 and found.reading and found.reading.job == other.job
    assert not [one for one in lucca.log() if "date.between" in one["query"]]


# Sharing, stopping, resuming.


def test_two_imports_that_wait_share_one_reading(
    done: ImportBatch, lucca: Simulator, write: Callable[..., Path]
) -> None:
    other = launched(done.account, write("tnoll;Home;;2027-03-09;FullDay;;false", name="b.csv"))
    first = verification.ask_verification(done, by=None)
    second = verification.ask_verification(other, by=None)
    assert first.reading and second.reading and first.reading.job == second.reading.job
    assert verification.ask_verification(done, by=None) == first
    lucca.journal.clear()
    for one in (first, second):
        carry(one.job)
        one.refresh_from_db()
    assert (first.verified, second.verified) == (4, 1)
    asked = [entry["query"] for entry in lucca.log() if "/user-locations" in entry["path"]]
    assert len(asked) == len(set(asked)) == len(lucca.log())


def test_a_long_reading_waits_for_somebody_who_has_seen_what_it_costs(
    done: ImportBatch, lucca: Simulator
) -> None:
    busy(lucca)
    Account.objects.update(page_size=10, requests_per_minute=2, location_filter="")
    done.account.refresh_from_db()
    found = verification.ask_verification(done, by=None)
    done.account.calls.all().delete()
    carry(found.job)
    found.refresh_from_db()
    assert found.asks and not found.judged and found.ended_at
    assert len(lucca.log()) == 1
    Account.objects.update(requests_per_minute=100_000)
    done.account.refresh_from_db()
    assert verified(done).verified == 4


def test_a_comparison_that_was_broken_off_is_done_again(
    done: ImportBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification_job, "_AT_ONCE", 2)
    store, calls = verification_job._store, [0]

    def dies(*given: Any) -> None:
        store(*given)
        calls[0] += 1
        if calls[0] == 1:
            raise RuntimeError

    monkeypatch.setattr(verification_job, "_store", dies)
    found = verified(done)
    assert calls[0] > 2 and verdicts(found) == dict.fromkeys([1, 2, 3, 4], Finding.VERIFIED)


def test_only_the_newest_keeps_its_lines(done: ImportBatch) -> None:
    first, second = verified(done), verified(done)
    assert set(LineVerdict.objects.values_list("verification", flat=True)) == {second.pk}
    first.refresh_from_db()
    assert first.verified == 4


def test_only_what_was_sent_is_read_back(directory: Account, write: Callable[..., Path]) -> None:
    batch = checked(directory, write(*LINES))
    with pytest.raises(Refusal, match="was sent"):
        verification.ask_verification(batch, by=None)


def test_the_sweeper_asks_once_for_what_has_just_ended(done: ImportBatch) -> None:
    verification.ask_by_itself()
    verification.ask_by_itself()
    found = Verification.objects.get()
    assert not found.agreed and found.asked_by is None
    carry(found.job)
    verification.ask_by_itself()
    assert Verification.objects.count() == 1
    Verification.objects.all().delete()
    ImportBatch.objects.update(touched_at=done.touched_at - timedelta(days=2))
    verification.ask_by_itself()
    assert not Verification.objects.exists()


def test_a_file_that_is_gone_is_said_and_stops_no_sweep(done: ImportBatch) -> None:
    Path(done.canonical.path).unlink()
    with pytest.raises(Refusal, match="no longer there"):
        verification.ask_verification(done, by=None)
    verification.ask_by_itself()
    assert not Verification.objects.exists()


def test_entries_that_move_are_a_doubt(done: ImportBatch, lucca: Simulator) -> None:
    verification.ask_verification(done, by=None)
    found = Verification.objects.select_related("reading", "job").get()
    assert found.reading and found.reading.job
    carry(found.reading.job)
    type(found.reading).objects.update(is_whole=False)
    carry(found.job)
    found.refresh_from_db()
    assert found.judged and not found.is_certain
    assert "may have been overlooked" in verification.meaning(found)
    assert Job.objects.get(pk=found.job_id).state == JobState.SUCCEEDED
