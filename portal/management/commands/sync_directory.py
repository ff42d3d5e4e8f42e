"""`sync_directory --account L`: read employees and places from Lucca now."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.directory import sync
from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import DONE, NOT_DONE, PortalCommand
from portal.words import number


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
        employees, places = account.employees.count(), account.locations.count()
        facts = {
            "account": account.label,
            "state": job.state,
            "employees": employees,
            "locations": places,
        }
        words = _known(employees, places)
        self.report(
            facts | {"next": words if done else job.message}, words if done else job.message
        )
        return DONE if done else NOT_DONE


def _known(employees: int, places: int) -> str:
    return _("%(employees)s and %(places)s are known.") % {
        "employees": ngettext("%(count)s employee", "%(count)s employees", employees)
        % {"count": number(employees)},
        "places": ngettext("%(count)s place", "%(count)s places", places)
        % {"count": number(places)},
    }
