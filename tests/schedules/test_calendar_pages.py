"""The calendar in the browser: choosing, the grid as it arrives, a day, the file, who may what."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Employee, User
from portal.simulator import Simulator
from schedules import calendar
from schedules.models import CalendarReading, EmployeePeriods
from tests.conftest import carry
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]

CHOOSE = reverse("admin:schedules_calendarreading_add")
LIST = reverse("admin:schedules_calendarreading_changelist")
FIRST, LAST = date(2031, 3, 1), date(2031, 3, 31)
PEOPLE = [812, 501, 640, 672]


@pytest.fixture
def person() -> Callable[..., Client]:
    def log_in(role: str = "Operator", language: str = "") -> Client:
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
def operator(person: Callable[..., Client]) -> Client:
    return person()


def address(reading: CalendarReading, which: str = "change", *more: Any) -> str:
    return reverse(f"admin:schedules_calendarreading_{which}", args=[reading.pk, *more])


def asked(account: Account, people: list[int] = PEOPLE, **more: Any) -> CalendarReading:
    return calendar.ask_for(account, people, FIRST, LAST, by=None, **more)


def read(account: Account, people: list[int] = PEOPLE) -> CalendarReading:
    reading = asked(account, people)
    assert reading.job is not None and carry(reading.job).state == JobState.SUCCEEDED
    return reading


def plain(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def choice(of: Account, **more: Any) -> dict[str, Any]:
    given = {"account": of.pk, "logins": "imarchal\ntnoll", "month": "2031-03", "read": "1"}
    return {**given, **more}


# Choosing


def test_choosing_people_and_a_month(directory: Account, operator: Client) -> None:
    assert "Show the calendar" in plain(operator.get(CHOOSE))
    went = operator.post(CHOOSE, choice(directory))
    reading = CalendarReading.objects.get()
    assert went.headers["Location"] == address(reading)
    # By name: Marchal, Noll.
    assert reading.people == [812, 640]
    assert (reading.first_day, reading.last_day) == (FIRST, LAST)
    assert reading.job is not None and reading.job.interactive


def test_a_search_and_everybody_fill_the_list(directory: Account, operator: Client) -> None:
    given = choice(directory)
    del given["read"]
    found = plain(operator.post(CHOOSE, {**given, "search": "MARCH", "logins": "", "find": "1"}))
    assert "1 employee found" in found and 'value="imarchal"' in found
    ticked = plain(operator.post(CHOOSE, {**given, "found": "mpicard", "find": "1"}))
    assert "tnoll\nmpicard" in ticked
    everybody = plain(operator.post(CHOOSE, {**given, "everybody": "1"}))
    listed = everybody.partition("<textarea")[2].partition("</textarea>")[0].split()
    assert len([one for one in listed if one.isalnum()]) >= 57
    assert "pmenard" not in listed, "who has left is not there"
    assert not CalendarReading.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"logins": "tnol"}, "nobody with this login: tnol"),
        ({"logins": ""}, "Name at least one employee"),
        ({"month": "March"}, "Write the month as 2027-03"),
        ({"month": ""}, "Choose the month"),
        ({"account": ""}, "Choose the account"),
        ({"logins": "\n".join(f"x{n}" for n in range(1001))}, "1,001 employees; at most 1,000"),
    ],
)
def test_what_is_wrong_is_said(
    directory: Account, operator: Client, lucca: Simulator, wrong: dict[str, Any], said: str
) -> None:
    page = plain(operator.post(CHOOSE, choice(directory, **wrong)))
    assert said in page and "Error:" in page
    assert not CalendarReading.objects.exists() and lucca.log() == []


def test_nobody_is_known_yet(account: Account, operator: Client) -> None:
    assert "have not been read yet" in plain(operator.post(CHOOSE, choice(account)))
    assert Job.objects.filter(kind="directory").exists(), "so that trying again helps"


# The grid


def test_every_day_has_its_cell_and_unknown_is_not_off(
    directory: Account, operator: Client, lucca: Simulator
) -> None:
    lucca.change_state(
        {
            "holidays": [{"calendarId": 2, "date": "2031-03-04"}],
            "leaves": [{"ownerId": 812, "date": "2031-03-05"}],
            "overrides": [
                {"employeeId": 812, "date": "2031-03-06", "position": "secondHalf",
                 "nature": "off"}
            ],
        }
    )  # fmt: skip
    page = plain(operator.get(address(read(directory))))
    assert page.count('<td class="day ') == 4 * 31
    row = page.partition("Inès MARCHAL")[2].partition("</tr>")[0]
    for kind, text in (
        ("work", "7 h"),
        ("holiday", "★"),
        ("leave", "◐"),
        ("changed", "4 h"),
        ("off", "–"),
        ("rest", "–"),
    ):
        cell = row.partition(f"day-{kind}")[2].partition("</td>")[0]
        assert text in cell, kind
    unknown = page.partition("Sofia ALMEIDA")[2].partition("</tr>")[0]
    assert unknown.count("day-unknown") == 31 and "day-off" not in unknown
    assert "Of 31 days here Lucca says nothing" in page
    assert "1 day</a>" in page, "Camille counts in days"
    assert "Simulator" in page and "March 2031" in page
    assert_clean(operator.get(address(CalendarReading.objects.get())))


def test_it_fills_while_it_is_read(directory: Account, operator: Client, lucca: Simulator) -> None:
    people = [user["id"] for user in lucca.state()["users"]][:20]
    reading = asked(directory, people)
    assert reading.job is not None
    page = plain(operator.get(address(reading)))
    assert page.count("day-not-read") >= 20 * 31
    assert "Being read from Lucca" in page and "hx-trigger" in page
    # No day is a link yet that the keyboard could reach the others by.
    assert '<div class="scroll" tabindex="0"' in page
    live = address(reading, "live")
    seen = page.partition("seen=")[2][:8]
    assert operator.get(live, {"seen": seen}).status_code == 204
    from portal.jobs import runner

    for _ in range(2):
        Job.objects.update(due_at=timezone.now())
        assert runner.run(reading.job.pk, "test")
    part = plain(operator.get(live, {"seen": seen}))
    named = page.partition('hx-select-oob="')[2].partition('"')[0].split(",")
    assert named == ["#calendar-said", "#calendar-days"]
    for piece in ["#live", *named]:
        assert all(text.count(f'id="{piece[1:]}"') == 1 for text in (page, part)), piece
    # Neither the box that scrolls nor the fold is within what is replaced.
    assert "<details" not in part.partition('id="calendar-days"')[2].partition("</tbody>")[0]
    assert "<details" not in part.partition('id="live"')[2].partition("<table")[0]
    assert "10 of 20 employees are read." in part
    assert part.count('class="day day-not-read"><span') == 10 * 31
    assert "<html" not in part
    carry(reading.job)
    done = operator.get(live, {"page": "2"}, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == f"{address(reading)}?page=2"


def test_where_the_session_has_ended(directory: Account) -> None:
    reading = asked(directory)
    gone = Client().get(address(reading, "live"), headers={"HX-Request": "true"})
    assert gone.headers["HX-Redirect"] == address(reading)


def test_a_reading_that_failed_says_why(
    directory: Account, operator: Client, lucca: Simulator
) -> None:
    reading = asked(directory)
    assert reading.job is not None
    lucca.add_fault("403", path="userdates")
    carry(reading.job)
    page = plain(operator.get(address(reading)))
    assert "may not do this (403)" in page and "Read again from Lucca" in page


def test_many_people_are_on_several_pages(
    directory: Account, operator: Client, lucca: Simulator
) -> None:
    people = [user["id"] for user in lucca.state()["users"]]
    reading = read(directory, people)
    pages = [plain(operator.get(address(reading), {"page": n})) for n in (1, 2, "x", 99)]
    assert [page.count('<td class="day ') for page in pages] == [30 * 31] * 4
    assert "Page 1 of 2" in pages[0] and "Page 2 of 2" in pages[1]
    day = plain(operator.get(address(reading, "day", people[45], "2031-03-03")))
    assert f"{address(reading)}?page=2" in day, "back to where one came from"


def test_thirty_people_cost_as_many_queries_as_one(
    directory: Account, operator: Client, lucca: Simulator
) -> None:
    people = [user["id"] for user in lucca.state()["users"]][:30]
    one, many = read(directory, people[:1]), read(directory, people)

    def cost(of: str) -> int:
        operator.get(of)
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(of).status_code == 200
        return len(queries)

    assert cost(address(one)) == cost(address(many)) <= 20


def test_names_are_text(directory: Account, operator: Client) -> None:
    Employee.objects.filter(remote_id=812).update(first_name="<b>=1+1", last_name="")
    reading = read(directory)
    for page in (address(reading), address(reading, "day", 812, "2031-03-03")):
        assert "<b>=1+1" not in plain(operator.get(page))
    assert "'=1+1" not in plain(operator.get(address(reading)))


# Acting


def test_reading_again_and_other_months(
    directory: Account, operator: Client, lucca: Simulator
) -> None:
    reading = read(directory)
    operator.post(address(reading), {"after": "1"})
    april = CalendarReading.objects.first()
    assert april is not None and april.people == PEOPLE
    assert (april.first_day, april.last_day) == (date(2031, 4, 1), date(2031, 4, 30))
    operator.post(address(reading), {"before": "1"})
    february = CalendarReading.objects.first()
    assert february is not None and february.last_day == date(2031, 2, 28)
    operator.post(address(reading), {"again": "1"})
    again = CalendarReading.objects.first()
    assert again is not None and again.to_read == PEOPLE, "although it is young"
    before = CalendarReading.objects.count()
    assert "read already" in plain(operator.post(address(again), {"again": "1"}, follow=True))
    operator.post(address(again), {"stop": "1"})
    assert again.job is not None
    again.job.refresh_from_db()
    assert again.job.state == JobState.CANCELLED
    operator.post(address(reading), {})
    assert CalendarReading.objects.count() == before, "nothing was asked for"


def test_what_is_forgotten_says_so(directory: Account, operator: Client, settings: Any) -> None:
    reading = read(directory)
    settings.READINGS_KEPT = timedelta(0)
    calendar.forget_old()
    page = plain(operator.get(address(reading)))
    assert "deleted by now" in page and "Inès" not in page
    assert operator.get(address(reading, "csv")).status_code == 404
    assert operator.get(address(reading, "day", 812, "2031-03-03")).status_code == 404
    assert operator.post(address(reading), {"again": "1"}).headers["Location"] == CHOOSE


def test_at_another_address_nothing_of_it_is_shown(directory: Account, operator: Client) -> None:
    reading = read(directory)
    Account.objects.update(host="127.0.0.1:1")
    page = plain(operator.get(address(reading)))
    assert "another address" in page and "MARCHAL" not in page


def test_who_may_only_look(directory: Account, person: Callable[..., Client]) -> None:
    reading = read(directory)
    auditor = person("Auditor")
    page = plain(auditor.get(address(reading)))
    assert "Inès MARCHAL" in page and "Read again from Lucca" not in page
    assert auditor.post(address(reading), {"again": "1"}).status_code == 403
    assert auditor.get(CHOOSE).status_code == 403
    assert "March 2031" in plain(auditor.get(LIST))


# A day


def test_a_day_half_by_half(directory: Account, operator: Client, lucca: Simulator) -> None:
    holiday = {"calendarId": 2, "date": "2031-03-03", "position": "FirstHalf"}
    leave = {"ownerId": 812, "date": "2031-03-03", "position": "SecondHalf"}
    lucca.change_state({"holidays": [holiday], "leaves": [leave]})
    reading = read(directory)
    page = plain(operator.get(address(reading, "day", 812, "2031-03-03")))
    for words in (
        "Inès MARCHAL, 3 March 2031",
        "First half",
        "a public holiday",
        "Second half",
        "3 h",
        "in hours",
        "Technicians 35h",
        "Expected to be there: 0 h",
    ):
        assert words in page, words
    assert address(reading, "day", 812, "2031-03-02") in page
    assert_clean(operator.get(address(reading, "day", 812, "2031-03-03")))
    first = plain(operator.get(address(reading, "day", 812, "2031-03-01")))
    assert "2031-02-28" not in first, "no link out of the calendar"


def test_hours_of_the_clock(directory: Account, operator: Client) -> None:
    reading = read(directory)
    page = plain(operator.get(address(reading, "day", 640, "2031-03-10")))
    assert "09:00–12:30, 13:30–15:30, 15:45–17:30" in page
    assert "Reception, odd and even weeks" in page


def test_a_day_of_which_nothing_is_known(directory: Account, operator: Client) -> None:
    reading = read(directory)
    page = plain(operator.get(address(reading, "day", 672, "2031-03-03")))
    assert "not the same as a day off" in page and "12:00 may be twelve hours" in page


@pytest.mark.parametrize(
    ("employee", "on"), [(999, "2031-03-03"), (812, "soon"), (812, "2031-02-30")]
)
def test_a_day_that_is_not_there(
    directory: Account, operator: Client, employee: int, on: str
) -> None:
    reading = read(directory)
    assert operator.get(address(reading, "day", employee, on)).status_code == 404


# Files and words


def table(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_the_file_has_every_day(directory: Account, operator: Client) -> None:
    Employee.objects.filter(remote_id=812).update(first_name="=1+1", last_name="")
    header, *rows = table(operator.get(address(read(directory), "csv")))
    assert header[:4] == ["Employee", "Login", "Name", "Day"]
    assert len(rows) == 4 * 31
    found = {(row[0], row[3]): row for row in rows}
    ines = [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in found["812", "2031-03-03"]]
    assert ines[1:] == [
        *("imarchal", "'=1+1", "2031-03-03", "Work as planned", "hour"),
        *("7 h", "7 h", "0 h", "the schedule", "4 h", "3 h"),
    ]
    assert found["672", "2031-03-03"][4].startswith("Unknown")


def test_in_french(directory: Account, person: Callable[..., Client]) -> None:
    browser = person("Operator", "fr")
    reading = read(directory)
    page = plain(browser.get(address(reading)))
    for words in ("Mars 2031", "4 collaborateurs", "1 jour</a>", "Repos hebdomadaire"):
        assert words in page, words
    day = plain(browser.get(address(reading, "day", 501, "2031-03-03")))
    assert "½ jour" in day
    assert table(browser.get(address(reading, "csv")))[0][0] == "Collaborateur"


def test_the_list_speaks_in_our_words(directory: Account, operator: Client) -> None:
    read(directory)
    page = plain(operator.get(LIST))
    assert "March 2031" in page and "Calendars" in page


def test_everybody_is_printed_on_one_page(
    directory: Account, operator: Client, lucca: Simulator
) -> None:
    people = [user["id"] for user in lucca.state()["users"]][:35]
    reading = read(directory, people)
    where = address(reading, "print")
    assert where in plain(operator.get(address(reading)))
    page = plain(operator.get(where))
    assert page.count('<td class="day ') == 35 * 31 and page.count('<th scope="row">') == 35
    assert "/640/" not in page.partition("<table")[2], "no links"
    with CaptureQueriesContext(connection) as few:
        operator.get(address(asked(directory, people[:2]), "print"))
    with CaptureQueriesContext(connection) as many:
        operator.get(where)
    assert len(few) >= len(many)
    CalendarReading.objects.update(forgotten_at=timezone.now(), people=[])
    assert operator.get(where).status_code == 404
    alone = address(asked(directory, people[:2]))
    assert "/print/" not in plain(operator.get(alone)), "one page prints itself"


def test_the_day_leads_to_the_schedules_over_time(directory: Account, operator: Client) -> None:
    reading = read(directory, [812])
    page = plain(operator.get(address(reading, "day", 812, FIRST)))
    form = reverse("admin:schedules_employeeperiods_add")
    assert f"{form}?account={directory.pk}&amp;employee=812" in page
    row = EmployeePeriods.objects.create(account=directory, host=directory.host, employee=812)
    page = plain(operator.get(address(reading, "day", 812, FIRST)))
    assert reverse("admin:schedules_employeeperiods_change", args=[row.pk]) in page
