"""Who looks after an import, and handing it over. Whoever sent the file stays its author."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from imports import notices
from imports.models import ImportBatch
from imports.stages import Stage
from portal.audit import record
from portal.models import User
from portal.refusals import Refusal

# Nothing is left to be looked after.
_OVER = (Stage.DONE, Stage.CANCELLED)
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def is_possible(batch: ImportBatch) -> bool:
    return batch.stage not in _OVER


def colleagues(batch: ImportBatch) -> QuerySet[User]:
    """Those who may look after it: they may log in and work on imports."""
    able = User.objects.with_perm("imports.add_importbatch", backend=_BACKEND)
    others = able.filter(is_staff=True).exclude(pk=batch.responsible_id or 0)
    return others.order_by("last_name", "first_name", "username")


def hand_over(batch: ImportBatch, to: User, why: str, *, by: Any) -> None:
    """Of two who hand the same import over at the same moment the second is told.

    The version stays: work that is under way on the batch goes on.
    """
    if not is_possible(batch):
        raise Refusal(_("This import is over: there is nothing left to hand over."))
    if not colleagues(batch).filter(pk=to.pk).exists():
        raise Refusal(_("%(name)s cannot look after this import.") % {"name": to})
    with transaction.atomic():
        rows = ImportBatch.objects.filter(pk=batch.pk, responsible=batch.responsible_id)
        if not rows.exclude(stage__in=_OVER).update(responsible=to):
            raise Refusal(
                _("Somebody has just handed this import over. Look who has it before you go on.")
            )
        values = {"from": batch.responsible_id, "to": to.pk, "why": why}
        batch.responsible = to
        record("import.handed_over", batch, account=batch.account.label, by=by, values=values)
        notices.handed_over(batch, to, by=by)
