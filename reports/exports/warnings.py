"""What speaks against an export on this day, to be accepted by whoever asks for it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.connect import connect
from portal.lucca import timesheet
from portal.lucca.errors import LuccaError
from portal.lucca.session import Request
from portal.reasons import sentence
from portal.words import number, written
from reports.exports.services import nearest_monday, today
from reports.models import ExportConfiguration, ExportRun

# There is no start of an export; without one before, this many days are looked at.
_LOOK_BACK = timedelta(days=35)


@dataclass(frozen=True)
class Warnings:
    """`said` are to be accepted. `not_approved` is None where it could not be counted, and
    `remarks` say why; they need no acceptance."""

    said: list[str] = field(default_factory=list)
    not_approved: int | None = None
    remarks: list[str] = field(default_factory=list)


def in_words(day: date) -> str:
    """Monday 30 March 2026."""
    return written(day, "l j F Y")


def covers(ends_at: date) -> str:
    """What an export that ends there holds."""
    return _("everything before %(day)s, 00:00") % {"day": in_words(ends_at)}


def look_for_warnings(configuration: ExportConfiguration, ends_at: date) -> Warnings:
    """Asks Lucca once, for the timesheets; that it cannot be asked keeps nobody from exporting."""
    said = []
    if ends_at.weekday():
        said.append(no_monday(ends_at, better_day(configuration, ends_at)))
    count, why = count_not_approved(configuration, ends_at)
    if count:
        said.append(unsettled(count))
    return Warnings(said, count, [why] if why else [])


def better_day(configuration: ExportConfiguration, day: date) -> date:
    """The Monday nearest to it, and in the future only if the day is."""
    return nearest_monday(day, max(today(configuration.account), day))


def count_not_approved(
    configuration: ExportConfiguration, ends_at: date, within: float | None = None
) -> tuple[int | None, str]:
    """How many timesheets of the period are not approved; None where Lucca could not be asked
    within so many seconds, and why not. Never in a transaction."""
    try:
        request = timesheets_not_approved(configuration, ends_at)
        lucca = connect(configuration.account, interactive=True, within=within)
        return lucca.send(request), ""
    except LuccaError as error:
        return None, _("Whether timesheets are still to be approved could not be seen: %(why)s") % {
            "why": sentence(error.reason, error.params)
        }


def no_monday(day: date, monday: date) -> str:
    return _(
        "%(day)s is not a Monday. Lucca works out weekly rules on Sundays, so an export that ends"
        " within a week settles it too early, and the next export brings corrections. The nearest"
        " Monday is %(monday)s (%(iso)s)."
    ) % {
        "day": capfirst(in_words(day)),
        "monday": written(monday, "j F Y"),
        "iso": monday,
    }


def unsettled(count: int) -> str:
    return ngettext(
        "%(count)s timesheet of the period is not approved. What is booked in it will not be in"
        " this export.",
        "%(count)s timesheets of the period are not approved. What is booked in them will not be"
        " in this export.",
        count,
    ) % {"count": number(count)}


def timesheets_not_approved(configuration: ExportConfiguration, ends_at: date) -> Request[int]:
    """How many there are, from the end of our last export on."""
    first = _period_start(configuration, ends_at)
    last = ends_at - timedelta(days=1)
    return timesheet.not_approved(min(first, last), last)


def _period_start(configuration: ExportConfiguration, ends_at: date) -> date:
    before: ExportRun | None = (
        configuration.runs.filter(export__isnull=False, ends_at__lt=ends_at)
        .order_by("-ends_at")
        .first()
    )
    return before.ends_at if before else ends_at - _LOOK_BACK
