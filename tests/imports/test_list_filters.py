"""The filters of the list that people ask for: this week, and the account."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import timezone

from imports.models import ImportBatch
from tests.imports.people import browser, imports_list
from tests.portal.admin_rows import batch as make_batch

pytestmark = [pytest.mark.database, pytest.mark.django_db]
# A Wednesday.
NOW = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)


def received(name: str, *at: int) -> ImportBatch:
    made = make_batch(0)
    when = timezone.make_aware(datetime(*at))  # type: ignore[arg-type]
    ImportBatch.objects.filter(pk=made.pk).update(file_name=name, created_at=when)
    return made


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("today", {"wednesday"}),
        ("week", {"wednesday", "monday"}),
        ("month", {"wednesday", "monday", "sunday"}),
        ("year", {"wednesday", "monday", "sunday", "january"}),
        ("", {"wednesday", "monday", "sunday", "january", "before"}),
        ("nonsense", {"wednesday", "monday", "sunday", "january", "before"}),
    ],
)
def test_by_the_calendar(asked: str, names: set[str]) -> None:
    every = {
        "wednesday": (2027, 3, 10, 0, 0), "monday": (2027, 3, 8, 0, 0),
        "sunday": (2027, 3, 7, 23, 59), "january": (2027, 1, 1, 0, 0),
        "before": (2026, 12, 31, 23, 59),
    }  # fmt: skip
    for name, at in every.items():
        received(name, *at)
    with time_machine.travel(NOW, tick=False):
        shown = imports_list(browser("Auditor"), received=asked)
    assert {name for name in every if f">{name}</a>" in shown} == names


def test_the_list_can_be_narrowed_to_an_account() -> None:
    one, _other = received("one.csv", 2027, 3, 8), received("other.csv", 2027, 3, 8)
    of = browser("Auditor")
    assert "By account" in imports_list(of) and "This week" in imports_list(of)
    shown = imports_list(of, account__id__exact=str(one.account_id))
    assert ">one.csv</a>" in shown and ">other.csv</a>" not in shown


def test_dates_are_in_one_piece() -> None:
    received("one.csv", 2027, 3, 8)
    assert '<time class="nowrap"' in imports_list(browser("Auditor"))
