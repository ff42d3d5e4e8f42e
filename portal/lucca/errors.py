"""What can go wrong with a request, arranged by what the caller may do next.

`str(error)` is fit to show to staff: it holds no body, no key and nobody's name.
"""

from datetime import datetime
from typing import Any

from portal.reasons import sentence


class LuccaError(Exception):
    """`reason` is a slug of portal.reasons; `status` the HTTP status, if there was one."""

    def __init__(self, reason: str, *, status: int | None = None, **params: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.params = params if status is None else {"status": status, **params}

    def __str__(self) -> str:
        return sentence(self.reason, self.params)


class NotDone(LuccaError):
    """Certainly not carried out."""


class Unreachable(NotDone):
    """No connection was made: the request may be sent again."""


class Throttled(NotDone):
    """Over the request budget, ours or Lucca's (429): may be sent again after `until`."""

    def __init__(self, reason: str, until: datetime, *, status: int | None = None) -> None:
        # By the portal's own clock: people read it.
        super().__init__(reason, status=status, until=until.astimezone().strftime("%H:%M:%S"))
        self.until = until


class Misconfigured(NotDone):
    """Key, right or module is missing: an administrator must act."""


class Refused(NotDone):
    """Understood and declined: the request must change."""


class OutcomeUnknown(LuccaError):
    """May have been carried out: look before sending again, and not before `until` if Lucca named
    a time."""

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        until: datetime | None = None,
        **params: Any,
    ) -> None:
        super().__init__(reason, status=status, **params)
        self.until = until


class Unexpected(OutcomeUnknown):
    """An answer we cannot read: our mapping needs a fix."""
