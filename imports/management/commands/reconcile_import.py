"""`reconcile_import BATCH`: settle an import whose outcome is unknown by what Lucca shows."""

from typing import Any

from django.utils.translation import gettext as _

from imports import reconciliation, verification
from imports.management.batches import describe
from imports.management.commands import verify_import
from imports.models import ImportBatch, Verification
from imports.reasons import next_step
from imports.stages import Stage
from portal.jobs.follow import follow
from portal.management.base import DONE, IN_PART, NOT_DONE, UNKNOWN, WAITING, Stop
from portal.refusals import Refusal
from portal.words import labelled


class Command(verify_import.Reads):
    help = (
        "Read an import back whose outcome is unknown, and settle it by what is found. Nothing is"
        " sent again."
    )

    unknown = dict.fromkeys(["batch", "stage", "verdicts"]) | {"lines": []}

    def perform(self, **options: Any) -> int:
        user = self.actor(options["user"], "imports.reconcile_importbatch")
        batch = self.batch(options["batch"])
        found = self.read_back(batch, user, agreed=options["agree"])
        batch.refresh_from_db()
        next_ = _next(batch, found)
        document = describe(batch) | {"verification": verify_import.describe(found), "next": next_}
        heading = labelled(_("Import %(number)s") % {"number": batch.pk}, batch.get_stage_display())
        self.report(document, "\n".join([heading, verification.counts(found), "", next_]))
        return _code(batch, found)

    def ask_lucca(self, batch: ImportBatch, by: Any, *, agreed: bool) -> Verification:
        try:
            asked = reconciliation.ask_reconciliation(batch, by=by, agreed=agreed)
        except Refusal as refusal:
            raise Stop(str(refusal), WAITING) from None
        follow(asked.job, self.show_progress)
        return verification.newest(batch) or asked


def _next(batch: ImportBatch, found: Verification) -> str:
    if batch.stage != Stage.UNKNOWN:
        return next_step(batch)
    return reconciliation.words(batch, found) or verification.meaning(found)


def _code(batch: ImportBatch, found: Verification) -> int:
    if batch.stage == Stage.UNKNOWN:
        return WAITING if found.asks else UNKNOWN
    return {Stage.DONE: DONE, Stage.PARTIAL: IN_PART}.get(Stage(batch.stage), NOT_DONE)
