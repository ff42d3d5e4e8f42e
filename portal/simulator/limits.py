"""The request budget of a host: 50 requests in any 60 seconds.

Documented on developers.luccasoftware.com/documentation/limits; the budget is shared by all keys
and integrations of the host. Real time decides, not the simulated clock, because clients wait in
real time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from .settings import Settings


class RateLimiter:
    """Counts what uses the budget, and separately records every arrival for tests to judge."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """The clock is an argument so that tests need not wait for a minute."""
        self._monotonic = monotonic
        self._counted: deque[float] = deque()
        self._arrivals: list[float] = []

    def wait_for_budget(self, settings: Settings) -> float:
        """Seconds until a call would be let through; 0 when it is let through now."""
        now = self._monotonic()
        while self._counted and self._counted[0] <= now - settings.rate_window_seconds:
            self._counted.popleft()
        if not settings.rate_limit or len(self._counted) < settings.rate_limit:
            return 0.0
        freed_by = self._counted[len(self._counted) - settings.rate_limit]
        return max(freed_by + settings.rate_window_seconds - now, 0.001)

    def record(self, *, counts: bool) -> None:
        """A request arrived; `counts` tells whether it uses the budget."""
        now = self._monotonic()
        self._arrivals.append(now)
        if counts:
            self._counted.append(now)

    def foreign_traffic(self, calls: int) -> None:
        """Another integration of the tenant called: budget is gone, but nothing of ours arrived."""
        self._counted.extend([self._monotonic()] * calls)

    def most_arrivals(self, window: float = 60.0) -> int:
        """The largest number of arrivals in any window of that many seconds."""
        most = first = 0
        for last, moment in enumerate(self._arrivals):
            while self._arrivals[first] <= moment - window:
                first += 1
            most = max(most, last - first + 1)
        return most

    def arrivals(self) -> int:
        """How many requests arrived since the start or the last reset."""
        return len(self._arrivals)

    def in_use(self, settings: Settings) -> int:
        """How many calls of the present window are counted."""
        since = self._monotonic() - settings.rate_window_seconds
        return sum(moment > since for moment in self._counted)

    def reset(self) -> None:
        """Forget all arrivals and give the whole budget back."""
        self._counted.clear()
        self._arrivals.clear()
