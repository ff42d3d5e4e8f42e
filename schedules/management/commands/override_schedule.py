"""`override_schedule --account L --employee E --date D …`: one day, otherwise than planned."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from portal.jobs.follow import follow
from portal.management.base import DONE, NOT_DONE, REFUSED, USAGE, WAITING, Stop
from portal.models import Account
from portal.refusals import Refusal
from portal.words import labelled
from schedules.management.employees import EMPLOYEE_HELP, ScheduleCommand, read_day
from schedules.management.overriding import NOTHING_KNOWN, code_of, describe, next_step
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.overrides.asked import (
    MOST_COMMENT,
    NATURES,
    PARTS,
    Ask,
    Unreadable,
    read_clock,
    read_duration,
)
from schedules.overrides.findings import read
from schedules.overrides.words import stage_words, what, when


class Command(ScheduleCommand):
    help = (
        "Make one day of one employee otherwise than planned. The day is read first; nothing is"
        " sent where anything speaks against it. It is read again afterwards."
    )
    unknown = NOTHING_KNOWN

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        parser.add_argument("--employee", required=True, metavar="E", help=EMPLOYEE_HELP)
        parser.add_argument("--date", required=True, metavar="DATE")
        parser.add_argument("--half", required=True, choices=PARTS)
        parser.add_argument("--nature", required=True, choices=NATURES)
        parser.add_argument(
            "--duration", default="", metavar="T", help="hours as 3:30, days as 0.5; of work only"
        )
        parser.add_argument(
            "--start", default="", metavar="T", help="as 09:00, where the unit has hours"
        )
        parser.add_argument("--comment", default="", metavar="TEXT")
        parser.add_argument(
            "--dry-run", action="store_true", help="read the day and say what would change"
        )
        parser.add_argument("--accept-warnings", action="store_true")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        user = self.actor(options["user"], "schedules.add_scheduleoverride")
        if not options["dry_run"]:
            self.actor(options["user"], "schedules.apply_scheduleoverride")
        self._must_be_confirmed(account)
        override = self._prepared(account, self._ask(account, user, options), user)
        if override.stage != "ready":
            return self._end(override, next_step(override), code_of(override))
        if options["dry_run"]:
            return self._end(override, next_step(override), DONE)
        slugs = [one["slug"] for one in override.questions]
        if slugs and not options["accept_warnings"]:
            said = _("Nothing was sent. Read the questions, then ask with --accept-warnings.")
            return self._end(override, said, WAITING)
        return self._applied(override, slugs, user)

    def _must_be_confirmed(self, account: Account) -> None:
        try:
            services.must_be_confirmed(account)
        except Refusal as refusal:
            raise Stop(str(refusal), NOT_DONE) from None

    def _ask(self, account: Account, user: Any, options: dict[str, Any]) -> Ask:
        day = read_day(options["date"])
        try:
            minutes, counted_in = read_duration(options["duration"])
            starts = read_clock(options["start"])
        except Unreadable as wrong:
            raise Stop(str(wrong.finding), REFUSED) from None
        if len(options["comment"]) > MOST_COMMENT:
            raise Stop(
                _("The comment is longer than %(most)s characters.") % {"most": MOST_COMMENT},
                USAGE,
            )
        (employee,) = self.employees(account, [options["employee"].strip()], user)
        return Ask(
            employee=employee,
            day=day,
            part=options["half"],
            nature=options["nature"],
            minutes=minutes,
            counted_in=counted_in,
            starts=starts,
            comment=options["comment"].strip(),
        )

    def _prepared(self, account: Account, ask: Ask, user: Any) -> ScheduleOverride:
        try:
            (override,) = services.ask_for(account, [ask], by=user)
        except Refusal as refusal:
            raise Stop(str(refusal), REFUSED) from None
        if override.preparation is not None:
            follow(override.preparation, self.show_progress)
        return _anew(override)

    def _applied(self, override: ScheduleOverride, slugs: list[str], user: Any) -> int:
        try:
            job = services.agree(override, accepted=slugs, by=user)
        except Refusal as refusal:
            return self._end(_anew(override), str(refusal), WAITING)
        follow(job, self.show_progress)
        override = _anew(override)
        return self._end(override, next_step(override), code_of(override))

    def _end(self, override: ScheduleOverride, next_: str, code: int) -> int:
        questions = [str(one) for one in read(override.questions)]
        text = "\n".join(
            [
                labelled(when(override), what(override)),
                labelled(_("Override %(number)s") % {"number": override.pk}, stage_words(override)),
                *(f"  {one}" for one in questions),
                next_,
            ]
        )
        self.report(describe(override) | {"next": next_}, text)
        return code


def _anew(override: ScheduleOverride) -> ScheduleOverride:
    related = ("account", "preparation", "job", "withdrawal")
    return ScheduleOverride.objects.select_related(*related).get(pk=override.pk)
