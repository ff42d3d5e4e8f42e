"""`sync_directory --account L`: read employees and places from Lucca now."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from portal.directory import sync
from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import DONE, NOT_DONE, PortalCommand


class Command(PortalCommand):
    help = "Read the employees, places and areas of an account from Lucca."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        user = self.actor(options["user"], "portal.sync_account")
        job = follow(sync(account, by=user, interactive=True), self.show_progress)
        done = job.state == JobState.SUCCEEDED
        facts = {
            "account": account.label,
            "state": job.state,
            "employees": account.employees.count(),
            "locations": account.locations.count(),
        }
        words = _("%(employees)s employees and %(locations)s places are known.") % facts
        self.report(
            facts | {"next": words if done else job.message}, words if done else job.message
        )
        return DONE if done else NOT_DONE
