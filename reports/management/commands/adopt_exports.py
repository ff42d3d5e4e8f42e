"""`adopt_exports --account L --configuration N`: take over what Lucca has as handled."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.jobs.follow import follow
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.management.base import DONE, NOT_DONE, USAGE, WAITING, PortalCommand, Stop
from portal.management.commands.account import parse_duration
from portal.words import number
from reports.exports import services
from reports.exports.services import Refusal
from reports.management.commands.export_timesheet import (
    TRIGGER_RIGHT,
    add_configuration,
    named_configuration,
)
from reports.models import ExportConfiguration


class Command(PortalCommand):
    help = (
        "Take over every export that Lucca has of a configuration: you say that their files are"
        " where they belong. Reads only."
    )

    unknown = dict.fromkeys(["account", "configuration", "state", "exports", "newest_id"])

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        add_configuration(parser)
        parser.add_argument("--label", metavar="TEXT", help="the configuration's name here")
        parser.add_argument(
            "--deadline", metavar="TIME", help="when an export has probably failed, as 90m"
        )
        parser.add_argument(
            "--after-deadline",
            choices=ExportConfiguration.Policy.values,
            help="hold: wait for a person; retry: send one more request",
        )
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        user = self.actor(options["user"], TRIGGER_RIGHT)
        configuration = named_configuration(options["configuration"], account, user)
        self._set_up(configuration, user, options)
        try:
            job = follow(
                services.adopt(configuration, by=user, interactive=True), self.show_progress
            )
        except Refusal as refusal:
            raise Stop(str(refusal), WAITING) from None
        return self._told(configuration, job)

    def _set_up(self, configuration: ExportConfiguration, user: Any, options: Any) -> None:
        try:
            deadline = parse_duration(options["deadline"]) if options["deadline"] else None
            services.set_up(
                configuration,
                by=user,
                label=options["label"],
                deadline=deadline,
                after_deadline=options["after_deadline"],
            )
        except (Refusal, ValueError) as error:
            raise Stop(str(error), USAGE) from None

    def _told(self, configuration: ExportConfiguration, job: Job) -> int:
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
            "account": configuration.account.label,
            "configuration": str(configuration.remote_id),
            "state": job.state,
            "exports": exports.count() if done else None,
            "newest_id": str(newest) if done and newest else None,
            "next": next_,
        }
        self.report(document, next_)
        return DONE if done else NOT_DONE
