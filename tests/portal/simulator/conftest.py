"""Both doors to a simulator, and short ways to upload a file and to read what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from portal.simulator import DEFAULT_KEY, Simulator, SimulatorAdapter, running

OFFICE = "/work-locations/public/api"
IMPORTS = OFFICE + "/imports/user-locations"
HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion"
BOM = b"\xef\xbb\xbf"


class Door:
    """A client of the simulator that knows nothing but addresses."""

    def __init__(self, simulator: Simulator, base: str, session: requests.Session) -> None:
        self.simulator = simulator
        self.base = base
        self.session = session
        session.headers["Authorization"] = f"lucca application={DEFAULT_KEY}"

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(self.base + path, **{"timeout": 10, **more})

    def json(self, path: str, **params: Any) -> Any:
        answer = self.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(
        self,
        *lines: str,
        create: bool | str = True,
        override: bool | str = False,
        path: str = IMPORTS,
        **more: Any,
    ) -> requests.Response:
        content = BOM + "\r\n".join([HEADER, *lines, ""]).encode()
        more.setdefault("files", {"file": ("import.csv", content, "text/csv")})
        params = {
            "create": str(create).lower(),
            "overrideUserLocations": str(override).lower(),
        }
        return self.session.post(self.base + path, params=params, **{"timeout": 10, **more})

    def summary_id(self, *lines: str, create: bool = True, override: bool = False) -> str:
        answer = self.upload(*lines, create=create, override=override)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["summaryId"])

    def report(self, *lines: str, create: bool = True, override: bool = False) -> Any:
        """Upload, let the import finish, read its report."""
        summary_id = self.summary_id(*lines, create=create, override=override)
        self.simulator.advance(60)
        return self.json(f"{IMPORTS}/{'results' if create else 'analysis'}", summaryId=summary_id)

    def day(self, login: str, date: str) -> list[tuple[str, str]]:
        """What the tenant holds for a person's day: positions and places in effect."""
        return sorted(
            (row["position"], row["workLocationName"])
            for row in self.simulator.state()["userLocations"]["effective"]
            if (row["login"], row["date"]) == (login, date)
        )


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A tenant in memory, without the limit of requests that most tests are not about."""
    with Simulator() as made:
        made.configure(rate_limit=0)
        yield made


@pytest.fixture
def lucca(simulator: Simulator) -> Door:
    """The door in process."""
    session = requests.Session()
    session.mount("https://", SimulatorAdapter(simulator))
    return Door(simulator, "https://acme.ilucca.net", session)


@pytest.fixture
def loopback(simulator: Simulator) -> Iterator[Door]:
    """The door over loopback."""
    with running(simulator) as base, requests.Session() as session:
        session.trust_env = False
        yield Door(simulator, base, session)


@pytest.fixture(params=["in process", "loopback"])
def either(request: pytest.FixtureRequest) -> Door:
    """Each door in turn."""
    name = "lucca" if request.param == "in process" else "loopback"
    door: Door = request.getfixturevalue(name)
    return door
