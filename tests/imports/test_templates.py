"""Templates: made of the mirror, filled in by a person, and imported as they come back."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from imports import templates
from imports.stages import Stage
from portal.groups import ROLES
from portal.jobs.models import Job
from portal.models import Account, Area, Employee, Event, EventDetail, User, WorkLocation
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.imports.batches import checked, launched

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def made(directory: Account, tmp_path: Path) -> Callable[[str], Path]:
    def make(kind: str) -> Path:
        path = tmp_path / f"{kind}.xlsx"
        templates.write(directory, kind, path, by=None)
        return path

    return make


def fill(path: Path, *rows: list[Any], at: int = 2) -> Path:
    """As a person does, in a spreadsheet."""
    book = openpyxl.load_workbook(path)
    sheet: Any = book.worksheets[0]
    for number, row in enumerate(rows, at):
        for column, value in enumerate(row, 1):
            if value is not None:
                sheet.cell(number, column).value = value
    book.save(path)
    return path


def rules(path: Path) -> dict[str, Any]:
    sheet: Any = openpyxl.load_workbook(path).worksheets[0]
    return {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}


def listed(path: Path, formula: str) -> list[str]:
    """The values that a list of the workbook offers."""
    sheet, cells = formula.split("!")
    book: Any = openpyxl.load_workbook(path)
    return [row[0].value for row in book[sheet.strip("'=")][cells]]


def test_an_empty_template_has_no_lines(directory: Account, made: Callable[[str], Path]) -> None:
    for kind, cause in (("lines", "no-data-lines"), ("week", "grid-empty")):
        batch = checked(directory, made(kind))
        assert (batch.stage, batch.total, batch.unusable) == (Stage.TO_CORRECT, 0, True)
        assert [issue.cause for issue in batch.issues.exclude(severity="rewritten")] == [cause]


def test_the_lines_template_is_filled_in_and_imported(
    directory: Account, lucca: Simulator, made: Callable[[str], Path]
) -> None:
    path = fill(
        made("lines"),
        [
            "imarchal",
            "Lyon Part-Dieu",
            "Finance",
            dt.date(2027, 3, 9),
            "FullDay",
            "Réunion d'équipe",
        ],
        ["lfournier", "Home", None, dt.date(2027, 3, 9), "FirstHalf", None, "false"],
    )
    batch = launched(directory, path)
    assert (batch.stage, batch.accepted) == (Stage.DONE, 2)
    assert not batch.issues.exists()
    sheet = directory.batches.get().detected["sheet"]
    assert sheet == "Import"


def test_the_week_template_is_filled_in_and_imported(
    directory: Account, lucca: Simulator, made: Callable[[str], Path]
) -> None:
    path = made("week")
    book: Any = openpyxl.load_workbook(path)
    logins = [row[2].value for row in book.worksheets[0].iter_rows(min_row=2)]
    at = logins.index("imarchal") + 2
    row = [None, None, None, "Lyon Part-Dieu > Finance", "Home / Paris Opéra", "/ Home"]
    with time_machine.travel(timezone.now() + dt.timedelta(weeks=10), tick=True):
        templates.write(directory, "week", path, by=None)
        batch = launched(directory, fill(path, row, at=at))
    assert (batch.stage, batch.accepted, batch.total) == (Stage.DONE, 4, 4)
    assert not batch.issues.exists()
    # Every other row stands there empty; somebody has left in these ten weeks.
    assert 50 < batch.detected["grid"]["employees"] <= len(logins)


def test_what_can_be_chosen_is_the_tenant_s_own(
    directory: Account, made: Callable[[str], Path]
) -> None:
    path = made("lines")
    found = rules(path)
    logins = listed(path, found["A2"].formula1)
    assert "imarchal" in logins and "204417" in logins and len(logins) > 50
    gone = Employee.objects.filter(contract_end__lt=timezone.now() - dt.timedelta(days=5))
    assert gone.exists() and not set(logins) & {one.login for one in gone}
    places = listed(path, found["B2"].formula1)
    # Neither what is closed nor what two places are called.
    assert "Lyon Part-Dieu" in places and "Business trip" not in places
    assert found["C2"].formula1.startswith("OFFSET(")
    assert found["D2"].type == "date"
    assert listed(path, found["E2"].formula1) == ["FullDay", "FirstHalf", "SecondHalf"]
    assert listed(path, found["G2"].formula1) == ["false", "true"]

    path = made("week")
    cells = rules(path)["D2"]
    assert cells.errorStyle == "warning"
    choices = listed(path, cells.formula1)
    assert {"Home", "Lyon Part-Dieu", "Lyon Part-Dieu > Finance"} <= set(choices)
    # Each of them is read as what it is.
    fill(path, [None, None, None, *choices[:5]])
    assert checked(directory, path).refused_here == 0


def test_the_area_s_list_depends_on_the_place(
    directory: Account, made: Callable[[str], Path]
) -> None:
    path = made("lines")
    formula = rules(path)["C2"].formula1
    first, _match, keys = formula.split("'!$")[1:4]
    book: Any = openpyxl.load_workbook(path)
    lists = book["Lists"]
    pairs = [
        (row[int(ord(keys[0]) - 65)].value, row[int(ord(first[0]) - 65)].value)
        for row in lists.iter_rows()
    ]
    assert ("Lyon Part-Dieu", "Finance") in pairs
    assert lists.sheet_state == "hidden"


def test_the_days_are_those_of_the_coming_week(directory: Account, tmp_path: Path) -> None:
    for today, monday in (("2027-03-07", "2027-03-08"), ("2027-03-08", "2027-03-15")):
        with time_machine.travel(f"{today} 12:00Z", tick=False):
            templates.write(directory, "week", tmp_path / "week.xlsx", by=None)
        book: Any = openpyxl.load_workbook(tmp_path / "week.xlsx")
        days = [cell.value for cell in book.worksheets[0][1][3:]]
        assert days[0] == dt.datetime.fromisoformat(monday) and len(days) == 5


def test_what_a_tenant_calls_things_is_text(directory: Account, tmp_path: Path) -> None:
    state = directory.directory_state
    hostile = ["=1+1", "@SUM(A1)", "+33", "-1", "https://example.org", "<b>", "12", "", "x\x07"]
    for number, name in enumerate(hostile, 90_000):
        Employee.objects.create(
            account=directory, remote_id=number, login=f"{name}", last_name=name, first_name=name,
            seen_at=state.employees_at,
        )  # fmt: skip
        place = WorkLocation.objects.create(
            account=directory, remote_id=number, name=name or "…", is_active=True,
            seen_at=state.locations_at,
        )  # fmt: skip
        Area.objects.create(location=place, remote_id=1, name=name or "…")
    for kind in templates.KINDS:
        path = tmp_path / "template.xlsx"
        templates.write(directory, kind, path, by=None)
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                text = archive.read(member).decode()
                assert "<f>" not in text and "hyperlink" not in text, member
        book: Any = openpyxl.load_workbook(path)
        values = {cell.value for sheet in book.worksheets for row in sheet for cell in row}
        assert {"=1+1", "@SUM(A1)", "https://example.org", "12"} <= values


def test_a_spreadsheet_takes_the_french_one_too(directory: Account, tmp_path: Path) -> None:
    """Names of sheets and hints have a greatest length."""
    for kind in templates.KINDS:
        with translation.override("fr"):
            templates.write(directory, kind, tmp_path / "template.xlsx", by=None)
        assert len(openpyxl.load_workbook(tmp_path / "template.xlsx").sheetnames) == 3


def test_a_tenant_without_people_and_places(directory: Account, tmp_path: Path) -> None:
    Employee.objects.all().delete()
    WorkLocation.objects.all().delete()
    for kind in templates.KINDS:
        templates.write(directory, kind, tmp_path / "template.xlsx", by=None)
        assert openpyxl.load_workbook(tmp_path / "template.xlsx").worksheets[0].max_row == 1


# The page.


def browser(role: str) -> Client:
    user, _made = User.objects.get_or_create(username=role.lower(), is_staff=True)
    if role in ROLES:
        user.groups.add(Group.objects.get(name=role))
    found = Client()
    found.force_login(user)
    return found


PAGE = "admin:imports_importbatch_templates"


def address(account: Account, kind: str) -> str:
    return reverse("admin:imports_importbatch_template", args=[account.pk, kind])


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_who_may_upload_may_download(role: str, directory: Account) -> None:
    may = role in ("Operator", "Launcher")
    page = browser(role)
    assert page.get(reverse(PAGE)).status_code == (200 if may else 403)
    for kind in templates.KINDS:
        assert page.get(address(directory, kind)).status_code == (200 if may else 403)
    assert page.post(reverse(PAGE), {"account": directory.pk}).status_code == (302 if may else 403)


def test_a_download_leaves_an_entry_without_names(directory: Account) -> None:
    answer = browser("Operator").get(address(directory, "week"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="demo-week.xlsx"'
    book: Any = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames[:2] == ["Week", "Employees"]
    event = Event.objects.get(verb="import.template")
    detail = EventDetail.objects.get(seq=event.seq)
    assert (event.account, detail.actor) == ("demo", "operator")
    assert detail.values["kind"] == "week" and "imarchal" not in str(detail.values)


def test_what_there_is_no_template_of(directory: Account) -> None:
    page = browser("Operator")
    assert page.get(address(directory, "month")).status_code == 404
    directory.pk = 999
    assert page.get(address(directory, "week")).status_code == 404
    assert page.post(reverse(PAGE), {"account": "x"}).status_code == 404
    assert page.post(reverse(PAGE), {"account": "999"}).status_code == 404
    assert page.post(reverse(PAGE), {"account": "9" * 5000}).status_code == 404


def test_while_nothing_was_read_the_page_says_so_and_offers_it(
    account: Account, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match="never read"):
        templates.write(account, "lines", tmp_path / "a.xlsx", by=None)
    page = browser("Operator")
    shown = page.get(reverse(PAGE)).content.decode()
    assert "were never read from Lucca" in shown
    answer = page.get(address(account, "lines"), follow=True)
    assert "Have them read first" in answer.content.decode()
    assert not Event.objects.filter(verb="import.template").exists()
    answer = page.post(reverse(PAGE), {"account": account.pk}, follow=True)
    assert "are being read" in answer.content.decode()
    assert Job.objects.get().kind == "directory"


def test_where_the_templates_are_offered(directory: Account) -> None:
    page = browser("Operator")
    shown = page.get(reverse("admin:imports_importbatch_add")).content.decode()
    assert "Download a template for demo" in shown and address(directory, "week") in shown
    shown = page.get(reverse("admin:imports_importbatch_changelist")).content.decode()
    assert reverse(PAGE) in shown


def test_making_a_template_asks_lucca_nothing(
    directory: Account, lucca: Simulator, made: Callable[[str], Path]
) -> None:
    for kind in templates.KINDS:
        made(kind)
    assert lucca.log() == []
