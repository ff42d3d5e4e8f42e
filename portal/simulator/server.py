"""The door over loopback: HTTP/1.1 with keep-alive, one thread for each connection.

A refused connection is a port that nobody listens on. Here the connection is already accepted
when the fault is known, so `refused` closes it at once, which clients see as a reset. The door in
process raises what a closed port would.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .exchange import Answer, BodyTooLarge, Request
from .simulator import Simulator

# Above the limit a body is still read and thrown away up to here, so that a client that sends
# first and reads then gets to see the 413.
DISCARD_LIMIT = 400 * 1024 * 1024
CHUNK = 1024 * 1024


class SimulatorServer(ThreadingHTTPServer):
    """Listens for one simulator, and can really be gone when it is told to stop."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        """Bind at once: a port in use raises OSError here."""
        self.simulator = simulator
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, Handler)

    @property
    def address(self) -> str:
        """The base URL."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, to be able to close it."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that ended by itself."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news, nor are requests that our own end cuts off."""
        stopping = self.stopping.is_set() or self.simulator.stopping.is_set()
        if not stopping and not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        """Stop listening and end the kept connections: a server that is down answers nobody."""
        self.stopping.set()
        super().server_close()
        with self._lock:
            for connection in self._connections:
                _abort(connection)
            self._connections.clear()


def _abort(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """Turns a connection's bytes into requests and hands answers over, faults included."""

    server: SimulatorServer
    protocol_version = "HTTP/1.1"
    server_version = "SimulatedLucca"
    sys_version = ""
    # Headers and body leave in one write; without this the last piece may wait for 40 ms.
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *args: Any) -> None:
        """Quiet: the simulator keeps a log of its own."""

    def _serve(self) -> None:
        """One request, one answer."""
        try:
            self._answer(Body(self))
        except BadBody:
            self.send_error(400)
            self.close_connection = True

    def _answer(self, body: Body) -> None:
        headers = dict(self.headers.items())
        origin = f"http://{self.headers.get('Host') or self.server.address[7:]}"
        request = Request(self.command, self.path, headers, body.read, origin)
        answer = self.server.simulator.answer(request)
        self._deliver(answer, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _deliver(self, answer: Answer, body: Body) -> None:
        if answer.delivery in ("refused", "reset"):
            self._reset()
            return
        body.discard()
        if answer.delivery == "timeout":
            self._hold(answer.seconds)
            if answer.lost or self._gone():
                self._reset()
                return
        try:
            self._send(answer)
        except OSError:
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(answer.length))
        if answer.delivery == "cut" or self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if answer.delivery == "drip":
            self._drip(answer)
        elif answer.delivery == "cut":
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        else:
            for piece in pieces(answer):
                self.wfile.write(piece)
        self.wfile.flush()

    def _drip(self, answer: Answer) -> None:
        self.wfile.flush()
        for position in range(len(answer.body)):
            if position and not self._hold(answer.seconds):
                self.close_connection = True
                return
            self.wfile.write(answer.body[position : position + 1])
            self.wfile.flush()

    def _hold(self, seconds: float) -> bool:
        """Wait, but not for a client that went away nor beyond our own end."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._gone():
                return False
            self.server.stopping.wait(min(left, 0.05))
        return True

    def _gone(self) -> bool:
        stopping = self.server.stopping.is_set() or self.server.simulator.stopping.is_set()
        if stopping:
            return True
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _reset(self) -> None:
        """Close without a goodbye: with a linger of zero the peer gets RST instead of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        # makefile() objects keep the descriptor open, so the socket itself is closed here.
        self.rfile.close()
        self.connection.close()


class BadBody(Exception):
    """A length or a chunk size that is not a number."""


class Body:
    """The body of a request on a connection: of a known length, chunked, or absent."""

    def __init__(self, handler: Handler) -> None:
        """Nothing is read yet."""
        self._file = handler.rfile
        self._limit = handler.server.simulator.settings.max_body_bytes
        self._handler = handler
        chunked = "chunked" in (handler.headers.get("Transfer-Encoding") or "").lower()
        self._announced = 0 if chunked else _size(handler.headers.get("Content-Length") or "0", 10)
        self._pieces = self._chunks() if chunked else self._known(self._announced)

    def read(self) -> bytes:
        """All of it, or BodyTooLarge as soon as that is known."""
        if self._announced > self._limit:
            raise BodyTooLarge
        found = []
        size = 0
        for piece in self._pieces:
            found.append(piece)
            size += len(piece)
            if size > self._limit:
                raise BodyTooLarge
        return b"".join(found)

    def discard(self) -> None:
        """Read what is left, or the next request on this connection would begin in it."""
        size = 0
        for piece in self._pieces:
            size += len(piece)
            if size > DISCARD_LIMIT:
                self._handler.close_connection = True
                return

    def _known(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self._file.read(min(length, CHUNK))
            if not piece:
                raise ConnectionResetError
            length -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while size := _size(self._file.readline(100).split(b";")[0].decode("latin-1"), 16):
            yield from self._known(size)
            self._file.readline(3)
        while self._file.readline(65536).strip():
            pass


def _size(text: str, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError as error:
        raise BadBody from error
    if size < 0:
        raise BadBody
    return size


def pieces(answer: Answer) -> Iterator[bytes]:
    """Body and padding. Blanks behind a JSON document leave it a JSON document."""
    yield answer.body
    left = answer.padding
    while left:
        size = min(left, CHUNK)
        left -= size
        yield b" " * size


def serve(
    simulator: Simulator,
    port: int,
    host: str = "127.0.0.1",
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until interrupted. `ready` is told the address once connections are taken."""
    with SimulatorServer((host, port), simulator) as server:
        ready(server.address)
        server.serve_forever(poll_interval=0.1)


@contextmanager
def running(simulator: Simulator, port: int = 0) -> Iterator[str]:
    """Serve in the background, on a free port by default; gives the base URL."""
    server = SimulatorServer(("127.0.0.1", port), simulator)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
