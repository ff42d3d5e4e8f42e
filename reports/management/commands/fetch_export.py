"""`fetch_export --account L --configuration N --export ID [--output F]`: one export's file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from portal.jobs.follow import follow
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.management.base import DONE, IN_PART, NOT_DONE, REFUSED, WAITING, PortalCommand, Stop
from portal.words import labelled
from reports.exports import accounting
from reports.exports.services import Refusal
from reports.exports.ways import way_of
from reports.management.commands.export_timesheet import (
    DECLINED,
    TRIGGER_RIGHT,
    add_configuration,
    describe_file,
    named_configuration,
    refuse_bad_target,
    write_file,
)
from reports.models import Export, ExportConfiguration


class Command(PortalCommand):
    help = "Fetch the file of an export that Lucca has, whoever made it. Reads only."

    unknown = dict.fromkeys(["account", "configuration", "export_id", "origin", "state", "file"])

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        add_configuration(parser)
        parser.add_argument("--export", type=int, required=True, metavar="ID")
        parser.add_argument("--output", type=Path, metavar="F", help="write the file there")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        user = self.actor(options["user"], TRIGGER_RIGHT)
        refuse_bad_target(options["output"])
        configuration = named_configuration(options["configuration"], account, user)
        if way_of(configuration) is None:
            said = _(
                "How the files of “%(label)s” are fetched is not known yet. Run first:"
                " manage.py probe_export_content"
            )
            raise Stop(said % {"label": configuration}, IN_PART)
        export = self._find(configuration, options["export"], user)
        try:
            job = accounting.fetch(export, by=user, interactive=True)
        except Refusal as refusal:
            raise Stop(str(refusal), WAITING) from None
        follow(job, self.show_progress)
        return self._told(Export.objects.get(pk=export.pk), configuration, job, options["output"])

    def _find(self, configuration: ExportConfiguration, number: int, user: Any) -> Export:
        """In our list; where it is not, Lucca's list is looked at first."""
        found = configuration.exports.filter(remote_id=number)
        if not found.exists():
            try:
                look = accounting.look(configuration, by=user, interactive=True)
            except Refusal as refusal:
                raise Stop(str(refusal), WAITING) from None
            follow(look, self.show_progress)
        export = found.select_related("configuration__account", "fetching").first()
        if export is None:
            said = _("Lucca does not list an export %(number)s of this configuration.")
            raise Stop(said % {"number": number}, NOT_DONE)
        return export

    def _told(
        self, export: Export, configuration: ExportConfiguration, job: Job, target: Path | None
    ) -> int:
        said = job.message or _("Its file is in the portal.")
        # Of two files, a person says which is right.
        written = write_file(export, target) if job.state == JobState.SUCCEEDED else ""
        next_ = " ".join(filter(None, [said, written]))
        document = {
            "account": configuration.account.label,
            "configuration": str(configuration.remote_id),
            "export_id": str(export),
            "origin": export.origin,
            "state": job.state,
            "file": describe_file(export),
            "next": next_,
        }
        name = _("Export %(number)s") % {"number": export.remote_id}
        self.report(document, "\n".join([labelled(name, job.get_state_display()), "", next_]))
        return _code(job)


def _code(job: Job) -> int:
    if job.state == JobState.FAILED:
        cause = job.reason_params.get("cause", job.reason)
        return REFUSED if cause in DECLINED else NOT_DONE
    return {JobState.SUCCEEDED: DONE}.get(JobState(job.state), WAITING)
