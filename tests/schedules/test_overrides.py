"""One-day overrides through the simulator: asked, read, agreed to, written, taken back."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.jobs.moves import JobState
from portal.models import Account
from portal.refusals import Refusal
from portal.simulator import Simulator
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.overrides.asked import Ask
from tests.conftest import carry
from tests.schedules.overrides import (
    CLOCK,
    DAY,
    DAYS,
    HOURS,
    UNITS,
    WHOLE,
    applied,
    foreign,
    fresh,
    prepared,
    set_model,
    slugs,
    standing,
    withdrawn,
    writes,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]

MODELS = ["arrangements", "workcycles"]


@pytest.fixture(params=MODELS)
def model(request: Any, account: Account, lucca: Simulator) -> str:
    return set_model(account, lucca, request.param)


@pytest.fixture
def newer(account: Account, lucca: Simulator) -> str:
    return set_model(account, lucca, "arrangements")


def test_half_a_day_off_is_written_verified_and_taken_back(
    model: str, account: Account, lucca: Simulator
) -> None:
    override = prepared(account, part="second")
    assert (override.stage, slugs(override)) == ("ready", [])
    assert override.expected == {"theoretical": 240, "halves": {"first": 240, "second": 0}}
    done = applied(override)
    assert done.stage == "verified"
    assert done.after is not None and done.after["theoretical"] == 240
    assert len(standing(lucca, HOURS)) == 1
    assert withdrawn(done).stage == "withdrawn"
    assert standing(lucca, HOURS) == []


def test_one_override_costs_nine_requests_at_most(
    model: str, account: Account, lucca: Simulator
) -> None:
    lucca.journal.clear()
    applied(prepared(account))
    assert len(lucca.log()) <= 9


@pytest.mark.parametrize(
    ("employee", "more", "sent"),
    [
        (HOURS, {"minutes": 210, "counted_in": "hour"}, [("firstHalf", "00:00", 210)]),
        (DAYS, {"minutes": 720, "counted_in": "day"}, [("firstHalf", "00:00", 720)]),
        (CLOCK, {"minutes": 90, "counted_in": "hour", "starts": "10:30"},
         [("firstHalf", "10:30", 90)]),
        # A full day is divided as the plan is: four hours and three.
        (HOURS, {"part": "full", "minutes": 350, "counted_in": "hour"},
         [("firstHalf", "00:00", 200), ("secondHalf", "12:00", 150)]),
        (DAYS, {"part": "full", "minutes": 1440, "counted_in": "day"},
         [("firstHalf", "00:00", 720), ("secondHalf", "12:00", 720)]),
        (WHOLE, {"part": "full", "minutes": 1440, "counted_in": "day"},
         [("fullDay", "00:00", 1440)]),
    ],
)  # fmt: skip
def test_work_is_written_in_the_unit_of_the_employee(
    newer: str, account: Account, lucca: Simulator, employee: int, more: Any, sent: Any
) -> None:
    for notation in ("clock", "fraction"):
        lucca.configure(day_unit_iso=notation)
        day = DAY + timedelta(days=7 * (notation == "fraction"))
        done = applied(prepared(account, employee, nature="worked", day=day, **more))
        assert done.stage == "verified", done.job and done.job.message
        held = [(o["position"], o["startsAt"][11:16], o["minutes"])
                for o in standing(lucca, employee, day)]  # fmt: skip
        assert held == sent


def test_a_holiday_is_worked_when_somebody_says_so(
    model: str, account: Account, lucca: Simulator
) -> None:
    holiday = date(2027, 7, 14)
    override = prepared(account, day=holiday, nature="worked", minutes=180, counted_in="hour")
    assert override.before is not None and override.before["is_holiday"]
    done = applied(override)
    assert done.stage == "verified"
    assert done.after is not None and done.after["theoretical"] == 180


@pytest.mark.parametrize(
    ("employee", "more", "slug"),
    [
        (HOURS, {"nature": "worked", "minutes": 720, "counted_in": "day"}, "counted-in-hours"),
        (DAYS, {"nature": "worked", "minutes": 210, "counted_in": "hour"}, "counted-in-days"),
        (CLOCK, {"nature": "worked", "minutes": 90, "counted_in": "hour"}, "start-missing"),
        (HOURS, {"nature": "worked", "minutes": 90, "counted_in": "hour", "starts": "09:00"},
         "start-not-used"),
        (WHOLE, {"part": "second"}, "not-split"),
        # No contract, and nobody of this number.
        (HOURS, {"day": date(1999, 3, 1)}, "outside-contract"),
        (999_999, {}, "outside-contract"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_nothing_is_sent(
    newer: str, account: Account, lucca: Simulator, employee: int, more: Any, slug: str
) -> None:
    override = prepared(account, employee, **more)
    assert override.stage == "blocked"
    assert slug in slugs(override)
    with pytest.raises(Refusal):
        services.agree(override, by=None)
    assert writes(lucca) == []


def test_work_cycles_know_only_off_and_worked(account: Account, lucca: Simulator) -> None:
    set_model(account, lucca, "workcycles")
    assert slugs(prepared(account, nature="weeklyRest", comment="x")) == [
        "nature-not-kept", "comment-not-kept",
    ]  # fmt: skip


def test_a_unit_that_nobody_said_is_asked_for(account: Account, lucca: Simulator) -> None:
    set_model(account, lucca, "workcycles")
    with_contract = [
        user["id"]
        for user in lucca.state()["users"]
        if user["id"] not in {*UNITS, 513, 672} and not user["dtContractEnd"]
    ]
    assert slugs(prepared(account, with_contract[0])) == ["unit-not-known"]


def test_a_change_of_somebody_else_blocks_its_part_and_stays_on_the_other(
    model: str, account: Account, lucca: Simulator
) -> None:
    foreign(lucca, HOURS, "second")
    before = standing(lucca, HOURS)
    assert slugs(prepared(account, part="second")) == ["conflict"]
    assert "conflict" in slugs(prepared(account, part="full"))
    done = applied(prepared(account, part="first"))
    assert done.stage == "verified"
    contents = [(o.get("position", o.get("isAm")), o.get("comment")) for o in before]
    after = [(o.get("position", o.get("isAm")), o.get("comment")) for o in standing(lucca, HOURS)]
    assert contents[0] in after and len(after) == 2
    assert withdrawn(done).stage == "withdrawn"
    assert len(standing(lucca, HOURS)) == 1


def test_what_somebody_changes_between_the_reading_and_the_sending_is_kept_or_stops_us(
    model: str, account: Account, lucca: Simulator
) -> None:
    ours = prepared(account, part="first")
    foreign(lucca, HOURS, "second")
    assert applied(ours).stage == "verified"
    assert len(standing(lucca, HOURS)) == 2

    other = DAY + timedelta(days=1)
    ours = prepared(account, part="first", day=other)
    foreign(lucca, HOURS, "first", other)
    done = applied(ours)
    assert done.job is not None
    assert (done.stage, done.job.reason) == ("failed", "override-conflict")
    assert len(standing(lucca, HOURS, other)) == 1
    assert len(writes(lucca)) == 1


@pytest.mark.parametrize("locked", ["refused", "kept"])
def test_a_locked_change_stops_us(
    newer: str, account: Account, lucca: Simulator, locked: str
) -> None:
    lucca.configure(locked_overrides=locked)
    foreign(lucca, HOURS, "second", isLocked=True)
    assert slugs(prepared(account, part="first")) == ["locked"]
    ours = prepared(account, part="first", day=DAY + timedelta(days=1))
    foreign(lucca, HOURS, "second", DAY + timedelta(days=1), isLocked=True)
    assert applied(ours).stage == "failed"
    assert writes(lucca) == []


def test_a_submitted_timesheet_is_asked_about(
    model: str, account: Account, lucca: Simulator
) -> None:
    sheet = {"ownerId": HOURS, "startsOn": str(DAY), "endsOn": str(DAY + timedelta(days=7)),
             "status": 1}  # fmt: skip
    lucca.change_state({"timesheets": [sheet]})
    lucca.configure(submitted_day_locks=False)
    override = prepared(account)
    assert slugs(override) == ["timesheet-submitted"]
    with pytest.raises(Refusal, match="timesheet"):
        services.agree(override, by=None)
    assert applied(override, "timesheet-submitted").stage == "verified"
    # Its last day is the one before its end.
    assert slugs(prepared(account, day=DAY + timedelta(days=7))) == []


def test_ours_is_replaced_only_after_a_person_agreed(
    model: str, account: Account, lucca: Simulator
) -> None:
    first = applied(prepared(account))
    again = prepared(account, nature="worked", minutes=60, counted_in="hour")
    assert slugs(again) == ["replaces-ours"]
    with pytest.raises(Refusal):
        services.agree(again, by=None)
    assert applied(again, "replaces-ours").stage == "verified"
    # What the first wrote is not there any more: nothing is deleted that is not its own.
    gone = withdrawn(first)
    assert gone.withdrawal is not None and gone.withdrawal.state == JobState.FAILED
    assert len(standing(lucca, HOURS)) == 1


def test_what_somebody_made_of_ours_is_not_taken_back(
    model: str, account: Account, lucca: Simulator
) -> None:
    done = applied(prepared(account))
    (held,) = standing(lucca, HOURS)
    if model == "arrangements":
        lucca.change_state(
            {"overrides": [{"id": held["id"], "duration": "PT1H", "nature": "worked"}]}
        )
    else:
        foreign(lucca, HOURS, "first", duration="01:00:00")
    again = withdrawn(done)
    assert again.withdrawal is not None
    assert (again.stage, again.withdrawal.reason) == ("verified", "withdrawal-changed")
    assert len(standing(lucca, HOURS)) == 1


def test_of_two_who_agree_the_second_is_told(model: str, account: Account) -> None:
    override = prepared(account)
    services.agree(override, by=None)
    with pytest.raises(Refusal, match="not waiting"):
        services.agree(override, by=None)


def test_an_old_reading_or_another_account_sends_nothing(
    model: str, account: Account, lucca: Simulator
) -> None:
    old = prepared(account)
    ScheduleOverride.objects.update(prepared_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(Refusal, match="Look again"):
        services.agree(old, by=None)
    ready = prepared(account, day=DAY + timedelta(days=1))
    job = services.agree(ready, by=None)
    other = "workcycles" if model == "arrangements" else "arrangements"
    Account.objects.update(schedule_model=other)
    assert carry(job).reason == "override-account-changed"
    assert writes(lucca) == []


def test_nothing_is_asked_before_a_person_has_confirmed_the_model(account: Account) -> None:
    with pytest.raises(Refusal, match="confirmed"):
        services.ask_for(account, [Ask(HOURS, DAY, "first", "off")], by=None)


def test_a_key_that_may_not_see_timesheets_has_it_asked(
    newer: str, account: Account, lucca: Simulator
) -> None:
    lucca.add_fault("403", method="GET", path="timmitimesheets", times=0)
    assert slugs(prepared(account)) == ["timesheets-not-readable"]


def test_cancelled_before_it_left(model: str, account: Account, lucca: Simulator) -> None:
    override = prepared(account)
    services.agree(override, by=None)
    services.cancel(fresh(override), by=None)
    assert fresh(override).stage == "cancelled"
    assert writes(lucca) == []


def test_what_nobody_wants_any_more_is_dropped(
    newer: str, account: Account, lucca: Simulator
) -> None:
    ready, blocked = prepared(account), prepared(account, 999_999)
    for override in (ready, blocked):
        services.cancel(override, by=None)
        assert fresh(override).stage == "cancelled"
        for act in (services.look_again, services.agree, services.withdraw):
            with pytest.raises(Refusal):
                act(fresh(override), by=None)
    assert writes(lucca) == []
