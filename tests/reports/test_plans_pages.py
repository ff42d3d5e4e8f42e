"""The pages of plans: what they say, what their buttons do, and for whom."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from portal.models import Account
from portal.simulator import Simulator
from reports.models import ExportConfiguration, ExportRun, Plan, ReportTemplate
from reports.pages.plans.rights import address
from tests.reports.plans import all_approved, paris, person, planned_export, states, swept
from tests.reports.runs import configuration

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FRIDAY = paris(2026, 3, 6, 12)
Browser = Callable[..., Client]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(FRIDAY) as traveller:
        yield traveller


@pytest.fixture
def payroll(clock: object, account: Account, lucca: Simulator) -> ExportConfiguration:
    return configuration(account, deadline=timedelta(hours=1), label="Payroll variables")


@pytest.fixture
def template(account: Account) -> ReportTemplate:
    return ReportTemplate.objects.create(account=account, name="Hours", remote_id="318")


def browser(role: str = "Launcher", name: str = "ines") -> Client:
    found = Client()
    found.force_login(person(role, name))
    return found


def text(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


EXPORT = {
    "name": "Monthly payroll",
    "every": "month-weekday",
    "weekday": "3",
    "nth": "1",
    "month_weekday": "0",
    "month_day": "1",
    "at": "07:00",
    "end_day": "month-monday",
}
REPORT = {
    "name": "Weekly hours",
    "every": "week",
    "weekday": "0",
    "nth": "1",
    "month_weekday": "4",
    "month_day": "1",
    "at": "07:30",
    "period": "week",
}


def make(of: Client, given: dict[str, Any], **what: int) -> Any:
    query = "&".join(f"{name}={key}" for name, key in what.items())
    return of.post(f"{reverse('admin:reports_plan_add')}?{query}", given, follow=True)


def test_a_plan_of_an_export_is_made(payroll: ExportConfiguration) -> None:
    boss = person("Launcher", "boss")
    shown = text(make(browser(), {**EXPORT, "recipients": [boss.pk]}, configuration=payroll.pk))
    plan = Plan.objects.get()
    assert (plan.weekday, plan.nth, plan.month_day) == (0, 1, None)
    assert (plan.owner, [*plan.recipients.all()]) == (person(), [boss])
    assert "The first Monday of the month at 7:00" in shown
    # The five next dates, each with its days.
    assert "Monday 6 April 2026, 7:00" in shown
    assert "export of everything before Monday 30 March 2026, 00:00" in shown
    assert shown.count("<li><time") == 5


def test_a_plan_of_a_report_is_made_by_an_operator(clock: object, template: ReportTemplate) -> None:
    shown = text(make(browser("Operator", "otto"), REPORT, template=template.pk))
    assert "Every Monday at 7:30, the week before" in shown
    assert "Monday 9 March 2026, 7:30" in shown
    assert "report of 2 to 8 March 2026" in shown
    assert "report of 23 February to 1 March 2026" not in shown


def test_who_may_not_export_is_offered_no_export(
    payroll: ExportConfiguration, template: ReportTemplate
) -> None:
    of = browser("Operator", "otto")
    shown = text(of.get(reverse("admin:reports_plan_add")))
    assert "Hours" in shown
    assert "Payroll variables" not in shown
    assert "with your rights" in text(make(of, EXPORT, configuration=payroll.pk))
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Give the plan a name."),
        ({"at": ""}, "Choose the time."),
        ({"at": "25:00"}, "Write the time as 07:00."),
        ({"every": "week"}, "several times"),
        ({"every": "month-day", "month_day": "32"}, "less than or equal to 31"),
        ({"every": "fortnight"}, "Select a valid choice"),
        ({"end_day": ""}, "Choose the end day."),
        ({"recipients": ["999"]}, "999"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    payroll: ExportConfiguration, wrong: dict[str, Any], said: str
) -> None:
    shown = text(make(browser(), {**EXPORT, **wrong}, configuration=payroll.pk))
    assert said in shown
    assert "<title>Error:" in shown
    assert not Plan.objects.exists()


def test_the_dates_are_shown_before_anything_is_kept(payroll: ExportConfiguration) -> None:
    shown = text(make(browser(), {**EXPORT, "preview": "1"}, configuration=payroll.pk))
    assert "Monday 6 April 2026, 7:00" in shown
    assert not Plan.objects.exists()


def test_the_script_asks_for_the_dates_only(payroll: ExportConfiguration) -> None:
    where = f"{reverse('admin:reports_plan_add')}?configuration={payroll.pk}"
    shown = text(browser().post(where, EXPORT, headers={"HX-Request": "true"}))
    assert "Monday 6 April 2026, 7:00" in shown
    assert "<form" not in shown
    assert not Plan.objects.exists()


def test_the_dates_in_french(payroll: ExportConfiguration) -> None:
    of = browser()
    of.post(reverse("set_language"), {"language": "fr", "next": "/"})
    shown = text(make(of, EXPORT, configuration=payroll.pk)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Le premier lundi du mois à 7:00" in shown
    assert "lundi 6 avril 2026" in shown


def test_a_plan_is_changed_paused_and_resumed(payroll: ExportConfiguration) -> None:
    plan = planned_export(payroll)
    boss = browser("Launcher", "boss")
    given = {**EXPORT, "name": "Payroll, earlier", "at": "06:00"}
    shown = text(boss.post(address(plan, "settings"), given, follow=True))
    assert "Payroll, earlier" in shown
    assert "boss" in shown
    assert "plan goes on" not in shown
    assert "plan is paused" in text(boss.post(address(plan, "pause"), follow=True))
    plan.refresh_from_db()
    assert plan.next_at is None
    assert "If somebody resumes it now" in text(boss.get(address(plan)))
    assert "plan goes on" in text(boss.post(address(plan, "resume"), follow=True))
    plan.refresh_from_db()
    assert plan.next_at == paris(2026, 4, 6, 6)


def test_what_did_not_happen_is_started_from_the_page(
    payroll: ExportConfiguration, clock: time_machine.Traveller
) -> None:
    """Three timesheets are not approved: said, accepted, exported."""
    plan = planned_export(payroll)
    clock.move_to(paris(2026, 3, 9, 7))
    swept()
    run = plan.runs.get()
    of = browser()
    shown = text(of.get(address(plan)))
    assert "Did not happen: Monday 9 March 2026, 7:00" in shown
    assert "3 timesheets of the period are not approved" in shown
    start = address(plan, "start", run.pk)
    assert "Have Lucca make this export" in text(of.get(start))
    assert "Accept that what is booked in them" in text(of.post(start, {"start": "1"}))
    assert not ExportRun.objects.exists()
    of.post(start, {"back": "1"})
    assert not ExportRun.objects.exists()
    shown = text(of.post(start, {"start": "1", "accept_warnings": "on"}, follow=True))
    assert "It has been asked for." in shown
    assert states(plan) == ["started"]
    assert "Did not happen" not in shown


def test_on_production_the_label_is_typed(
    payroll: ExportConfiguration, clock: time_machine.Traveller, lucca: Simulator
) -> None:
    plan = planned_export(payroll)
    all_approved(lucca)
    clock.move_to(paris(2026, 4, 20, 7))
    swept()
    missed = plan.runs.filter(state="missed")[0]
    Account.objects.update(kind="production")
    start = address(plan, "start", missed.pk)
    shown = text(browser().post(start, {"start": "1", "label": "other"}))
    assert "This is not the name of the account" in shown
    assert not ExportRun.objects.filter(planned=missed).exists()


def test_what_is_not_needed_is_no_alarm_any_more(
    payroll: ExportConfiguration, clock: time_machine.Traveller
) -> None:
    plan = planned_export(payroll)
    clock.move_to(paris(2026, 3, 9, 7))
    swept()
    of, home = browser(), reverse("admin:index")
    assert "did not start what was due" in text(of.get(home))
    of.post(address(plan, "set_aside", plan.runs.get().pk))
    assert "did not start what was due" not in text(of.get(home))
    assert "not needed any more" in text(of.get(address(plan)))


def test_another_plan_s_run_is_not_found(payroll: ExportConfiguration) -> None:
    plan = planned_export(payroll)
    assert browser().get(address(plan, "start", 99)).status_code == 404
