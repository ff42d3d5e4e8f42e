"""Giving an arrangement: what is looked at, what stops, what is asked, and once it is confirmed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.jobs import sweeper
from portal.jobs.claims import ask
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Employee, Event, User
from portal.refusals import Refusal
from portal.simulator import Simulator
from schedules.assignments import judging, looking, reconciling, services
from schedules.lanes import of_employee
from schedules.models import ArrangementAssignment
from tests.conftest import carry
from tests.schedules.assigned import (
    DAY,
    DAYS,
    EMPLOYEE,
    PART_TIME,
    again,
    amendments,
    given,
    looked,
    planned,
    posts,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def newer(directory: Account) -> Account:
    """The account, of which somebody has confirmed that it has arrangements."""
    Account.objects.update(schedule_model="arrangements")
    directory.refresh_from_db()
    return directory


def test_from_a_look_to_a_verified_assignment(newer: Account, lucca: Simulator) -> None:
    row = looked(newer)
    assert services.state(row) == "to_confirm" and amendments(lucca) == []
    verdict = judging.judge(row)
    assert verdict.current is not None and verdict.current["name"] == "Technicians 35h"
    assert (verdict.stops, verdict.questions, row.name) == ([], [], "Part-time 80 %")

    row = given(row)

    assert row.job is not None and row.job.state == JobState.SUCCEEDED
    assert row.is_verified
    assert [(one["starts"], one["ends"]) for one in row.after][-2:] == [
        (row.after[-2]["starts"], "2031-06-30"),
        ("2031-07-01", None),
    ]
    assert len(posts(lucca)) == len(amendments(lucca)) == 1
    assert row.job.lane == of_employee(newer, EMPLOYEE)
    verbs = list(Event.objects.order_by("seq").values_list("verb", flat=True))
    assert verbs[-6:] == [
        "assignment.asked", "job.running", "job.succeeded", "job.queued", "job.running",
        "lucca.sent", "job.succeeded",
    ][-6:]  # fmt: skip


@pytest.mark.parametrize("model", ["auto", "workcycles"])
def test_the_model_must_be_confirmed(directory: Account, lucca: Simulator, model: str) -> None:
    directory.schedule_model = model
    with pytest.raises(Refusal, match=r"work cycles|Nobody has confirmed"):
        services.look(directory, EMPLOYEE, PART_TIME, DAY, by=None)
    assert lucca.log() == []


STOPS: dict[str, tuple[dict[str, Any], str]] = {
    "archived": ({"arrangement": 12}, "archived"),
    "without a schedule": ({"arrangement": 13}, "has no schedule"),
    "not there": ({"arrangement": 99}, "no such arrangement"),
    "has it": ({"arrangement": 7}, "on this day already"),
}


@pytest.mark.parametrize("case", STOPS)
def test_what_stops(newer: Account, lucca: Simulator, case: str) -> None:
    options, said = STOPS[case]
    row = looked(newer, **options)
    assert services.state(row) == "refused"
    assert said in judging.judge(row).stops[0]
    with pytest.raises(Refusal, match=said):
        services.confirm(row, by=None)
    assert posts(lucca) == []


def test_a_later_one_and_the_same_day_stop(newer: Account, lucca: Simulator) -> None:
    planned(lucca, EMPLOYEE, DAYS, "2031-07-01")
    (same,) = judging.judge(looked(newer)).stops
    assert "begins already" in same and "Managers, in days" in same
    (later,) = judging.judge(looked(newer, day=DAY - timedelta(days=1))).stops
    assert "is planned from" in later
    assert judging.judge(looked(newer, day=DAY + timedelta(days=1))).stops == []


def test_outside_the_contract(newer: Account) -> None:
    known = Employee.objects.filter(remote_id=EMPLOYEE)
    known.update(contract_end=DAY - timedelta(days=1))
    assert "contract ends on" in judging.judge(looked(newer)).stops[0]
    known.update(contract_end=None, contract_start=DAY + timedelta(days=1))
    assert "contract begins on" in judging.judge(looked(newer)).stops[0]


def test_what_is_asked(newer: Account, lucca: Simulator) -> None:
    """Another unit, changed days that become wrong, the past, no arrangement before."""
    changed = [
        {"employeeId": EMPLOYEE, "date": f"2031-07-{day:02}", "position": half, "nature": "off"}
        for day in range(7, 14)
        for half in ("firstHalf", "secondHalf")
    ]
    lucca.change_state({"overrides": changed})
    row = looked(newer, DAYS)
    verdict = judging.judge(row)
    assert [one.name for one in verdict.questions] == ["unit", "wrong"]
    assert "in hours until now, in days from then on" in verdict.questions[0].label
    assert "the changes of 7 days" in verdict.questions[1].label
    assert "and 2 more" in verdict.questions[1].about
    assert verdict.wrong == [date(2031, 7, day) for day in range(7, 14)]
    assert judging.judge(looked(newer)).questions == [], "of the same unit, none is wrong"
    yesterday = timezone.localdate() - timedelta(days=1)
    assert "past" in [one.name for one in judging.judge(looked(newer, day=yesterday)).questions]
    (first,) = judging.judge(looked(newer, employee=672)).questions
    assert first.name == "first"


def test_overrides_on_many_pages(newer: Account, lucca: Simulator) -> None:
    """More than Lucca gives at a time, and none of somebody else."""
    changed = [
        {"employeeId": EMPLOYEE, "date": str(DAY + timedelta(days=n)), "position": half,
         "nature": "off"}
        for n in range(130)
        for half in ("firstHalf", "secondHalf")
    ]  # fmt: skip
    lucca.change_state({"overrides": changed})
    row = looked(newer, DAYS)
    assert len(judging.judge(row).wrong) == 130
    assert len([one for one in lucca.log() if "shift-overrides" in one["path"]]) == 3


def test_what_changed_since_it_was_confirmed_stops(newer: Account, lucca: Simulator) -> None:
    row = looked(newer)
    job = services.confirm(row, by=None)
    planned(lucca, EMPLOYEE, DAYS, "2031-01-01")
    carry(job)
    assert again(row).job.reason == "assignment-changed"  # type: ignore[union-attr]
    row = looked(newer)
    job = services.confirm(row, by=None)
    lucca.change_state({"arrangements": [{"id": PART_TIME, "isArchived": True}]})
    carry(job)
    assert again(row).job.reason == "assignment-arrangement-gone"  # type: ignore[union-attr]
    lucca.change_state({"arrangements": [{"id": PART_TIME, "isArchived": False}]})
    row = looked(newer)
    job = services.confirm(row, by=None)
    Account.objects.update(schedule_model="workcycles")
    carry(job)
    assert again(row).job.reason == "assignment-account-changed"  # type: ignore[union-attr]
    assert posts(lucca) == []


def test_what_was_compared_long_ago_is_compared_anew(newer: Account, lucca: Simulator) -> None:
    row = looked(newer)
    job = services.confirm(row, by=None)
    from portal.jobs import runner

    while again(row).job.step != "send":  # type: ignore[union-attr]
        Job.objects.update(due_at=timezone.now())
        assert runner.run(job.pk, "test")
    planned(lucca, EMPLOYEE, DAYS, "2031-01-01")
    old = (timezone.now() - timedelta(minutes=3)).isoformat()
    Job.objects.filter(pk=job.pk).update(cursor={"compared": old})
    carry(job)
    assert again(row).job.reason == "assignment-changed"  # type: ignore[union-attr]
    assert posts(lucca) == []


def test_confirmed_twice_is_sent_once(newer: Account, lucca: Simulator) -> None:
    row = looked(newer)
    other = again(row)
    job = services.confirm(row, by=None)
    assert services.confirm(row, by=None) == job
    with pytest.raises(Refusal, match=r"confirmed already|being given|just acted"):
        services.confirm(other, by=None)
    second = looked(newer)
    with pytest.raises(Refusal, match="being given"):
        services.confirm(second, by=None)
    carry(job)
    assert len(posts(lucca)) == 1


def test_what_was_seen_long_ago_is_not_decided_on(newer: Account) -> None:
    row = looked(newer)
    ArrangementAssignment.objects.update(looked_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(Refusal, match="too long ago"):
        services.confirm(again(row), by=None)


def test_an_unknown_outcome_of_the_employee_closes_the_way(newer: Account) -> None:
    row = looked(newer)
    other = ask(looking.LOOK, newer, lane=of_employee(newer, EMPLOYEE))
    other.start()
    other.lose_sight("crashed-unknown")
    with pytest.raises(Refusal, match="unknown outcome"):
        services.confirm(row, by=None)


def test_cancelled_before_it_leaves(newer: Account, lucca: Simulator) -> None:
    row = looked(newer)
    services.confirm(row, by=None)
    services.cancel(again(row), by=None)
    assert again(row).job.state == JobState.CANCELLED  # type: ignore[union-attr]
    with pytest.raises(Refusal, match="nothing to cancel"):
        services.cancel(again(row), by=None)
    assert posts(lucca) == []


# A lost answer


@pytest.fixture
def lost(newer: Account, lucca: Simulator) -> ArrangementAssignment:
    """Cut off before Lucca did anything, which nobody here can know."""
    lucca.add_fault("reset", method="POST")
    row = given(looked(newer))
    assert row.job is not None and row.job.state == JobState.UNKNOWN
    assert "nothing will be sent again" in row.job.message
    lucca.journal.clear()
    return row


def test_a_lost_answer_to_what_was_done_is_found_at_once(newer: Account, lucca: Simulator) -> None:
    lucca.add_fault("reset", method="POST", when="after")
    row = given(looked(newer))
    assert row.job is not None and row.job.state == JobState.SUCCEEDED and row.is_verified
    assert row.job.attempts.get().remote_id
    assert len(amendments(lucca)) == 1


def press(row: ArrangementAssignment) -> ArrangementAssignment:
    user, _made = User.objects.get_or_create(username="ines")
    carry(reconciling.look_again(again(row), by=user))
    return again(row)


def test_what_is_listed_later_was_made(lost: ArrangementAssignment, lucca: Simulator) -> None:
    assert press(lost).job.state == JobState.UNKNOWN  # type: ignore[union-attr]
    planned(lucca, EMPLOYEE, PART_TIME, str(DAY))
    row = press(lost)
    assert row.job is not None and row.job.state == JobState.SUCCEEDED and row.is_verified
    assert "it was made" in row.job.message and posts(lucca) == []


def test_another_change_leaves_it_to_a_person(
    lost: ArrangementAssignment, lucca: Simulator
) -> None:
    planned(lucca, EMPLOYEE, DAYS, str(DAY))
    row = press(lost)
    assert row.job is not None and row.job.reason == "assignment-unclear"
    with pytest.raises(Refusal, match="how you know"):
        reconciling.settle(row, JobState.FAILED, " ", by=None)
    reconciling.settle(row, JobState.FAILED, "Seen in Lucca.", by=None)
    assert again(row).job.state == JobState.FAILED  # type: ignore[union-attr]
    with pytest.raises(Refusal, match="Only an assignment"):
        reconciling.settle(again(row), JobState.FAILED, "Again.", by=None)


def test_absence_is_believed_late_and_twice(lost: ArrangementAssignment, lucca: Simulator) -> None:
    row = press(press(lost))
    assert row.job is not None and row.job.state == JobState.UNKNOWN and row.absent_at is None
    sweeper.sweep()
    assert lucca.log() and again(row).again == row.again, "not before its time"
    row.job.attempts.update(sent_at=timezone.now() - timedelta(hours=2))
    Job.objects.exclude(finished_at=None).update(finished_at=timezone.now() - timedelta(hours=2))
    sweeper.sweep()
    first = again(row).again
    assert first is not None and first != row.again
    carry(first)
    assert again(row).absent_at is not None
    sweeper.sweep()
    assert again(row).again == first
    assert press(row).job.state == JobState.UNKNOWN, "too soon after"  # type: ignore[union-attr]
    ago = timezone.now() - timedelta(minutes=11)
    ArrangementAssignment.objects.update(absent_at=ago)
    Job.objects.exclude(finished_at=None).update(finished_at=ago)
    sweeper.sweep()
    carry(again(row).again)  # type: ignore[arg-type]
    row = again(row)
    assert row.job is not None and row.job.state == JobState.FAILED
    assert row.job.reason == "assignment-absent" and posts(lucca) == []


def test_looking_again_has_an_end(lost: ArrangementAssignment, lucca: Simulator) -> None:
    """The sweeper gives up after some tries; a person may always look."""
    lost.job.attempts.update(sent_at=timezone.now() - timedelta(days=9))  # type: ignore[union-attr]
    ArrangementAssignment.objects.update(looks=8)
    sweeper.sweep()
    assert again(lost).again is None
    lucca.add_fault("403", path="assignments", times=0)
    assert press(lost).job.state == JobState.UNKNOWN  # type: ignore[union-attr]


def test_days_on_which_people_work_otherwise_are_forgotten(newer: Account) -> None:
    row = looked(newer)
    looking.forget_old()
    assert "overrides" in again(row).found
    ArrangementAssignment.objects.update(looked_at=timezone.now() - timedelta(days=400))
    looking.forget_old()
    assert set(again(row).found) == {"arrangement", "assignments"}
