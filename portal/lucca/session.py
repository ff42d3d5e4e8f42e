"""One request method for all of Lucca.

Authentication: https://developers.lucca.fr/api-reference/legacy/authentication
Limits: https://developers.lucca.fr/documentation/limits

A request goes through three stages, because a background service does them in different threads:
`open` takes a place in the budget and records the call (our database), `exchange` is the network
and nothing else, `close` completes the record and reads the answer. `send` is the three in a row.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import requests
from requests.auth import AuthBase
from requests_toolbelt import MultipartEncoder
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
)

from portal import __version__
from portal.lucca.deadline import DeadlineAdapter, DeadlinePassed, limit
from portal.lucca.errors import (
    LuccaError,
    Misconfigured,
    NotDone,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unexpected,
    Unreachable,
)
from portal.lucca.types import Malformed

T = TypeVar("T")
MB = 1024 * 1024
# Statuses after which nothing was carried out, whatever the request. 408 is not one of them.
_DECLINED = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431})
# A Retry-After beyond this is not believed: it would stop the account until somebody noticed.
_LONGEST_WAIT = 86_400
_DIGITS = 20


@dataclass(frozen=True)
class Upload:
    """A file to send as the single part of a multipart body, streamed from disk."""

    path: Path
    part_name: str
    part_type: str
    file_name: str


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Request(Generic[T]):
    """What to ask and how to read the answer.

    `shown` is the path for the audit, without values that identify people. `right` names what the
    key needs, for the sentence when it is missing. `payload` is sent as JSON;
    `document` is JSON that is sent as it stands. `repeatable` means
    that asking twice changes nothing more than asking once. `save_to` is where the body of a
    success goes, as it comes, in place of the answer's own.
    """

    method: str
    path: str
    parse: Callable[[Answer], T]
    right: str
    shown: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None
    payload: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    document: str = ""
    repeatable: bool = True
    accept: str = "application/json"
    save_to: Path | None = None
    max_bytes: int = 32 * MB


class Ledger(Protocol):
    """Where calls are counted and recorded. `take` raises Throttled when the budget is spent."""

    def take(self, method: str, shown: str) -> int: ...

    def complete(
        self,
        call: int,
        *,
        status: int | None,
        failure: str,
        seconds: float,
        headers: Mapping[str, str],
    ) -> None: ...

    def throttle(self, until: datetime) -> None: ...


@dataclass(frozen=True)
class Exchanged:
    """What came of the network stage: an answer or an error, and how long it took."""

    answer: Answer | None
    error: LuccaError | None
    seconds: float


def may_resend(request: Request[Any], error: LuccaError) -> bool:
    """Whether the same request may leave once more after this error.

    A lost answer to a request that changes something is not in it: it may have been carried out.
    """
    if isinstance(error, Unreachable | Throttled):
        return True
    return request.repeatable and isinstance(error, OutcomeUnknown)


class _ApiKey(AuthBase):
    """Our own header. Without an auth object, requests would let a .netrc replace it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"lucca application={self._key}"
        return prepared

    def __repr__(self) -> str:
        return "<API key>"


class Session:
    """Requests to one tenant. Safe to share between threads in `exchange`."""

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        ledger: Ledger,
        connect_timeout: float = 10,
        read_timeout: float = 60,
        trust_environment: bool = True,
        adapter: requests.adapters.BaseAdapter | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.ledger = ledger
        self._base_url = base_url.rstrip("/")
        self._host = base_url.split("//", 1)[-1].rstrip("/")
        self._timeouts = (connect_timeout, read_timeout)
        self._clock = clock
        self._auth = _ApiKey(key)
        self._adapter = adapter
        self._trust_environment = trust_environment
        self._kept = self._connections()

    def __repr__(self) -> str:
        return f"<Session {self._host}>"

    def _connections(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = self._trust_environment
        session.headers["User-Agent"] = f"lucca-portal/{__version__}"
        adapter = self._adapter or DeadlineAdapter()
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session

    def send(self, request: Request[T]) -> T:
        """Ask and wait. Raises a LuccaError; Throttled also when our own budget is spent."""
        call = self.open(request)
        return self.close(request, call, self.exchange(request))

    def open(self, request: Request[Any]) -> int:
        """Take a place in the budget and record the call; to be committed before `exchange`."""
        return self.ledger.take(request.method, request.shown or request.path)

    def exchange(self, request: Request[Any]) -> Exchanged:
        """The network, and nothing else. Never raises a LuccaError: it is in the result."""
        started = time.monotonic()
        try:
            answer, error = self._exchange(request), None
        except LuccaError as failed:
            # What it was made from holds the request, its key included, and may quote the answer.
            failed.__context__ = None
            answer, error = None, failed.with_traceback(None)
        return Exchanged(answer, error, time.monotonic() - started)

    def close(self, request: Request[T], call: int, exchanged: Exchanged) -> T:
        """Complete the record of the call and read the answer."""
        value, error = None, exchanged.error
        answer = exchanged.answer
        if answer is not None:
            try:
                self._judge(request, answer)
                value = request.parse(answer)
            except Malformed as malformed:
                error = Unexpected("unreadable-answer", detail=str(malformed))
            except LuccaError as failed:
                error = failed
        self.ledger.complete(
            call,
            status=answer.status if answer else None,
            failure=error.reason if error else "",
            seconds=exchanged.seconds,
            headers=answer.headers if answer else {},
        )
        if isinstance(error, Throttled):
            self.ledger.throttle(error.until)
        if error:
            raise error from None
        return value  # type: ignore[return-value]  # None only where T is None

    def _exchange(self, request: Request[Any]) -> Answer:
        # A stale connection kept alive gives false unknowns: what must not be repeated goes out
        # on a fresh one.
        session = self._kept if request.repeatable else self._connections()
        try:
            return self._transfer(session, request)
        except requests.exceptions.SSLError as error:
            raise self._tls_error(error) from None
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
            raise self._connection_error(error) from None
        except DeadlinePassed:
            raise OutcomeUnknown("timed-out") from None
        except (requests.exceptions.RequestException, OSError):
            raise OutcomeUnknown("connection-lost") from None
        finally:
            if session is not self._kept and self._adapter is None:
                session.close()

    def _transfer(self, session: requests.Session, request: Request[Any]) -> Answer:
        upload = request.upload
        if request.payload is not None or request.document:
            text = (request.document or json.dumps(request.payload)).encode()
            return self._talk(session, request, text, {"Content-Type": "application/json"})
        if upload is None:
            return self._talk(session, request, None, {})
        try:
            file = upload.path.open("rb")
        except OSError:
            raise NotDone("file-unreadable") from None
        with file:
            body = MultipartEncoder({upload.part_name: (upload.file_name, file, upload.part_type)})
            return self._talk(session, request, body, {"Content-Type": body.content_type})

    def _talk(
        self, session: requests.Session, request: Request[Any], body: Any, headers: dict[str, str]
    ) -> Answer:
        with (
            limit(sum(self._timeouts)),
            session.request(
                request.method,
                self._base_url + request.path,
                params=request.params,
                data=body,
                headers={"Accept": request.accept, **headers},
                auth=self._auth,
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            if request.save_to is not None and 200 <= response.status_code < 300:
                _save(response, request.save_to, request.max_bytes)
                return Answer(response.status_code, response.headers, b"")
            content = _read_all(response, request.max_bytes)
            return Answer(response.status_code, response.headers, content)

    def _tls_error(self, error: requests.exceptions.SSLError) -> LuccaError:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return Misconfigured("certificate", host=self._host)
        return OutcomeUnknown("connection-lost")

    def _connection_error(self, error: Exception) -> LuccaError:
        """requests has one exception for "no connection" and "lost after sending"; urllib3 two."""
        cause = error.args[0] if error.args else None
        reason = cause.reason if isinstance(cause, MaxRetryError) else cause
        if isinstance(reason, ProxyError):
            reason = reason.original_error
        if isinstance(reason, NewConnectionError | ConnectTimeoutError):
            return Unreachable("unreachable", host=self._host)
        if isinstance(error, requests.exceptions.ReadTimeout):
            return OutcomeUnknown("timed-out")
        return OutcomeUnknown("connection-lost")

    def _judge(self, request: Request[Any], answer: Answer) -> None:
        """Raise for every status but success. The status alone decides, never the body."""
        status = answer.status
        if 200 <= status < 300:
            return
        if status == 429:
            raise Throttled("throttled", self._retry_after(answer.headers), status=status)
        if status == 401:
            raise Misconfigured("key-refused", status=status)
        if status == 403:
            raise Misconfigured("right-missing", status=status, right=request.right)
        if status == 404:
            raise Misconfigured("not-found", status=status, right=request.right)
        if status == 413:
            raise Refused("too-large", status=status)
        if status in _DECLINED:
            raise Refused("refused", status=status)
        if 300 <= status < 400 and request.repeatable:
            raise Misconfigured("redirected", status=status, host=self._host)
        # Busy, or down for maintenance: a time that Lucca names is kept, as after 429.
        named = "Retry-After" in answer.headers
        until = self._retry_after(answer.headers) if named else None
        raise OutcomeUnknown("server-error", status=status, until=until)

    def _retry_after(self, headers: Mapping[str, str]) -> datetime:
        """Seconds or a date, at most a day; without one, the end of Lucca's window of a minute."""
        value, now = headers.get("Retry-After", "").strip(), self._clock()
        if value.isascii() and value.isdigit():
            return now + timedelta(seconds=min(int(value[:_DIGITS]), _LONGEST_WAIT))
        with suppress(TypeError, ValueError):
            until = parsedate_to_datetime(value)
            wait = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
            return now + timedelta(seconds=min(max(wait, 0), _LONGEST_WAIT))
        return now + timedelta(seconds=60)


def _save(response: requests.Response, target: Path, max_bytes: int) -> None:
    """The body into a file, on the disk for good when this returns."""
    size = 0
    with target.open("wb") as file:
        for piece in response.iter_content(1024 * 1024):
            size += len(piece)
            if size > max_bytes:
                raise Unexpected("answer-too-large", limit=max_bytes // MB)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _read_all(response: requests.Response, max_bytes: int) -> bytes:
    """The body as it arrives, decompressed, up to a size."""
    body = bytearray()
    for piece in response.iter_content(64 * 1024):
        body += piece
        if len(body) > max_bytes:
            raise Unexpected("answer-too-large", limit=max_bytes // MB)
    return bytes(body)
