"""`continue_import BATCH`: after its first lines, send the rest of an import, or end it."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from imports import canary
from imports.management.batches import (
    code_after_import,
    describe,
    follow_batch,
)
from imports.models import ImportBatch
from imports.reasons import counts, next_step
from imports.stages import Stage
from portal.management.base import IN_PART, NOT_DONE, WAITING, PortalCommand, Stop
from portal.refusals import Refusal
from portal.words import labelled


class Command(PortalCommand):
    help = (
        "Of an import that stopped after its first lines: send the rest, or with --end nothing"
        " more. What is sent cannot be undone."
    )

    unknown = dict.fromkeys(["batch", "stage", "account", "lines", "canary"])

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", type=int)
        parser.add_argument("--end", action="store_true", help="send nothing more")
        parser.add_argument(
            "--why",
            default="",
            metavar="TEXT",
            help="why the rest may go although not every first line is verified",
        )
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        user = self.actor(options["user"], "imports.launch_importbatch")
        rows = ImportBatch.objects.select_related("account", "job")
        batch = rows.filter(pk=options["batch"]).first()
        if batch is None:
            raise Stop(_("There is no import %(id)s.") % {"id": options["batch"]}, NOT_DONE)
        try:
            if options["end"]:
                canary.end_here(batch, by=user)
            else:
                canary.go_on(batch, by=user, why=options["why"], interactive=True)
        except Refusal as refusal:
            raise Stop(str(refusal), WAITING) from None
        next_ = follow_batch(batch, self.show_progress) or next_step(batch)
        heading = labelled(_("Import %(number)s") % {"number": batch.pk}, batch.get_stage_display())
        self.report(
            describe(batch) | {"next": next_}, "\n".join([heading, counts(batch), "", next_])
        )
        if options["end"]:
            # Ended as was asked, with its first lines imported or not.
            return IN_PART if batch.stage == Stage.PARTIAL else NOT_DONE
        return code_after_import(batch)
