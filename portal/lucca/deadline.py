"""A limit for a whole exchange.

The time-outs of requests are per read: an answer that drips a byte a second never meets them,
neither in its body nor in its headers. Here a timer shuts the connection's socket down when the
limit is reached, whatever it is waiting for.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError


class DeadlinePassed(Exception):
    """The limit was reached before the whole answer had come."""


class _Timer:
    """Watches the socket that this thread talks on."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: Any = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, sock: Any) -> None:
        """The socket itself: a connection that closes after its answer forgets it before reading.

        Where the limit was reached already, nothing more goes out on it.
        """
        with self._lock:
            # TLS through a proxy that itself speaks TLS: what is cut is the socket below.
            self._socket = getattr(sock, "socket", sock)
            if self.passed:
                self._cut()

    def _end(self) -> None:
        with self._lock:
            self.passed = True
            self._cut()

    def _cut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # Not the method of an SSLSocket, which takes away what the reader is just using.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def cancel(self) -> None:
        self._timer.cancel()


_current = threading.local()


class _Watched:
    """Tells the thread's timer which socket a request goes out on."""

    sock: Any

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except (NewConnectionError, ConnectTimeoutError):
            raise
        except (OSError, HTTPException, HTTPError) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise
            # A proxy that declines, a handshake that fails: no request has left yet.
            raise NewConnectionError(self, type(error).__name__) from error  # type: ignore[arg-type]
        self._watch()

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            self._watch()
        super().request(*args, **kwargs)  # type: ignore[misc]

    def _watch(self) -> None:
        timer = getattr(_current, "timer", None)
        if timer is not None:
            timer.watch(self.sock)


class _HTTPConnection(_Watched, HTTPConnection):
    pass


class _HTTPSConnection(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class DeadlineAdapter(HTTPAdapter):
    """An HTTPAdapter without retries of its own, whose connections a timer can cut."""

    def __init__(self) -> None:
        super().__init__(max_retries=0, pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager


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
