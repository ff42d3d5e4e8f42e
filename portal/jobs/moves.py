"""The states of a job and who may open which exit. This table is the diagram.

FAILED and UNKNOWN differ in the one thing that matters: may Lucca have acted?
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("done")
    PARTIAL = "partial", _("done in part")
    FAILED = "failed", _("not done")
    UNKNOWN = "unknown", _("outcome unknown")
    CANCELLED = "cancelled", _("cancelled")


MOVES: dict[str, frozenset[str]] = {
    # Claimed by a worker, or cancelled by a person.
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    # Settled by its own steps or the sweeper; cancelled only while nothing irreversible was sent.
    JobState.RUNNING: frozenset(
        {
            JobState.SUCCEEDED,
            JobState.PARTIAL,
            JobState.FAILED,
            JobState.UNKNOWN,
            JobState.CANCELLED,
        }
    ),
    # By evidence read back, or by a person with a reason. Never back to the queue.
    JobState.UNKNOWN: frozenset({JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.PARTIAL: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}

SETTLED = frozenset(state for state, exits in MOVES.items() if not exits)
HOLDS_LANE = (JobState.RUNNING, JobState.UNKNOWN)


class IllegalMove(Exception):
    """Somebody else moved this row first, or the table has no such move."""

    def __init__(self, subject: object, to: str) -> None:
        # By its key: its name may be a person's, or a file's.
        key = getattr(subject, "pk", None)
        super().__init__(f"{type(subject).__name__} {key}: no move to {to}")
        self.to = to


class Superseded(Exception):
    """The claim on this job was lost: another process follows it now, and this result is void."""
