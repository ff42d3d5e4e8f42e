"""Which days an export ends at and a report covers, worked out from the day that it is.

Lucca works out weekly rules on Sundays, so an export should end at a Monday
(https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/guides/exports).
"""

from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class EndDay(models.TextChoices):
    """The first day that an export leaves out."""

    WEEK = "monday", _("the Monday of the week: everything up to last Sunday")
    MONTH_MONDAY = "month-monday", _("the last Monday up to the first of the month")
    MONTH_FIRST = "month-first", _("the first of the month")


class Period(models.TextChoices):
    """The days of a report."""

    TEMPLATE = "template", _("as the template says")
    WEEK = "week", _("the week before, Monday to Sunday")
    MONTH = "month", _("the month before")
    FIXED = "fixed", _("from a day to a day")


def end_day(rule: str, today: date) -> date:
    """The day at which an export ends that is asked for on `today`; never in the future."""
    if rule == EndDay.WEEK:
        return _monday(today)
    first = today.replace(day=1)
    return first if rule == EndDay.MONTH_FIRST else _monday(first)


def covered(rule: str, today: date) -> tuple[date, date] | None:
    """First and last day, both included, of a report that is asked for on `today`; None where
    the template or a person says."""
    if rule == Period.WEEK:
        first = _monday(today) - timedelta(days=7)
        return first, first + timedelta(days=6)
    if rule == Period.MONTH:
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
