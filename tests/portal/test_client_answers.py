"""What an answer means: every status, 429 in all its spellings, and bodies that are not as
documented."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from portal.lucca import directory, office
from portal.lucca.errors import (
    LuccaError,
    Misconfigured,
    NotDone,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unexpected,
)
from portal.lucca.session import Answer, Exchanged, Request, Upload, may_resend
from portal.simulator import DEFAULT_KEY, Simulator, SimulatorAdapter
from tests.portal.hostile import Ledger, answering, ask, serving, session

NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
DECLINED = {400, 405, 406, 411, 413, 414, 415, 422, 431}
MISCONFIGURED = {401, 403, 404}


def read(request: Request[Any], status: int = 200, body: bytes = b"{}", **headers: str) -> Any:
    """What the caller gets for this answer, and the ledger that heard of it."""
    ledger = Ledger()
    client = session("https://acme.ilucca.net", ledger=ledger, clock=lambda: NOW)
    call = client.open(request)
    answer = Answer(status, {n.replace("_", "-"): v for n, v in headers.items()}, body)
    try:
        return client.close(request, call, Exchanged(answer, None, 0.1)), ledger
    except LuccaError as error:
        return error, ledger


def expected(status: int, *, repeatable: bool) -> type[LuccaError] | None:
    if 200 <= status < 300:
        return None
    if status == 429:
        return Throttled
    if status in MISCONFIGURED:
        return Misconfigured
    if status in DECLINED:
        return Refused
    if 300 <= status < 400 and repeatable:
        return Misconfigured
    return OutcomeUnknown


@pytest.mark.parametrize("repeatable", [True, False])
def test_every_status_says_whether_it_was_done(repeatable: bool) -> None:
    request = ask("POST", repeatable=repeatable)
    for status in range(200, 1000):
        found, ledger = read(request, status)
        wanted = expected(status, repeatable=repeatable)
        if wanted is None:
            assert found.status == status
            assert ledger.calls[0].failure == ""
            continue
        assert type(found) is wanted, status
        assert found.status == status
        assert found.params["status"] == status
        assert ledger.calls[0].status == status
        assert ledger.calls[0].failure == found.reason
        # A whole sentence, whatever the parameters are.
        assert str(found).endswith(".") or "this right" in str(found)
        assert "%" not in str(found)
        if not isinstance(found, NotDone):
            assert may_resend(request, found) is repeatable


def test_408_is_not_certain() -> None:
    assert type(read(ask("POST", repeatable=False), 408)[0]) is OutcomeUnknown


RETRY_AFTER = {
    "seconds": ("17", 17),
    "with blanks": (" 17 ", 17),
    "zero": ("0", 0),
    "a date": ("Mon, 02 Mar 2026 12:00:30 GMT", 30),
    "a date without zone": ("Mon, 02 Mar 2026 12:00:30 -0000", 30),
    "a date of another zone": ("Mon, 02 Mar 2026 13:00:30 +0100", 30),
    "a date that has passed": ("Mon, 02 Mar 2026 11:59:00 GMT", 0),
    "absent": (None, 60),
    "empty": ("", 60),
    "words": ("soon", 60),
    "negative": ("-5", 60),
    "a fraction": ("1.5", 60),
    "a digit that is no number": ("\xb2", 60),
    "more seconds than a day": ("9" * 30, 86_400),
    "more digits than can be read": ("9" * 6000, 86_400),
    "a date far away": ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
    "a date that is none": ("Mon, 99 Mar 2026 12:00:00 GMT", 60),
    "a zone that is none": ("Mon, 02 Mar 2026 12:00:00 +9999", 60),
}


@pytest.mark.parametrize("name", RETRY_AFTER)
def test_429_says_until_when_to_wait(name: str) -> None:
    value, seconds = RETRY_AFTER[name]

    error, ledger = read(ask(), 429, **({} if value is None else {"Retry_After": value}))

    assert type(error) is Throttled
    assert error.until == NOW + timedelta(seconds=seconds)
    assert ledger.throttled == [error.until]
    assert ledger.calls[0].failure == "throttled"
    assert may_resend(ask("POST", repeatable=False), error)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize(("value", "seconds"), [("17", 17), (None, None)])
def test_an_error_of_lucca_may_say_when_to_ask_again(
    status: int, value: str | None, seconds: int | None
) -> None:
    """Without saying that nothing was done: what must not be repeated is still not sent again."""
    request = ask("POST", repeatable=False)
    error, ledger = read(request, status, **({} if value is None else {"Retry_After": value}))

    assert type(error) is OutcomeUnknown
    assert error.until == (None if seconds is None else NOW + timedelta(seconds=seconds))
    assert ledger.throttled == []
    assert not may_resend(request, error)


def test_until_is_said_by_the_reader_s_clock() -> None:
    """NOW is noon by UTC; the portal of these tests stands in Paris, in winter."""
    error, _ledger = read(ask(), 429, Retry_After="30")
    assert "until 13:00:30:" in str(error)


@pytest.mark.parametrize("style", ["seconds", "date", "absent"])
def test_429_as_the_simulator_says_it(lucca: Simulator, address: str, style: str) -> None:
    lucca.configure(retry_after=style)
    lucca.add_fault("429", seconds=30)
    client = session(address, key=DEFAULT_KEY, read_timeout=2)

    with pytest.raises(Throttled) as caught:
        client.send(directory.one_user())

    left = (caught.value.until - datetime.now(UTC)).total_seconds()
    assert 25 < left < 62


USERS = directory.users(0, 10)
PLACES = office.work_locations(1, 10)
PROBE = office.user_locations_probe()
PROGRESS = office.progress("imports", "x")
ANALYSIS = office.report("imports", "x", create=False)
RESULTS = office.report("imports", "x", create=True)
SENT = office.send_file("imports", Upload(None, "f", "t", "n"), create=False, override=False)  # type: ignore[arg-type]

WRONG: list[tuple[Request[Any], Any]] = [
    *[
        (request, body)
        for request in (USERS, PLACES, PROBE, PROGRESS, ANALYSIS, RESULTS, SENT)
        for body in (
            b"",
            b"<!doctype html><title>Sign in</title>",
            b"{",
            b"\xff\xfe",
            b"[" * 100_000,
            b"1" * 5000,
            b"null",
            b"[]",
            b"{}",
            b"3",
            b'""',
            b"true",
        )
    ],
    *[
        (USERS, {"data": data})
        for data in (
            None,
            [],
            "x",
            {},
            {"count": 1},
            {"items": None},
            {"items": {}},
            {"items": [None]},
            {"items": ["x"]},
            {"items": [{}]},
            {"items": [{"id": None}]},
            {"items": [{"id": "abc"}]},
            {"items": [{"id": True}]},
            {"items": [{"id": 1.5}]},
            {"items": [{"id": "²"}]},
            {"items": [{"id": "--5"}]},
            {"items": [{"id": "9" * 5000}]},
            {"items": [{"id": 10**30}]},
            {"items": [{"id": 1e30}]},
            {"items": [{"id": 1, "login": {}}]},
            {"items": [{"id": 1, "login": False}]},
            {"items": [{"id": 1, "dtContractEnd": "soon"}]},
            {"items": [{"id": 1, "dtContractEnd": "2026-13-01T00:00:00"}]},
            {"items": [], "count": "many"},
            {"items": [], "count": True},
            {"items": [], "count": []},
        )
    ],
    *[
        (PLACES, {"items": [{"id": 1, **place}]})
        for place in (
            {"isActive": "perhaps"},
            {"isActive": 2},
            {"name": []},
            {"office": 5},
            {"office": {"areas": 5}},
            {"office": {"areas": True}},
            {"office": {"areas": [5]}},
            {"office": {"areas": [{}]}},
            {"office": {"areas": {"id": 1}}},
        )
    ],
    *[(PROGRESS, {"progress": value}) for value in (None, "", "x", -1, 101, 1.5, [], True)],
    *[(SENT, value) for value in ({"summaryId": None}, {"summaryId": ""}, {"summaryId": []})],
    (SENT, {"summaryId": "x" * 201}),
    *[
        (request, {"errorLines": [], **report})
        for request in (ANALYSIS, RESULTS)
        for report in (
            {"errorLines": 7},
            {"errorLines": True},
            {"errorLines": "two"},
            {"errorLines": {"0": {}}},
            {"errorLines": [5]},
            {"errorLines": [{"line": 5}]},
            {"errorLines": [{"line": {"login": []}}]},
            {"warningLines": 7},
            {"warningLines": [{"isConflict": 3}]},
            {"userLocationsCreatedSummary": 3, "validUserLocationsToCreateSummary": 3},
            {
                "userLocationsCreatedSummary": {"count": -4},
                "validUserLocationsToCreateSummary": {"count": -4},
            },
            {
                "userLocationsCreatedSummary": {"count": 2**31},
                "validUserLocationsToCreateSummary": {"count": 2**31},
            },
            {
                "userLocationsCreatedSummary": {"count": "x"},
                "validUserLocationsToCreateSummary": {"count": "x"},
            },
        )
    ],
    (ANALYSIS, {"userLocationsCreatedSummary": {"count": 1}}),
    (RESULTS, {"validUserLocationsToCreateSummary": {"count": 1}}),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_an_answer_of_another_shape_is_unexpected_and_quotes_nothing(number: int) -> None:
    request, document = WRONG[number]
    body = document if isinstance(document, bytes) else json.dumps(document).encode()

    error, ledger = read(request, 200, body)

    assert type(error) is Unexpected
    assert error.reason == "unreadable-answer"
    # The record is completed, and neither names a value.
    assert ledger.calls[0].status == 200
    assert ledger.calls[0].failure == "unreadable-answer"
    assert len(str(error)) < 120
    assert error.__cause__ is None


def test_keys_are_read_without_regard_to_case_and_unknown_ones_are_left_alone() -> None:
    user = {
        "ID": "7",
        "Login": "imarchal",
        "FIRSTNAME": "Inès",
        "lastname": "Marchal",
        "dtContractStart": "2020-01-01T00:00:00",
        "DTCONTRACTEND": "9999-12-31T00:00:00",
        "isAM": True,
        "future": {"added": "later"},
    }
    page, _ = read(USERS, 200, json.dumps({"Data": {"ITEMS": [user], "Count": "1"}}).encode())

    assert page.count == 1
    assert page.items == [
        directory.User(7, "imarchal", "Inès", "Marchal", date(2020, 1, 1), None),
    ]


@pytest.mark.parametrize(
    "answer", [{"summaryId": "abc"}, {"SummaryID": "abc"}, {"summaryid": "abc"}, "abc"]
)
def test_a_summary_id_is_taken_in_both_documented_shapes(answer: object) -> None:
    assert read(SENT, 200, json.dumps(answer).encode())[0] == "abc"


def test_a_report_is_read_in_the_casing_of_the_vendor_s_sample() -> None:
    line = {
        "login": "tnol",
        "firstname": "Theo",
        "worklocationName": "Lyon Part-Dieu",
        "date": "2026/03/11",
        "position": "FullDay",
        "isDeletion": False,
    }
    document = {
        "validUserLocationsToCreateSummary": {"count": 18, "descriptions": ["..."]},
        "userLocationsToDeleteSummary": None,
        "errorLines": [{"line": line, "lineNumber": 6, "error": "User doesn't exist"}],
        "warningLines": None,
        "errorFileUri": "https://elsewhere.example/",
    }
    body = json.dumps(document).encode()

    report, _ = read(ANALYSIS, 200, body)

    assert (report.created, report.deleted, report.warnings) == (18, None, [])
    assert report.errors == [
        office.ReportLine(
            "tnol", "2026-03-11", "FullDay", False, 6, "User doesn't exist", is_conflict=False
        )
    ]
    assert report.raw == body


@pytest.mark.parametrize("number", ["first", -1, 10**40, 2.5, [], True])
def test_a_line_number_that_cannot_be_read_is_no_hint(number: object) -> None:
    """It is only a hint: for its sake no report of an import is given up."""
    line = {"login": " tnol ", "date": " 2026-03-11", "position": "fullday "}
    document = {"errorLines": [{"line": line, "lineNumber": number, "error": "no"}]}

    report, _ = read(RESULTS, 200, json.dumps(document).encode())

    assert report.errors == [
        office.ReportLine("tnol", "2026-03-11", "FullDay", False, None, "no", is_conflict=False)
    ]


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"key_casing": "documented"},
        {"v3_header": False},
        {"extra_keys": True},
        {"next_cursor": True},
    ],
    ids=str,
)
def test_the_simulator_s_spellings_are_all_read(switches: dict[str, Any]) -> None:
    with Simulator() as lucca:
        lucca.configure(**switches)
        client = session(
            "https://simulator", key=DEFAULT_KEY, adapter=SimulatorAdapter(lucca), read_timeout=5
        )
        users, places = client.send(USERS), client.send(PLACES)

    assert len(users.items) == 10
    assert users.count
    assert users.count >= 60
    assert places.count == len(places.items)


def test_announcements_of_an_end_reach_the_ledger() -> None:
    ledger = Ledger()
    headers = {"Deprecation": "@1767225600", "Sunset": "Wed, 31 Dec 2026 23:59:59 GMT"}
    with serving(answering(headers=headers)) as server:
        session(server.address, ledger=ledger).send(ask())

    heard = ledger.calls[0].headers
    # Names of headers come in any case.
    assert heard.get("deprecation") == headers["Deprecation"]
    assert heard.get("SUNSET") == headers["Sunset"]
