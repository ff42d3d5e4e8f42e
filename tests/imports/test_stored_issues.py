"""Issues are stored as they were found, whether the lines of a slice have much in common or not."""

import pytest
from django.db import transaction

from imports import issues
from imports.models import ImportBatch
from portal.sheets.issues import IssueRow, Origin, to_json
from tests.portal.admin_rows import batch as make_batch

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def alike(column: str | None, count: int) -> list[IssueRow]:
    return [
        (line, column, "error", "unknown-place", to_json(value=f"Hom'{line}"))
        for line in range(2, count + 2)
    ]


def mixed(count: int) -> list[IssueRow]:
    return [
        (None, None, "error", "no-data-lines", "{}"),
        *alike("login", count),
        (7, "login", "warning", "unknown-place", to_json(value="é;?1")),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        alike("workLocationName", 1),
        alike("workLocationName", 2001),
        alike(None, 3),
        mixed(2),
        mixed(1500) + alike("date", 2500),
    ],
    ids=["one", "alike", "alike, of no column", "mixed", "mixed, then alike"],
)
def test_rows_are_read_back_as_they_were_and_in_their_order(rows: list[IssueRow]) -> None:
    batch: ImportBatch = make_batch(0)
    with transaction.atomic():
        issues.store(batch, Origin.ANALYSIS, rows)
    kept = batch.issues.order_by("pk")
    assert list(kept.values_list("line", "column", "severity", "cause", "params")) == [
        (line, column or "", *rest) for line, column, *rest in rows
    ]
    assert set(kept.values_list("origin", flat=True)) == {"analysis"}
