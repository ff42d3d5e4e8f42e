"""Launching a file of overrides: what leaves, in which requests, and what the counts say."""

from pathlib import Path

import pytest

from portal.models import Account
from portal.simulator import Simulator
from tests.schedules import override_files as files

pytestmark = [pytest.mark.database, pytest.mark.django_db]

MONDAY = "2031-03-03"


def test_scratch(directory: Account, lucca: Simulator, tmp_path: Path) -> None:
    account = files.confirmed(directory)
    path = files.written(
        tmp_path,
        f"imarchal;;{MONDAY};first;off;;;dentist",
        f"imarchal;;{MONDAY};second;worked;2:00;;",
        f"tnoll;;{MONDAY};full;off;;;",
        ";501;04/03/2031;matin;off;;;",
        f"lfournier;;{MONDAY};full;worked;1;;",
    )
    file = files.prepared(account, path)
    for one in file.issues.all():
        print(one.line, one.severity, one.message)
    print(file.stage, file.total, file.blank, file.refused, file.changes)
    for row in file.overrides.order_by("line"):
        print(row.line, row.stage, row.unit, row.findings, row.expected)
    print([(e["method"], e["path"]) for e in lucca.log()])
    lucca.journal.clear()
    file = files.launched(file)
    print(file.stage, file.message)
    for row in file.overrides.order_by("line"):
        print(row.line, row.stage, row.job and row.job.message)
    print([(e["method"], e["path"]) for e in lucca.log()])
    assert 0
