"""The command of reports: what it sends, says, writes and ends with."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group

from portal.models import Account, User
from portal.simulator import DEFAULT_KEY, Simulator
from reports.models import ReportRun, ReportTemplate
from tests.portal.commands import Ran, run
from tests.reports.report_runs import content, csv_of, posts
from tests.reports.test_report_templates import TEXT, held

pytestmark = [pytest.mark.database, pytest.mark.django_db]

KEYS = {
    *("run", "state", "account", "template", "report_id", "starts_on", "ends_on"),
    *("requests_sent", "file", "workbook", "next"),
}


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.REPORT_POLL_SECONDS = 0.02


def report(capsys: Any, *more: str, template: str = "318") -> Ran:
    return run(
        capsys, "report_timesheet", "--account", "demo", "--template", template, *more
    )  # fmt: skip


def from_file(capsys: Any, path: Path, *more: str) -> Ran:
    return run(
        capsys, "report_timesheet", "--account", "demo", "--template-file", str(path), *more
    )  # fmt: skip


def test_a_report(capsys: Any, account: Account, lucca: Simulator, tmp_path: Path) -> None:
    target = tmp_path / "hours.csv"
    days = ["--starts-on", "2026-02-02", "--ends-on", "2026-03-01"]
    ran = report(capsys, *days, "--output", str(target), "--json")
    assert ran.code == 0, ran.err
    assert ran.json.keys() >= KEYS
    assert (ran.json["state"], ran.json["report_id"]) == ("succeeded", "9042")
    assert (ran.json["starts_on"], ran.json["ends_on"]) == ("2026-02-02", "2026-03-01")
    assert (ran.json["requests_sent"], ran.json["workbook"]) == (1, None)
    file = csv_of(ReportRun.objects.get())
    assert ran.json["file"] == {"name": file.file_name, "sha256": file.sha256, "size": file.size}
    assert target.read_bytes() == content(file)
    assert str(target) in ran.json["next"]


def test_the_template_s_days_are_told(capsys: Any, account: Account, lucca: Simulator) -> None:
    ran = report(capsys, "--json", template="321")
    (made,) = lucca.state()["reports"]
    assert (ran.json["starts_on"], ran.json["ends_on"]) == (made["startsOn"], made["endsOn"])


def test_in_words(capsys: Any, account: Account, lucca: Simulator) -> None:
    ran = report(capsys, "--excel")
    assert ran.code == 0
    assert "Report run" in ran.out
    assert "CSV file: Worked hours by week.csv" in ran.out
    assert "workbook: Worked hours by week.xlsx" in ran.out
    assert "Nothing to do" in ran.out


def test_without_its_workbook(capsys: Any, account: Account, lucca: Simulator) -> None:
    lucca.configure(report_excel=False)
    ran = report(capsys, "--excel", "--json")
    assert (ran.code, ran.json["state"]) == (3, "partial")
    assert ran.json["file"]["size"] > 0
    assert ran.json["workbook"] is None
    assert "workbook could not be fetched" in ran.json["next"]


def test_an_empty_file_is_said(capsys: Any, account: Account, lucca: Simulator) -> None:
    lucca.configure(report_file="empty")
    ran = report(capsys, "--json")
    assert (ran.code, ran.json["file"]["size"]) == (0, 0)
    assert "its file is empty" in ran.json["next"]


def test_filters(capsys: Any, account: Account, lucca: Simulator) -> None:
    filters = [{"kind": "department", "values": [9]}]
    assert report(capsys, "--filters", json.dumps(filters)).code == 0
    assert lucca.state()["reports"][0]["filters"] == filters


@pytest.mark.parametrize(
    "more",
    [
        ["--starts-on", "02/02/2026"],
        ["--ends-on", "2026-02-30"],
        ["--filters", "[]"],
        ["--filters", "{broken"],
        ["--template-file", "x.json"],
    ],
)
def test_wrong_usage(capsys: Any, account: Account, lucca: Simulator, more: list[str]) -> None:
    ran = report(capsys, *more, "--json")
    assert ran.code == 64
    assert lucca.log() == []
    assert not ReportRun.objects.exists()


def test_a_number_that_is_none(capsys: Any, account: Account, lucca: Simulator) -> None:
    ran = report(capsys, "--json", template="../318")
    assert (ran.code, ran.json["run"]) == (64, None)
    assert lucca.log() == []


def test_days_the_wrong_way_round(capsys: Any, account: Account, lucca: Simulator) -> None:
    ran = report(capsys, "--starts-on", "2026-03-02", "--ends-on", "2026-03-01", "--json")
    assert ran.code == 2
    assert lucca.log() == []


@pytest.mark.parametrize(
    ("kind", "code"), [("400", 2), ("401", 1), ("403", 1), ("404", 1), ("500", 1), ("reset", 1)]
)
def test_what_lucca_declines(
    capsys: Any, account: Account, lucca: Simulator, kind: str, code: int
) -> None:
    lucca.add_fault(kind, method="POST", times=0)
    ran = report(capsys, "--json")
    assert (ran.code, ran.json["state"], ran.json["report_id"]) == (code, "failed", None)


def test_an_error_of_lucca_s(capsys: Any, account: Account, lucca: Simulator) -> None:
    lucca.configure(report_outcome="error")
    ran = report(capsys, "--json")
    assert (ran.code, ran.json["requests_sent"]) == (1, 2)
    assert "support" in ran.json["next"]


def test_a_place_where_nothing_can_be_written(
    capsys: Any, account: Account, lucca: Simulator, tmp_path: Path
) -> None:
    ran = report(capsys, "--output", str(tmp_path), "--json")
    assert ran.code == 1
    assert lucca.log() == []


# From a file


@pytest.fixture
def template_file(tmp_path: Path) -> Path:
    path = tmp_path / "template.json"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_template_is_created_once(
    capsys: Any, account: Account, lucca: Simulator, template_file: Path
) -> None:
    first = from_file(capsys, template_file, "--json")
    assert first.code == 0, first.err
    assert "was created in Lucca: number 322" in first.err
    second = from_file(capsys, template_file, "--json")
    assert (second.code, second.json["template"]) == (0, "322")
    assert len(held(lucca)) == 1
    assert ReportTemplate.objects.count() == 1


def test_a_creation_whose_answer_was_lost(
    capsys: Any, account: Account, lucca: Simulator, template_file: Path
) -> None:
    lucca.add_fault("reset", method="POST", when="after")
    for _time in range(2):
        ran = from_file(capsys, template_file, "--json")
        assert ran.code == 4
        assert ran.json["run"] is None
    assert len(held(lucca)) == 1


def test_what_is_no_template(
    capsys: Any, account: Account, lucca: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / "template.json"
    assert from_file(capsys, path, "--json").code == 64
    path.write_bytes(b"\xff\xfe")
    assert from_file(capsys, path, "--json").code == 64
    path.write_text('{"name": "x"}')
    ran = from_file(capsys, path, "--json")
    assert ran.code == 64
    assert "no columns" in ran.json["next"]
    assert lucca.log() == []


# Rights


def user(role: str) -> User:
    made = User.objects.create_user("ines", is_staff=True)
    made.groups.add(Group.objects.get(name=role))
    return made


@pytest.mark.parametrize(("role", "code"), [("Operator", 0), ("Launcher", 0), ("Auditor", 1)])
def test_as_a_user(capsys: Any, account: Account, lucca: Simulator, role: str, code: int) -> None:
    user(role)
    assert report(capsys, "--user", "ines").code == code
    assert len(posts(lucca)) == (code == 0)


def test_an_operator_creates_no_template(
    capsys: Any, account: Account, lucca: Simulator, template_file: Path
) -> None:
    user("Operator")
    ran = from_file(capsys, template_file, "--user", "ines", "--json")
    assert ran.code == 1
    assert "create_reporttemplate" in ran.json["next"]
    assert held(lucca) == []


def test_without_the_right_in_lucca(capsys: Any, account: Account, lucca: Simulator) -> None:
    lucca.add_key(DEFAULT_KEY, reports=False)
    ran = report(capsys, "--json")
    assert ran.code == 1
    assert "Timesheet: generate reports" in ran.json["next"]
