"""`show_schedule`: the days of employees, by command."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group

from portal.models import Account, Event, LuccaCall, User
from portal.simulator import DEFAULT_KEY, Simulator
from schedules.models import CalendarDay, CalendarReading
from tests.portal.commands import Ran, run

pytestmark = [pytest.mark.database, pytest.mark.django_db]

MONDAY, SUNDAY = "2031-03-03", "2031-03-09"
Show = Callable[..., Ran]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    def asked(employees: str, *args: str, first: str = MONDAY, last: str = MONDAY) -> Ran:
        span = ("--from", first, "--to", last)
        return run(capsys, "show_schedule", "--account", "demo", "--employees", employees, *span,
                   *args)  # fmt: skip

    return asked


def days(ran: Ran) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["employee"], one["date"]): one for one in ran.json["days"]}


def test_days_with_their_halves(account: Account, lucca: Simulator, show: Show) -> None:
    ran = show("812,501", "--json")
    assert ran.code == 0
    found = days(ran)
    hours, in_days = found["812", MONDAY], found["501", MONDAY]
    assert (hours["known"], hours["unit"], hours["theoretical"]) == (True, "hour", "PT7H")
    assert (in_days["unit"], in_days["theoretical"]) == ("day", "P1D")
    assert [(half["half"], half["theoretical"]) for half in hours["halves"]] == [
        ("first", "PT4H"),
        ("second", "PT3H"),
    ]
    assert (hours["source"], hours["is_holiday"], hours["is_weekly_rest"]) == (1, False, False)
    assert ran.json["requests"] == 2 == len(lucca.log())
    assert {entry["method"] for entry in lucca.log()} == {"GET"}
    assert not LuccaCall.objects.filter(path__contains="812").exists()


def test_unknown_is_not_off(account: Account, lucca: Simulator, show: Show) -> None:
    ran = show("672,999999,812", "--json", last=SUNDAY)
    assert ran.code == 0
    found = days(ran)
    for nobody in ("672", "999999"):
        day = found[nobody, MONDAY]
        assert (day["known"], day["theoretical"], day["halves"]) == (False, None, [])
    sunday = found["812", SUNDAY]
    assert (sunday["known"], sunday["theoretical"], sunday["is_weekly_rest"]) == (
        *(True, "PT0S", True),
    )
    assert "14 days" in ran.json["next"] and "not the same as a day off" in ran.json["next"]


def test_as_people_say_it(directory: Account, lucca: Simulator, show: Show) -> None:
    lucca.change_state({"holidays": [{"calendarId": 2, "date": "2031-03-04"}]})
    ran = show("imarchal,tnoll,cberard,672", last=SUNDAY)
    said = ran.out.replace("\N{NO-BREAK SPACE}", " ")
    assert ran.code == 0
    for words in (
        "Inès MARCHAL (imarchal)",
        "2031-03-03: 7 h, Work as planned",
        "2031-03-03: 7 h, Work as planned (10:00–13:00, 14:00–18:00)",
        "2031-03-03: 1 day, Work as planned",
        "2031-03-04: 0 h, Public holiday",
        "2031-03-08: 0 h, Off",
        "2031-03-09: 0 day, Weekly rest",
        "2031-03-03: Unknown",
    ):
        assert words in said, words


def test_logins_are_looked_up_after_reading_the_directory(
    account: Account, lucca: Simulator, show: Show
) -> None:
    ran = show("tnoll,login:204417", "--json")
    assert {one["employee"] for one in ran.json["days"]} == {"640", "669"}
    assert {one["login"] for one in ran.json["days"]} == {"tnoll", "204417"}


def test_nobody_has_that_login(directory: Account, lucca: Simulator, show: Show) -> None:
    ran = show("tnol,imarchal", "--json")
    assert (ran.code, ran.json["days"]) == (2, [])
    assert "tnol." in ran.json["next"]
    assert lucca.log() == []


@pytest.mark.parametrize(
    ("first", "last", "employees"),
    [
        ("2031-03-04", MONDAY, "812"),
        ("soon", MONDAY, "812"),
        (MONDAY, "2033-01-01", "812"),
        (MONDAY, MONDAY, " , "),
        (MONDAY, MONDAY, ",".join(map(str, range(1001)))),
    ],
)
def test_wrong_usage(
    account: Account, lucca: Simulator, show: Show, first: str, last: str, employees: str
) -> None:
    assert show(employees, first=first, last=last).code == 64
    assert lucca.log() == []


def test_a_right_that_is_missing(account: Account, lucca: Simulator, show: Show) -> None:
    lucca.add_key(DEFAULT_KEY, schedules=False)
    ran = show("812", "--json")
    assert (ran.code, ran.json["days"]) == (1, [])
    assert "403" in ran.json["next"]
    assert not CalendarDay.objects.exists()


def test_with_the_rights_of_a_user(account: Account, lucca: Simulator, show: Show) -> None:
    ines = User.objects.create_user("ines", is_staff=True)
    ran = show("812", "--user", "ines")
    assert ran.code == 1 and lucca.log() == []
    ines.groups.add(Group.objects.get(name="Operator"))
    assert show("812", "--user", "ines").code == 0
    assert CalendarReading.objects.get().asked_by == ines
    assert Event.objects.filter(verb="calendar.asked").count() == 1


def test_units_on_the_older_model(account: Account, lucca: Simulator, show: Show) -> None:
    """Of exceptions that exist; where there are none, nothing is guessed."""
    lucca.configure(schedule_model="workcycles")
    today = lucca.clock.now().date().isoformat()
    found = days(show("513,501", "--json", first=today, last=today))
    assert (found["513", today]["unit"], found["501", today]["unit"]) == ("day", None)
    Account.objects.update(schedule_model="workcycles")
    lucca.journal.clear()
    found = days(show("513,501", "--json", first=today, last=today))
    assert found["513", today]["unit"] == "day"
    assert not any("/schedule/api" in entry["path"] for entry in lucca.log())
