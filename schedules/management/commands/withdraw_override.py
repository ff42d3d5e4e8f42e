"""`withdraw_override ID`: take back what an override wrote, and nothing else."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from portal.jobs.follow import follow
from portal.management.base import NOT_DONE, REFUSED, Stop
from portal.refusals import Refusal
from portal.words import labelled
from schedules.management.employees import ScheduleCommand
from schedules.management.overriding import (
    NOTHING_KNOWN,
    code_of_withdrawal,
    describe,
    next_step,
)
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.overrides.words import stage_words


class Command(ScheduleCommand):
    help = (
        "Take back what an override of the portal wrote, if it is still there as it was written."
        " No former value is put back."
    )
    unknown = NOTHING_KNOWN

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("override", type=int, metavar="ID")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        user = self.actor(options["user"], "schedules.apply_scheduleoverride")
        related = ("account", "preparation", "job", "withdrawal")
        rows = ScheduleOverride.objects.select_related(*related)
        override = rows.filter(pk=options["override"]).first()
        if override is None:
            raise Stop(_("There is no override %(id)s.") % {"id": options["override"]}, NOT_DONE)
        try:
            job = services.withdraw(override, by=user)
        except Refusal as refusal:
            self.report(describe(override) | {"next": str(refusal)}, str(refusal))
            return REFUSED
        follow(job, self.show_progress)
        override = rows.get(pk=override.pk)
        next_ = next_step(override)
        head = labelled(_("Override %(number)s") % {"number": override.pk}, stage_words(override))
        self.report(describe(override) | {"next": next_}, f"{head}\n{next_}")
        return code_of_withdrawal(override)
