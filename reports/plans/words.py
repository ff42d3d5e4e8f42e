"""Plans in words: when, which days, and what became of what was due."""

from datetime import date, datetime

from django.utils import formats
from django.utils.translation import gettext as _

from portal.words import written
from reports.exports.warnings import covers, in_words
from reports.models import Plan, PlannedRun, ReportRun
from reports.periods import EndDay, Period

_LAST_OF_ALL = 31
# Days that not every month has.
_NOT_IN_ALL = (29, 30)


def rule(plan: Plan) -> str:
    """“every Monday at 7:00”."""
    at = {"time": formats.time_format(plan.at, "G:i")}
    weekday = plan.get_weekday_display() if plan.weekday is not None else ""
    if plan.every == Plan.Every.DAY:
        return _("every day at %(time)s") % at
    if plan.every == Plan.Every.WEEK:
        return _("every %(weekday)s at %(time)s") % {"weekday": weekday, **at}
    if plan.every == Plan.Every.MONTH_WEEKDAY:
        said = {"nth": plan.get_nth_display(), "weekday": weekday, **at}
        return _("the %(nth)s %(weekday)s of the month at %(time)s") % said
    if plan.month_day == 1:
        return _("the first day of each month at %(time)s") % at
    if plan.month_day == _LAST_OF_ALL:
        return _("the last day of each month at %(time)s") % at
    said = {"day": str(plan.month_day), **at}
    if plan.month_day in _NOT_IN_ALL:
        return _("on day %(day)s of each month, or its last day, at %(time)s") % said
    return _("on day %(day)s of each month at %(time)s") % said


def which_days(plan: Plan) -> str:
    """“the week before”, for a list."""
    if plan.configuration_id:
        return {
            EndDay.WEEK: _("up to the Monday of the week"),
            EndDay.MONTH_MONDAY: _("up to the last Monday before or on the first of the month"),
            EndDay.MONTH_FIRST: _("up to the first of the month"),
        }[EndDay(plan.end_day)]
    if plan.first_day and plan.last_day:
        return span(plan.first_day, plan.last_day)
    return {
        Period.TEMPLATE: _("the days that the template says"),
        Period.WEEK: _("the week before"),
        Period.MONTH: _("the month before"),
    }[Period(plan.period)]


def what(plan: Plan, starts_on: date | None, ends_on: date | None) -> str:
    """What is asked for on one date: “report of 23 to 29 March 2026”."""
    if plan.configuration_id:
        if ends_on is None:
            raise LookupError("an export without an end")
        return _("export of %(what)s") % {"what": covers(ends_on)}
    if starts_on and ends_on:
        return _("report of %(days)s") % {"days": span(starts_on, ends_on)}
    return _("report of the days that the template says")


def span(first: date, last: date) -> str:
    """“23 to 29 March 2026”, with what both days share said once."""
    begin = "j F Y"
    if first.year == last.year:
        begin = "j" if first.month == last.month else "j F"
    said = {"first": written(first, begin), "last": written(last, "j F Y")}
    if first == last:
        return said["last"]
    return _("%(first)s to %(last)s") % said


def when(at: datetime, plan: Plan) -> str:
    """“Monday 30 March 2026, 7:00”, by the clock of the account."""
    local = at.astimezone(plan.zone)
    return _("%(day)s, %(time)s") % {
        "day": in_words(local.date()),
        "time": formats.time_format(local.time(), "G:i"),
    }


TONES = {
    PlannedRun.State.DUE: "info",
    PlannedRun.State.REFUSED: "error",
    PlannedRun.State.MISSED: "error",
}
JOB_TONES = {
    "queued": "info",
    "running": "info",
    "succeeded": "good",
    "partial": "warning",
    "failed": "error",
    "unknown": "error",
    "cancelled": "quiet",
}


def outcome(run: PlannedRun) -> tuple[str, str]:
    """Tone and word of its badge: of what it started, once it has started something."""
    if run.set_aside_at:
        return "quiet", _("not needed any more")
    started = run.run
    if started is None:
        return TONES[PlannedRun.State(run.state)], run.get_state_display()
    return JOB_TONES[started.job.state], started.job.get_state_display()


def why(run: PlannedRun) -> str:
    """The sentence below it."""
    started = run.run
    return " ".join(filter(None, [run.message, started.message if started else ""]))


def kind_of_run(run: PlannedRun) -> str:
    started = run.run
    if isinstance(started, ReportRun):
        return _("report %(run)s") % {"run": started.pk}
    return _("export run %(run)s") % {"run": started.pk} if started else ""
