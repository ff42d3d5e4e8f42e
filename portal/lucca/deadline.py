"""A limit for a whole exchange.

The time-outs of requests are per read: an answer that drips a byte a second never meets them,
neither in its body nor in its headers. Here a timer shuts the connection's socket down when the
limit is reached, whatever it is waiting for.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class DeadlinePassed(Exception):
    """The limit was reached before the whole answer had come."""


class _Timer:
    """Watches the connection that this thread talks on."""

    def __init__(self, seconds: float) -> None:
        self.connection: HTTPConnection | None = None
        self.passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        self.passed = True
        if self.connection is not None and self.connection.sock is not None:
            with suppress(OSError):
                self.connection.sock.shutdown(socket.SHUT_RDWR)

    def cancel(self) -> None:
        self._timer.cancel()


_current = threading.local()


class _Watched:
    """Tells the thread's timer which connection a request goes out on."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        timer = getattr(_current, "timer", None)
        if timer is not None:
            timer.connection = self
        super().request(*args, **kwargs)  # type: ignore[misc]


class _HTTPConnection(_Watched, HTTPConnection):
    pass


class _HTTPSConnection(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class DeadlineAdapter(HTTPAdapter):
    """An HTTPAdapter without retries of its own, whose connections a timer can cut."""

    def __init__(self) -> None:
        super().__init__(max_retries=0, pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raise DeadlinePassed unless the exchange inside ends within `seconds`."""
    timer = _current.timer = _Timer(seconds)
    try:
        yield
    except (requests.RequestException, OSError, ValueError):
        if timer.passed:
            raise DeadlinePassed from None
        raise
    finally:
        timer.cancel()
        _current.timer = None
    if timer.passed:
        raise DeadlinePassed
