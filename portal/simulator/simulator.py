"""The embedded Lucca: users, Office and its import, Timesheet's exports and reports, schedules,
with quirks and faults.

For demonstration, tests and drills. It answers through two doors: `SimulatorAdapter` in process
and `serve` over loopback. What a test or a drill may do to it are methods here, and the control
pages under /__simulator__/ offer the same over HTTP.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .call import Call
from .clock import Clock
from .control import control
from .exchange import Answer, BodyTooLarge, Json, Refusal, Request, refusal_answer
from .faults import ACTED_OUT, Fault, FaultBook, make_fault, retry_after, spoil
from .journal import Journal
from .keys import DEFAULT_KEY, Rights, add_key, remove_key, rights_of
from .limits import RateLimiter
from .routes import find_endpoint, needs_key, unauthorised
from .seed import seed_default, seed_many
from .seed_exports import seed_exports
from .seed_reports import seed_reports
from .seed_schedules import seed_schedules
from .settings import Settings
from .settle import settle_due
from .snapshot import change_state, state_json
from .state import State

MAX_HEADER_BYTES = 8 * 1024


class Simulator:
    """One simulated tenant. With a folder it continues after a restart; without, it forgets."""

    def __init__(
        self, folder: Path | str | None = None, *, limiter: RateLimiter | None = None
    ) -> None:
        """Open the tenant in `folder`; an empty one is filled with the usual sixty people."""
        self.state_store = State(None if folder is None else Path(folder))
        self.clock = Clock(self.state_store)
        self.journal = Journal(self.state_store)
        self.fault_book = FaultBook(self.state_store)
        self.limiter = limiter or RateLimiter()
        self.stopping = threading.Event()
        self.settings = Settings().known(json.loads(self.state_store.meta("settings") or "{}"))
        if self.state_store.meta("seeded") is None:
            self._seed_default()
        elif self.state_store.meta("seeded_schedules") is None:
            # A folder from before there were schedules.
            self._seed_schedules()
        # A tenant of an older simulator has no report templates.
        seed_reports(self.state_store)

    def __enter__(self) -> Self:
        """For use in a with statement."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, whatever happened."""
        self.close()

    def close(self) -> None:
        """End what is waiting in a fault and let go of the file."""
        self.stopping.set()
        self.state_store.close()

    # Answering

    def answer(self, request: Request) -> Answer:
        """Answer one request, be it for the simulated Lucca or for the control pages."""
        return control(self, request) if request.is_control else self._lucca(request)

    def _lucca(self, request: Request) -> Answer:
        """The simulated Lucca, faults and limits included."""
        with self.state_store.lock:
            settings = self.settings
            rights = rights_of(self.state_store, request)
            n = self.journal.arrived(request, rights.name if rights else None)
            wait = self.limiter.wait_for_budget(settings)
            fault = None if wait else self.fault_book.take(request)
            if fault is None or fault.kind != "refused":
                self.limiter.record(counts=not wait or settings.refused_calls_count)
        answer = self._over_budget(wait) if wait else self._answer(request, rights, fault)
        answer = answer.with_headers(_notices(settings))
        lost = answer.delivery in ("refused", "reset") or answer.lost
        name = fault.kind if fault else None
        self.journal.answered(n, request, None if lost else answer.status, name)
        return answer

    def _answer(self, request: Request, rights: Rights | None, fault: Fault | None) -> Answer:
        if fault is None or fault.kind in ACTED_OUT:
            return self._carry_out(request, rights, fault)
        true_answer = self._carry_out(request, rights) if fault.carried_out else None
        return spoil(fault, true_answer, self.settings)

    def _carry_out(
        self, request: Request, rights: Rights | None, fault: Fault | None = None
    ) -> Answer:
        settings = self.settings
        try:
            if sum(len(name) + len(value) for name, value in request.headers.items()) > (
                MAX_HEADER_BYTES
            ):
                raise Refusal(431, "The request headers are too long.")
            found = find_endpoint(request, settings)
            if isinstance(found, Answer):
                return found
            if rights is None and needs_key(request, settings):
                raise unauthorised()
            self._read_body(request)
            with self.state_store.lock:
                self.settle()
                now = self.clock.now()
                call = Call(request, self.state_store, settings, rights or Rights(), now, fault)
                return found(call)
        except Refusal as refusal:
            return refusal_answer(refusal, settings.error_style)

    def _read_body(self, request: Request) -> None:
        """Read before the lock is taken: a slow sender must not hold up everybody."""
        try:
            too_large = len(request.body) > self.settings.max_body_bytes
        except BodyTooLarge:
            too_large = True
        if too_large:
            raise Refusal(413, "The body is too large.")

    def _over_budget(self, wait: float) -> Answer:
        refusal = Refusal(429, "Too many requests.")
        answer = refusal_answer(refusal, self.settings.error_style)
        return answer.with_headers(retry_after(self.settings, wait))

    # What tests and drills may do

    def settle(self) -> None:
        """Carry out the imports whose end has passed."""
        with self.state_store.lock:
            settle_due(self.state_store, self.settings, self.clock.now())

    def state(self) -> Json:
        """All the tenant holds, as plain JSON values."""
        with self.state_store.lock:
            self.settle()
            return state_json(self.state_store, self.settings, self.clock.now())

    def change_state(self, pieces: Mapping[str, Any]) -> None:
        """Add, change or remove users, workLocations, userLocations, leaves, exports, reports,
        timesheets, keys, and what schedules are made of (schedule_pieces.CHANGES)."""
        with self.state_store.lock:
            self.settle()
            change_state(self.state_store, pieces, self.clock.now())

    def configure(self, **values: object) -> Settings:
        """Set switches by name; they are kept with the data."""
        with self.state_store.lock:
            self.settings = self.settings.changed(values)
            self.state_store.set_meta("settings", json.dumps(self.settings.as_json()))
            return self.settings

    def add_fault(self, kind: str, **values: Any) -> Fault:
        """Put a fault rule in force; see faults.Fault for its fields."""
        return self.fault_book.add(make_fault({"kind": kind, **values}))

    def clear_faults(self) -> None:
        """No more faults."""
        self.fault_book.clear()

    def advance(self, seconds: float) -> None:
        """Move the simulated clock on."""
        with self.state_store.lock:
            self.clock.advance(seconds)
            self.settle()

    def add_key(self, key: str, **rights: Any) -> Rights:
        """Make an API key known; rights left out are granted."""
        return add_key(self.state_store, key, rights)

    def remove_key(self, key: str) -> None:
        """Make an API key unknown."""
        remove_key(self.state_store, key)

    def import_file(self, summary_id: str) -> bytes | None:
        """The file of an import, byte for byte as it was received."""
        sql = "select file from imports where summary_id = ?"
        found = self.state_store.rows(sql, (summary_id,))
        return bytes(found[0]["file"]) if found else None

    def log(self) -> list[Json]:
        """The requests that arrived, oldest first."""
        return self.journal.entries()

    def max_arrivals(self, window: float = 60.0) -> int:
        """The most requests that arrived in any window of that many seconds."""
        return self.limiter.most_arrivals(window)

    def foreign_traffic(self, calls: int) -> None:
        """Eat part of the budget, as another integration of the tenant would."""
        with self.state_store.lock:
            self.limiter.foreign_traffic(calls)

    def seed(self, employees: int, days: int = 0) -> None:
        """Add employees emp000001... with an entry on each of `days` working days."""
        with self.state_store.lock:
            seed_many(self.state_store, self.clock.now(), employees, days)

    def reset(self) -> None:
        """Back to the sixty people, default settings, real time, an empty log, no faults."""
        with self.state_store.lock:
            self.state_store.clear()
            self.clock.set_offset(0)
            self.settings = Settings()
            self.limiter.reset()
            self._seed_default()

    def _seed_default(self) -> None:
        with self.state_store.change():
            seed_default(self.state_store, self.clock.now())
            seed_exports(self.state_store, self.clock.now())
            seed_reports(self.state_store)
            self._seed_schedules()
            add_key(self.state_store, DEFAULT_KEY, {"name": "Simulator key"})
            self.state_store.set_meta("seeded", "yes")

    def _seed_schedules(self) -> None:
        with self.state_store.change():
            seed_schedules(self.state_store, self.clock.now())
            self.state_store.set_meta("seeded_schedules", "yes")


def _notices(settings: Settings) -> dict[str, str]:
    """Headers that announce the end of an endpoint."""
    named = {"Deprecation": settings.deprecation, "Sunset": settings.sunset}
    return {name: value for name, value in named.items() if value}
