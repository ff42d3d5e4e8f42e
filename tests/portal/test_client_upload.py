"""A file on its way out: one part, streamed from the disk, on a connection of its own."""

import re
import socket
import tracemalloc
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import pytest

from portal.lucca import office
from portal.lucca.errors import NotDone
from portal.lucca.session import MB, Upload
from portal.simulator import DEFAULT_KEY, Simulator
from tests.portal.hostile import Server, answering, ask, header, read_request, serving, session

CONTENT = "\ufefflogin;workLocationName\r\nimarchal;Lyon\r\n".encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "as it lies on the disk.csv"
    path.write_bytes(CONTENT)
    return path


def parts(request: bytes) -> list[EmailMessage]:
    kind = header(request, "content-type") or ""
    body = request.partition(b"\r\n\r\n")[2]
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    assert message.is_multipart()
    return list(message.iter_parts())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "kind"), [("file", "text/csv"), ("importFile", "application/octet-stream")]
)
def test_exactly_one_part_named_and_typed_as_the_account_says(
    path: Path, name: str, kind: str
) -> None:
    upload = Upload(path, name, kind, "office-import.csv")
    with serving(answering(b'{"summaryId": "abc"}')) as server:
        request = office.send_file("imports", upload, create=False, override=True)
        assert session(server.address).send(request) == "abc"
        sent = server.requests[0]

    (part,) = parts(sent)
    assert part.get_content_disposition() == "form-data"
    assert part.get_param("name", header="content-disposition") == name
    assert part.get_filename() == "office-import.csv"
    assert part.get_content_type() == kind
    boundary = re.search(r"boundary=(\S+)", header(sent, "content-type") or "")
    assert boundary
    assert sent.partition(b"\r\n\r\n")[2].count(boundary[1].encode()) == 2
    # What is on the disk is what leaves, byte for byte.
    assert sent.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[2].startswith(CONTENT + b"\r\n--")
    assert header(sent, "transfer-encoding") is None


FLAGS = [(create, override) for create in (True, False) for override in (True, False)]


@pytest.mark.parametrize(("create", "override"), FLAGS)
@pytest.mark.parametrize("spelling", ["imports", "import"])
def test_the_address_says_what_is_to_be_done(
    path: Path, create: bool, override: bool, spelling: str
) -> None:
    request = office.send_file(
        spelling, Upload(path, "file", "text/csv", "f.csv"), create=create, override=override
    )
    with serving(answering(b'"abc"')) as server:
        client = session(server.address)
        client.send(request)

    first = server.requests[0].split(b"\r\n")[0].decode()
    flags = f"create={str(create).lower()}&overrideUserLocations={str(override).lower()}"
    assert first == f"POST /work-locations/public/api/{spelling}/user-locations?{flags} HTTP/1.1"
    # The record shows the same, and only what identifies nobody.
    assert client.ledger.calls[0].shown == first.split()[1]  # type: ignore[attr-defined]
    assert request.repeatable is not create


@pytest.mark.parametrize("create", [True, False])
def test_the_simulator_receives_the_bytes(
    lucca: Simulator, address: str, path: Path, create: bool
) -> None:
    path.write_bytes(
        "\ufefflogin;workLocationName;date;position\r\n"
        "imarchal;Home;2027-03-09;FullDay\r\n".encode()
    )
    upload = Upload(path, "file", "text/csv", "office-import.csv")
    client = session(address, key=DEFAULT_KEY, read_timeout=5)

    summary = client.send(office.send_file("imports", upload, create=create, override=False))

    assert lucca.import_file(summary) == path.read_bytes()
    assert [one["create"] for one in lucca.state()["imports"]] == [create]


def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        for _ in range(50):
            file.write(b"x" * MB)
    received = 0

    def swallow(server: Server, connection: socket.socket) -> None:
        nonlocal received
        buffer, tail = bytearray(MB), b""
        while True:
            size = connection.recv_into(buffer)
            received += size
            tail = (tail + buffer[:size][-64:])[-64:]
            if not size or tail.endswith(b"--\r\n"):
                break
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + b'"abc"')

    upload = Upload(path, "file", "text/csv", "large.csv")
    request = office.send_file("imports", upload, create=True, override=False)
    with serving(swallow) as server:
        client = session(server.address, read_timeout=30)
        tracemalloc.start()
        try:
            assert client.send(request) == "abc"
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert received > 50 * MB
    assert peak < 8 * MB


def test_reads_keep_their_connection_and_what_is_irreversible_has_its_own(path: Path) -> None:
    upload = Upload(path, "file", "text/csv", "f.csv")
    analysis = office.send_file("imports", upload, create=False, override=False)
    launch = office.send_file("imports", upload, create=True, override=False)
    with serving(answering(b'"abc"')) as server:
        client = session(server.address)
        client.send(ask())
        client.send(ask())
        client.send(analysis)
        assert server.connections == 1
        client.send(launch)
        client.send(launch)
        assert server.connections == 3
        client.send(ask())
        assert server.connections == 3


def test_a_kept_connection_that_went_stale_costs_a_read_nothing_but_another_try(
    path: Path,
) -> None:
    """The read says "unknown" and may be repeated; the import is not touched by it at all."""

    def once(server: Server, connection: socket.socket) -> None:
        read_request(server, connection)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"abc"')

    launch = office.send_file(
        "imports", Upload(path, "file", "text/csv", "f.csv"), create=True, override=False
    )
    with serving(once) as server:
        client = session(server.address)
        client.send(ask())
        for _ in range(3):
            assert client.send(launch) == "abc"


def test_a_file_that_is_gone_leaves_nothing_sent(tmp_path: Path) -> None:
    upload = Upload(tmp_path / "gone", "file", "text/csv", "f.csv")
    with serving(answering(b'"abc"')) as server:
        exchanged = session(server.address).exchange(ask("POST", upload=upload, repeatable=False))
        assert server.requests == []

    assert exchanged.error is not None


def test_a_file_that_went_away_was_not_sent(tmp_path: Path) -> None:
    """It fails before a connection is made, so the outcome is known."""
    upload = Upload(tmp_path / "gone.csv", "file", "text/csv", "f.csv")
    request = office.send_file("imports", upload, create=True, override=False)
    with serving(answering(b'{"summaryId": "abc"}')) as server:
        with pytest.raises(NotDone, match="nothing was sent"):
            session(server.address).send(request)
        assert not server.requests
