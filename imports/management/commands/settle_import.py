"""`settle_import BATCH --as done|partial|failed --why TEXT`: a person has looked in Lucca."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from imports import services
from imports.management.batches import describe
from imports.models import ImportBatch
from imports.reasons import next_step
from imports.stages import Stage
from portal.management.base import DONE, NOT_DONE, WAITING, PortalCommand, Stop
from portal.refusals import Refusal


class Command(PortalCommand):
    help = (
        "Settle an import whose outcome is unknown, after looking in Lucca. The account's imports"
        " go on afterwards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", type=int)
        parser.add_argument(
            "--as", dest="outcome", required=True,
            choices=[Stage.DONE.value, Stage.PARTIAL.value, Stage.FAILED.value],
            help="done: all lines are in Lucca; partial: some; failed: none",
        )  # fmt: skip
        parser.add_argument("--why", required=True, metavar="TEXT", help="how you know")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        user = self.actor(options["user"], "imports.reconcile_importbatch")
        if not options["why"].strip():
            return self.usage(_("Say how you know what became of this import."))
        batch = ImportBatch.objects.filter(pk=options["batch"]).first()
        if batch is None:
            raise Stop(_("There is no import %(id)s.") % {"id": options["batch"]}, NOT_DONE)
        try:
            services.settle(batch, Stage(options["outcome"]), options["why"], by=user)
        except Refusal as refusal:
            raise Stop(str(refusal), WAITING) from None
        self.report(describe(batch) | {"next": next_step(batch)}, next_step(batch))
        return DONE
