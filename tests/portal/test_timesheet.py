"""The client of Timesheet's exports, against the simulator and against answers of every shape."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from portal.lucca import timesheet
from portal.lucca.errors import LuccaError, OutcomeUnknown, Refused, Unexpected
from portal.lucca.session import Answer, Exchanged, Session, may_resend
from portal.lucca.timesheet import Asking, Export
from portal.simulator import DEFAULT_KEY, Simulator, SimulatorAdapter
from tests.portal.hostile import Ledger, session

PATH = "/api/v3/timmiexports"
PAYROLL = Asking(PATH, 42)
DAY = date(2040, 1, 2)
LUCCA = "https://acme.ilucca.net"


@pytest.fixture
def tenant() -> Iterator[Simulator]:
    with Simulator() as simulator:
        simulator.configure(rate_limit=0)
        yield simulator


@pytest.fixture
def client(tenant: Simulator) -> Session:
    return session(LUCCA, key=DEFAULT_KEY, adapter=SimulatorAdapter(tenant))


def ids(exports: list[Export]) -> list[int]:
    return [export.id for export in exports]


def test_the_three_ways_of_asking(client: Session) -> None:
    assert ids(client.send(timesheet.history(PAYROLL, 0, 3))) == [1101, 1150, 1172]
    assert ids(client.send(timesheet.history(PAYROLL, 3, 3))) == [1187]
    assert ids(client.send(timesheet.newest(PAYROLL, 0, 10))) == [1172, 1187, 1101]
    assert ids(client.send(timesheet.made_after(PAYROLL, 1101))) == [1172, 1187]
    assert client.send(timesheet.made_after(PAYROLL, 1187)) == []


def test_an_export_tells_its_end(client: Session, tenant: Simulator) -> None:
    assert client.send(timesheet.trigger(PATH, 42, DAY)) == 1203
    (export,) = client.send(timesheet.made_after(PAYROLL, 1187))
    assert (export.id, export.ends_at) == (1203, DAY)
    assert export.created_at.endswith("Z")


def test_where_lucca_refuses_what_nobody_documents(client: Session, tenant: Simulator) -> None:
    tenant.configure(export_ends_at_readable=False, export_id_comparison=False)
    with pytest.raises(Refused):
        client.send(timesheet.newest(PAYROLL, 0, 10))
    plain = Asking(PATH, 42, plain=True)
    assert client.send(timesheet.newest(plain, 0, 1))[0].ends_at is None
    with pytest.raises(Refused):
        client.send(timesheet.made_after(plain, 1101))
    alone = Asking(PATH, 42, plain=True, unfiltered=True)
    assert ids(client.send(timesheet.made_after(alone, 1101))) == [1172, 1187]


def test_a_trigger_is_sent_as_documented(tenant: Simulator) -> None:
    sent = timesheet.trigger(PATH, 42, DAY)
    assert sent.payload == {"configurationId": 42, "endsAt": "2040-01-02T00:00:00"}
    assert not sent.repeatable
    assert not may_resend(sent, OutcomeUnknown("timed-out"))


def test_timesheets_are_counted(client: Session) -> None:
    assert client.send(timesheet.not_approved(date(2000, 1, 1), date(2100, 1, 1))) == 3
    assert client.send(timesheet.not_approved(date(2000, 1, 1), date(2000, 2, 1))) == 0


def answered(request: Any, document: object, status: int = 200) -> Any:
    client = session(LUCCA, ledger=Ledger())
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    answer = Answer(status, {}, body)
    try:
        return client.close(request, client.open(request), Exchanged(answer, None, 0.1))
    except LuccaError as error:
        return error


@pytest.mark.parametrize(
    "document",
    [
        {"Data": {"Items": [{"ID": 7, "CreatedAt": "2026-03-02T09", "EndsAt": "2026-03-02"}]}},
        {"data": {"items": [{"id": "7", "createdat": "2026-03-02T09", "endsAT": "2026-03-02"}]},
         "header": {"generated": "x"}, "new": 1},
    ],
)  # fmt: skip
def test_keys_without_regard_to_case(document: dict[str, Any]) -> None:
    found = answered(timesheet.newest(PAYROLL, 0, 10), document)
    assert found == [Export(7, "2026-03-02T09", date(2026, 3, 2))]


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("document", [{"data": {"id": 9}}, {"Data": {"Id": "9", "name": None}}])
def test_a_trigger_gives_the_id(document: dict[str, Any], status: int) -> None:
    assert answered(timesheet.trigger(PATH, 42, DAY), document, status) == 9


NO_ID: list[tuple[int, Any]] = [
    (204, b""),
    (200, b""),
    (200, b"<html>"),
    (200, {"Status": 500, "Message": "Object reference not set."}),
    (200, {"data": None}),
    (200, {"data": {}}),
    (200, {"data": {"id": 0}}),
    (200, {"data": {"id": "soon"}}),
    (200, {"data": []}),
    (200, []),
]


@pytest.mark.parametrize(("status", "document"), NO_ID)
def test_an_answer_without_an_id_leaves_the_outcome_open(status: int, document: Any) -> None:
    error = answered(timesheet.trigger(PATH, 42, DAY), document, status)
    assert type(error) is Unexpected
    assert isinstance(error, OutcomeUnknown)


@pytest.mark.parametrize(
    "document",
    [
        {"Status": 401, "Message": "no"},
        {"data": {}},
        {"data": {"items": None}},
        {"data": {"items": [{"createdAt": "x"}]}},
        {"data": {"items": [3]}},
        {"items": []},
    ],
)
def test_a_list_that_is_none(document: dict[str, Any]) -> None:
    assert type(answered(timesheet.newest(PAYROLL, 0, 10), document)) is Unexpected
