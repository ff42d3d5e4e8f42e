"""`check_account LABEL`: read-only probes of a tenant, in words."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from portal import account_checks
from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import DONE, NOT_DONE, PortalCommand, Stop
from portal.models import AccountCheck
from portal.words import labelled


class Command(PortalCommand):
    help = "Ask Lucca what this account's key may do, without changing anything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("label")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["label"])
        user = self.actor(options["user"], "portal.sync_account")
        job = follow(account_checks.check(account, by=user, interactive=True), self.show_progress)
        if job.state != JobState.SUCCEEDED:
            raise Stop(job.message, NOT_DONE)
        probes = account_checks.found(AccountCheck.objects.get(job=job))
        bad = [found for found in probes if not found.ok]
        next_ = " ".join(found.ask_words for found in bad) or _(
            "Nothing: everything asked for works."
        )
        lines = [
            f"{'✓' if found.ok else '✗'} {labelled(found.title, found.found_words)}"
            for found in probes
        ]
        self.report(
            {
                "account": account.label,
                "ok": not bad,
                "probes": [found.as_json() for found in probes],
                "next": next_,
            },
            "\n".join([*lines, next_]),
        )
        return NOT_DONE if bad else DONE
