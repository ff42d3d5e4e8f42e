"""Every fault of the simulator at each request that changes a day, before and after its effect.

What must hold: each request leaves once (but for 429), what is said is true of the simulator's
state, what others changed is untouched, and what is unknown is settled by reading alone.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.jobs import runner
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account
from portal.simulator import Simulator
from schedules.models import ScheduleOverride
from schedules.overrides import looking, services
from tests.conftest import carry
from tests.schedules.overrides import (
    DAY,
    HOURS,
    applied,
    foreign,
    fresh,
    prepared,
    set_model,
    standing,
    withdrawn,
    writes,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BEFORE = [
    "refused", "reset", "timeout", "400", "401", "403", "404", "405", "408", "409", "413", "429",
    "500", "502", "503", "504", "redirect", "unreadable", "empty", "html", "error-in-200",
]  # fmt: skip
AFTER = [
    "reset", "timeout", "cut", "408", "500", "503", "unreadable", "empty", "html", "error-in-200",
    "redirect",
]  # fmt: skip
CASES = [(kind, "before") for kind in BEFORE] + [(kind, "after") for kind in AFTER]
METHODS = {"arrangements": ("PUT", "PUT"), "workcycles": ("POST", "DELETE")}
PATHS = {"arrangements": "shift-overrides", "workcycles": "xceptions"}


@pytest.mark.parametrize("withdrawing", [False, True])
@pytest.mark.parametrize("model", METHODS)
def test_fault_at_the_request_that_changes(
    account: Account, lucca: Simulator, model: str, withdrawing: bool
) -> None:
    """All in one test: each case has a day of its own, and the simulator is the same."""
    set_model(account, lucca, model)
    account.read_timeout = account.connect_timeout = timedelta(seconds=0.25)
    account.save()
    for number, (kind, when) in enumerate(CASES):
        day = DAY + timedelta(days=7 * number)
        foreign(lucca, HOURS, "second", day)
        others = standing(lucca, HOURS, day)
        override = prepared(account, day=day)
        if withdrawing:
            override = applied(override)
        lucca.journal.clear()
        lucca.add_fault(
            kind,
            when=when,
            method=METHODS[model][withdrawing],
            path=PATHS[model],
            seconds=5 if kind == "timeout" else 0 if kind == "503" else None,
        )
        override = withdrawn(override) if withdrawing else applied(override)
        case = f"{kind} {when}: {override.stage}"
        assert_truthful(override, lucca, others, withdrawing, case)
        settle_by_reading(override)
        assert_truthful(fresh(override), lucca, others, withdrawing, f"{case}, settled")
        assert fresh(override).stage != "unknown", case
        lucca.clear_faults()


def assert_truthful(
    override: ScheduleOverride,
    lucca: Simulator,
    others: list[dict[str, Any]],
    withdrawing: bool,
    case: str,
) -> None:
    held = standing(lucca, override.employee, override.day)
    job = override.withdrawal if withdrawing else override.job
    assert job is not None
    throttled = job.attempts.filter(outcome=Attempt.Outcome.THROTTLED).count()
    assert len(writes(lucca)) - throttled <= 1, case
    for other in others:
        assert content(other) in map(content, held), case
    there = len(held) > len(others)
    if withdrawing:
        assert override.stage in ("withdrawn", "unknown", "verified"), case
        assert override.stage == "unknown" or there == (override.stage == "verified"), case
    else:
        assert override.stage in ("verified", "unknown", "failed"), case
        assert override.stage == "unknown" or there == (override.stage == "verified"), case


def content(one: dict[str, Any]) -> tuple[Any, ...]:
    names = ("position", "isAm", "startsAt", "minutes", "duration", "nature", "comment")
    return tuple(one.get(name) for name in names)


def settle_by_reading(override: ScheduleOverride) -> None:
    """The hour and the ten minutes after it pass."""
    for _look in range(4):
        mine = fresh(override)
        job = services.unknown_job(mine)
        if job is None:
            return
        earlier = timedelta(hours=2)
        for attempt in job.attempts.all():
            Attempt.objects.filter(pk=attempt.pk).update(sent_at=attempt.sent_at - earlier)
        age(mine, job)
        looking.look_due()
        look = fresh(override).look
        assert look is not None
        carry(look)


def age(override: ScheduleOverride, job: Job) -> None:
    """What was read of it is some minutes older."""
    journal, key = dict(override.journal), f"absent_{job.pk}"
    if key in journal:
        journal[key] = (timezone.now() - timedelta(hours=1)).isoformat()
        ScheduleOverride.objects.filter(pk=override.pk).update(journal=journal)
    if override.look_id:
        Job.objects.filter(pk=override.look_id).update(
            finished_at=timezone.now() - timedelta(hours=1)
        )


def test_absence_is_believed_late_and_twice(account: Account, lucca: Simulator) -> None:
    set_model(account, lucca, "arrangements")
    override = prepared(account)
    lucca.add_fault("500", when="before", method="PUT", path="shift-overrides")
    override = applied(override)
    assert override.stage == "unknown" and override.job is not None
    # At once, by a person: too early to say that it never came.
    carry(services.ask_to_look(override, by=None))
    assert fresh(override).stage == "unknown"
    looking.look_due()
    look = fresh(override).look
    assert look is not None and look.state in SETTLED, "nothing is asked for before its time"
    settle_by_reading(override)
    job = fresh(override).job
    assert job is not None
    assert (job.state, job.reason) == (JobState.FAILED, "override-never-came")


def test_a_put_that_is_refused_and_done_in_part_is_told(account: Account, lucca: Simulator) -> None:
    """Lucca answers 400 and has removed ours all the same: a person must know."""
    set_model(account, lucca, "arrangements")
    day: date = DAY
    foreign(lucca, HOURS, "second", day)
    override = prepared(account, day=day)
    lucca.add_fault("400", when="after", method="PUT", path="shift-overrides")
    override = applied(override)
    assert override.job is not None
    assert (override.stage, override.job.reason) == ("verified", "override-refused-changed")


def test_the_second_half_is_not_sent_after_the_first_is_lost(
    account: Account, lucca: Simulator
) -> None:
    set_model(account, lucca, "workcycles")
    override = prepared(account, part="full")
    lucca.add_fault("timeout", when="before", method="POST", path="xceptions", seconds=3)
    account.read_timeout = timedelta(seconds=0.25)
    account.save()
    override = applied(override)
    assert override.stage == "unknown"
    assert len(writes(lucca)) == 1

    # Lost, and there: the other half goes on.
    later = prepared(account, part="full", day=DAY + timedelta(days=1), employee=501)
    lucca.add_fault("timeout", when="after", method="POST", path="xceptions", seconds=3)
    later = applied(later)
    assert later.stage == "verified"
    assert len(writes(lucca)) == 3


def test_a_refused_taking_back_is_not_said_to_have_changed_the_day(
    account: Account, lucca: Simulator
) -> None:
    """An exception of somebody else's on the other half is no trace of ours."""
    for number, model in enumerate(METHODS):
        set_model(account, lucca, model)
        day = DAY + timedelta(days=7 * number)
        foreign(lucca, HOURS, "second", day)
        done = applied(prepared(account, day=day))
        lucca.add_fault("403", when="before", method=METHODS[model][1], path=PATHS[model])
        again = withdrawn(done)
        assert again.withdrawal is not None
        ended = (again.stage, again.withdrawal.state, again.withdrawal.reason)
        assert ended == ("verified", JobState.FAILED, "right-missing"), model


def test_what_was_not_carried_out_is_not_in_the_journal_twice(
    account: Account, lucca: Simulator
) -> None:
    """Asked to wait, the half is sent as a new attempt, by what stands there then."""
    set_model(account, lucca, "workcycles")
    foreign(lucca, HOURS, "second")
    override = prepared(account)
    lucca.add_fault("429", when="before", method="POST", path="xceptions", seconds=0)
    job = services.agree(override, by=None)
    runner.run(job.pk, "test")
    assert job.attempts.get().outcome == Attempt.Outcome.THROTTLED
    (other,) = standing(lucca, HOURS)
    lucca.change_state({"exceptions": [{"id": other["id"], "remove": True}]})
    carry(job)
    mine = fresh(override)
    assert mine.stage == "verified"
    assert len(mine.journal["sent"]) == 1
    assert mine.journal["read"] == mine.journal["kept"] == []


def test_an_exception_that_lucca_never_named_is_not_deleted(
    account: Account, lucca: Simulator
) -> None:
    """A person said that it was carried out; whose the one is that stands there, nobody knows."""
    set_model(account, lucca, "workcycles")
    lucca.add_fault("500", when="before", method="POST", path="xceptions")
    override = applied(prepared(account))
    assert override.stage == "unknown"
    services.settle(override, was_done=True, why="seen in Lucca", by=None)
    foreign(lucca, HOURS, "first")
    again = withdrawn(fresh(override))
    assert again.withdrawal is not None
    assert (again.stage, again.withdrawal.reason) == ("applied", "withdrawal-not-known")
    assert len(standing(lucca, HOURS)) == 1


def test_half_a_taking_back_is_said_as_such(account: Account, lucca: Simulator) -> None:
    set_model(account, lucca, "workcycles")
    override = applied(prepared(account, part="full"))
    lucca.add_fault("403", when="before", method="DELETE", path="xceptions", skip=1)
    again = withdrawn(override)
    assert again.withdrawal is not None
    assert (again.withdrawal.state, again.withdrawal.reason) == (
        JobState.PARTIAL,
        "withdrawal-in-part",
    )
    assert again.stage == "partial"
    (half,) = standing(lucca, HOURS)
    assert withdrawn(again).stage == "withdrawn"
    assert standing(lucca, HOURS) == [] and not half["isAm"]


def test_the_model_that_it_was_written_in_is_read_whatever_the_account_says_now(
    account: Account, lucca: Simulator
) -> None:
    set_model(account, lucca, "arrangements")
    override = prepared(account)
    job = services.agree(override, by=None)
    while job.step != "verify":
        runner.run(job.pk, "test")
        job.refresh_from_db()
    Account.objects.update(schedule_model="workcycles")
    carry(job)
    assert fresh(override).stage == "verified"
