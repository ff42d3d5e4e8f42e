"""Timesheet reports: templates, what a POST makes, how a report comes, and what its files are."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from portal.simulator import DEFAULT_KEY

if TYPE_CHECKING:
    from .conftest import Door

REPORTS = "/timmi-timesheet/api/reports"
TEMPLATES = "/timmi-timesheet/api/report-templates"
DAYS = {"startsOn": "2026-02-02", "endsOn": "2026-02-15"}


def post(lucca: Door, path: str = REPORTS, **body: Any) -> requests.Response:
    return lucca.session.post(lucca.base + path, json=body, timeout=5)


def report(lucca: Door, template: Any = "318", **body: Any) -> int:
    """A report that is done."""
    lucca.simulator.configure(report_polls=0)
    number = int(post(lucca, templateId=template, **{**DAYS, **body}).json()["id"])
    assert lucca.json(f"{REPORTS}/{number}")["status"] == "done"
    return number


def downloaded(lucca: Door, number: int, which: str = "csv") -> bytes:
    answer = lucca.get(f"{REPORTS}/{number}/download-{which}")
    assert answer.status_code == 200
    return bytes(answer.content)


def rows(content: bytes, encoding: str = "utf-8-sig", delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))


@pytest.mark.parametrize("status", [201, 200])
@pytest.mark.parametrize("template", ["318", 318])
def test_a_report_is_asked_for(either: Door, status: int, template: Any) -> None:
    either.simulator.configure(report_created_status=status)
    answer = post(either, templateId=template, filters=None, **DAYS)
    assert answer.status_code == status
    made = answer.json()
    assert (made["id"], made["status"], made["templateId"]) == (9042, "pending", "318")
    assert (made["startsOn"], made["endsOn"]) == ("2026-02-02", "2026-02-15")
    assert made["columns"][0]["kind"] == "ownerName"


def test_pending_for_some_looks(lucca: Door) -> None:
    lucca.simulator.configure(report_polls=2)
    post(lucca, templateId="318", **DAYS)
    assert lucca.get(f"{REPORTS}/9042/download-csv").status_code == 404
    seen = [lucca.json(f"{REPORTS}/9042")["status"] for _ in range(4)]
    assert seen == ["pending", "pending", "done", "done"]
    assert lucca.get(f"{REPORTS}/9042/download-csv").status_code == 200


def test_how_it_may_end(lucca: Door) -> None:
    lucca.simulator.configure(report_polls=0, report_outcome="error-once", report_id_shape="text")
    assert post(lucca, templateId="318", **DAYS).json()["id"] == "9042"
    assert lucca.json(f"{REPORTS}/9042")["status"] == "error"
    assert lucca.get(f"{REPORTS}/9042/download-csv").status_code == 404
    post(lucca, templateId="318", **DAYS)
    assert lucca.json(f"{REPORTS}/9043")["status"] == "done"
    lucca.simulator.configure(report_outcome="error")
    post(lucca, templateId="318", **DAYS)
    assert lucca.json(f"{REPORTS}/9044")["status"] == "error"
    assert lucca.simulator.state()["reportPosts"] == 3


def test_the_template_s_own_days(lucca: Door) -> None:
    made = post(lucca, templateId="318", startsOn=None, endsOn=None).json()
    first = date.fromisoformat(made["startsOn"])
    assert first.weekday() == 0
    assert date.fromisoformat(made["endsOn"]) - first == timedelta(days=6)
    assert first < date.today() - timedelta(days=6)
    month = post(lucca, templateId="321").json()
    assert date.fromisoformat(month["startsOn"]).day == 1
    assert (date.fromisoformat(month["endsOn"]) + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"templateId": "999"}, 404),
        ({"templateId": "weekly"}, 404),
        ({}, 400),
        ({"templateId": True}, 400),
        ({"templateId": "318", "startsOn": "02/02/2026"}, 400),
        ({"templateId": "318", "startsOn": "2026-03-02", "endsOn": "2026-03-01"}, 400),
        ({"templateId": "318", "filters": []}, 400),
        ({"templateId": "318", "filters": [{"kind": "department", "values": ["9"]}]}, 400),
    ],
)
def test_what_a_post_refuses(lucca: Door, body: dict[str, Any], status: int) -> None:
    assert post(lucca, **body).status_code == status
    assert lucca.simulator.state()["reports"] == []


def test_rights(lucca: Door) -> None:
    number = report(lucca)
    lucca.simulator.add_key(DEFAULT_KEY, reports=False)
    assert post(lucca, templateId="318").status_code == 403
    assert post(lucca, TEMPLATES, name="x", columns=[{"kind": "ownerName"}]).status_code == 403
    for path in ("", "/download-csv", "/download-excel"):
        assert lucca.get(f"{REPORTS}/{number}{path}").status_code == 403


def test_a_report_is_cleared_away(lucca: Door) -> None:
    number = report(lucca)
    lucca.simulator.change_state({"reports": [{"id": number, "purged": True}]})
    assert lucca.get(f"{REPORTS}/{number}").status_code == 404
    assert lucca.get(f"{REPORTS}/{number}/download-csv").status_code == 404
    lucca.simulator.configure(report_lifetime_seconds=60.0)
    other = report(lucca)
    lucca.simulator.advance(61)
    assert lucca.get(f"{REPORTS}/{other}").status_code == 404


# Templates


def test_a_template_is_kept_as_it_came(lucca: Door) -> None:
    document = {
        "id": 0,
        "blueprintId": "times",
        "name": "Heures",
        "columns": [{"kind": "ownerName", "name": "Salarié", "isPeriodic": False}],
        "unheardOf": {"deep": [1, None]},
    }
    answer = post(lucca, TEMPLATES, **document)
    assert (answer.status_code, answer.json()["id"]) == (201, 322)
    (held,) = [one for one in lucca.simulator.state()["reportTemplates"] if one["id"] == 322]
    assert held["unheardOf"] == {"deep": [1, None]}
    assert rows(downloaded(lucca, report(lucca, 322)))[0] == ["Salarié"]


@pytest.mark.parametrize("body", [{}, {"name": "x"}, {"name": "x", "columns": []}])
def test_a_template_without_columns(lucca: Door, body: dict[str, Any]) -> None:
    assert post(lucca, TEMPLATES, **body).status_code == 400


# Files


def test_periodic_columns_are_repeated(either: Door) -> None:
    header, *people = rows(downloaded(either, report(either)))
    assert header[:4] == [
        *("Employee", "Department"),
        *("Worked 02/02/2026 - 08/02/2026", "Worked 09/02/2026 - 15/02/2026"),
    ]  # fmt: skip
    assert len(header) == 2 + 3 * 2
    assert len(people) > 50
    assert all(cell.replace(",", "").isdecimal() for cell in people[0][2:])
    other = rows(downloaded(either, report(either, endsOn="2026-03-15")))
    assert len(other[0]) == 2 + 3 * 6


@pytest.mark.parametrize(
    ("encoding", "read_as", "begins"),
    [
        ("utf-8-bom", "utf-8-sig", b"\xef\xbb\xbf"),
        ("utf-8", "utf-8", b"Employee"),
        ("windows-1252", "cp1252", b"Employee"),
    ],
)
@pytest.mark.parametrize(
    ("numbers", "delimiter", "mark"), [("comma", ";", ","), ("point", ",", ".")]
)
def test_encodings_and_separators(
    lucca: Door, encoding: str, read_as: str, begins: bytes, numbers: str, delimiter: str, mark: str
) -> None:
    lucca.simulator.configure(report_encoding=encoding, report_numbers=numbers)
    content = downloaded(lucca, report(lucca))
    assert content.startswith(begins)
    header, *people = rows(content, read_as, delimiter)
    assert len({len(cells) for cells in [header, *people]}) == 1
    assert mark in people[0][2]
    assert "Études & Développement" in {cells[1] for cells in people}


def test_cells_that_a_file_must_survive(lucca: Door) -> None:
    lucca.simulator.configure(report_cells="awkward")
    departments = {cells[1] for cells in rows(downloaded(lucca, report(lucca)))}
    assert {'Finance; "Paie"', "Ventes,\r\nSuisse", "=Études; R&D"} <= departments


def test_filters(lucca: Door) -> None:
    number = report(lucca, filters=[{"kind": "department", "values": [9, 10]}])
    _header, *people = rows(downloaded(lucca, number))
    assert {cells[1] for cells in people} == {"Finance", "Human resources"}


def test_a_large_report(lucca: Door) -> None:
    lucca.simulator.configure(report_rows=50_000)
    number = report(lucca)
    lucca.simulator.configure(report_rows=0)
    assert downloaded(lucca, number).count(b"\r\n") == 50_001


def test_the_same_report_has_the_same_bytes(lucca: Door) -> None:
    number = report(lucca)
    for which in ("csv", "excel"):
        assert downloaded(lucca, number, which) == downloaded(lucca, number, which)


def test_the_workbook(lucca: Door) -> None:
    packed = downloaded(lucca, report(lucca), "excel")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "Inès MARCHAL" in sheet
    assert "<c><v>35.0</v></c>" in sheet
    lucca.simulator.configure(report_excel=False)
    assert lucca.get(f"{REPORTS}/9042/download-excel").status_code == 500


def test_what_the_file_may_be(loopback: Door) -> None:
    number = report(loopback)
    path = f"{REPORTS}/{number}/download-csv"
    assert loopback.get(path).headers["Content-Type"] == "application/octet-stream"
    loopback.simulator.configure(report_file="empty")
    assert loopback.get(path).content == b""
    loopback.simulator.configure(report_file="html")
    assert loopback.get(path).content.startswith(b"<!doctype html>")
    for shape in ("error", "error-as-file"):
        loopback.simulator.configure(report_file=shape)
        assert json.loads(loopback.get(path).content)["Status"] == 500
    loopback.simulator.configure(report_file="truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        loopback.get(path)


def test_the_connection_is_closed_after_the_post(lucca: Door) -> None:
    lucca.simulator.add_fault("reset", method="POST", path=REPORTS, when="after")
    with pytest.raises(requests.ConnectionError):
        post(lucca, templateId="318", **DAYS)
    assert len(lucca.simulator.state()["reports"]) == 1


def test_an_older_tenant_gets_its_templates(tmp_path: Any) -> None:
    from portal.simulator import Simulator

    with Simulator(tmp_path) as older, older.state_store.change() as db:
        db.execute("delete from report_templates")
        db.execute("delete from sqlite_sequence where name like 'report%'")
    with Simulator(tmp_path) as newer:
        assert [one["id"] for one in newer.state()["reportTemplates"]] == [318, 321]
