"""The door in process: a requests session is mounted on it and no socket is opened.

A fault raises exactly what requests raises for it over a network, down to the cause inside.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from .exchange import Answer, BodyTooLarge, Request
from .server import pieces
from .simulator import Simulator


class SimulatorAdapter(BaseAdapter):
    """Mount it for any prefix: `session.mount("https://", SimulatorAdapter(simulator))`.

    Time-outs raise at once and drips do not pause, unless a `sleep` is given.
    """

    def __init__(self, simulator: Simulator, sleep: Callable[[float], None] | None = None) -> None:
        """`sleep` lets faults take their time: time.sleep, or that of a fake clock."""
        super().__init__()
        self._simulator = simulator
        self._sleep = sleep
        self._builder = HTTPAdapter()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer a prepared request, or raise as the network would."""
        headers = {name: _text(value) for name, value in request.headers.items()}
        url = str(request.url)
        scheme, _, rest = url.partition("://")
        host, slash, target = rest.partition("/")
        headers.setdefault("Host", host)
        read = _reader(request.body, self._simulator)
        asked = Request(
            str(request.method), slash + target or "/", headers, read, f"{scheme}://{host}"
        )
        answer = self._simulator.answer(asked)
        limit = timeout[1] if isinstance(timeout, tuple) else timeout
        self._raise_if_lost(request, answer, limit)
        return self._response(request, answer, limit, stream)

    def close(self) -> None:
        """Nothing is held open."""

    def _raise_if_lost(
        self, request: requests.PreparedRequest, answer: Answer, limit: float | None
    ) -> None:
        url = str(request.url)
        pool = HTTPConnectionPool("simulator")
        if answer.delivery == "refused":
            connection = HTTPConnection("simulator")
            cause = NewConnectionError(connection, "[Errno 111] Connection refused")
            raise requests.ConnectionError(MaxRetryError(pool, url, cause), request=request)
        if answer.delivery == "reset":
            raise _reset(request)
        if answer.delivery != "timeout":
            return
        patience = min(answer.seconds, limit if limit is not None else answer.seconds)
        self._wait(patience)
        if limit is not None and limit <= answer.seconds:
            text = f"Read timed out. (read timeout={limit})"
            raise requests.ReadTimeout(ReadTimeoutError(pool, url, text), request=request)
        if answer.lost:
            raise _reset(request)

    def _wait(self, seconds: float) -> None:
        if self._sleep is not None:
            self._sleep(seconds)

    def _response(
        self,
        request: requests.PreparedRequest,
        answer: Answer,
        limit: float | None,
        stream: bool,
    ) -> requests.Response:
        body = io.BufferedReader(_Body(answer, limit, self._wait), buffer_size=1)
        raw = HTTPResponse(
            body=body,
            headers={**answer.headers, "Content-Length": str(answer.length)},
            status=answer.status,
            reason=None,
            preload_content=False,
            enforce_content_length=True,
            request_method=request.method,
        )
        response = self._builder.build_response(request, raw)
        if not stream:
            # The session reads the content after send(); errors then look as over a network.
            _ = response.content
        return response


class _Body(io.RawIOBase):
    """The body of an answer, read as slowly or as far as the fault wants."""

    def __init__(self, answer: Answer, limit: float | None, wait: Callable[[float], None]) -> None:
        self._answer = answer
        self._limit = limit
        self._wait = wait
        self._begun = False
        shown = answer
        if answer.delivery == "cut":
            shown = Answer(answer.status, answer.body[: len(answer.body) // 2])
        self._pieces = pieces(shown)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """At most one byte of a drip, else as much as fits."""
        view = memoryview(buffer)
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        size = min(len(view), len(self._left))
        if self._answer.delivery == "drip":
            size = 1
            self._pause()
        view[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _pause(self) -> None:
        """A socket's time-out is per read, which is why a drip gets past it."""
        if self._begun:
            if self._limit is not None and self._limit <= self._answer.seconds:
                self._wait(self._limit)
                raise TimeoutError("timed out")
            self._wait(self._answer.seconds)
        self._begun = True


def _reset(request: requests.PreparedRequest) -> requests.ConnectionError:
    cause = ConnectionResetError(104, "Connection reset by peer")
    return requests.ConnectionError(ProtocolError("Connection aborted.", cause), request=request)


def _reader(body: Any, simulator: Simulator) -> Callable[[], bytes]:
    """Bytes, text, a file or a generator of bytes: read when asked for, up to the limit."""

    def read() -> bytes:
        found = []
        size = 0
        for piece in _body_pieces(body):
            found.append(piece)
            size += len(piece)
            if size > simulator.settings.max_body_bytes:
                raise BodyTooLarge
        return b"".join(found)

    return read


def _body_pieces(body: Any) -> Iterable[bytes]:
    if body is None:
        return
    if isinstance(body, (bytes, str)):
        yield _bytes(body)
    elif hasattr(body, "read"):
        while piece := body.read(1024 * 1024):
            yield _bytes(piece)
    else:
        yield from map(_bytes, cast("Iterable[bytes | str]", body))


def _bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
