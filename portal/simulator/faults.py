"""Faults on demand: what a network or a server in trouble does to a request.

A rule says which requests it is for and what happens to them. `when` is the question that matters
to a client: `before` means the request was not carried out, `after` means it was and only the
answer is lost or replaced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, get_args, get_type_hints

from .exchange import Answer, Delivery, Refusal, Request, refusal_answer
from .settings import Settings
from .state import State

STATUSES = (
    *("400", "401", "403", "404", "405", "408", "409", "413", "429", "431"),
    *("500", "502", "503", "504"),
)

REPLACED: dict[str, Answer] = {
    "unreadable": Answer(200, b'{"items": [{"id"', {"Content-Type": "application/json"}),
    "empty": Answer(200, b"", {"Content-Type": "application/json"}),
    "html": Answer(
        200,
        b"<!doctype html><title>Sign in</title><form><input name=login></form>",
        {"Content-Type": "text/html; charset=utf-8"},
    ),
    # Under the status of a success, which the vendor's own client guards against.
    "error-in-200": Answer(
        200,
        b'{"Status": 500, "Message": "Object reference not set."}',
        {"Content-Type": "application/json"},
    ),
}

DELIVERIES: dict[str, Delivery] = {
    "refused": "refused",
    "reset": "reset",
    "timeout": "timeout",
    "drip": "drip",
    "cut": "cut",
}

# These shape the true answer, so the request is always carried out.
SHAPED = ("drip", "cut", "oversize")

# These are acted out by the import itself. `before`: it is never applied; `after`: it is.
ACTED_OUT = ("stuck", "unknown_summary")

KINDS = (
    *DELIVERIES,
    *ACTED_OUT,
    *("oversize", "redirect", "429-no-retry-after"),
    *REPLACED,
    *STATUSES,
)

DEFAULT_SECONDS = {"timeout": 120.0, "drip": 1.0, "429": 60.0, "503": 0.0}


class BadFault(ValueError):
    """A rule that makes no sense."""


@dataclass(frozen=True)
class Fault:
    """One rule.

    `method`, `path` (a part of it) and `create` choose requests; empty and None choose all.
    `skip` lets the first ones through, `times` is how many are hit (0: all, for ever).
    `seconds`: how long `timeout` holds, the pause between bytes of `drip`, the Retry-After of 429
    and 503. `progress`: where `stuck` stays. `size`: bytes that `oversize` adds. `location`: where
    `redirect` points.
    """

    kind: str
    method: str = ""
    path: str = ""
    create: bool | None = None
    when: str = "before"
    times: int = 1
    skip: int = 0
    seconds: float | None = None
    progress: int = 57
    size: int = 64 * 1024 * 1024
    location: str = "/identity/login"
    id: int = 0

    @property
    def carried_out(self) -> bool:
        """Whether the request is handled before the fault shows."""
        return self.when == "after" or self.kind in SHAPED

    @property
    def pause(self) -> float:
        """`seconds`, or what is usual for the kind."""
        return DEFAULT_SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds

    def is_for(self, request: Request) -> bool:
        """Whether the request is one of those the rule is about."""
        if self.method and self.method.upper() != request.method:
            return False
        if self.path not in request.path:
            return False
        create = None if self.create is None else str(self.create).lower()
        return create is None or request.query.get("create") == create


def make_fault(values: Mapping[str, Any]) -> Fault:
    """A rule from its JSON, or BadFault."""
    known = {each.name for each in fields(Fault)} - {"id"}
    unknown = set(values) - known
    if unknown:
        raise BadFault(f"A fault has no {sorted(unknown)[0]}.")
    if str(values.get("kind")) not in KINDS:
        raise BadFault(f"kind is one of {', '.join(KINDS)}.")
    if values.get("when", "before") not in ("before", "after"):
        raise BadFault("when is before or after.")
    hints = get_type_hints(Fault)
    given = {**values, "kind": str(values["kind"])}
    for name, value in given.items():
        wanted = get_args(hints[name]) or (hints[name],)
        if not isinstance(value, wanted) and not (float in wanted and isinstance(value, int)):
            raise BadFault(f"{name} has a value of the wrong type.")
    return Fault(**given)


class FaultBook:
    """The rules in force, first come first served; kept with the data through a restart."""

    def __init__(self, state: State) -> None:
        """Rules that were stored are in force again."""
        self._state = state

    def rules(self) -> list[Fault]:
        """What is left to happen."""
        rows = self._state.rows("select id, rule from faults order by id")
        return [Fault(**{**json.loads(row["rule"]), "id": row["id"]}) for row in rows]

    def add(self, fault: Fault) -> Fault:
        """Put a rule behind the others."""
        with self._state.change() as db:
            rule = json.dumps(asdict(fault))
            number = db.execute("insert into faults (rule) values (?)", (rule,)).lastrowid
        return replace(fault, id=number or 0)

    def clear(self, number: int | None = None) -> None:
        """Drop one rule, or all."""
        with self._state.change() as db:
            db.execute("delete from faults where id = ? or ? is null", (number, number))

    def take(self, request: Request) -> Fault | None:
        """The fault that hits this request; it counts as used."""
        for fault in self.rules():
            if not fault.is_for(request):
                continue
            if fault.skip:
                self._store(replace(fault, skip=fault.skip - 1))
                continue
            if fault.times == 1:
                self.clear(fault.id)
            elif fault.times > 1:
                self._store(replace(fault, times=fault.times - 1))
            return fault
        return None

    def _store(self, fault: Fault) -> None:
        with self._state.change() as db:
            db.execute("update faults set rule = ? where id = ?", (_rule(fault), fault.id))


def _rule(fault: Fault) -> str:
    return json.dumps(asdict(fault))


def spoil(fault: Fault, true_answer: Answer | None, settings: Settings) -> Answer:
    """What the client gets instead of, or made from, the true answer."""
    answer = true_answer or Answer(503)
    if fault.kind in DELIVERIES:
        delivery = DELIVERIES[fault.kind]
        lost = delivery == "timeout" and true_answer is None
        return replace(answer, delivery=delivery, seconds=fault.pause, lost=lost)
    if fault.kind == "oversize":
        return replace(answer, padding=fault.size)
    if fault.kind == "redirect":
        return Answer(302, b"", {"Location": fault.location})
    return REPLACED.get(fault.kind) or _status_answer(fault, settings)


def _status_answer(fault: Fault, settings: Settings) -> Answer:
    status, _, without = fault.kind.partition("-")
    titles = {"408": "Request timeout.", "429": "Too many requests."}
    refusal = Refusal(int(status), titles.get(status, "Simulated fault."))
    answer = refusal_answer(refusal, settings.error_style)
    if without or status not in ("429", "503") or not fault.pause:
        return answer
    return answer.with_headers(retry_after(settings, fault.pause))


def retry_after(settings: Settings, seconds: float) -> dict[str, str]:
    """Retry-After in whole seconds, as an HTTP date, or not at all. Clients wait in real time."""
    whole = max(1, -int(-seconds // 1))
    if settings.retry_after == "absent":
        return {}
    if settings.retry_after == "seconds":
        return {"Retry-After": str(whole)}
    moment = datetime.now(UTC) + timedelta(seconds=whole + 1)
    return {"Retry-After": format_datetime(moment, usegmt=True)}
