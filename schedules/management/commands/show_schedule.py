"""`show_schedule --account L --employees E,E --from D --to D`: the days as Lucca computes them."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import DONE, NOT_DONE, USAGE, Stop
from portal.models import Account, LuccaCall
from portal.words import labelled, number
from schedules import calendar
from schedules.amounts import amount
from schedules.grid import Loaded, days_of, load
from schedules.management.employees import ScheduleCommand, read_day
from schedules.models import CalendarReading
from schedules.shown import UNKNOWN, as_json, planned_hours, shown


class Command(ScheduleCommand):
    help = "Read employees' days from Lucca: what is planned, actual time, leave. Changes nothing."
    unknown = {"days": [], "requests": 0}

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        parser.add_argument(
            "--employees",
            required=True,
            metavar="E,E",
            help="ids in Lucca or logins (login:123 for a login of digits)",
        )
        parser.add_argument("--from", required=True, dest="first", metavar="DATE")
        parser.add_argument("--to", required=True, dest="last", metavar="DATE")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        user = self.actor(options["user"], "schedules.add_calendarreading")
        first, last = read_day(options["first"]), read_day(options["last"])
        if last < first:
            raise Stop(_("The last day is before the first."), USAGE)
        if (last - first).days >= calendar.MOST_DAYS:
            raise Stop(_("These are more than 366 days. Choose fewer."), USAGE)
        people = self._people(account, options["employees"], user)
        reading = calendar.ask_for(account, people, first, last, by=user, anew=True)
        # Anew, so that there is always something to read, and a job.
        if reading.job and follow(reading.job, self.show_progress).state != JobState.SUCCEEDED:
            raise Stop(reading.job.message, NOT_DONE)
        self._show(reading)
        return DONE

    def _people(self, account: Account, text: str, user: Any) -> list[int]:
        """Ids of employees; a login is looked up in the directory, which is read first if old."""
        wanted = list(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
        if not wanted:
            raise Stop(_("Name at least one employee."), USAGE)
        if len(wanted) > calendar.MOST_PEOPLE:
            raise Stop(
                _("These are %(count)s employees; at most %(most)s can be read at a time.")
                % {"count": number(len(wanted)), "most": number(calendar.MOST_PEOPLE)},
                USAGE,
            )
        return self.employees(account, wanted, user)

    def _show(self, reading: CalendarReading) -> None:
        account, people = reading.account, reading.people
        loaded = load(account, people, reading.first_day, reading.last_day, whole=True)
        days = [
            as_json(
                loaded.days.get((person, day)),
                person,
                loaded.name(person)[1],
                day,
                loaded.units.get(person),
            )
            for person in people
            for day in days_of(reading)
        ]
        next_ = _next(sum(not one["known"] for one in days))
        requests = LuccaCall.objects.filter(job=reading.job).count()
        lines = [line for person in people for line in _lines(reading, person, loaded)]
        document = {
            "account": account.label,
            "days": days,
            "requests": requests,
            "next": next_,
        }
        self.report(document, "\n".join([*lines, next_]))


def _next(unknown: int) -> str:
    if not unknown:
        return _("Nothing to do: every day is known.")
    words = ngettext(
        "Of %(count)s day Lucca says nothing: there is no contract or no schedule then, or the key"
        " may not see the employee. That is not the same as a day off.",
        "Of %(count)s days Lucca says nothing: there is no contract or no schedule then, or the key"
        " may not see the employee. That is not the same as a day off.",
        unknown,
    )
    return words % {"count": number(unknown)}


def _lines(reading: CalendarReading, person: int, loaded: Loaded) -> list[str]:
    """A person's days, one on each line."""
    name, login = loaded.name(person)
    lines = [f"{name} ({login})" if login else name]
    for day in days_of(reading):
        row = loaded.days.get((person, day))
        cell = shown(row, loaded.units.get(person))
        said = cell.words
        if row is not None and cell.kind != UNKNOWN:
            said = f"{amount(row.theoretical or 0, cell.unit)}, {cell.words}"
            if hours := planned_hours(row, cell.unit):
                said += f" ({', '.join(hours)})"
        lines.append("  " + labelled(day, said))
    return lines
