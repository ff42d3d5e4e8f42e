"""What was read of employees' days: kept with its age, and deleted after some days, because it says
when people work (settings.READINGS_KEPT)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Account, Job
from schedules.arrangement_models import ArrangementsState, EmployeePeriods, KnownArrangement
from schedules.assignment_models import ArrangementAssignment
from schedules.override_file_models import OverrideFile, OverrideIssue
from schedules.override_models import ScheduleOverride
from schedules.unit_models import UnitSetting

__all__ = [
    "ArrangementAssignment",
    "ArrangementsState",
    "CalendarDay",
    "CalendarReading",
    "EmployeePeriods",
    "EmployeeUnits",
    "KnownArrangement",
    "OverrideFile",
    "OverrideIssue",
    "ScheduleOverride",
    "UnitSetting",
]


class CalendarReading(models.Model):
    """What somebody wants to see: the days of these employees, from the first to the last."""

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="calendars"
    )
    # The address that is read: at another one are other people.
    host = models.CharField(max_length=255)
    # None where every day was known already, and young enough.
    job = models.OneToOneField(
        Job, models.PROTECT, null=True, verbose_name=_("job"), related_name="calendar"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    # Ids of employees in Lucca, in the order of the page; and those of them still to be read.
    people = models.JSONField(default=list)
    to_read = models.JSONField(default=list)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"

    @property
    def has_content(self) -> bool:
        return self.forgotten_at is None and self.account.host == self.host


class CalendarDay(models.Model):
    """One employee's day as Lucca computed it, or the fact that Lucca said nothing about it.

    Times are minutes. Their unit is not in them: where a schedule counts in days, a whole day is
    1440 minutes (see EmployeeUnits).
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    host = models.CharField(max_length=255)
    employee = models.BigIntegerField(_("employee"))
    day = models.DateField(_("day"))
    # False: asked for, and missing in the answer. Unknown is not off.
    is_known = models.BooleanField()
    source = models.IntegerField(null=True)
    theoretical = models.PositiveIntegerField(null=True)
    actual = models.PositiveIntegerField(null=True)
    leave = models.PositiveIntegerField(null=True)
    is_holiday = models.BooleanField(default=False)
    is_weekly_rest = models.BooleanField(default=False)
    # The same of each half under "first" and "second", and the events of the day: see
    # schedules.calendar_job.
    halves = models.JSONField(default=dict)
    events = models.JSONField(default=list)
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("day of an employee")
        verbose_name_plural = _("days of employees")
        ordering = ["employee", "day"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["account", "employee", "day"], name="calendar_day_once")
        ]
        indexes = [models.Index(fields=["read_at"], name="calendar_day_read")]

    def __str__(self) -> str:
        return f"{self.employee} {self.day}"


class EmployeeUnits(models.Model):
    """What an employee's time is counted in, over time: of assignments where there are any, else of
    the exceptions that exist. Never guessed: without either, nothing is said."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    host = models.CharField(max_length=255)
    employee = models.BigIntegerField(_("employee"))
    # {"starts", "ends", "unit", "name"}: days as YYYY-MM-DD or null, the arrangement's name.
    periods = models.JSONField(default=list)
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("units of an employee")
        verbose_name_plural = _("units of employees")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["account", "employee"], name="employee_units_once")
        ]

    def __str__(self) -> str:
        return str(self.employee)

    def on(self, day: date) -> dict[str, Any] | None:
        """The period that covers this day."""
        text = day.isoformat()
        for period in self.periods:
            if (period["starts"] or "") <= text <= (period["ends"] or "9999"):
                return dict(period)
        return None
