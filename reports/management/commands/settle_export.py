"""`settle_export RUN --as done|partial|failed --why TEXT`: a person has looked in Lucca."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from portal.jobs.moves import JobState
from portal.management.base import DONE, NOT_DONE, WAITING, PortalCommand, Stop
from reports.exports import services
from reports.exports.services import Refusal
from reports.management.commands.export_timesheet import Command as Export
from reports.management.commands.export_timesheet import describe, next_step
from reports.models import ExportRun

OUTCOMES = {
    "done": JobState.SUCCEEDED,
    "partial": JobState.PARTIAL,
    "failed": JobState.FAILED,
}


class Command(PortalCommand):
    help = "Settle an export whose outcome is unknown, after looking in Lucca."

    unknown = Export.unknown

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument(
            "--as",
            dest="outcome",
            required=True,
            choices=list(OUTCOMES),
            help="done: made, and you have its file; partial: made; failed: Lucca made none",
        )
        parser.add_argument("--export", type=int, metavar="ID", help="the number of the export")
        parser.add_argument("--why", required=True, metavar="TEXT", help="how you know")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        user = self.actor(options["user"], "reports.reconcile_exportrun")
        if not options["why"].strip():
            return self.usage(_("Say how you know what became of this export."))
        runs = ExportRun.objects.select_related("configuration__account", "job__account", "export")
        run = runs.filter(pk=options["run"]).first()
        if run is None:
            raise Stop(_("There is no export run %(id)s.") % {"id": options["run"]}, NOT_DONE)
        try:
            services.settle(
                run,
                OUTCOMES[options["outcome"]],
                options["why"],
                number=options["export"],
                by=user,
            )
        except Refusal as refusal:
            raise Stop(str(refusal), WAITING) from None
        self.report(describe(run) | {"next": next_step(run)}, next_step(run))
        return DONE
