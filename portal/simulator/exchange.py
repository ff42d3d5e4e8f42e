"""A request and an answer, independent of the door they come through."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]

Delivery = Literal["normal", "refused", "reset", "timeout", "drip", "cut"]

CONTROL = "/__simulator__"


class BodyTooLarge(Exception):
    """The door stopped reading: the body is above the limit."""


class Request:
    """One request. Its body is read when first asked for, so that a fault can come before."""

    def __init__(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        read: Callable[[], bytes],
        origin: str = "http://simulator",
    ) -> None:
        """`target` is path and query; `origin` is what absolute addresses must start with."""
        parts = urlsplit(target)
        self.method = method.upper()
        self.path = parts.path
        self.query_string = parts.query
        self.parameters = parse_qsl(parts.query, keep_blank_values=True)
        self.query = dict(self.parameters)
        self.header_names = list(headers)
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.origin = origin
        self._read = read
        self._body: bytes | None = None

    @property
    def body(self) -> bytes:
        """The whole body, kept after the first reading."""
        if self._body is None:
            self._body = self._read()
        return self._body

    @property
    def is_control(self) -> bool:
        """Whether this is for the simulator itself and not for Lucca."""
        return self.path == CONTROL or self.path.startswith(CONTROL + "/")

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        return self.headers.get(name.lower(), "")

    def body_hash(self) -> str | None:
        """SHA-256 of what was read of the body; None when it was never read."""
        return None if self._body is None else hashlib.sha256(self._body).hexdigest()


@dataclass(frozen=True)
class Answer:
    """One answer, and how a door has to hand it over."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = "normal"
    seconds: float = 0.0
    padding: int = 0
    lost: bool = False

    @property
    def length(self) -> int:
        """Length announced to the client, padding included."""
        return len(self.body) + self.padding

    def with_headers(self, more: Mapping[str, str]) -> Answer:
        """The same answer with further headers."""
        return replace(self, headers={**self.headers, **more})


class Refusal(Exception):
    """A request that gets an error; the configured style decides what its body looks like."""

    def __init__(
        self, status: int, title: str, errors: Mapping[str, list[str]] | None = None
    ) -> None:
        """`errors` maps a field to sentences, as in the vendor's validation errors."""
        super().__init__(title)
        self.status = status
        self.title = title
        self.errors = errors


def json_answer(document: object, status: int = 200, kind: str = "application/json") -> Answer:
    """An answer with a JSON body."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(status, body, {"Content-Type": f"{kind}; charset=utf-8"})


def refusal_answer(refusal: Refusal, style: str) -> Answer:
    """An error in one of the four shapes met in the wild.

    problem+json is documented (developers.lucca.fr/documentation/using-api/errors); the others
    are what older endpoints send, among them plain text that calls itself JSON.
    """
    if style == "empty":
        return Answer(refusal.status)
    if style == "text":
        return Answer(refusal.status, refusal.title.encode(), {"Content-Type": "application/json"})
    if style == "message":
        document: Json = {"Status": refusal.status, "Message": refusal.title, "StackTrace": None}
        return json_answer(document, refusal.status)
    document = {"type": "about:blank", "title": refusal.title, "status": refusal.status}
    if refusal.errors:
        document["errors"] = dict(refusal.errors)
    return json_answer(document, refusal.status, "application/problem+json")
