"""The life of an import: its id, its progress, its moment of effect and its reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from .conftest import Door

IMPORTS = "/work-locations/public/api/imports/user-locations"
DAY = "2031-03-10"
LINE = f"imarchal;Home;;{DAY};FullDay;;false"
BAD = f"tnol;Lyon Part-Dieu;Finance;{DAY};FullDay;hello;false"


def progress(lucca: Door, summary_id: str) -> Any:
    return lucca.json(f"{IMPORTS}/progress", summaryId=summary_id)["progress"]


def ask(lucca: Door, what: str, summary_id: str) -> requests.Response:
    return lucca.get(f"{IMPORTS}/{what}", params={"summaryId": summary_id})


def test_an_import_looks_absent_until_its_time_has_passed(lucca: Door) -> None:
    lucca.simulator.configure(import_minimum_seconds=100)
    summary_id = lucca.summary_id(LINE)
    assert progress(lucca, summary_id) == 0
    lucca.simulator.advance(50)
    assert 50 <= progress(lucca, summary_id) < 60
    assert lucca.day("imarchal", DAY) == []
    lucca.simulator.advance(51)
    assert lucca.day("imarchal", DAY) == [("FullDay", "Home")]
    assert progress(lucca, summary_id) == 100


def test_more_lines_take_longer(lucca: Door) -> None:
    lucca.simulator.configure(import_minimum_seconds=0, import_seconds_per_1000_lines=100000)
    summary_id = lucca.summary_id(LINE)
    lucca.simulator.advance(99)
    assert progress(lucca, summary_id) == 99
    lucca.simulator.advance(1)
    assert progress(lucca, summary_id) == 100


def test_a_simulation_changes_nothing(either: Door) -> None:
    before = either.simulator.state()["userLocations"]
    report = either.report(LINE, BAD, create=False)
    assert report["validUserLocationsToCreateSummary"]["count"] == 1
    assert either.simulator.state()["userLocations"] == before


def test_the_report_has_the_words_and_the_casing_of_the_samples(lucca: Door) -> None:
    report = lucca.report(LINE, BAD)
    assert list(report) == [
        "summaryId",
        "userLocationsCreatedSummary",
        "userLocationsDeletedSummary",
        "globalErrorSummary",
        "errorLines",
        "warningLines",
        "errorFileUri",
    ]
    assert report["userLocationsCreatedSummary"] == {
        "count": 1,
        "descriptions": ["Inès MARCHAL - 2031/03/10 - Home"],
    }
    assert report["userLocationsDeletedSummary"] == {"count": 0}
    assert report["globalErrorSummary"] == "1 errors lines detected"
    assert report["errorLines"] == [
        {
            "line": {
                "login": "tnol",
                "firstname": "",
                "lastname": "",
                "worklocationName": "Lyon Part-Dieu",
                "areaName": "Finance",
                "date": DAY,
                "position": "FullDay",
                "comment": "hello",
                "isDeletion": False,
            },
            "lineNumber": 3,
            "error": "User doesn't exist",
        }
    ]


def test_the_analysis_names_its_summaries_otherwise(lucca: Door) -> None:
    report = lucca.report(LINE, create=False)
    assert "validUserLocationsToCreateSummary" in report
    assert "userLocationsToDeleteSummary" in report
    assert report["globalErrorSummary"] is None
    assert report["errorFileUri"] is None
    lucca.simulator.configure(error_file="missing")
    assert "errorFileUri" not in lucca.report(LINE, create=False)


@pytest.mark.parametrize(
    ("setting", "number"),
    [("header_is_1", 3), ("data_is_1", 2), ("data_is_0", 1), ("null", None)],
)
def test_lines_are_numbered_as_set(lucca: Door, setting: str, number: int | None) -> None:
    lucca.simulator.configure(line_numbers=setting)
    assert lucca.report(LINE, BAD)["errorLines"][0]["lineNumber"] == number


def test_deletions_are_counted_apart_and_replacements_as_created(lucca: Door) -> None:
    lucca.report(LINE)
    report = lucca.report(LINE.replace("Home", "Nantes"), override=True)
    assert report["userLocationsCreatedSummary"]["count"] == 1
    assert report["userLocationsDeletedSummary"]["count"] == 0
    report = lucca.report(LINE.replace("false", "true"))
    assert report["userLocationsCreatedSummary"]["count"] == 0
    assert report["userLocationsDeletedSummary"]["count"] == 1


def test_reports_can_be_wrong_or_short(lucca: Door) -> None:
    lucca.simulator.configure(
        created_count_skew=3, deleted_count_skew=1, descriptions_limit=1, extra_keys=True
    )
    report = lucca.report(LINE, LINE.replace("imarchal", "tnoll"))
    assert report["userLocationsCreatedSummary"]["count"] == 5
    assert len(report["userLocationsCreatedSummary"]["descriptions"]) == 1
    assert report["userLocationsDeletedSummary"]["count"] == 1
    assert "futureKey" in report


def test_the_rejected_lines_can_be_fetched_with_the_key(either: Door) -> None:
    address = either.report(LINE, BAD)["errorFileUri"]
    assert address.startswith(either.base + "/")
    content = either.session.get(address).content.decode("utf-8-sig").splitlines()
    assert content[1].startswith("tnol;")
    assert content[1].endswith(";User doesn't exist")
    assert either.session.get(address, headers={"Authorization": ""}).status_code == 401
    either.simulator.configure(error_file_needs_key=False)
    assert either.session.get(address, headers={"Authorization": ""}).status_code == 200


def test_the_address_of_the_rejected_lines_can_be_elsewhere(lucca: Door) -> None:
    lucca.simulator.configure(error_file_host="files.example")
    assert lucca.report(BAD)["errorFileUri"].startswith("https://files.example/")


def test_the_id_can_be_a_bare_string_or_spelt_otherwise(lucca: Door) -> None:
    lucca.simulator.configure(summary_id_shape="string")
    assert isinstance(lucca.upload(LINE).json(), str)
    lucca.simulator.configure(summary_id_shape="object", summary_id_key="summaryID")
    assert set(lucca.upload(LINE).json()) == {"summaryID"}


def test_a_missing_id_is_a_400_and_an_unknown_one_as_set(lucca: Door) -> None:
    for what in ("progress", "analysis", "results"):
        answer = lucca.get(f"{IMPORTS}/{what}")
        assert answer.json()["errors"] == {"SummaryId": ["The summaryId field is required."]}
        assert ask(lucca, what, "unknown").status_code == 404
    lucca.simulator.configure(unknown_summary="400")
    assert ask(lucca, "progress", "unknown").status_code == 400
    lucca.simulator.configure(unknown_summary="zero")
    assert progress(lucca, "unknown") == 0


def test_a_new_id_can_be_unknown_at_first(lucca: Door) -> None:
    lucca.simulator.configure(new_summary_unknown_polls=2)
    summary_id = lucca.summary_id(LINE)
    statuses = [ask(lucca, "progress", summary_id).status_code for _ in range(4)]
    assert statuses == [404, 404, 200, 200]
    lucca.simulator.configure(new_summary_unknown_polls=0, new_summary_unknown_seconds=5)
    summary_id = lucca.summary_id(LINE)
    assert ask(lucca, "progress", summary_id).status_code == 404
    lucca.simulator.advance(5)
    assert progress(lucca, summary_id) == 100


def test_progress_can_jump(lucca: Door) -> None:
    lucca.simulator.configure(progress_jumps=True, import_minimum_seconds=10)
    summary_id = lucca.summary_id(LINE)
    lucca.simulator.advance(9)
    assert progress(lucca, summary_id) == 0
    lucca.simulator.advance(2)
    assert progress(lucca, summary_id) == 100


@pytest.mark.parametrize("applies", [True, False])
def test_progress_can_stay_where_it_is(lucca: Door, applies: bool) -> None:
    lucca.simulator.configure(progress_stuck_at=43, stuck_imports_apply=applies)
    summary_id = lucca.summary_id(LINE)
    lucca.simulator.advance(3600)
    assert progress(lucca, summary_id) == 43
    assert ask(lucca, "results", summary_id).status_code == 404
    assert bool(lucca.day("imarchal", DAY)) is applies


def test_a_report_asked_too_early_is_odd_as_set(lucca: Door) -> None:
    lucca.simulator.configure(import_minimum_seconds=1000)
    summary_id = lucca.summary_id(LINE)
    assert ask(lucca, "results", summary_id).status_code == 404
    lucca.simulator.configure(early_report="400")
    assert ask(lucca, "results", summary_id).status_code == 400
    lucca.simulator.configure(early_report="empty")
    report = ask(lucca, "results", summary_id).json()
    assert report["userLocationsCreatedSummary"]["count"] == 0


def test_a_report_asked_with_the_other_kind_of_id_is_odd_as_set(lucca: Door) -> None:
    summary_id = lucca.report(LINE)["summaryId"]
    assert ask(lucca, "analysis", summary_id).status_code == 404
    lucca.simulator.configure(wrong_report="400")
    assert ask(lucca, "analysis", summary_id).status_code == 400
    counts = {}
    for oddity in ("empty", "answer"):
        lucca.simulator.configure(wrong_report=oddity)
        report = ask(lucca, "analysis", summary_id).json()
        counts[oddity] = report["validUserLocationsToCreateSummary"]["count"]
    assert counts == {"empty": 0, "answer": 1}


def test_imports_are_carried_out_in_the_order_in_which_they_end(lucca: Door) -> None:
    lucca.simulator.configure(import_minimum_seconds=100)
    lucca.summary_id(LINE.replace("Home", "Nantes"), override=True)
    lucca.simulator.configure(import_minimum_seconds=10)
    lucca.summary_id(LINE, override=True)
    lucca.simulator.advance(150)
    assert lucca.day("imarchal", DAY) == [("FullDay", "Nantes")]


def test_a_file_of_many_lines_is_applied_once_and_completely(lucca: Door) -> None:
    lucca.simulator.seed(2000)
    lines = [f"emp{each + 1:06d};Paris Opéra;;{DAY};FullDay;;false" for each in range(2000)]
    report = lucca.report(*lines)
    assert report["userLocationsCreatedSummary"]["count"] == 2000
    held = lucca.simulator.state()["userLocations"]["effective"]
    assert sum(row["date"] == DAY for row in held) == 2000
    assert len(lucca.report(*lines)["errorLines"]) == 2000
