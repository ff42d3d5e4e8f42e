"""`assign_arrangement --account L --employee E --arrangement ID --starts-on D`: one assignment."""

from argparse import ArgumentParser
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _

from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import (
    DONE,
    IN_PART,
    NOT_DONE,
    REFUSED,
    UNKNOWN,
    WAITING,
    Stop,
)
from portal.refusals import Refusal
from portal.words import labelled
from schedules.assignments import judging, services
from schedules.management.employees import EMPLOYEE_HELP, ScheduleCommand, read_day
from schedules.models import ArrangementAssignment

ASSIGN_RIGHT = "schedules.assign_arrangementassignment"
# Lucca, or our comparison just before, understood the request and said no.
_DECLINED = ("refused", "too-large", "assignment-changed", "assignment-arrangement-gone")


class Command(ScheduleCommand):
    help = (
        "Give an employee a working time arrangement from a day on, once. Lucca makes an amendment"
        " of the work contract for it, which cannot be taken back here."
    )
    unknown = {
        **dict.fromkeys(["assignment", "state", "account", "employee", "arrangement"]),
        **dict.fromkeys(["starts_on", "current", "verified"]),
        "stops": [],
        "warnings": [],
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        parser.add_argument("--employee", required=True, metavar="E", help=EMPLOYEE_HELP)
        parser.add_argument("--arrangement", required=True, type=int, metavar="ID")
        parser.add_argument("--starts-on", required=True, metavar="DATE", help="as 2027-03-31")
        parser.add_argument("--accept-warnings", action="store_true")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and send nothing"
        )
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        user = self.actor(options["user"], ASSIGN_RIGHT)
        starts_on = read_day(options["starts_on"])
        try:
            services.refuse_other_model(account)
        except Refusal as refusal:
            raise Stop(str(refusal), REFUSED) from None
        (employee,) = self.employees(account, [options["employee"].strip()], user)
        row = services.look(account, employee, options["arrangement"], starts_on, by=user)
        if follow(row.look, self.show_progress).state != JobState.SUCCEEDED:
            return self._show(row, row.look.message)
        row = _again(row)
        judged = judging.judge(row)
        if judged.stops:
            return self._show(row, _("Nothing was sent."))
        if options["dry_run"]:
            return self._show(row, _("Nothing was sent: this was only to see."), DONE)
        if judged.questions and not options["accept_warnings"]:
            return self._show(
                row, _("Nothing was sent. Read the warnings, then assign with --accept-warnings.")
            )
        return self._assign(row, user)

    def _assign(self, row: ArrangementAssignment, user: Any) -> int:
        try:
            job = services.confirm(row, by=user)
        except Refusal as refusal:
            return self._show(row, str(refusal))
        said = ""
        try:
            follow(job, self.show_progress)
        except KeyboardInterrupt:
            said = _(
                "Interrupted. What was asked for goes on when the background service runs; the"
                " portal shows what becomes of it. Do not ask for it again before."
            )
        except DatabaseError:
            raise Stop(
                _("The portal's database did not answer while the assignment was under way. The"
                  " request may have left. Look what became of assignment %(number)s before you"
                  " assign again.") % {"number": row.pk},
                UNKNOWN,
            ) from None  # fmt: skip
        row = _again(row)
        return self._show(row, said or _next(row))

    def _show(self, row: ArrangementAssignment, next_: str, code: int | None = None) -> int:
        row = _again(row)
        document = describe(row) | {"next": next_}
        self.report(document, _words(row, document, next_))
        return exit_code(row) if code is None else code


def _again(row: ArrangementAssignment) -> ArrangementAssignment:
    related = ("account", "look__account", "job__account")
    return ArrangementAssignment.objects.select_related(*related).get(pk=row.pk)


def exit_code(row: ArrangementAssignment) -> int:
    if row.job is None:
        codes = {"refused": REFUSED, "to_confirm": WAITING, "cancelled": WAITING}
        return codes.get(services.state(row), NOT_DONE)
    state = row.job.state
    if state == JobState.FAILED:
        return REFUSED if row.job.reason in _DECLINED else NOT_DONE
    codes = {JobState.SUCCEEDED: DONE, JobState.PARTIAL: IN_PART, JobState.UNKNOWN: UNKNOWN}
    if state in codes:
        return codes[state]
    return UNKNOWN if row.job.attempts.may_have_acted().exists() else WAITING


def _next(row: ArrangementAssignment) -> str:
    job = row.job or row.look
    if job.state == JobState.SUCCEEDED:
        return job.message or _("Nothing to do: the assignment was made, and verified.")
    return job.message or _("It goes on by itself.")


def describe(row: ArrangementAssignment) -> dict[str, Any]:
    """In JSON, with stable English keys; what is not known yet is null."""
    is_seen = row.looked_at is not None
    judged = judging.judge(row) if is_seen else None
    current = judged.current if judged else None
    return {
        "assignment": str(row.pk),
        "state": services.state(row),
        "account": row.account.label,
        "employee": str(row.employee),
        "arrangement": _arrangement(row.arrangement, row.name, row.unit),
        "starts_on": str(row.starts_on),
        "current": _arrangement(current["number"], current["name"], current["unit"])
        if current
        else None,
        "stops": judged.stops if judged and row.job is None else [],
        "warnings": [f"{one.label} {one.about}" for one in judged.questions] if judged else [],
        "verified": row.is_verified,
    }


def _arrangement(number: int | None, name: str, unit: str) -> dict[str, Any]:
    return {
        "id": None if number is None else str(number),
        "name": name or None,
        "unit": unit or None,
    }


def _words(row: ArrangementAssignment, document: dict[str, Any], next_: str) -> str:
    state = row.job.get_state_display() if row.job else services.state(row)
    lines = [labelled(_("Assignment %(number)s") % {"number": row.pk}, state)]
    if document["current"]:
        lines.append(labelled(_("Until now"), document["current"]["name"] or "–"))
    lines.append(labelled(_("From %(day)s on") % {"day": row.starts_on}, row.name or "–"))
    return "\n".join([*lines, *document["stops"], *document["warnings"], "", next_])
