"""An unknown outcome is settled by what Lucca shows, and nothing is ever sent again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from imports import difference, reconciliation, services, verification
from imports.models import Finding, ImportBatch, Verification
from imports.pages.rights import address
from imports.reconciliation import Outcome, reconcile_due
from imports.stages import Stage
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account, Event, User
from portal.refusals import Refusal
from portal.simulator import Simulator
from portal.simulator.faults import KINDS, SHAPED
from tests.conftest import carry
from tests.imports.batches import analysed, launched, received, rest
from tests.imports.test_faults import (
    CASES,
    DECLINED,
    LINES,
    POINTS,
    go_as_far_as_it_goes,
    sent_for_good,
)
from tests.imports.test_journey import wait_until_unknown
from tests.imports.test_verification import entry, verdicts
from tests.portal.commands import run

pytestmark = [pytest.mark.database, pytest.mark.django_db]
INES, LEA, THEO = 812, 507, 640


@contextmanager
def later(minutes: float) -> Iterator[None]:
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        yield


def sweep(minutes: float) -> Verification | None:
    """What the sweeper begins so many minutes from now, at its end."""
    with later(minutes):
        before = Verification.objects.count()
        reconcile_due()
        if Verification.objects.count() == before:
            return None
        found = Verification.objects.select_related("job").order_by("-pk")[0]
        carry(found.job)
        found.refresh_from_db()
        return found


# An import that fills an empty day, replaces an entry and deletes one.
BEFORE = [
    {"ownerId": LEA, "workLocationId": 1, "date": "2027-03-09"},
    {"ownerId": THEO, "workLocationId": 1, "date": "2027-03-09"},
]
MIXED = [
    "imarchal;Home;;2027-03-09;FullDay;;false",
    "lfournier;Lyon Part-Dieu;Finance;2027-03-09;FullDay;;false",
    "tnoll;Home;;2027-03-09;FullDay;;true",
]
NOTHING_DONE = {1: Finding.MISSING, 2: Finding.DIFFERENT, 3: Finding.DIFFERENT}
# At the POST of an import alone: answers that make no sense, and imports that end badly.
ALSO = [
    *((kind, "before") for kind in ("unreadable", "empty", "html", "error-in-200")),
    *((kind, "after") for kind in ("oversize", "error-in-200", "409")),
    *((kind, when) for kind in ("stuck", "unknown_summary") for when in ("before", "after")),
]
# By the vendor's word these were not carried out, and no client can tell that one was; nor is
# there a side effect where no connection was made.
NOT_AFTER = {*DECLINED, "429", "429-no-retry-after", "refused"}


def test_every_fault_of_the_simulator_is_walked() -> None:
    """What shapes the true answer is carried out whatever its `when`."""
    every = {(kind, "before") for kind in KINDS if kind not in SHAPED}
    every |= {(kind, "after") for kind in KINDS if kind not in NOT_AFTER}
    assert {*CASES, *ALSO} == every


@pytest.mark.parametrize(("kind", "when"), [*CASES, *ALSO])
def test_whatever_happens_to_the_post_ends_in_a_proof(
    account: Account, lucca: Simulator, write: Callable[..., Path], kind: str, when: str
) -> None:
    slow = account.read_timeout
    account.read_timeout = account.connect_timeout / 4
    account.snapshots = Account.Snapshots.NEVER
    account.save()
    lucca.change_state({"userLocations": BEFORE})
    seconds = 20 if kind == "timeout" else None
    lucca.add_fault(kind, when=when, seconds=seconds, **POINTS["import post"])
    batch = received(account, write(*MIXED), override=True)
    if kind == "stuck":
        services.check(batch, by=None)
        services.analyse(rest(batch), by=None)
        wait_until_unknown(services.launch(rest(batch), by=None, accept_warnings=True))
        batch.refresh_from_db()
    else:
        go_as_far_as_it_goes(batch)
    lucca.clear_faults()
    Account.objects.update(read_timeout=5 * slow)

    if batch.stage == Stage.UNKNOWN:
        assert sweep(1) is None
        first = sweep(61)
        batch.refresh_from_db()
        if batch.stage == Stage.UNKNOWN:
            assert first and first.outcome == Outcome.NONE
            assert sweep(65) is None
            assert sweep(72)
            batch.refresh_from_db()
    elif batch.stage == Stage.DONE:
        carry(verification.ask_verification(batch, by=None).job)

    applied = any(one["create"] and one["applied"] for one in lucca.state()["imports"])
    assert batch.stage == (Stage.DONE if applied else Stage.FAILED)
    found = verification.newest(batch)
    if found:
        assert verdicts(found) == (
            dict.fromkeys([1, 2, 3], Finding.VERIFIED) if applied else NOTHING_DONE
        )
    assert batch.accepted == (3 if applied else 0)
    assert batch.accepted + batch.refused_by_lucca + batch.undecided == batch.total == 3
    assert len(sent_for_good(lucca)) <= 1
    assert not Job.objects.exclude(state__in=SETTLED).exists()


# One by one.


@pytest.fixture
def lost(directory: Account, lucca: Simulator, write: Callable[..., Path]) -> ImportBatch:
    """Sent and carried out; the answer was lost."""
    return _lost(directory, lucca, write(*LINES), "after")


@pytest.fixture
def vain(directory: Account, lucca: Simulator, write: Callable[..., Path]) -> ImportBatch:
    """Lost before anything was done."""
    return _lost(directory, lucca, write(*LINES), "before")


def _lost(account: Account, lucca: Simulator, path: Path, when: str, **more: Any) -> ImportBatch:
    batch = analysed(account, path, **more)
    lucca.add_fault("reset", when=when, method="POST", create=True)
    services.launch(batch, by=None, accept_warnings=True)
    assert rest(batch).stage == Stage.UNKNOWN
    lucca.journal.clear()
    return batch


def asked(batch: ImportBatch) -> Verification:
    found = reconciliation.ask_reconciliation(batch, by=None, agreed=True)
    carry(found.job)
    found.refresh_from_db()
    batch.refresh_from_db()
    return found


def test_all_there_settles_at_once(lost: ImportBatch, lucca: Simulator) -> None:
    found = asked(lost)
    assert (found.outcome, lost.stage, lost.accepted) == (Outcome.ALL, Stage.DONE, 2)
    assert lost.reason == "reconciled-all"
    assert lost.job and lost.job.upload.job.state == JobState.SUCCEEDED
    assert "POST" not in {one["method"] for one in lucca.log()}
    assert Event.objects.filter(verb="import.read_for_outcome").count() == 1


def test_none_there_is_too_early_at_first(vain: ImportBatch) -> None:
    found = asked(vain)
    assert (found.outcome, vain.stage) == (Outcome.EARLY, Stage.UNKNOWN)
    assert "counts only from" in reconciliation.words(vain, found)


def test_none_there_needs_two_readings_apart(vain: ImportBatch) -> None:
    with later(61):
        found = asked(vain)
        assert (found.outcome, vain.stage) == (Outcome.NONE, Stage.UNKNOWN)
        assert "a second reading decides" in reconciliation.words(vain, found)
    with later(66):
        assert (asked(vain).outcome, vain.stage) == (Outcome.NONE, Stage.UNKNOWN)
    with later(75):
        asked(vain)
    assert (vain.stage, vain.reason, vain.accepted) == (Stage.FAILED, "reconciled-none", 0)
    services.check(vain, by=None)


def test_a_slow_import_that_comes_late_is_seen(vain: ImportBatch, lucca: Simulator) -> None:
    with later(61):
        asked(vain)
    lucca.change_state(
        {
            "userLocations": [
                {"ownerId": INES, "workLocationId": 4, "areaId": 31, "date": "2027-03-09"},
                {"ownerId": LEA, "workLocationId": 1, "date": "2027-03-09",
                 "position": "FirstHalf"},
            ]
        }
    )  # fmt: skip
    with later(75):
        asked(vain)
    assert vain.stage == Stage.DONE


def test_some_there_is_believed_late_and_the_rest_becomes_an_import(
    lost: ImportBatch, lucca: Simulator
) -> None:
    lucca.change_state(
        {"userLocations": [{"id": entry(lucca, LEA, "2027-03-09", "FirstHalf"), "remove": True}]}
    )
    assert (asked(lost).outcome, lost.stage) == (Outcome.EARLY, Stage.UNKNOWN)
    with pytest.raises(Refusal, match="First it must be known"):
        difference.build(lost, by=None)
    with later(61):
        asked(lost)
        assert (lost.stage, lost.accepted, lost.undecided) == (Stage.PARTIAL, 1, 1)
        made = difference.build(lost, by=None)
        assert difference.build(lost, by=None) == made
    assert (made.made_from, made.made_as, made.override) == (lost, "difference", False)
    rest(made)
    assert (made.stage, made.total) == (Stage.CHECKED, 1)
    sent = Path(made.canonical.path).read_text(encoding="utf-8-sig").splitlines()
    assert sent[1:] == ["lfournier;Home;;2027-03-09;FirstHalf;;false"]
    services.analyse(made, by=None)
    rest(made)
    services.launch(made, by=None)
    assert rest(made).stage == Stage.DONE


def test_what_cannot_be_looked_up_settles_nothing(lost: ImportBatch, lucca: Simulator) -> None:
    lucca.add_fault("403", path="/user-locations", times=100)
    found = asked(lost)
    assert not found.judged and lost.stage == Stage.UNKNOWN
    lucca.clear_faults()
    lost.account.employees.filter(remote_id=LEA).update(login="renamed")
    with later(61):
        found = asked(lost)
    assert (found.outcome, lost.stage) == (Outcome.UNCLEAR, Stage.UNKNOWN)
    assert "say what became of it" in reconciliation.words(lost, found)


def test_the_sweeper_leaves_what_cannot_be_read_to_a_person(
    lost: ImportBatch, lucca: Simulator
) -> None:
    lucca.add_fault("403", path="/user-locations", times=1000)
    tries = [minutes for minutes in range(1, 1200, 30) if sweep(minutes)]
    assert len(tries) == 5 and tries[0] == 61
    assert min(after - before for before, after in pairwise(tries)) >= 60


def test_a_list_that_moves_while_it_is_read_settles_nothing(vain: ImportBatch) -> None:
    """A line that is missing from it may have been overlooked."""
    with later(61):
        found = reconciliation.ask_reconciliation(vain, by=None, agreed=True)
        assert found.reading and found.reading.job
        carry(found.reading.job)
        type(found.reading).objects.update(is_whole=False)
        carry(found.job)
    found.refresh_from_db()
    vain.refresh_from_db()
    assert (found.outcome, found.missing, vain.stage) == (Outcome.UNCLEAR, 2, Stage.UNKNOWN)


def test_entries_that_await_approval_are_there(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.configure(remote_status="Pending")
    batch = _lost(directory, lucca, write(*LINES), "after")
    found = asked(batch)
    assert (found.outcome, batch.stage, batch.accepted) == (Outcome.ALL, Stage.DONE, 2)
    assert found.pending == 1 and "awaits approval" in verification.meaning(found)


def test_a_reading_that_only_looks_does_not_settle(lost: ImportBatch) -> None:
    carry(verification.ask_verification(lost, by=None).job)
    lost.refresh_from_db()
    assert lost.stage == Stage.UNKNOWN
    verification.ask_verification(lost, by=None)
    asked(lost)
    assert lost.stage == Stage.DONE


def test_parts_that_were_never_sent_are_not_vouched_for(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    Account.objects.update(lines_per_upload=1)
    directory.refresh_from_db()
    batch = _lost(directory, lucca, write(*LINES), "after")
    assert len(batch.parts) == 2
    found = asked(batch)
    assert (found.lines, batch.stage, batch.accepted) == (1, Stage.PARTIAL, 1)
    assert batch.reason == "reconciled-rest-not-sent" and batch.undecided == 1


def test_what_a_person_settled_meanwhile_stays(lost: ImportBatch) -> None:
    found = reconciliation.ask_reconciliation(lost, by=None, agreed=True)
    services.settle(lost, Stage.PARTIAL, "Seen.", by=None)
    carry(found.job)
    lost.refresh_from_db()
    assert (lost.stage, lost.reason) == (Stage.PARTIAL, "settled-by-person")
    with pytest.raises(Refusal, match="outcome is unknown"):
        reconciliation.ask_reconciliation(lost, by=None)


# The button and the command.


def log_in(role: str) -> Client:
    user = User.objects.create_user(role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    browser = Client()
    browser.force_login(user)
    return browser


def test_one_button_looks_and_settles(lost: ImportBatch) -> None:
    browser = log_in("Launcher")
    shown = browser.get(address(lost)).content.decode()
    assert "Look in Lucca what became of it" in shown and "Say what became" in shown
    shown = browser.post(address(lost, "reconcile"), follow=True).content.decode()
    assert "<progress" in shown
    carry(Verification.objects.get().job)
    shown = browser.get(address(lost)).content.decode()
    assert "every line that was sent is there" in shown and "2 lines: 2 verified" in shown
    again = browser.post(address(lost, "reconcile"), follow=True).content.decode()
    assert "outcome is unknown can be settled" in again


def test_who_may_not_settle_has_no_button(lost: ImportBatch) -> None:
    browser = log_in("Operator")
    assert "Look in Lucca what became of it" not in browser.get(address(lost)).content.decode()
    assert browser.post(address(lost, "reconcile")).status_code == 403
    browser.post(address(lost, "verification"), {"read": "1"})
    carry(Verification.objects.get().job)
    lost.refresh_from_db()
    assert lost.stage == Stage.UNKNOWN


def test_the_missing_lines_are_one_button_away(
    lost: ImportBatch, lucca: Simulator, write: Callable[..., Path]
) -> None:
    browser = log_in("Launcher")
    lucca.change_state(
        {"userLocations": [{"id": entry(lucca, LEA, "2027-03-09", "FirstHalf"), "remove": True}]}
    )
    with later(61):
        asked(lost)
    shown = browser.get(address(lost, "verification")).content.decode()
    assert "Make an import of 1 missing line" in shown
    shown = browser.post(address(lost, "difference"), follow=True).content.decode()
    assert "made of the missing lines" in shown and "Made of" in shown
    assert "Made of it" in browser.get(address(lost)).content.decode()


def test_nothing_missing_makes_no_import(directory: Account, write: Callable[..., Path]) -> None:
    batch = launched(directory, write(*LINES))
    with pytest.raises(Refusal, match="read back first"):
        difference.build(batch, by=None)
    carry(verification.ask_verification(batch, by=None).job)
    with pytest.raises(Refusal, match="No line of this import is missing"):
        difference.build(batch, by=None)


def test_the_command(lost: ImportBatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, "reconcile_import", str(lost.pk), "--json")
    assert ran.code == 0
    assert (ran.json["stage"], ran.json["verification"]["verdicts"]["verified"]) == ("done", 2)
    assert run(capsys, "reconcile_import", str(lost.pk)).code == 5


def test_the_command_says_that_it_is_still_unknown(
    vain: ImportBatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run(capsys, "reconcile_import", str(vain.pk), "--json")
    assert ran.code == 4 and "counts only from" in ran.json["next"]
    with later(61):
        assert run(capsys, "reconcile_import", str(vain.pk)).code == 4
    with later(72):
        ran = run(capsys, "reconcile_import", str(vain.pk))
    assert ran.code == 1 and "twice" in ran.out
