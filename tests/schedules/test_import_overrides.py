"""`import_overrides` on the command line: exit codes, the JSON, and what leaves."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from portal.models import Account, User
from portal.simulator import Simulator
from tests.schedules import override_files as files

pytestmark = [pytest.mark.database, pytest.mark.django_db]

DAY = "2031-03-03"
GOOD, BAD = f"imarchal;;{DAY};full;off;;;", f"nobody;;{DAY};full;off;;;"


@pytest.fixture
def account(directory: Account) -> Account:
    return files.confirmed(directory)


def run(path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command("import_overrides", path, "--account=demo", "--json", *options, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def puts(lucca: Simulator) -> int:
    return sum(one["method"] == "PUT" for one in lucca.log())


@pytest.mark.parametrize(
    ("lines", "options", "code", "stage", "sent"),
    [
        ((GOOD,), (), 0, "ready", 0),
        ((GOOD, BAD), (), 2, "ready", 0),
        ((BAD,), ("--launch", "--leave-refused"), 2, "to-correct", 0),
        ((GOOD, BAD), ("--launch",), 2, "ready", 0),
        ((GOOD, BAD), ("--launch", "--leave-refused"), 0, "applied", 1),
        ((GOOD,), ("--launch",), 0, "applied", 1),
    ],
)
def test_how_far_it_goes(
    account: Account,
    lucca: Simulator,
    tmp_path: Path,
    lines: tuple[str, ...],
    options: tuple[str, ...],
    code: int,
    stage: str,
    sent: int,
) -> None:
    found, document = run(files.written(tmp_path, *lines), *options)
    assert (found, document["stage"], puts(lucca)) == (code, stage, sent)
    assert document["next"] and document["file"]["sha256"]
    counted = document["lines"]
    assert counted["total"] == sum(counted.values()) - counted["total"]


def test_what_asks_waits(account: Account, lucca: Simulator, tmp_path: Path) -> None:
    assert run(files.written(tmp_path, GOOD), "--launch")[0] == 0
    again = files.written(tmp_path, f"imarchal;;{DAY};first;off;;;", name="again.csv")
    code, document = run(again, "--launch")
    assert code == 5 and document["overrides"][0]["findings"][0]["cause"] == "replaces-ours"
    code, document = run(again, "--launch", "--accept-warnings")
    assert code == 0 and document["overrides"][0]["verified"] is True


def test_an_answer_that_is_lost(account: Account, lucca: Simulator, tmp_path: Path) -> None:
    lucca.add_fault("reset", path="shift-overrides", method="PUT")
    code, document = run(files.written(tmp_path, GOOD), "--launch")
    assert (code, document["lines"]["unknown"]) == (4, 1)


def test_rights_and_files(account: Account, lucca: Simulator, tmp_path: Path) -> None:
    path = files.written(tmp_path, GOOD)
    operator = User.objects.create_user("operator", is_staff=True)
    operator.groups.add(Group.objects.get(name="Operator"))
    assert run(path, "--launch", "--user=operator")[0] == 1
    assert run(path, "--user=operator")[0] == 0
    assert run(tmp_path / "none.csv")[0] == 1
    files.confirmed(account, "auto")
    assert run(path)[0] == 2
    assert puts(lucca) == 0
