"""What the network does to a request, and what the caller is told about it.

The question behind each case: is it certain that nothing was carried out?
"""

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.lucca.errors import (
    LuccaError,
    Misconfigured,
    NotDone,
    OutcomeUnknown,
    Unexpected,
    Unreachable,
)
from portal.lucca.session import MB, Answer, Request, Upload, may_resend
from tests.portal.hostile import (
    Server,
    Talk,
    answering,
    ask,
    header,
    read_request,
    reset,
    serving,
    session,
    unused_port,
)

# Far above every limit used here: it only keeps a hanging test from hanging for ever.
LONGEST = 8


def failure(address: str, request: Request[Answer], **options: object) -> LuccaError:
    """The error of a request that must end soon."""
    started = time.monotonic()
    with pytest.raises(LuccaError) as caught:
        session(address, **options).send(request)
    assert time.monotonic() - started < LONGEST
    return caught.value


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_refused_connection_is_certainly_not_done(method: str, repeatable: bool) -> None:
    port = unused_port()

    error = failure(f"http://127.0.0.1:{port}", ask(method, repeatable=repeatable))

    assert isinstance(error, Unreachable)
    assert isinstance(error, NotDone)
    assert error.params == {"host": f"127.0.0.1:{port}"}
    assert f"127.0.0.1:{port}" in str(error)
    assert may_resend(ask(repeatable=repeatable), error)


def test_a_name_that_does_not_resolve_is_certainly_not_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*args: object, **kwargs: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    error = failure("https://nowhere.ilucca.net", ask("POST", repeatable=False))

    assert isinstance(error, Unreachable)
    assert "nowhere.ilucca.net" in str(error)


def test_a_host_that_does_not_take_the_connection_is_certainly_not_done() -> None:
    with socket.socket() as listener:
        # A full queue of connections that nobody accepts: further ones get no answer at all.
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        try:
            error = failure(
                f"http://127.0.0.1:{listener.getsockname()[1]}", ask("POST", repeatable=False)
            )
        finally:
            for one in waiting:
                one.close()

    assert isinstance(error, Unreachable)


def reset_after_request(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    reset(connection)


def close_after_request(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)


def reset_at_once(server: Server, connection: socket.socket) -> None:
    reset(connection)


def silent(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    server.hold(LONGEST)


def never_reads(server: Server, connection: socket.socket) -> None:
    server.hold(LONGEST)


def cut_in_the_body(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def cut_in_a_chunk(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{")


def bad_chunk(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")


def not_http(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"220 smtp.example ESMTP ready\r\n")


def bad_gzip(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!"
    )


def two_lengths(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")


def endless_header(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while server.hold(0):
        connection.sendall(b"x" * 65536)


LOST: dict[str, tuple[Talk, str]] = {
    "reset after the request": (reset_after_request, "connection-lost"),
    "closed after the request": (close_after_request, "connection-lost"),
    "no answer": (silent, "timed-out"),
    "request never read": (never_reads, "timed-out"),
    "cut in the body": (cut_in_the_body, "connection-lost"),
    "cut in a chunk": (cut_in_a_chunk, "connection-lost"),
    "unreadable chunk": (bad_chunk, "connection-lost"),
    "another protocol": (not_http, "connection-lost"),
    "unreadable compression": (bad_gzip, "connection-lost"),
    "two lengths": (two_lengths, "connection-lost"),
    "a header without end": (endless_header, "connection-lost"),
}


def test_a_connection_that_is_reset_at_once() -> None:
    """Seen while connecting it is no connection, seen while sending an unknown outcome."""
    with serving(reset_at_once) as server:
        error = failure(server.address, ask("POST", repeatable=False))
    assert type(error) in (Unreachable, OutcomeUnknown)


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("repeatable", [True, False])
def test_an_answer_that_is_lost_leaves_the_outcome_unknown(name: str, repeatable: bool) -> None:
    talk, reason = LOST[name]
    request = ask("POST", repeatable=repeatable)

    with serving(talk) as server:
        error = failure(server.address, request)

    assert type(error) is OutcomeUnknown
    assert error.reason == reason
    assert error.status is None
    assert str(error)
    # Only what changes nothing may be asked again.
    assert may_resend(request, error) is repeatable


def test_a_connection_that_is_reset_at_once_is_never_taken_for_a_success() -> None:
    """Whether the reset comes before the request has left is a matter of chance."""
    with serving(reset_at_once) as server:
        error = failure(server.address, ask("POST", repeatable=False))
    assert type(error) in (Unreachable, OutcomeUnknown)


def test_an_upload_that_nobody_reads_ends_at_the_deadline(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(20 * MB))
    request = ask("POST", upload=Upload(path, "file", "text/csv", "f.csv"), repeatable=False)

    with serving(never_reads) as server:
        error = failure(server.address, request)

    assert type(error) is OutcomeUnknown


def drip(server: Server, connection: socket.socket, pieces: bytes) -> None:
    """A byte at a time, each well within the time-out of a single read."""
    for byte in pieces:
        if not server.hold(0.05):
            return
        connection.sendall(bytes([byte]))


def in_body(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    drip(server, connection, b" " * 120)


def in_body_of_a_connection_that_closes(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n")
    drip(server, connection, b" " * 120)


def in_body_without_length(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    drip(server, connection, b" " * 120)


def in_chunks(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    drip(server, connection, b"1\r\n \r\n" * 20)


def in_headers(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(server, connection, b"x" * 120)


def in_status_line(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    drip(server, connection, b"HTTP/1.1 200 " + b"O" * 120)


def continues_for_ever(server: Server, connection: socket.socket) -> None:
    read_request(server, connection)
    while server.hold(0.05):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


DRIPS: list[Talk] = [
    in_body,
    in_body_of_a_connection_that_closes,
    in_body_without_length,
    in_chunks,
    in_headers,
    in_status_line,
    continues_for_ever,
]


@pytest.mark.parametrize("talk", DRIPS, ids=lambda talk: talk.__name__)
@pytest.mark.parametrize("repeatable", [True, False])
def test_an_answer_that_drips_ends_at_the_total_deadline(talk: Talk, repeatable: bool) -> None:
    with serving(talk) as server:
        error = failure(server.address, ask("POST", repeatable=repeatable))

    assert type(error) is OutcomeUnknown
    assert error.reason == "timed-out"


def test_a_deadline_of_one_exchange_leaves_the_next_alone() -> None:
    """The timer of a request must not cut the connection that a later one is given."""
    with serving(answering(b"{}")) as server:
        client = session(server.address)
        for _ in range(3):
            assert client.send(ask()).status == 200
        time.sleep(1.0)
        assert client.send(ask()).status == 200
        assert server.connections == 1


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """The most memory that Python held since the test began, in bytes."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def bomb(layers: int) -> tuple[bytes, str]:
    body = gzip.compress(bytes(64 * MB), 9)
    for _ in range(layers - 1):
        body = gzip.compress(body, 9)
    return body, ", ".join(["gzip"] * layers)


def test_an_answer_that_is_too_large_ends_at_the_cap(peak: Callable[[], int]) -> None:
    def endless(server: Server, connection: socket.socket) -> None:
        read_request(server, connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while server.hold(0):
            connection.sendall(bytes(MB))

    with serving(endless) as server:
        error = failure(server.address, ask(max_bytes=4 * MB), read_timeout=5)

    assert type(error) is Unexpected
    assert error.reason == "answer-too-large"
    assert "4 MB" in str(error)
    assert peak() < 24 * MB


@pytest.mark.parametrize("layers", [1, 2])
def test_a_compressed_bomb_ends_at_the_cap(layers: int, peak: Callable[[], int]) -> None:
    body, encoding = bomb(layers)
    before = peak()
    with serving(answering(body, headers={"Content-Encoding": encoding})) as server:
        tracemalloc.reset_peak()
        error = failure(server.address, ask(max_bytes=4 * MB), read_timeout=5)

    assert type(error) is Unexpected
    assert error.reason == "answer-too-large"
    assert peak() - before < 24 * MB


def test_an_answer_of_exactly_the_cap_is_taken() -> None:
    with serving(answering(b"x" * MB)) as server:
        assert len(session(server.address).send(ask(max_bytes=MB)).body) == MB


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"])
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_redirect_is_refused_and_the_key_reaches_no_other_host(
    status: str, repeatable: bool
) -> None:
    with serving(answering()) as other:
        headers = {"Location": f"{other.address}/elsewhere"}
        with serving(answering(b"", status=status, headers=headers)) as server:
            error = failure(server.address, ask("POST", repeatable=repeatable))
            assert len(server.requests) == 1
        assert other.requests == []
        assert other.connections == 0

    assert type(error) is (Misconfigured if repeatable else OutcomeUnknown)
    assert error.status == int(status[:3])
    assert other.address not in str(error)


def proxied(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_a_drip_through_a_proxy_ends_at_the_total_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(in_body) as server:
        proxied(monkeypatch, server.address)
        error = failure("http://acme.example", ask(), trust_environment=True)
        assert server.requests[0].startswith(b"GET http://acme.example/anything ")

    assert type(error) is OutcomeUnknown
    assert error.reason == "timed-out"


def test_a_proxy_that_is_down_means_certainly_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    proxied(monkeypatch, f"http://127.0.0.1:{unused_port()}")

    error = failure(
        "https://acme.ilucca.net", ask("POST", repeatable=False), trust_environment=True
    )

    assert isinstance(error, Unreachable)


def test_a_simulator_on_this_machine_is_not_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(answering()) as proxy, serving(answering()) as server:
        proxied(monkeypatch, proxy.address)
        session(server.address, trust_environment=False).send(ask())
        assert proxy.requests == []
        assert header(server.requests[0], "authorization")
