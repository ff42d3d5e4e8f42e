"""When somebody is told by mail about an import: it needs them, it has ended, it is theirs now.

Nobody is told of what they did themselves, nor of what ended while they were looking.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imports.stages import Stage
from portal.models import User
from portal.notices import Kind, register, tell

if TYPE_CHECKING:
    from imports.models import ImportBatch

S = Stage
NEEDS, ENDED, UNKNOWN, HANDED = (
    f"import-{what}" for what in ("needs", "ended", "unknown", "handed-over")
)
# Told whenever nobody was looking: something went wrong.
_ALWAYS = {
    S.TO_CORRECT: NEEDS, S.RECEIVED: NEEDS, S.PARTIAL: ENDED, S.FAILED: ENDED, S.UNKNOWN: UNKNOWN,
    S.PAUSED: NEEDS,
}  # fmt: skip
# Told when it took so long that the person will have turned to something else.
_IF_LONG = {S.CHECKED: NEEDS, S.ANALYSED: NEEDS, S.DONE: ENDED, S.CANCELLED: ENDED}
_watched: ContextVar[bool] = ContextVar("watched", default=False)


@contextmanager
def watched() -> Iterator[None]:
    """The person waits for the answer to what is done in here: nothing is mailed about it."""
    before = _watched.set(True)
    try:
        yield
    finally:
        _watched.reset(before)


def after_move(batch: "ImportBatch", *, since: datetime, by: object) -> None:
    """Tell those whom the move concerns; `since` is when the batch came to its last stage. In the
    transaction of the move."""
    if by is not None or _watched.get():
        return
    stage = Stage(batch.stage)
    kind = _ALWAYS.get(stage)
    if stage == S.ANALYSED and batch.reason:
        # It came back from its launch: somebody must decide.
        kind = NEEDS
    if timezone.now() - since >= settings.MAIL_AFTER:
        kind = kind or _IF_LONG.get(stage)
    if kind:
        asked = batch.job.asked_by if batch.job else None
        _tell([batch.responsible, asked], kind, f"v{batch.version}", batch)


def handed_over(batch: "ImportBatch", to: User, *, by: object) -> None:
    """In the transaction of the hand-over."""
    if to != by:
        _tell([to], HANDED, f"handed-{timezone.now().timestamp()}", batch)


def _tell(people: list[User | None], kind: str, what: str, batch: "ImportBatch") -> None:
    tell(
        people,
        kind,
        f"import-{batch.pk}-{what}",
        reverse("admin:imports_importbatch_change", args=[batch.pk]),
        {"import": batch.pk, "account": batch.account.label, "version": batch.version},
    )


def _has_not_moved(params: Mapping[str, Any]) -> bool:
    """Once somebody has acted, there is nothing left to tell."""
    from imports.models import ImportBatch

    return ImportBatch.objects.filter(pk=params["import"], version=params["version"]).exists()


def register_kinds() -> None:
    register(
        Kind(NEEDS, _("Import %(import)s (%(account)s) needs you"), _has_not_moved),
        Kind(ENDED, _("Import %(import)s (%(account)s) has ended"), _has_not_moved),
        Kind(
            UNKNOWN,
            _("Import %(import)s (%(account)s): outcome unknown, somebody must look"),
            _has_not_moved,
        ),
        Kind(HANDED, _("Import %(import)s (%(account)s) was handed over to you")),
    )
