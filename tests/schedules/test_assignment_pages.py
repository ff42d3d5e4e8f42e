"""Assignments in the browser: asking, what is shown, confirming, what became of it; and looking at
arrangements and at employees' schedules over time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, User
from portal.simulator import Simulator
from schedules import arrangements, periods
from schedules.assignments import services
from schedules.models import (
    ArrangementAssignment,
    ArrangementsState,
    EmployeePeriods,
    KnownArrangement,
)
from schedules.week import week_of
from tests.conftest import carry
from tests.portal.test_admin_pages import assert_clean
from tests.schedules.assigned import DAY, again, amendments, given, looked, posts

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ASK = reverse("admin:schedules_arrangementassignment_add")
LIST = reverse("admin:schedules_arrangementassignment_changelist")
ARRANGEMENTS = reverse("admin:schedules_knownarrangement_changelist")
CHOOSE = reverse("admin:schedules_employeeperiods_add")


@pytest.fixture
def newer(directory: Account) -> Account:
    Account.objects.update(schedule_model="arrangements")
    directory.refresh_from_db()
    return directory


@pytest.fixture
def person() -> Callable[..., Client]:
    def log_in(role: str, language: str = "") -> Client:
        user, made = User.objects.get_or_create(username=f"is-{role}", is_staff=True)
        if made:
            user.groups.add(Group.objects.get(name=role))
        User.objects.filter(pk=user.pk).update(language=language)
        user.refresh_from_db()
        browser = Client()
        browser.force_login(user)
        return browser

    return log_in


@pytest.fixture
def launcher(person: Callable[..., Client]) -> Client:
    return person("Launcher")


def plain(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def at(row: ArrangementAssignment, which: str = "change") -> str:
    return reverse(f"admin:schedules_arrangementassignment_{which}", args=[row.pk])


@pytest.fixture
def known(newer: Account, lucca: Simulator) -> Account:
    """Its arrangements were read."""
    assert carry(arrangements.read(newer, by=None)).state == JobState.SUCCEEDED
    lucca.journal.clear()
    return newer


def choice(of: Account, **more: Any) -> dict[str, Any]:
    number = of.arrangements.get(remote_id=9).pk
    asked = {"account": of.pk, "logins": "imarchal", "arrangement": number}
    return {**asked, "starts_on": "2031-07-01", "look": "1", **more}


# Asking


def test_asking_looks_and_sends_nothing(known: Account, launcher: Client, lucca: Simulator) -> None:
    page = plain(launcher.get(ASK))
    assert "Part-time 80 %" in page and "See what it would change" in page
    for never in ("Night shift 2019", "Draft"):
        assert never not in page
    went = launcher.post(ASK, choice(known))
    row = ArrangementAssignment.objects.get()
    assert went.headers["Location"] == at(row)
    page = plain(launcher.get(at(row)))
    assert "Under way" in page and "hx-trigger" in page and 'name="give"' not in page
    carry(row.look)
    assert launcher.get(at(row, "live"), headers={"HX-Request": "true"}).headers["HX-Redirect"]
    assert posts(lucca) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"account": ""}, "Choose the account."),
        ({"logins": ""}, "Name the employee."),
        ({"logins": "imarchal\ntnoll"}, "These are several employees"),
        ({"logins": "tnol"}, "nobody with this login"),
        ({"arrangement": ""}, "Choose the arrangement."),
        ({"arrangement": "9999"}, "cannot be given"),
        ({"starts_on": ""}, "Choose the day."),
        ({"starts_on": "1 July"}, "Write the day as 2027-03-31."),
    ],
)
def test_what_is_wrong_is_said(
    known: Account, launcher: Client, wrong: dict[str, Any], said: str
) -> None:
    page = plain(launcher.post(ASK, choice(known, **wrong)))
    assert said in page and "Error:" in page
    assert not ArrangementAssignment.objects.exists()


def test_the_model_must_be_confirmed(known: Account, launcher: Client) -> None:
    for model, said in (("auto", "Nobody has confirmed"), ("workcycles", "has work cycles")):
        Account.objects.update(schedule_model=model)
        assert said in plain(launcher.post(ASK, choice(known)))
    assert not ArrangementAssignment.objects.exists()


def test_arrangements_are_read_from_the_form(newer: Account, launcher: Client) -> None:
    page = plain(launcher.get(ASK))
    assert "have not been read from Lucca yet" in page
    asked = {"account": newer.pk, "logins": "imarchal", "read": "1"}
    assert "being read from Lucca" in plain(launcher.post(ASK, asked))
    carry(ArrangementsState.objects.get().job)  # type: ignore[arg-type]
    page = plain(launcher.post(ASK, {**asked, "show": "1"}))
    assert "Part-time 80 %" in page and "imarchal</textarea>" in page


# The page


def test_what_is_shown_before_it_is_confirmed(
    newer: Account, launcher: Client, person: Callable[..., Client], lucca: Simulator
) -> None:
    lucca.change_state(
        {"overrides": [{"employeeId": 812, "date": "2031-07-07", "position": "firstHalf",
                        "nature": "off"}]}
    )  # fmt: skip
    row = looked(newer, 8)
    page = plain(launcher.get(at(row)))
    for said in (
        "“Technicians 35h” ends on 30 June 2031",
        "“Managers, in days” begins on 1 July 2031: time is counted in days",
        "amendment of the work contract, effective on 1 July 2031",
        "This cannot be undone.",
        "in hours until now, in days from then on",
        "the change of 1 day becomes wrong",
        "7 July 2031",
        "will end on 30 June 2031",
        "Give Inès MARCHAL “Managers, in days” from 1 July 2031 on, in demo (Simulator)",
    ):
        assert said in page, said
    assert_clean(launcher.get(at(row)))
    reading = plain(person("Operator").get(at(row)))
    assert 'name="give"' not in reading and "Technicians 35h" in reading
    assert person("Operator").post(at(row), {"give": "1"}).status_code == 403


def test_warnings_are_accepted_and_it_is_sent_once(
    newer: Account, launcher: Client, lucca: Simulator
) -> None:
    row = looked(newer, 8)
    assert "Read this warning and accept it" in plain(launcher.post(at(row), {"give": "1"}))
    assert again(row).job is None
    assert launcher.post(at(row), {"back": "1", "accept-unit": "on"}).status_code == 302
    assert again(row).job is None
    for _ in range(2):
        assert launcher.post(at(row), {"give": "1", "accept-unit": "on"}).status_code == 302
    job = again(row).job
    assert job is not None and Job.objects.filter(kind="schedules.assign").count() == 1
    page = plain(launcher.get(at(row)))
    assert "Under way" in page and at(row, "cancel") in page
    carry(job)
    page = plain(launcher.get(at(row)))
    for said in ("Done and verified", "has “Managers, in days” from 1 July 2031 on", "is new"):
        assert said in page, said
    assert len(amendments(lucca)) == 1


def test_on_production_the_name_is_typed(newer: Account, launcher: Client) -> None:
    row = looked(newer)
    Account.objects.update(kind="production")
    assert "type the employee&#x27;s name: Inès MARCHAL" in plain(launcher.get(at(row)))
    for typed in ("", "demo", "Ines Marchal"):
        page = plain(launcher.post(at(row), {"give": "1", "name": typed}))
        assert "This is not the name of the employee. It is: Inès MARCHAL" in page
    assert again(row).job is None
    launcher.post(at(row), {"give": "1", "name": " inès  marchal "})
    assert again(row).job is not None


def test_what_cannot_be_done_is_said(newer: Account, launcher: Client) -> None:
    row = looked(newer, 12)
    page = plain(launcher.get(at(row)))
    assert "This cannot be done" in page and "is archived" in page and 'name="give"' not in page
    launcher.post(at(row), {"give": "1"})
    assert again(row).job is None
    assert "is archived" in plain(launcher.get(at(row)))


def test_what_was_seen_long_ago_is_looked_at_anew(
    known: Account, launcher: Client, lucca: Simulator
) -> None:
    row = looked(known)
    ArrangementAssignment.objects.update(looked_at=timezone.now() - timedelta(hours=1))
    page = plain(launcher.get(at(row)))
    assert "too long ago" in page and 'name="give"' not in page
    another = page.partition(f'href="{ASK}?')[2].partition('"')[0].replace("&amp;", "&")
    form = plain(launcher.get(f"{ASK}?{another}"))
    assert "imarchal</textarea>" in form and 'value="2031-07-01"' in form and "selected" in form


def test_cancelled_looked_for_and_settled(
    newer: Account, launcher: Client, person: Callable[..., Client], lucca: Simulator
) -> None:
    row = looked(newer)
    services.confirm(row, by=None)
    assert "Nothing was sent" in plain(launcher.post(at(row, "cancel"), follow=True))
    lucca.add_fault("reset", method="POST")
    row = given(looked(newer))
    page = plain(launcher.get(at(row)))
    assert "Outcome unknown" in page and "Look in Lucca whether it arrived" in page
    assert "Somebody who may settle" in plain(person("Operator").get(at(row)))
    page = plain(launcher.post(at(row, "look_again"), follow=True))
    assert "Lucca is being looked at" in page and "Under way" in page
    carry(again(row).again)  # type: ignore[arg-type]
    page = plain(launcher.get(at(row, "settle")))
    assert "How do you know?" in page
    assert "Choose what you found." in plain(launcher.post(at(row, "settle"), {"settle": "1"}))
    said = {"settle": "1", "outcome": "failed", "why": "Seen in Lucca."}
    page = plain(launcher.post(at(row, "settle"), said, follow=True))
    assert "Noted." in page and "Seen in Lucca." in page
    assert "Only an assignment" in plain(launcher.get(at(row, "settle"), follow=True))
    assert posts(lucca)[1:] == []


def test_the_list_teaches_and_tells(newer: Account, launcher: Client) -> None:
    assert "No assignment yet" in plain(launcher.get(LIST))
    looked(newer)
    page = plain(launcher.get(LIST))
    assert "Inès MARCHAL" in page and "Looked at, not confirmed" in page and "1 July 2031" in page


# Arrangements


def test_arrangements_and_their_weeks(known: Account, launcher: Client, lucca: Simulator) -> None:
    page = plain(launcher.get(ARRANGEMENTS))
    for said in ("Technicians 35h", "Archived", "Without a schedule", "Can be given", "Suisse"):
        assert said in page, said

    def drawn(number: int) -> str:
        row = KnownArrangement.objects.get(remote_id=number)
        return plain(
            launcher.get(reverse("admin:schedules_knownarrangement_change", args=[row.pk]))
        )

    page = drawn(9)
    for said in ("4 h", "Free: part-time", "Weekly rest", "Off", "In a week: 28 h", "At all times"):
        assert said in page, said
    assert page.count("day-part-time") == 2 and page.count("day-rest") == 2
    assert "Two weeks alternate" in drawn(10) and "1 day" in drawn(14)
    assert "cannot be given" in drawn(13) and "not given to anybody any more" in drawn(12)
    assert f"{ASK}?" not in drawn(12) and f"{ASK}?" in drawn(9)
    assert lucca.log() == [], "pages never ask Lucca"


def test_schedules_one_after_the_other(known: Account, launcher: Client) -> None:
    row = KnownArrangement.objects.get(remote_id=7)
    (one,) = row.schedules
    row.schedules = [{**one, "ends": "2020-12-31"}, {**one, "starts": "2021-01-01"}]
    row.save()
    where = reverse("admin:schedules_knownarrangement_change", args=[row.pk])
    page = plain(launcher.get(where))
    assert "Until 31 December 2020" in page and "From 1 January 2021 on" in page
    assert page.count("in force today") == 1


def test_hours_of_the_clock_and_what_nobody_has_heard_of() -> None:
    shifts = [
        {"position": "firstHalf", "starts": "09:00", "minutes": 210},
        {"position": "secondHalf", "starts": "13:30", "minutes": 120},
        {"position": "secondHalf", "starts": "15:45", "minutes": 105},
        {"position": "evening", "starts": "20:00", "minutes": 60},
    ]
    free = {"off": "sabbatical", "shifts": []}
    week = week_of([{"off": "", "shifts": shifts}, *[free] * 6], "time", splits=True)
    first, second = (cells[0].text for _name, cells in week.rows)
    assert first == "09:00–12:30, 20:00–21:00"
    assert second == "13:30–15:30, 15:45–17:30"
    assert week.rows[0][1][1].text == "sabbatical"


def test_reading_them_again(known: Account, person: Callable[..., Client]) -> None:
    where = reverse("admin:schedules_knownarrangement_read", args=[known.pk])
    assert person("Auditor").post(where).status_code == 403
    page = plain(person("Operator").post(where, follow=True))
    assert "being read from Lucca now" in page
    before = ArrangementsState.objects.get().job
    person("Operator").post(where)
    assert ArrangementsState.objects.get().job == before, "once at a time"


def test_what_is_gone_is_not_listed(known: Account, launcher: Client, lucca: Simulator) -> None:
    lucca.change_state({"arrangements": [{"id": 9, "remove": True}]})
    carry(arrangements.read(known, by=None))
    assert "Part-time 80 %" not in plain(launcher.get(ARRANGEMENTS))
    assert not arrangements.offered(known).filter(remote_id=9).exists()


def test_schedules_that_cannot_be_had_are_said(
    newer: Account, launcher: Client, lucca: Simulator
) -> None:
    """The vendor calls them beta."""
    lucca.add_fault("404", path="collective-schedules", times=0)
    assert carry(arrangements.read(newer, by=None)).state == JobState.SUCCEEDED
    assert arrangements.offered(newer).exists()
    row = KnownArrangement.objects.get(remote_id=9)
    where = reverse("admin:schedules_knownarrangement_change", args=[row.pk])
    assert "have not been read" in plain(launcher.get(where))


# Over time


def over_time(account: Account, employee: int = 510) -> EmployeePeriods:
    row = periods.read(account, employee, by=None)
    assert row.job is not None and carry(row.job).state == JobState.SUCCEEDED
    row.refresh_from_db()
    return row


def of(row: EmployeePeriods) -> str:
    return reverse("admin:schedules_employeeperiods_change", args=[row.pk])


def test_arrangements_over_time(newer: Account, launcher: Client) -> None:
    assert "Nobody was looked at yet" in plain(
        launcher.get(reverse("admin:schedules_employeeperiods_changelist"))
    )
    row = over_time(newer)
    page = plain(launcher.get(of(row)))
    assert "Technicians 35h" in page and "Managers, in days" in page
    assert page.count("in force today") == 1 and "without end" in page
    assert f"{ASK}?account={newer.pk}&amp;employee=510" in page
    assert_clean(launcher.get(of(row)))


@pytest.mark.parametrize("model", ["workcycles", "auto"])
def test_work_cycles_over_time(
    directory: Account, launcher: Client, lucca: Simulator, model: str
) -> None:
    lucca.configure(schedule_model="workcycles")
    Account.objects.update(schedule_model=model)
    directory.refresh_from_db()
    lucca.change_state(
        {
            "userWorkCycles": [
                {"ownerId": 510, "clear": True},
                {"ownerId": 510, "workCycleId": 6, "startsOn": "1900-01-01",
                 "endsOn": "2031-03-31"},
                {"ownerId": 510, "workCycleId": 10, "startsOn": "2031-03-31",
                 "endsOn": "9999-12-31"},
            ]
        }
    )  # fmt: skip
    page = plain(launcher.get(of(over_time(directory))))
    for said in ("35h", "Reception, two weeks", "since ever", "31 March 2031", "Work cycle"):
        assert said in page, said
    assert "in hours of the clock" in page and f"{ASK}?" not in page


def test_cycles_without_names_are_shown_by_number(
    directory: Account, launcher: Client, lucca: Simulator
) -> None:
    lucca.configure(schedule_model="workcycles")
    Account.objects.update(schedule_model="workcycles")
    directory.refresh_from_db()
    lucca.add_fault("404", path="/api/v3/workcycles", times=0)
    row = over_time(directory)
    assert row.periods[0]["number"] == 6 and not row.periods[0]["name"]
    assert ">6</td>" in plain(launcher.get(of(row)))


def test_choosing_whose(newer: Account, person: Callable[..., Client]) -> None:
    operator = person("Operator")
    assert "Reading changes nothing" in plain(operator.get(f"{CHOOSE}?employee=640"))
    assert "tnoll</textarea>" in plain(operator.get(f"{CHOOSE}?employee=640"))
    went = operator.post(CHOOSE, {"account": newer.pk, "logins": "tnoll", "read": "1"})
    row = EmployeePeriods.objects.get()
    assert went.headers["Location"] == of(row)
    assert "Being read from Lucca" in plain(operator.get(of(row)))
    assert operator.post(of(row)).status_code == 302
    assert person("Auditor").post(of(row)).status_code == 403
    assert Job.objects.filter(kind="schedules.periods").count() == 1


def test_a_reading_that_failed_says_why(newer: Account, launcher: Client, lucca: Simulator) -> None:
    lucca.add_fault("403", path="assignments")
    row = periods.read(newer, 510, by=None)
    carry(row.job)  # type: ignore[arg-type]
    assert "(403)" in plain(launcher.get(of(row)))


def test_what_is_old_is_forgotten(newer: Account) -> None:
    over_time(newer)
    periods.forget_old()
    assert EmployeePeriods.objects.exists()
    EmployeePeriods.objects.update(read_at=timezone.now() - timedelta(days=400))
    periods.forget_old()
    assert not EmployeePeriods.objects.exists()


def test_in_french(known: Account, person: Callable[..., Client]) -> None:
    french = person("Launcher", "fr")
    row = looked(known, 8)
    for where in (ASK, LIST, ARRANGEMENTS, CHOOSE, at(row)):
        page = plain(french.get(where))
        assert "Lucca" in page
    page = plain(french.get(at(row)))
    assert DAY.strftime("%Y") in page and "avenant" in page
