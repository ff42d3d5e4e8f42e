"""The stages of a batch. This table is the diagram."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    RECEIVED = "received", _("received")
    CHECKING = "checking", _("being checked")
    TO_CORRECT = "to_correct", _("to correct")
    CHECKED = "checked", _("checked")
    ANALYSING = "analysing", _("being analysed by Lucca")
    ANALYSED = "analysed", _("analysed")
    AWAITING_APPROVAL = "awaiting_approval", _("waiting for approval")
    IMPORTING = "importing", _("being imported")
    PAUSED = "paused", _("stopped after the first lines")
    DONE = "done", _("imported")
    PARTIAL = "partial", _("imported in part")
    FAILED = "failed", _("not imported")
    UNKNOWN = "unknown", _("outcome unknown")
    CANCELLED = "cancelled", _("cancelled")


# The kind of the job that waits for the verdict on the first lines.
CANARY = "imports.canary"
# Reasons of an import of which only the first lines were sent.
ENDED_AFTER_FIRST = ("canary-ended", "canary-expired")
S = Stage
MOVES: dict[str, frozenset[str]] = {
    # A person asks for the check; a person, or age, cancels.
    S.RECEIVED: frozenset({S.CHECKING, S.CANCELLED}),
    # The check ends; back where it was when it could not be done.
    S.CHECKING: frozenset({S.TO_CORRECT, S.CHECKED, S.RECEIVED, S.CANCELLED}),
    # Again after the directory changed; analysed without its faulty lines by a person's choice.
    S.TO_CORRECT: frozenset({S.CHECKING, S.ANALYSING, S.CANCELLED}),
    S.CHECKED: frozenset({S.CHECKING, S.ANALYSING, S.CANCELLED}),
    # The analysis ends; back where it was when it could not be done. It changes nothing in Lucca.
    S.ANALYSING: frozenset({S.ANALYSED, S.CHECKED, S.TO_CORRECT, S.CANCELLED}),
    # A person launches, asks again, or leaves refused lines out.
    S.ANALYSED: frozenset({S.IMPORTING, S.AWAITING_APPROVAL, S.ANALYSING, S.CHECKING, S.CANCELLED}),
    S.AWAITING_APPROVAL: frozenset({S.IMPORTING, S.ANALYSED, S.CANCELLED}),
    # The import ends. Cancelled only while nothing was sent; back where it was when what stands
    # there could not be kept before.
    S.IMPORTING: frozenset(
        {S.DONE, S.PARTIAL, S.FAILED, S.UNKNOWN, S.CANCELLED, S.ANALYSED, S.PAUSED}
    ),
    # The first lines are in, the others were not sent. A person goes on; or it ends here, by a
    # person or by age.
    S.PAUSED: frozenset({S.IMPORTING, S.PARTIAL, S.FAILED}),
    # By evidence, or by a person with a reason.
    S.UNKNOWN: frozenset({S.DONE, S.PARTIAL, S.FAILED}),
    # Lucca certainly did nothing: a person may begin again with the check.
    S.FAILED: frozenset({S.CHECKING, S.CANCELLED}),
    S.DONE: frozenset(),
    S.PARTIAL: frozenset(),
    S.CANCELLED: frozenset(),
}
# Nothing was sent that changes anything, and nobody is at it: may expire.
AT_REST = (S.RECEIVED, S.TO_CORRECT, S.CHECKED, S.ANALYSED, S.AWAITING_APPROVAL, S.FAILED)
CANCELLABLE = tuple(stage for stage, exits in MOVES.items() if S.CANCELLED in exits)
# Why a batch was cancelled whose lines were corrected in another one, which takes its place.
CORRECTED_IN = "corrected-in"
