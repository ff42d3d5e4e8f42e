"""Whatever a tenant calls its people, places and areas: what is planned comes back as it was."""

import csv
from pathlib import Path

import pytest
from django.utils import timezone

from imports.header import COLUMNS
from imports.models import ReadEntry, Reading
from imports.planned import compose
from imports.stages import Stage
from portal.models import Account, Area, Employee, WorkLocation
from tests.imports.batches import checked
from tests.imports.test_planned import FIRST, INES, WRITERS, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NAMES = [
    "=1+1", "'=1+1", "''=1", "'", "'quoted'", "-1", "+33 1", "@home", "-", "=",
    'a "b" c', '"', '""', ";", "a;b", "a,b", "a, b; c", "sep=;", "a\tb", "\ta", "a\nb",
    "a\r\nb", "a\x0bb",
    " a", "a ", "a  b", "\xa0a", "a\u200bb", "\ufeffa", "é", "e\u0301", "ﬁ", "İ", "ß", "日本", "🏠",
    "true", "false", "TRUE", "1", "01", "1.0", "1e5", "12345678901234567890",
    "2027-03-09", "09/03/2027",
    "#N/A", "#REF!", "_x0041_", "_x000D_", "&amp;", "<b>", "a/b", "a > b", "NULL", "None", "nan",
    "login", "_reason", "workLocationName", "\x1f", "\x85", "\u2028",
    "x" * 250, "%s", "{0}", "\\", "\\n", "`", "|",
]  # fmt: skip


def named(account: Account, name: str, number: int) -> None:
    now = timezone.now()
    place = WorkLocation.objects.create(
        account=account, remote_id=1000 + number, name=name, is_active=True, seen_at=now
    )
    Area.objects.create(location=place, remote_id=number, name=name)


@pytest.mark.parametrize("kind", WRITERS)
def test_places_and_logins_of_any_name_come_back(
    directory: Account, tmp_path: Path, kind: str
) -> None:
    reading = read(directory, INES)
    ReadEntry.objects.all().delete()
    people = []
    for number, name in enumerate(NAMES):
        named(directory, name, number)
        people.append(
            Employee.objects.create(
                account=directory, remote_id=5000 + number, login=name, seen_at=timezone.now()
            )
        )
        for owner, area in ((5000 + number, number), (INES, None)):
            ReadEntry.objects.create(
                reading=reading, remote_id=2 * number + (area is None), owner=owner,
                place=1000 + number, area=area, position="FullDay",
                day=FIRST.fromordinal(FIRST.toordinal() + number % 300),
            )  # fmt: skip
    reading.people = [INES, *(one.remote_id for one in people)]
    reading.save()
    found = compose(Reading.objects.get(pk=reading.pk))
    rows = found.rows
    path = tmp_path / f"planned.{kind}"
    WRITERS[kind](path, rows)
    batch = checked(directory, path, override=True)
    # Some cannot be written into a file as they are: the check would not take them.
    assert len(rows) == 2 * len(NAMES) - sum(found.left_out.values()) > 1.6 * len(NAMES)
    assert batch.stage == Stage.CHECKED
    assert batch.undecided == len(rows)
    with Path(batch.canonical.path).open(encoding="utf-8-sig", newline="") as file:
        sent = list(csv.reader(file, delimiter=";"))
    assert sent == [list(COLUMNS), *rows]
