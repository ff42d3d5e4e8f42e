"""Servers that misbehave, one thread for each connection, and a client without a database."""

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.lucca.session import Answer, Request, Session

KEY = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


@dataclass
class Call:
    """What the ledger was told about one call."""

    method: str
    shown: str
    status: int | None = None
    failure: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Ledger:
    """A ledger without a limit, that remembers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.throttled: list[datetime] = []

    def take(self, method: str, shown: str) -> int:
        self.calls.append(Call(method, shown))
        return len(self.calls) - 1

    def complete(
        self, call: int, *, status: Any, failure: str, seconds: float, headers: Any
    ) -> None:
        found = self.calls[call]
        found.status, found.failure, found.headers = status, failure, headers

    def throttle(self, until: datetime) -> None:
        self.throttled.append(until)


def session(address: str, **options: Any) -> Session:
    """A client of this address; short time-outs unless said otherwise."""
    settings = {
        "connect_timeout": 0.25,
        "read_timeout": 0.25,
        "trust_environment": False,
        **options,
    }
    return Session(**{"base_url": address, "key": KEY, "ledger": Ledger(), **settings})


def ask(method: str = "GET", **options: Any) -> Request[Answer]:
    """A request whose answer is not looked into."""
    return Request(method, "/anything", lambda answer: answer, "a right", **options)


@dataclass
class Server:
    address: str
    requests: list[bytes] = field(default_factory=list)
    # How many connections were made, and the socket of the last one.
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def hold(self, seconds: float) -> bool:
        """Wait; false once the server is told to stop."""
        return not self.stopping.wait(seconds)


Talk = Callable[[Server, socket.socket], None]


@contextmanager
def serving(talk: Talk, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve on a free port of the loopback: `talk` has each connection to itself."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme = "https" if tls else "http"
        server = Server(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        threads: list[threading.Thread] = []

        def converse(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                connection.settimeout(10)
                if tls:
                    with tls.wrap_socket(connection, server_side=True) as wrapped:
                        talk(server, wrapped)
                else:
                    talk(server, connection)

        def accept() -> None:
            while not server.stopping.is_set():
                if select.select([listener], [], [], 0.02)[0]:
                    connection, _ = listener.accept()
                    server.connections += 1
                    threads.append(threading.Thread(target=converse, args=(connection,)))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server
        finally:
            server.stopping.set()
            acceptor.join()
            for thread in threads:
                thread.join(10)


def read_request(server: Server, connection: socket.socket) -> bytes:
    """One whole request, noted; nothing at the end of the connection."""
    found = bytearray()
    while b"\r\n\r\n" not in found:
        if server.stopping.is_set():
            return b""
        if not select.select([connection], [], [], 0.02)[0]:
            continue
        piece = connection.recv(65536)
        if not piece:
            return b""
        found += piece
    head, _, body = bytes(found).partition(b"\r\n\r\n")
    length = int(header(head, "content-length") or 0)
    pieces = [body]
    left = length - len(body)
    while left > 0:
        piece = connection.recv(min(left, 1 << 20))
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    server.requests.append(head + b"\r\n\r\n" + b"".join(pieces))
    return server.requests[-1]


def header(request: bytes, name: str) -> str | None:
    """A header's value, as it came."""
    for line in request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.strip().lower() == name.lower().encode():
            return value.strip().decode("latin-1")
    return None


def answering(
    body: bytes = b"{}",
    *,
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
) -> Talk:
    """Well-behaved: the same answer to every request of a connection that is kept."""

    def talk(server: Server, connection: socket.socket) -> None:
        lines = {"Content-Length": str(len(body)), **(headers or {})}
        head = f"HTTP/1.1 {status}\r\n" + "".join(f"{n}: {v}\r\n" for n, v in lines.items())
        while read_request(server, connection):
            connection.sendall(head.encode("latin-1") + b"\r\n" + body)

    return talk


def reset(connection: socket.socket) -> None:
    """Close without a goodbye: the peer sees RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
