"""`reconcile_assignment N`: look in Lucca what became of an assignment whose outcome is unknown."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import NOT_DONE, REFUSED, USAGE, PortalCommand, Stop
from portal.refusals import Refusal
from schedules.assignments import reconciling
from schedules.management.commands.assign_arrangement import Command as Assign
from schedules.management.commands.assign_arrangement import describe, exit_code
from schedules.models import ArrangementAssignment

_OUTCOMES = {"assigned": JobState.SUCCEEDED, "not-assigned": JobState.FAILED}


class Command(PortalCommand):
    help = (
        "Look in Lucca what became of an assignment whose outcome is unknown, or say what you"
        " found there. Nothing is sent again."
    )
    unknown = Assign.unknown

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("assignment", type=int, metavar="N")
        parser.add_argument("--settle", choices=_OUTCOMES, help="what you found in Lucca")
        parser.add_argument("--why", default="", metavar="TEXT", help="how you know")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        user = self.actor(options["user"], "schedules.reconcile_arrangementassignment")
        row = self._row(options["assignment"])
        settles = options["settle"]
        if settles and not options["why"].strip():
            raise Stop(_("Say how you know what became of this assignment."), USAGE)
        try:
            if settles:
                reconciling.settle(row, _OUTCOMES[settles], options["why"], by=user)
            else:
                follow(reconciling.look_again(row, by=user), self.show_progress)
        except Refusal as refusal:
            raise Stop(str(refusal), REFUSED) from None
        row = self._row(row.pk)
        said = [row.job.message if row.job else "", reconciling.words(row)]
        if row.job and row.job.state != JobState.UNKNOWN:
            said = said[:1]
        next_ = " ".join(filter(None, said))
        self.report(describe(row) | {"next": next_}, next_)
        return exit_code(row)

    def _row(self, number: int) -> ArrangementAssignment:
        related = ("account", "look__account", "job__account", "again")
        row = ArrangementAssignment.objects.select_related(*related).filter(pk=number).first()
        if row is None:
            raise Stop(_("There is no assignment %(id)s.") % {"id": number}, NOT_DONE)
        return row
