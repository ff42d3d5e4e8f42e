"""Whatever a tenant calls its people, places and areas: what a template offers passes the check."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from imports import templates
from imports.stages import Stage
from portal.models import Account, Employee
from tests.imports.batches import checked
from tests.imports.test_planned_names import NAMES, named
from tests.imports.test_templates import fill, listed, rules

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def odd(directory: Account) -> Account:
    """A tenant whose places, areas and logins all have odd names."""
    state = directory.directory_state
    for number, name in enumerate(NAMES):
        named(directory, name, number)
        Employee.objects.create(
            account=directory, remote_id=5000 + number, login=name, seen_at=state.employees_at
        )
    directory.locations.update(seen_at=state.locations_at)
    return directory


def offered(path: Path, cell: str) -> list[str]:
    """What can be chosen, without what the library of these tests would write as a formula."""
    choices = listed(path, rules(path)[cell].formula1)
    return [choice for choice in choices if choice[0] not in "=#"]


def test_every_choice_of_the_week_is_read_as_meant(odd: Account, tmp_path: Path) -> None:
    path = tmp_path / "week.xlsx"
    templates.write(odd, "week", path, by=None)
    choices = offered(path, "D2")
    assert len(choices) > 1.5 * len(NAMES)
    book: Any = openpyxl.load_workbook(path)
    logins = [row[2].value for row in book.worksheets[0].iter_rows(min_row=2)]
    known = set(odd.employees.filter(remote_id__lt=5000).values_list("login", flat=True))
    sane = [number for number, login in enumerate(logins, 2) if login in known]
    per_row = [choices[at : at + 5] for at in range(0, len(choices), 5)]
    assert len(per_row) <= len(sane)
    chosen = dict(zip(sane, per_row, strict=False))
    fill(path, *([None, None, None, *chosen.get(at, [])] for at in range(2, max(sane) + 1)))
    batch = checked(odd, path)
    assert list(batch.issues.filter(severity="error").values_list("cause", "params")) == []
    assert batch.stage == Stage.CHECKED and batch.undecided == len(choices)


def test_every_place_and_login_of_the_lines_is_taken(odd: Account, tmp_path: Path) -> None:
    path = tmp_path / "lines.xlsx"
    templates.write(odd, "lines", path, by=None)
    logins, places = offered(path, "A2"), offered(path, "B2")
    assert len(places) > len(NAMES) * 0.8
    days = (f"2027-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))
    rows = [["imarchal", place, None, next(days), "FullDay"] for place in places]
    rows += [[login, "Home", None, next(days), "FullDay"] for login in logins]
    batch = checked(odd, fill(path, *rows))
    assert list(batch.issues.filter(severity="error").values_list("line", "column", "params")) == []
    assert batch.stage == Stage.CHECKED
