"""`adopt_exports --account L --configuration N`: take over what Lucca has as handled."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import DONE, NOT_DONE, WAITING, PortalCommand, Stop
from portal.words import number
from reports import services
from reports.management.commands.export_timesheet import (
    TRIGGER_RIGHT,
    add_configuration,
    named_configuration,
)
from reports.services import Refusal


class Command(PortalCommand):
    help = (
        "Take over every export that Lucca has of a configuration: you say that their files are"
        " where they belong. Reads only."
    )

    unknown = dict.fromkeys(["account", "configuration", "state", "exports", "newest_id"])

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        add_configuration(parser)
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        user = self.actor(options["user"], TRIGGER_RIGHT)
        configuration = named_configuration(options["configuration"], account, user)
        try:
            job = follow(
                services.adopt(configuration, by=user, interactive=True), self.show_progress
            )
        except Refusal as refusal:
            raise Stop(str(refusal), WAITING) from None
        done = job.state == JobState.SUCCEEDED
        exports = configuration.exports.order_by("-remote_id")
        newest = exports.first()
        next_ = job.message
        if done:
            next_ = (
                ngettext(
                    "%(count)s export is taken over.",
                    "%(count)s exports are taken over.",
                    exports.count(),
                )
                % {"count": number(exports.count())}
                + " "
                + _("Export with: manage.py export_timesheet")
            )
        document = {
            "account": account.label,
            "configuration": str(configuration.remote_id),
            "state": job.state,
            "exports": exports.count() if done else None,
            "newest_id": str(newest) if done and newest else None,
            "next": next_,
        }
        self.report(document, next_)
        return DONE if done else NOT_DONE
