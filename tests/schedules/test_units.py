"""What an employee's time is counted in: where it is known from, and setting it by hand."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.models import Account, Event, User
from portal.simulator import Simulator
from schedules import calendar
from schedules.lanes import of_employee
from schedules.models import EmployeeUnits, UnitSetting
from schedules.units import Unit, known_units, set_unit, unit_on
from tests.conftest import carry

pytestmark = [pytest.mark.database, pytest.mark.django_db]

DAY = date(2031, 3, 3)
SET = reverse("admin:schedules_unitsetting_add")
LIST = reverse("admin:schedules_unitsetting_changelist")


def read(account: Account, *periods: dict[str, Any]) -> None:
    EmployeeUnits.objects.create(
        account=account,
        host=account.host,
        employee=812,
        periods=list(periods),
        read_at=timezone.now(),
    )


def assigned(unit: str, starts: str = "2030-01-01", ends: str | None = None) -> dict[str, Any]:
    return {"id": 1, "starts": starts, "ends": ends, "unit": unit, "name": "35h"}


EXCEPTION = {"id": 2, "starts": None, "ends": None, "unit": "hour", "name": ""}
HOURS = Unit("hour", "assignment")


@pytest.mark.parametrize(
    ("model", "periods", "setting", "found"),
    [
        ("arrangements", [assigned("hour")], "", HOURS),
        ("auto", [assigned("hour")], "", HOURS),
        # On a day without an assignment nothing else counts: the models are never crossed.
        ("arrangements", [assigned("hour", ends="2030-12-31")], "day", Unit()),
        ("auto", [assigned("hour", ends="2030-12-31")], "day", Unit()),
        ("arrangements", [assigned("")], "day", Unit()),
        ("arrangements", [EXCEPTION], "day", Unit()),
        ("arrangements", [], "day", Unit()),
        ("workcycles", [EXCEPTION], "day", Unit("hour", "exceptions")),
        ("auto", [EXCEPTION], "day", Unit("hour", "exceptions")),
        ("workcycles", [assigned("hour")], "day", Unit("day", "setting")),
        ("workcycles", [], "time", Unit("time", "setting")),
        ("auto", [], "time", Unit("time", "setting")),
        ("workcycles", [], "", Unit()),
    ],
)
def test_where_the_unit_comes_from(
    account: Account, model: str, periods: list[Any], setting: str, found: Unit
) -> None:
    account.schedule_model = model
    read(account, *periods)
    set_unit(account, [812], setting, by=None)
    assert unit_on(account, 812, DAY) == found
    assert unit_on(account, 501, DAY) == Unit(), "of somebody else nothing is known"


def test_at_another_address_nothing_is_known(account: Account) -> None:
    read(account, EXCEPTION)
    set_unit(account, [812], "day", by=None)
    account.host = "elsewhere"
    assert unit_on(account, 812, DAY) == Unit()


def test_as_many_queries_for_many(account: Account) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        known_units(account, [812])
    with CaptureQueriesContext(connection) as many:
        known_units(account, range(500))
    assert len(few) == len(many) == 2


def test_writes_for_an_employee_share_a_lane(account: Account) -> None:
    assert of_employee(account, 812) == f"schedules {account.host} 812"


def test_who_set_it_is_known_and_only_changes_are(account: Account) -> None:
    user = User.objects.create_user("ines")
    assert set_unit(account, [812, 640], "hour", by=user) == 2
    assert set_unit(account, [812, 640], "hour", by=None) == 0
    assert set_unit(account, [812], "", by=user) == 1
    row = UnitSetting.objects.get(employee=812)
    assert (row.unit, row.set_by) == ("", user)
    assert Event.objects.filter(verb="employee.unit_set").count() == 3


# Pages


def browser(role: str) -> Client:
    user = User.objects.create_user(f"is-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    found = Client()
    found.force_login(user)
    return found


def given(of: Account, **more: Any) -> dict[str, Any]:
    asked = {"account": of.pk, "logins": "imarchal\ntnoll", "unit": "hour", "set": "1"}
    return {**asked, **more}


def test_a_launcher_sets_it_and_it_is_listed(directory: Account) -> None:
    launcher = browser("Launcher")
    page = launcher.get(LIST).content.decode()
    assert "Nothing is set yet" in page and "never guesses" in page
    went = launcher.post(SET, given(directory), follow=True)
    page = went.content.decode()
    assert "Changed for 2 employees." in page and "Inès MARCHAL" in page and "in hours" in page
    assert set(UnitSetting.objects.values_list("employee", "unit")) == {
        (812, "hour"),
        (640, "hour"),
    }
    row = UnitSetting.objects.get(employee=812)
    change = reverse("admin:schedules_unitsetting_change", args=[row.pk])
    page = launcher.get(change).content.decode()
    assert "imarchal</textarea>" in page.replace("\n", "")
    launcher.post(change, given(directory, logins="imarchal", unit="none"))
    assert "nothing is set any more" in launcher.get(LIST).content.decode()
    operator = browser("Operator")
    assert "<textarea" not in operator.get(change).content.decode()
    assert operator.post(SET, given(directory)).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"account": ""}, "Choose the account."),
        ({"logins": ""}, "Name at least one employee."),
        ({"logins": "tnol"}, "nobody with this login: tnol"),
        ({"unit": ""}, "Choose what their time is counted in."),
        ({"unit": "week"}, "week is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said(directory: Account, wrong: dict[str, Any], said: str) -> None:
    page = browser("Launcher").post(SET, given(directory, **wrong)).content.decode()
    assert said in page and "Error:" in page
    assert not UnitSetting.objects.exists()


def test_with_arrangements_it_is_not_set(directory: Account) -> None:
    Account.objects.update(schedule_model="arrangements")
    page = browser("Launcher").post(SET, given(directory)).content.decode()
    assert "time is counted as the one says that is assigned" in page
    assert not UnitSetting.objects.exists()


def test_the_day_leads_to_setting_it_and_the_calendar_goes_by_it(
    directory: Account, lucca: Simulator
) -> None:
    lucca.configure(schedule_model="workcycles")
    Account.objects.update(schedule_model="workcycles")
    directory.refresh_from_db()
    reading = calendar.ask_for(directory, [640], DAY, DAY, by=None)
    assert reading.job is not None
    carry(reading.job)
    launcher = browser("Launcher")
    day = reverse("admin:schedules_calendarreading_day", args=[reading.pk, 640, DAY])
    page = launcher.get(day).content.decode()
    link = f"{SET}?account={directory.pk}&amp;logins=tnoll"
    assert link in page
    assert "tnoll</textarea>" in launcher.get(link.replace("&amp;", "&")).content.decode()
    assert link not in browser("Operator").get(day).content.decode()
    set_unit(directory, [640], "time", by=None)
    page = launcher.get(day).content.decode()
    assert "in hours of the clock" in page and link not in page
