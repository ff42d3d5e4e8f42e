"""What an endpoint needs to answer one request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .exchange import Request
from .faults import Fault
from .keys import Rights
from .settings import Settings
from .state import State


@dataclass(frozen=True)
class Call:
    """One authenticated request with the tenant it is for.

    `fault` is one that only the import itself can act out: stuck or unknown_summary.
    """

    request: Request
    state: State
    settings: Settings
    rights: Rights
    now: datetime
    fault: Fault | None = None

    @property
    def today(self) -> str:
        """The simulated day, as dates are compared: by their ten characters."""
        return self.now.date().isoformat()

    def is_former(self, contract_end: str | None) -> bool:
        """v3 has no status: a contract that ended before today makes a former employee."""
        return contract_end is not None and contract_end[:10] < self.today
