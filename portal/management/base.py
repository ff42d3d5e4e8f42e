"""What all our commands share: exit codes, one JSON document, acting as a user.

0 done · 1 not started or certainly nothing done · 2 refused · 3 done in part · 4 outcome unknown ·
5 waiting for a person, or cancelled · 64 wrong usage. (Django's own usage errors exit with 2.)
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any, Literal, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.utils import translation
from django.utils.translation import gettext as _

from portal.jobs.kinds import title_of
from portal.lucca.errors import LuccaError
from portal.models import Account, Job, User

DONE, NOT_DONE, REFUSED, IN_PART, UNKNOWN, WAITING, USAGE = 0, 1, 2, 3, 4, 5, 64


class Stop(Exception):
    """Ends a command with a sentence and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class _Parser(CommandParser):
    def error(self, message: str) -> NoReturn:
        if not self.called_from_command_line:
            super().error(message)
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{message}\n")


class PortalCommand(BaseCommand):
    """Subclasses write `perform`, which returns the exit code."""

    requires_system_checks: "list[str] | Literal['__all__']" = []
    # What the JSON document has when the command stopped before it knew more.
    unknown: dict[str, Any] = {}

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = _Parser
        return parser

    def perform(self, **options: Any) -> int:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        self._as_json = bool(options.get("json"))
        with translation.override(settings.LANGUAGE_CODE):
            try:
                code = self.perform(**options)
            except Stop as stop:
                code = self._stopped(str(stop), stop.code)
            except KeyboardInterrupt:
                code = self._stopped(
                    _(
                        "Interrupted. What was asked for goes on when the background service runs;"
                        " the portal shows what becomes of it."
                    ),
                    WAITING,
                )
            except DatabaseError:
                if "portal_account" in connection.introspection.table_names():
                    raise
                said = _("The database is not set up yet. Run: manage.py migrate")
                code = self._stopped(said, NOT_DONE)
            except LuccaError as error:
                code = self._stopped(str(error), NOT_DONE)
        if code:
            sys.exit(code)

    def _stopped(self, said: str, code: int) -> int:
        if self._as_json:
            self.report({**self.unknown, "next": said}, said)
        else:
            self.stderr.write(said)
        return code

    def usage(self, message: str) -> int:
        self.stderr.write(message)
        return USAGE

    def say(self, message: str) -> None:
        """Progress and remarks: on standard error, so that standard output can be read."""
        self.stderr.write(message, self.style.SUCCESS if sys.stderr.isatty() else None)

    def report(self, document: dict[str, Any], text: str) -> None:
        """The result: one JSON document, or the words a person reads."""
        self.stdout.write(
            json.dumps(document, ensure_ascii=False, indent=2) if self._as_json else text
        )

    # Arguments that several commands have.

    @staticmethod
    def add_json(parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document on output")

    @staticmethod
    def add_user(parser: ArgumentParser) -> None:
        parser.add_argument("--user", metavar="NAME", help="act with this user's rights")

    @staticmethod
    def account(label: str) -> Account:
        account = Account.objects.filter(label=label).first()
        if account is None:
            known = ", ".join(Account.objects.values_list("label", flat=True)) or "–"
            raise Stop(
                _("There is no account “%(label)s”. Known accounts: %(known)s.")
                % {"label": label, "known": known},
                NOT_DONE,
            )
        return account

    @staticmethod
    def actor(name: str | None, permission: str) -> User | None:
        """The user to act as, or None for the system. Stops unless they may do it."""
        if not name:
            return None
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise Stop(_("There is no active user “%(name)s”.") % {"name": name}, NOT_DONE)
        if not user.has_perm(permission):
            raise Stop(
                _("The user “%(name)s” may not do this: the permission %(code)s is missing.")
                % {"name": name, "code": permission},
                NOT_DONE,
            )
        return user

    def show_progress(self, job: Job) -> None:
        """A bar on a terminal; nothing where nobody looks."""
        if sys.stderr.isatty():
            done = job.progress or 0
            bar = "█" * (done // 4) + "·" * (25 - done // 4)
            self.stderr.write(
                f"\r{title_of(job):25} {bar} {done:3} %  {job.message[:60]:60}", ending=""
            )
