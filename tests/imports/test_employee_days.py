"""Which import touched an employee on a day: found in the files, with what became of the line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from imports import employee_days, services
from imports.employee_days import Fate, look, people
from imports.models import ImportBatch
from imports.stages import Stage
from portal.groups import ROLES
from portal.models import Account, Employee, Event
from portal.simulator import Simulator
from tests.imports.batches import analysed, checked, launched, received, rest
from tests.imports.people import browser, imports_list
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]
WHERE = "admin:imports_importbatch_employee_day"
DAY = date(2027, 3, 9)
LINE = "imarchal;Lyon Part-Dieu;Finance;2027-03-09;FirstHalf;;false"
OTHERS = ["lfournier;Home;;2027-03-09;FullDay;;false", "imarchal;Home;;2027-03-10;FullDay;;false"]
Write = Callable[..., Path]


@pytest.fixture
def ines(directory: Account) -> Employee:
    return Employee.objects.get(login="imarchal")


def fates(employee: Employee, day: date = DAY) -> list[tuple[int, int, Fate]]:
    return [
        (touch.batch.pk, entry.line, fate)
        for touch in look(employee, day).touches
        for entry, fate in touch.entries
    ]


def ask(of: Client, who: str, day: str = "2027-03-09") -> Any:
    return of.post(reverse(WHERE), {"who": who, "day": day}, follow=True)


# In the files.


def test_the_newest_first_with_what_became_of_the_line(
    directory: Account, ines: Employee, write: Write
) -> None:
    imported = launched(directory, write(*OTHERS, LINE))
    uploaded = checked(directory, write(LINE, name="b.csv"), override=True)
    checked(directory, write(*OTHERS, name="c.csv"))
    assert fates(ines) == [(uploaded.pk, 2, Fate.NOT_SENT), (imported.pk, 4, Fate.IMPORTED)]
    entry = look(ines, DAY).touches[0].entries[0][0]
    assert (entry.place, entry.area, entry.position) == ("Lyon Part-Dieu", "Finance", "FirstHalf")
    assert not entry.is_deletion
    assert fates(ines, date(2027, 3, 11)) == []


def test_the_line_is_that_of_the_spreadsheet(
    directory: Account, ines: Employee, write: Write
) -> None:
    wrong = "nobody;Home;;2027-03-09;FullDay;;false"
    batch = checked(directory, write(wrong, ";;;;;;", OTHERS[0], wrong, LINE, OTHERS[1]))
    assert fates(ines) == [(batch.pk, 6, Fate.NOT_SENT)]


def test_a_login_in_other_capitals_is_the_same_person(
    directory: Account, ines: Employee, write: Write
) -> None:
    batch = checked(directory, write(LINE.replace("imarchal", "IMarchal")))
    assert fates(ines) == [(batch.pk, 2, Fate.NOT_SENT)]


@pytest.mark.parametrize("login", ["o.d'é+l(", "a;b", 'say "x"', "marchal", "imarch", "É.Ω"])
def test_any_login_is_found_as_itself_only(
    directory: Account, ines: Employee, write: Write, login: str
) -> None:
    Employee.objects.filter(login="lfournier").update(login=login)
    quoted = '"' + login.replace('"', '""') + '"' if set(login) & set(';"') else login
    write_line = f"{quoted};Home;;2027-03-09;FullDay;imarchal;false"
    batch = checked(directory, write(LINE, write_line))
    found = Employee.objects.get(login=login)
    assert fates(found) == [(batch.pk, 3, Fate.NOT_SENT)]
    assert fates(ines) == [(batch.pk, 2, Fate.NOT_SENT)]


def test_a_deletion_and_two_halves(directory: Account, ines: Employee, write: Write) -> None:
    checked(directory, write(LINE, "imarchal;Home;;2027-03-09;SecondHalf;;true"))
    entries = [entry for entry, _fate in look(ines, DAY).touches[0].entries]
    assert [(one.position, one.is_deletion) for one in entries] == [
        ("FirstHalf", False),
        ("SecondHalf", True),
    ]


def test_what_lucca_refused_and_what_was_left_out(
    directory: Account, lucca: Simulator, ines: Employee, write: Write
) -> None:
    taken = launched(directory, write(LINE))
    batch = analysed(directory, write(LINE.replace("Lyon Part-Dieu;Finance", "Home;"), OTHERS[0]))
    assert batch.refused_by_lucca == 1
    assert fates(ines) == [(batch.pk, 2, Fate.NOT_SENT), (taken.pk, 2, Fate.IMPORTED)]
    services.leave_out(batch, by=None)
    rest(batch)
    assert fates(ines) == [(taken.pk, 2, Fate.IMPORTED)]


def test_refused_only_at_the_import(
    directory: Account, lucca: Simulator, ines: Employee, write: Write
) -> None:
    batch = analysed(directory, write(LINE, OTHERS[0]))
    other = analysed(directory, write(LINE, name="other.csv"))
    for one in (other, batch):
        services.launch(one, by=None, accept_warnings=True)
        rest(one)
    assert batch.stage == Stage.PARTIAL
    assert fates(ines) == [(other.pk, 2, Fate.IMPORTED), (batch.pk, 2, Fate.REFUSED)]


def test_an_unknown_outcome_and_what_never_left(
    directory: Account, lucca: Simulator, ines: Employee, write: Write
) -> None:
    Account.objects.update(lines_per_upload=1)
    directory.refresh_from_db()
    lucca.add_fault("reset", method="POST", create=True, when="after")
    batch = launched(directory, write(LINE, OTHERS[1]))
    assert batch.stage == Stage.UNKNOWN
    assert fates(ines) == [(batch.pk, 2, Fate.UNCLEAR)]
    assert fates(ines, date(2027, 3, 10)) == [(batch.pk, 3, Fate.NOT_SENT)]
    services.settle(batch, Stage.FAILED, "Nothing there.", by=None)
    assert fates(ines) == [(batch.pk, 2, Fate.NOT_SENT)]


def test_under_way(directory: Account, ines: Employee, write: Write) -> None:
    batch = analysed(directory, write(LINE))
    services.launch(batch, by=None)
    assert fates(ines) == [(batch.pk, 2, Fate.UNDER_WAY)]


def test_a_file_that_is_gone_is_said(directory: Account, ines: Employee, write: Write) -> None:
    gone = checked(directory, write(LINE, name="gone.csv"))
    purged = checked(directory, write(LINE, name="purged.csv"))
    stays = checked(directory, write(LINE, name="stays.csv"))
    Path(gone.canonical.path).unlink()
    ImportBatch.objects.filter(pk=purged.pk).update(canonical="")
    answer = look(ines, DAY)
    assert answer.missing == [purged, gone]
    assert [touch.batch for touch in answer.touches] == [stays]
    shown = ask(browser("Auditor"), "imarchal").content.decode()
    assert "no longer there" in shown and "gone.csv" in shown and "purged.csv" in shown


def test_other_accounts_are_not_looked_at(directory: Account, ines: Employee, write: Write) -> None:
    checked(directory, write(LINE))
    other = Account.objects.create(label="other", base_url="http://127.0.0.1:9", kind="simulator")
    twin = Employee.objects.create(
        account=other, remote_id=1, login="imarchal", seen_at=timezone.now()
    )
    assert fates(twin) == []
    assert set(people("imarchal")) == {ines, twin}


# So much for one question.


def test_a_bounded_number_of_bytes_and_files_for_each_question(
    directory: Account, ines: Employee, write: Write, monkeypatch: Any
) -> None:
    made = [checked(directory, write(LINE, name=f"{n}.csv")).pk for n in range(5)]
    size = Path(ImportBatch.objects.get(pk=made[0]).canonical.path).stat().st_size
    for limit, most in (("BYTES_AT_ONCE", 2 * size), ("FILES_AT_ONCE", 2)):
        with monkeypatch.context() as bounded:
            bounded.setattr(employee_days, limit, most)
            seen, before, rounds = list[int](), None, 0
            while rounds < 10:
                answer = look(ines, DAY, before=before)
                seen += [touch.batch.pk for touch in answer.touches]
                rounds, before = rounds + 1, answer.older
                if before is None:
                    break
            assert (seen, rounds) == (made[::-1], 3)
    monkeypatch.setattr(employee_days, "FILES_AT_ONCE", 2)
    of = browser("Operator")
    shown = ask(of, "imarchal").content.decode()
    assert "Older imports have not been looked at yet." in shown
    link = f"?employee={ines.pk}&amp;day=2027-03-09&amp;before={made[3]}"
    assert link in shown
    assert "1.csv" in of.get(reverse(WHERE) + link.replace("&amp;", "&")).content.decode()


def test_the_cost_is_the_same_for_one_and_for_many(
    directory: Account, ines: Employee, write: Write
) -> None:
    launched(directory, write(LINE))
    with CaptureQueriesContext(connection) as one:
        look(ines, DAY)
    for n in range(4):
        checked(directory, write(LINE, *OTHERS, name=f"{n}.csv"))
    with CaptureQueriesContext(connection) as many:
        look(ines, DAY)
    assert len(one) == len(many) <= 3


# The page.


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_who_may_ask(directory: Account, role: str) -> None:
    of = browser(role)
    assert ask(of, "imarchal").status_code == (403 if role == "nobody" else 200)
    if role != "nobody":
        assert_clean(ask(of, "imarchal"))


def test_who_is_not_logged_in_is_led_there(client: Client) -> None:
    assert "/login/" in client.get(reverse(WHERE)).headers["Location"]


def test_the_name_is_in_no_address_and_in_no_history(
    directory: Account, ines: Employee, write: Write
) -> None:
    checked(directory, write(LINE))
    before = Event.objects.count()
    response = ask(browser("Operator"), "Marchal Inès")
    where = response.redirect_chain[-1][0]
    assert parse_qs(urlsplit(where).query) == {"employee": [str(ines.pk)], "day": ["2027-03-09"]}
    assert Event.objects.count() == before
    shown = response.content.decode()
    assert "Line 2" in shown and "morning" in shown and "Lyon Part-Dieu / Finance" in shown
    assert "not imported" in shown and "under a former login" in shown


def test_several_are_listed_to_choose(directory: Account, ines: Employee) -> None:
    Employee.objects.create(
        account=directory, remote_id=9999, login="im2", first_name="Ivan",
        last_name="Marchal", seen_at=timezone.now(),
    )  # fmt: skip
    shown = ask(browser("Operator"), "marchal").content.decode()
    assert "Who is meant?" in shown and "Ivan Marchal (im2)" in shown
    assert f"?employee={ines.pk}&amp;day=2027-03-09" in shown
    assert people("INÈS marchal") == [ines]
    assert people("inès nobody") == []
    assert people("  ") == []


def test_too_many_are_not_all_listed(directory: Account) -> None:
    Employee.objects.bulk_create(
        Employee(account=directory, remote_id=10_000 + n, login=f"zz{n}", seen_at=timezone.now())
        for n in range(40)
    )
    shown = ask(browser("Operator"), "zz").content.decode()
    assert shown.count("?employee=") == employee_days.MOST_PEOPLE
    assert "Write more of the name." in shown


@pytest.mark.parametrize(
    ("who", "day", "said"),
    [
        ("", "2027-03-09", "Write a name or a login."),
        ("imarchal", "", "Choose the day."),
        ("imarchal", "09/03/27x", "Write the day as"),
        ("nobody-at-all", "2027-03-09", "Nobody in the directory"),
        ("x" * 101, "2027-03-09", "at most 100"),
        ("<b>%_\\'\"", "2027-03-09", "Nobody in the directory"),
    ],
)
def test_a_question_that_cannot_be_answered(
    directory: Account, who: str, day: str, said: str
) -> None:
    shown = ask(browser("Operator"), who, day).content.decode()
    assert said in shown and "<b>%" not in shown
    assert 'aria-invalid="true"' in shown


@pytest.mark.parametrize("query", ["employee=x", "employee=1&day=x", "employee=" + "9" * 17 +
                                   "&day=2027-03-09", "day=2027-03-09&before=x"])  # fmt: skip
def test_an_address_that_somebody_wrote(directory: Account, query: str) -> None:
    response = browser("Operator").get(f"{reverse(WHERE)}?{query}")
    assert response.status_code == 200
    assert "Which imports touched this day?" in response.content.decode()


def test_the_list_leads_there(directory: Account, write: Write) -> None:
    received(directory, write(LINE))
    shown = imports_list(browser("Auditor"))
    asking, results = f'action="{reverse(WHERE)}"', 'id="changelist-form"'
    assert shown.index(asking) < shown.index(results), "a form cannot stand in another"
