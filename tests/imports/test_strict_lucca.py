"""A Lucca that takes nothing but what is documented: what readings and checks send, to the letter.

Whatever has a header, a parameter or a value that no page of the vendor names is noted, and fails.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from socket import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.utils import timezone

from imports.models import Reading
from imports.planned import ask_planned
from portal import account_checks
from portal.directory import sync
from portal.jobs import runner
from portal.jobs.claims import OPEN
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, AccountCheck, LuccaCall
from portal.simulator import DEFAULT_KEY
from tests.conftest import carry
from tests.portal.hostile import Server, read_request, serving

pytestmark = [pytest.mark.database, pytest.mark.django_db]

OFFICE = "/work-locations/public/api"
HEADERS = {"host", "user-agent", "accept", "accept-encoding", "connection", "authorization"}
ROOT = {"page": r"[1-9]\d*", "limit": r"[1-9]\d{0,2}|1000", "fields.root": "count"}
FOLLOW = {"summaryId": r"[0-9a-f-]{36}"}
# The parameters of each address, all of them, and what they may be.
ASKED = {
    "/api/v3/users": {
        "fields": r"[A-Za-z,.]+collection\.count",
        "paging": r"\d+,([1-9]\d{0,2}|1000)",
    },
    f"{OFFICE}/work-locations": ROOT,
    f"{OFFICE}/user-locations": ROOT,
    "/schedule/api/working-time-arrangements": ROOT | {"sort": "id"},
    f"{OFFICE}/import/user-locations/progress": FOLLOW,
    f"{OFFICE}/imports/user-locations/progress": FOLLOW,
}
OF_A_LIST = {"orderBy": "id,asc", "formerEmployees": "true"}
INES = 812
ROWS = [
    {"id": number, "ownerId": INES, "workLocationId": 1, "position": "FullDay",
     "date": str(date(2027, 3, 1) + timedelta(days=number)), "status": "Confirmed"}
    for number in range(25)
]  # fmt: skip
PEOPLE = [{"id": INES, "login": "imarchal", "firstName": "Inès", "lastName": "Marchal"}]
PLACES = [{"id": 1, "name": "Home", "type": "RemoteWork", "isActive": True, "office": None}]


def faults(request: bytes) -> list[str]:
    """What of this request is in no documentation."""
    head = request.partition(b"\r\n\r\n")
    first, *lines = head[0].decode("latin-1").split("\r\n")
    method, target, _version = first.split(" ")
    where, found = urlsplit(target), list[str]()
    known = ASKED.get(where.path)
    if method != "GET" or known is None:
        return [first]
    sent = parse_qs(where.query, keep_blank_values=True)
    if where.path == "/api/v3/users" and "orderBy" in sent:
        known = known | OF_A_LIST
    found += [f"not {name}" for name in set(sent) ^ set(known)]
    for name, values in sent.items():
        if name in known and not (len(values) == 1 and re.fullmatch(known[name], values[0])):
            found.append(f"{name}={values}")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    found += [name for name in headers if name not in HEADERS]
    if headers.get("authorization") != f"lucca application={DEFAULT_KEY}".lower():
        found.append("authorization")
    if headers.get("accept") != "application/json" or head[2]:
        found.append("accept, or a body")
    return found


class Strict:
    """What it found wrong, and when somebody asked; `refusals` are answers to be given first."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.refusals: list[bytes] = []

    def talk(self, server: Server, connection: socket) -> None:
        while request := read_request(server, connection):
            self.faults += faults(request)
            connection.sendall(self.refusals.pop(0) if self.refusals else self._answer(request))

    def _answer(self, request: bytes) -> bytes:
        where = urlsplit(request.split(b" ")[1].decode())
        sent = {name: values[0] for name, values in parse_qs(where.query).items()}
        if where.path == "/api/v3/users":
            return said({"data": {"count": 1, "items": PEOPLE}})
        if where.path.endswith("/progress"):
            return said({}, "400 Bad Request")
        if where.path.startswith("/schedule/"):
            return said({"count": 0, "items": []})
        rows = ROWS if where.path.endswith("/user-locations") else PLACES
        page, limit = int(sent["page"]), int(sent["limit"])
        return said({"count": len(rows), "items": rows[(page - 1) * limit : page * limit]})


def said(body: Any, status: str = "200 OK", *headers: str) -> bytes:
    text = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(text)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + text


@pytest.fixture
def strict(account: Account) -> Iterator[tuple[Strict, Server, Account]]:
    found = Strict()
    with serving(found.talk) as server:
        account.base_url, account.page_size = server.address, 10
        account.full_clean()
        account.save()
        yield found, server, account
    assert found.faults == []


Where = tuple[Strict, Server, Account]


def planned(account: Account) -> Reading:
    days = date(2027, 3, 1), date(2027, 3, 31)
    return ask_planned(account, [INES], *days, by=None, agreed=True)


def test_a_reading_asks_as_documented(strict: Where) -> None:
    _strict, server, account = strict
    assert carry(sync(account)).state == JobState.SUCCEEDED
    reading = planned(account)
    assert reading.job and carry(reading.job).state == JobState.SUCCEEDED
    reading.refresh_from_db()
    assert reading.is_whole and reading.entries.count() == len(ROWS)
    # People, places, the count and three pages.
    assert len(server.requests) == 6


def test_a_check_asks_as_documented(strict: Where) -> None:
    _strict, server, account = strict
    assert carry(account_checks.check(account)).state == JobState.SUCCEEDED
    assert all(probe["ok"] for probe in AccountCheck.objects.get().probes)
    assert len(server.requests) == 7


@pytest.mark.parametrize("work", [planned, account_checks.check], ids=["reading", "check"])
def test_elsewhere_is_not_gone_to(strict: Where, work: Callable[[Account], Any]) -> None:
    found, _server, account = strict
    assert carry(sync(account)).state == JobState.SUCCEEDED
    with serving(found.talk) as other:
        found.refusals = [said({}, "302 Found", f"Location: {other.address}/api/v3/users")]
        asked = work(account)
        carry(asked.job if isinstance(asked, Reading) else asked)
        assert not other.connections
    text = json.dumps(list(AccountCheck.objects.values_list("probes"))) + str(
        list(Job.objects.values_list("reason"))
    )
    assert "redirected" in text


def test_a_pause_that_lucca_names_is_kept_and_the_budget_holds(strict: Where) -> None:
    found, server, account = strict
    account.requests_per_minute = 3
    account.save()
    moments = list[float]()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        asked = sync(account)
        reading = planned(account)
        found.refusals = [said({}, "429 Too Many Requests", "Retry-After: 90")]
        assert reading.job
        for _second in range(1200):
            for job in (asked, reading.job):
                before = len(server.requests)
                runner.run(job.pk, "test")
                moments += [timezone.now().timestamp()] * (len(server.requests) - before)
            if not Job.objects.filter(state__in=OPEN).exists():
                break
            # The database counts by its own clock, so what was sent grows old by hand.
            clock.shift(timedelta(seconds=1))
            for call in LuccaCall.objects.all():
                call.sent_at -= timedelta(seconds=1)
                call.save(update_fields=["sent_at"])
    reading.refresh_from_db()
    assert reading.is_whole
    assert moments[1] - moments[0] >= 90
    for first, fourth in zip(moments, moments[3:], strict=False):
        assert fourth - first >= 60
    assert len(moments) == 7
