"""The simulated clock: real time plus an offset that a test or a drill can move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .state import State


class Clock:
    """Decides what day it is in the tenant and how far an import has come."""

    def __init__(self, state: State) -> None:
        """The offset is kept with the data: a restart does not undo it."""
        self._state = state
        self._offset = float(state.meta("clock_offset") or 0)

    @property
    def offset(self) -> float:
        """Seconds by which simulated time is ahead of real time."""
        return self._offset

    def now(self) -> datetime:
        """The simulated moment, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def advance(self, seconds: float) -> None:
        """Move on (or back, with a negative number)."""
        self.set_offset(self._offset + seconds)

    def set_offset(self, seconds: float) -> None:
        """Put the distance to real time."""
        self._offset = seconds
        self._state.set_meta("clock_offset", repr(seconds))


def stamp(moment: datetime) -> str:
    """As v4 Office writes moments: ISO with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
