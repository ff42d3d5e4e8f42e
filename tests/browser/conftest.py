"""A portal as the demo sets it up and serves it, and browsers that look at it.

One of each for all tests of a process; every test gets contexts of its own, which are watched.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from portal.demo import PASSWORD
from portal.simulator import DEFAULT_KEY, Simulator, running
from tests.browser import chromium
from tests.browser.watch import Watch
from tests.installation import Installation, database

HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion\r\n"
# Far beyond what the simulator has planned, and another week for each file of a test.
_FIRST_MONDAY = date.today() + timedelta(days=7 * 20 - date.today().weekday())


# Milliseconds. A slow machine is no fault of a page; what never comes costs this long once.
_PATIENCE = 60_000
expect.set_options(timeout=_PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Portal:
    """Web, background service and simulated Lucca of one installation."""

    def __init__(
        self, installation: Installation, lucca: Simulator, url: str, lucca_url: str = ""
    ) -> None:
        self.installation = installation
        self.lucca_url = lucca_url
        self.lucca = lucca
        self.url = url
        self.samples = installation.folder / "samples"
        self._weeks = itertools.count()
        # Once logged in is enough for most tests; see `logged_in`.
        self.sessions: dict[str, Any] = {}

    def at(self, path: str) -> str:
        return f"{self.url}/admin/{path}"

    def monday(self) -> date:
        """Of a week that no other file of these tests is about."""
        return _FIRST_MONDAY + timedelta(days=7 * next(self._weeks))

    def file(self, folder: Path, *lines: str, name: str = "lines.csv") -> tuple[Path, date]:
        """Lines below the header, `{0}` being a Monday of their own, `{1}` the day after, …"""
        monday = self.monday()
        days = [(monday + timedelta(days=number)).isoformat() for number in range(7)]
        path = folder / name
        text = HEADER + "".join(f"{line.format(*days)}\r\n" for line in lines)
        path.write_bytes(text.encode("utf-8-sig"))
        return path, monday

    def analysed(self, path: Path, *options: str) -> str:
        """The number of an import that the command took up to Lucca's analysis."""
        code, document = self.installation.document(
            "import_user_locations", str(path), "--account", "demo", *options
        )
        assert (code, document["stage"]) == (0, "analysed")
        return str(document["batch"])

    def launched(self, path: Path) -> str:
        """The number of an import that the command carried out."""
        code, document = self.installation.document(
            "import_user_locations", str(path), "--account", "demo", "--launch"
        )
        assert (code, document["stage"]) == (0, "done")
        return str(document["batch"])

    def read_directory(self) -> None:
        """What templates and the search for people need."""
        code, _document = self.installation.document("sync_directory", "--account", "demo")
        assert code == 0

    def imported(self) -> list[dict[str, Any]]:
        """Every import that Lucca was asked to carry out."""
        return [one for one in self.lucca.state()["imports"] if one["create"]]

    def held(self, day: date) -> list[tuple[str, str, str]]:
        """(login, part of the day, place) of what Lucca holds on that day."""
        entries = self.lucca.state()["userLocations"]["effective"]
        return sorted(
            (one["login"], one["position"], one["workLocationName"])
            for one in entries
            if one["date"] == day.isoformat()
        )


@pytest.fixture(scope="package")
def program() -> str:
    found = chromium.find()
    if found is None:
        pytest.fail(chromium.CURE, pytrace=False)
    return found


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    # Its event loop belongs to this thread while it runs, in which Django refuses the ORM: these
    # tests leave the database to the portal's own processes.
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="package")
def browser(playwright: Playwright, program: str) -> Iterator[Browser]:
    found = playwright.chromium.launch(
        executable_path=program, args=chromium.FLAGS, timeout=_PATIENCE
    )
    yield found
    found.close()


@contextmanager
def running_portal(folder: Path, **environment: str) -> Iterator[Portal]:
    """Set up, served and at work, with nothing imported yet."""
    with Simulator() as lucca, running(lucca) as address, database() as database_url:
        lucca.configure(rate_limit=0, import_minimum_seconds=0.0, import_seconds_per_1000_lines=0.0)
        installation = Installation(folder, database_url, DEFAULT_KEY)
        installation.environment.update(environment)
        port = address.rpartition(":")[2]
        done = installation.manage("demo", "--setup-only", "--simulator-port", port)
        assert done.returncode == 0, done.stderr
        code, _account = installation.document(
            "account", "demo", "--set", "requests_per_minute=1000"
        )
        assert code == 0
        try:
            url = installation.start_web()
            installation.start_worker()
            yield Portal(installation, lucca, url, address)
        finally:
            installation.close()


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running_portal(tmp_path_factory.mktemp("portal")) as found:
        yield found


@pytest.fixture(autouse=True)
def _quick_lucca(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did to the simulated Lucca's ways is put back."""
    found = request.getfixturevalue("portal") if "portal" in request.fixturenames else None
    yield
    if found is not None:
        lucca: Simulator = found.lucca
        lucca.clear_faults()
        lucca.configure(import_minimum_seconds=0.0)


class People:
    """Browsers of people who come to the portal."""

    def __init__(self, browser: Browser, portal: Portal) -> None:
        self._browser = browser
        self._portal = portal
        self._open: list[tuple[BrowserContext, Watch]] = []

    def context(self, role: str = "", **options: Any) -> tuple[BrowserContext, Watch]:
        """A browser of its own, in which somebody with this role is logged in already."""
        if role:
            options["storage_state"] = self._session(role)
        options.setdefault("locale", "en-GB")
        options.setdefault("viewport", {"width": 1360, "height": 900})
        context = self._browser.new_context(
            timezone_id="Europe/Paris", reduced_motion="reduce", **options
        )
        context.set_default_timeout(_PATIENCE)
        watch = Watch(context)
        self._open.append((context, watch))
        return context, watch

    def page(self, role: str = "", **options: Any) -> Page:
        return self.context(role, **options)[0].new_page()

    def watch(self, page: Page) -> Watch:
        return next(watch for context, watch in self._open if context == page.context)

    def _session(self, role: str) -> Any:
        if role not in self._portal.sessions:
            page = self.page()
            log_in(page, self._portal, role)
            self._portal.sessions[role] = page.context.storage_state()
        return self._portal.sessions[role]

    def leave(self) -> list[str]:
        for context, _watch in self._open:
            context.close()
        return [problem for _context, watch in self._open for problem in watch.problems]


def log_in(page: Page, portal: Portal, name: str) -> None:
    page.goto(portal.at(""))
    log_in_here(page, name)


def log_in_here(page: Page, name: str) -> None:
    """On whatever page the log-in was shown."""
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("#login-form [type=submit]")
    page.wait_for_selector("#user-tools")


@pytest.fixture
def people(browser: Browser, portal: Portal) -> Iterator[People]:
    found = People(browser, portal)
    yield found
    problems = found.leave()
    assert not problems, "\n".join(problems)


@pytest.fixture
def file(portal: Portal, tmp_path: Path) -> Callable[..., tuple[Path, date]]:
    """Write a file for a week of its own: its path, and the Monday. See Portal.file."""

    def write(*lines: str) -> tuple[Path, date]:
        return portal.file(tmp_path, *lines)

    return write
