"""Plans: what is due, started once, made up, waited for, refused with a sentence."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest
import time_machine

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event, User
from portal.simulator import DEFAULT_KEY, Simulator
from reports.exports import services
from reports.exports.services import Refusal
from reports.models import ExportConfiguration, ExportRun, Plan, PlannedRun
from reports.plans import planned
from reports.plans import services as plan_services
from tests.conftest import carry
from tests.reports.plans import (
    all_approved,
    due_times,
    paris,
    person,
    planned_export,
    states,
    swept,
)
from tests.reports.runs import configuration, made

pytestmark = [pytest.mark.database, pytest.mark.django_db]
# A Friday. The next Monday is the 9th.
FRIDAY = paris(2026, 3, 6, 12)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(FRIDAY) as traveller:
        yield traveller


@pytest.fixture
def payroll(clock: object, account: Account, lucca: Simulator) -> ExportConfiguration:
    all_approved(lucca)
    return configuration(account, deadline=timedelta(hours=1))


@pytest.fixture
def plan(payroll: ExportConfiguration) -> Plan:
    return planned_export(payroll)


To = Callable[..., None]


@pytest.fixture
def to(clock: time_machine.Traveller) -> To:
    return lambda *args: clock.move_to(paris(*args))


def only(plan: Plan) -> PlannedRun:
    return plan.runs.select_related("export_run__job", "plan__owner").get()


def carried(run: ExportRun | None) -> Job:
    assert run is not None
    return carry(run.job)


# Making and changing.


def test_a_plan_is_due_next_by_its_rule_in_its_owner_s_name(plan: Plan) -> None:
    assert plan.next_at == paris(2026, 3, 9, 7)
    assert plan.owner == person()
    assert Event.objects.filter(verb="plan.made", subject=f"plan:{plan.pk}").exists()


def test_who_may_not_export_makes_no_plan_that_does(payroll: ExportConfiguration) -> None:
    with pytest.raises(Refusal, match="with your rights"):
        planned_export(payroll, person("Operator", "otto"))
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    "rule",
    [
        {"every": "day", "end_day": "monday"},
        {"every": "week", "weekday": 0, "end_day": "month-monday"},
        {"every": "week", "weekday": None},
        {"every": "month-weekday", "weekday": 0, "nth": None},
        {"every": "month-day", "month_day": 32},
        {"every": "fortnight"},
        {"end_day": ""},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    payroll: ExportConfiguration, rule: dict[str, object]
) -> None:
    with pytest.raises(Refusal):
        planned_export(payroll, **rule)


def test_a_change_counts_from_now_on_and_makes_its_author_the_owner(plan: Plan, to: To) -> None:
    to(2026, 3, 10, 12)
    boss = person("Launcher", "boss")
    plan.weekday = 2
    plan_services.change(plan, [boss], by=boss)
    plan.refresh_from_db()
    assert plan.next_at == paris(2026, 3, 11, 7)
    assert (plan.owner, [*plan.recipients.all()]) == (boss, [boss])
    # What the old rule was due before the change is not lost.
    assert due_times(plan) == ["09 Mar 07:00"]


def test_what_a_plan_asks_for_is_not_changed(plan: Plan, account: Account) -> None:
    plan.configuration = configuration(account, 43)
    with pytest.raises(Refusal, match="another plan"):
        plan_services.change(plan, [], by=person())


def test_a_paused_plan_starts_nothing_and_makes_nothing_up(plan: Plan, to: To) -> None:
    plan_services.pause(plan, by=person())
    to(2026, 3, 20, 12)
    swept()
    plan_services.resume(plan, by=person())
    plan.refresh_from_db()
    assert (states(plan), plan.next_at) == ([], paris(2026, 3, 23, 7))
    verbs = [*Event.objects.filter(subject=f"plan:{plan.pk}").values_list("verb", flat=True)]
    assert set(verbs) == {"plan.made", "plan.paused", "plan.resumed"}


def test_what_was_due_before_the_pause_is_kept_for_a_person(plan: Plan, to: To) -> None:
    to(2026, 3, 9, 8)
    plan_services.pause(plan, by=person())
    swept()
    assert states(plan) == ["refused"]
    assert "paused" in only(plan).message


# Starting.


def test_nothing_starts_before_its_time(plan: Plan, to: To) -> None:
    to(2026, 3, 9, 6, 59)
    swept()
    assert states(plan) == []


def test_it_starts_at_its_time_for_its_owner(plan: Plan, to: To, lucca: Simulator) -> None:
    to(2026, 3, 9, 7, 0)
    swept()
    run = only(plan).export_run
    assert run is not None
    assert (run.ends_at, run.job.asked_by) == (date(2026, 3, 9), person())
    assert run.not_approved == 0
    carried(run)
    assert len(made(lucca)) == 1
    swept()
    assert states(plan) == ["started"]
    assert ExportRun.objects.count() == 1
    plan.refresh_from_db()
    assert plan.next_at == paris(2026, 3, 16, 7)


def test_missed_times_are_made_up_once_each_in_order(plan: Plan, to: To, lucca: Simulator) -> None:
    to(2026, 3, 24, 15)
    for _ in range(6):
        swept()
        for run in ExportRun.objects.filter(job__state="queued"):
            carried(run)
    assert due_times(plan) == ["09 Mar 07:00", "16 Mar 07:00", "23 Mar 07:00"]
    assert states(plan) == ["started"] * 3
    # The days are those of the day on which it was due.
    ends = [*ExportRun.objects.order_by("pk").values_list("ends_at", flat=True)]
    assert ends == [date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 23)]
    assert len(made(lucca)) == 3


def test_what_is_older_than_a_month_is_missed_and_not_made_up(plan: Plan, to: To) -> None:
    to(2026, 4, 15, 12)
    swept()
    assert states(plan) == ["missed", "started", "due", "due", "due", "due"]
    first = plan.runs.order_by("due_at")[0]
    assert "too much time" in first.message


def test_a_long_outage_is_worked_off_in_slices(
    plan: Plan, to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned, "_TIMES_AT_ONCE", 2)
    to(2026, 3, 24, 15)
    swept()
    assert len(states(plan)) == 2
    swept()
    assert len(states(plan)) == 3


def test_it_waits_for_a_live_run_of_its_configuration(plan: Plan, to: To) -> None:
    other = services.export(plan.configuration, date(2026, 3, 2), by=None)
    to(2026, 3, 9, 7)
    swept()
    assert states(plan) == ["due"]
    assert f"run {other.pk}" in only(plan).message
    carried(other)
    swept()
    assert states(plan) == ["started"]
    assert only(plan).message == ""


def test_it_is_refused_while_an_outcome_is_unknown(plan: Plan, to: To, lucca: Simulator) -> None:
    ExportConfiguration.objects.update(deadline=timedelta(0))
    lucca.configure(export_generation="fails_silently")
    other = services.export(plan.configuration, date(2026, 3, 2), by=None)
    assert carried(other).state == JobState.UNKNOWN
    to(2026, 3, 9, 7)
    swept()
    assert states(plan) == ["refused"]
    assert f"run {other.pk}" in only(plan).message


def test_what_a_person_has_exported_already_is_not_exported_again(
    plan: Plan, to: To, lucca: Simulator
) -> None:
    to(2026, 3, 9, 6)
    mine = services.export(plan.configuration, date(2026, 3, 9), by=None)
    carried(mine)
    to(2026, 3, 9, 7)
    swept()
    assert only(plan).export_run == mine
    assert "already asked" in only(plan).message
    assert len(made(lucca)) == 1


def test_two_plans_for_the_same_days_export_once(
    plan: Plan, payroll: ExportConfiguration, to: To, lucca: Simulator
) -> None:
    second = planned_export(payroll, at=time(8))
    to(2026, 3, 9, 8)
    for _ in range(3):
        swept()
        for run in ExportRun.objects.filter(job__state="queued"):
            carried(run)
    assert (states(plan), states(second)) == (["started"], ["refused"])
    assert "same days" in only(second).message
    assert len(made(lucca)) == 1


# Refused.


def test_an_owner_who_is_gone(plan: Plan, to: To) -> None:
    person().delete()
    to(2026, 3, 9, 7)
    swept()
    assert "is not in the portal any more" in only(plan).message


def test_an_owner_who_was_deactivated(plan: Plan, to: To) -> None:
    User.objects.update(is_active=False)
    to(2026, 3, 9, 7)
    swept()
    assert "deactivated" in only(plan).message


def test_an_owner_who_lost_the_right(plan: Plan, to: To, lucca: Simulator) -> None:
    person().groups.clear()
    to(2026, 3, 9, 7)
    swept()
    assert "may not do this any more" in only(plan).message
    assert not ExportRun.objects.exists()


@pytest.mark.usefixtures("plan")
class TestTimesheetsThatAreNotApproved:
    """Three of last week are not; nobody stands by to read the warning."""

    @pytest.fixture
    def plan(self, clock: object, account: Account) -> Plan:
        return planned_export(configuration(account, deadline=timedelta(hours=1)))

    def test_they_keep_it_from_starting(self, plan: Plan, to: To, lucca: Simulator) -> None:
        to(2026, 3, 9, 7)
        swept()
        assert states(plan) == ["refused"]
        assert "3 timesheets of the period are not approved" in only(plan).message
        assert made(lucca) == []

    def test_unless_the_plan_accepts_warnings(self, plan: Plan, to: To) -> None:
        Plan.objects.update(accept_warnings=True)
        to(2026, 3, 9, 7)
        swept()
        run = only(plan).export_run
        assert run and (run.not_approved, run.accept_warnings) == (3, True)

    def test_a_person_may_start_it_all_the_same(self, plan: Plan, to: To, lucca: Simulator) -> None:
        to(2026, 3, 9, 7)
        swept()
        boss = person("Launcher", "boss")
        plan_services.start(only(plan), by=boss, accept_warnings=True)
        run = only(plan).export_run
        assert run and run.job.asked_by == boss
        carried(run)
        assert len(made(lucca)) == 1

    def test_what_cannot_be_seen_is_tried_for_an_hour(
        self, plan: Plan, to: To, lucca: Simulator
    ) -> None:
        lucca.add_fault("503", method="GET", times=0)
        to(2026, 3, 9, 7)
        swept()
        assert states(plan) == ["due"]
        assert "tried again each minute" in only(plan).message
        to(2026, 3, 9, 7, 59)
        swept()
        assert states(plan) == ["due"]
        to(2026, 3, 9, 8, 1)
        swept()
        assert states(plan) == ["refused"]
        assert "could not be seen" in only(plan).message

    def test_it_goes_on_once_it_can_be_seen(self, plan: Plan, to: To, lucca: Simulator) -> None:
        all_approved(lucca)
        lucca.add_fault("503", method="GET", times=5)
        to(2026, 3, 9, 7)
        for minute in range(8):
            to(2026, 3, 9, 7, minute)
            swept()
        assert (states(plan), only(plan).message) == (["started"], "")

    def test_a_key_that_may_not_see_them_is_told_at_once(
        self, plan: Plan, to: To, lucca: Simulator
    ) -> None:
        lucca.add_key(DEFAULT_KEY, timesheets=False)
        to(2026, 3, 9, 7)
        swept()
        assert states(plan) == ["refused"]
        assert "403" in only(plan).message


# By hand.


def refused(plan: Plan, to: To) -> PlannedRun:
    person().groups.clear()
    to(2026, 3, 9, 7)
    swept()
    return only(plan)


def test_who_starts_it_needs_the_right(plan: Plan, to: To) -> None:
    run = refused(plan, to)
    with pytest.raises(Refusal, match="with your rights"):
        plan_services.start(run, by=person("Operator", "otto"))


def test_a_double_click_starts_it_once(plan: Plan, to: To) -> None:
    run = refused(plan, to)
    twin = only(plan)
    boss = person("Launcher", "boss")
    plan_services.start(run, by=boss)
    with pytest.raises(Refusal, match=r"just started|has started another|same days"):
        plan_services.start(twin, by=boss)
    assert ExportRun.objects.count() == 1


def test_what_is_not_needed_any_more_is_set_aside_once(plan: Plan, to: To) -> None:
    run = refused(plan, to)
    plan_services.set_aside(run, by=person())
    plan_services.set_aside(run, by=person())
    assert only(plan).set_aside_at
    assert Event.objects.filter(verb="plan.run-set-aside").count() == 1
