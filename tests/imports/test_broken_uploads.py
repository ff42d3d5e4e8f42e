"""An upload that breaks off in the middle, at the real web process: nothing of it remains."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import HEADER
from tests.installation import ROOT, Installation

pytestmark = [pytest.mark.worker]
ADD = "/admin/imports/importbatch/add/"
LINE = "imarchal;Home;;2027-03-09;FullDay;;false\r\n"


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the web process keeps what it has not received whole."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def site(installation: Installation, temporary: Path) -> Iterator[str]:
    """A single web process: it answers the next request once it is done with the one before."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    installation.shell(
        "from portal.models import User; User.objects.create_superuser('ines', password='ines')"
    )
    web = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}"],
        cwd=ROOT,
        env=installation.environment | {"TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        web.terminate()
        web.wait(30)


def wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the web process did not start")


@pytest.fixture
def browser(site: str) -> requests.Session:
    found = requests.Session()
    login = f"http://{site}/admin/login/"
    found.get(login, timeout=30)
    token = found.cookies["csrftoken"]
    given = {"username": "ines", "password": "ines", "csrfmiddlewaretoken": token, "next": ADD}
    assert "Upload and check" in found.post(login, given, timeout=30).text
    return found


def form(browser: requests.Session, site: str, lines: int) -> tuple[str, bytes]:
    """The head of the request that a browser would make of the page, and its body: the fields in
    the order of the page."""
    page = browser.get(f"http://{site}{ADD}", timeout=30).text
    page = page[page.index('enctype="multipart/form-data"') :]
    account = re.search(r'name="account" value="(\d+)"', page)
    assert account
    content = (HEADER + LINE * lines).encode()
    values: dict[str, tuple[object, ...]] = {
        "account": (None, account[1]),
        "file": ("lines.csv", content, "text/csv"),
        "override": (None, "on"),
        "note": (None, "why"),
        "csrfmiddlewaretoken": (None, browser.cookies["csrftoken"]),
    }
    names = re.findall(r'<(?:input|textarea|select)[^>]*\bname="(\w+)"', page)
    assert set(values) <= set(names)
    files = [(name, values[name]) for name in dict.fromkeys(names) if name in values]
    prepared = browser.prepare_request(
        requests.Request("POST", f"http://{site}{ADD}", files=files)  # type: ignore[arg-type]
    )
    body = prepared.body
    assert isinstance(body, bytes)
    head = f"POST {ADD} HTTP/1.1\r\nHost: {site}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in prepared.headers.items()
    )
    return head + "\r\n", body


def send(site: str, head: str, body: bytes) -> bytes:
    """What was sent is all there is: the connection is closed for writing, then for good."""
    host, port = site.split(":")
    with socket.create_connection((host, int(port)), 30) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def assert_nothing_remains(installation: Installation, temporary: Path) -> None:
    assert installation.look_up("SELECT count(*) FROM imports_importbatch") == 0
    files = installation.folder / "files"
    assert [path for path in files.rglob("*") if path.is_file()] == []
    assert list(temporary.glob("*.upload*")) == []


def test_an_upload_broken_off_leaves_nothing(
    installation: Installation, site: str, browser: requests.Session, temporary: Path
) -> None:
    """Of a file kept in memory and of one kept on the disk, in its middle and after it."""
    for lines in (1_000, 200_000):
        head, body = form(browser, site, lines)
        middle, after = len(body) // 2, body.index(b'name="override"')
        for sent in (0, 60, middle, after - 80, after + 5, after + 30, len(body) - 60):
            answer = send(site, head, body[:sent])
            assert b"302 Found" not in answer, (lines, sent)
            # The one process is free again, so it is done with what came before.
            assert browser.get(f"http://{site}{ADD}", timeout=60).status_code == 200
            assert_nothing_remains(installation, temporary)
    answer = send(site, head, body)
    assert b"302 Found" in answer.splitlines()[0]
    assert installation.look_up("SELECT count(*) FROM imports_importbatch") == 1
