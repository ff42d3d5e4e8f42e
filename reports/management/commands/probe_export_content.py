"""`probe_export_content --account L --configuration N [--use CANDIDATE]`: how a file is had."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from portal.management.base import DONE, NOT_DONE, USAGE, PortalCommand, Stop
from portal.words import labelled
from reports.exports import services
from reports.exports.probing import CANDIDATES, Tried, try_all
from reports.exports.services import Refusal
from reports.management.commands.export_timesheet import (
    TRIGGER_RIGHT,
    add_configuration,
    named_configuration,
)
from reports.models import ExportConfiguration


class Command(PortalCommand):
    help = (
        "Try, on an export that was made before, how its file may be had; then pick the way with"
        " --use. Reads only."
    )

    unknown = {**dict.fromkeys(["account", "configuration", "export_id", "use"]), "probes": []}

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        add_configuration(parser)
        parser.add_argument("--export", type=int, metavar="ID", help="default: the newest one")
        parser.add_argument(
            "--use",
            metavar="CANDIDATE",
            help="a name that was shown, or MODE:PATH#POINTER, as"
            " json-link:/api/v3/timmiexports/{exportId}#/data/file/href",
        )
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        user = self.actor(options["user"], TRIGGER_RIGHT)
        configuration = named_configuration(options["configuration"], account, user)
        if options["use"]:
            way = CANDIDATES.get(options["use"], options["use"])
            try:
                services.fetch_by(configuration, way, by=user)
            except Refusal as refusal:
                raise Stop(str(refusal), USAGE) from None
            return self._told(configuration, None, [], way, _("The next export fetches its file."))
        export = options["export"] or self._newest(configuration)
        tried = []
        for one in try_all(configuration, export):
            self.say(labelled(one.name, one.found))
            tried.append(one)
        good = [one for one in tried if one.ok]
        next_ = (
            _("Compare with the file in Lucca, then pick: --use %(name)s") % {"name": good[0].name}
            if good
            else _("None of them gave a file. Download it in Lucca, or ask Lucca's support how.")
        )
        self._told(configuration, export, tried, None, next_)
        return DONE if good else NOT_DONE

    def _newest(self, configuration: ExportConfiguration) -> int:
        newest = configuration.exports.order_by("-remote_id").first()
        if newest is None:
            raise Stop(
                _("No export of this configuration is known. Run first: manage.py adopt_exports"),
                NOT_DONE,
            )
        return newest.remote_id

    def _told(
        self,
        configuration: ExportConfiguration,
        export: int | None,
        tried: list[Tried],
        use: str | None,
        next_: str,
    ) -> int:
        document = {
            "account": configuration.account.label,
            "configuration": str(configuration.remote_id),
            "export_id": str(export) if export else None,
            "probes": [one.as_json() for one in tried],
            "use": use,
            "next": next_,
        }
        self.report(document, next_)
        return DONE
