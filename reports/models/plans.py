"""Plans: exports and reports that are asked for by themselves, again and again."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models import Account
from reports.models.exports import ExportConfiguration
from reports.models.reports import ReportTemplate
from reports.periods import EndDay, Period

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Plan(models.Model):
    """When to ask, and for which days. Times are those of the account's time zone.

    `next_at` is the next time that is due; None while the plan is paused. What it starts is asked
    for in the owner's name, with the rights that the owner has then.
    """

    class Every(models.TextChoices):
        DAY = "day", _("every day")
        WEEK = "week", _("every week")
        MONTH_WEEKDAY = "month-weekday", _("every month, on a day of the week")
        MONTH_DAY = "month-day", _("every month, on a day of the month")

    class Nth(models.IntegerChoices):
        FIRST = 1, _("first")
        SECOND = 2, _("second")
        THIRD = 3, _("third")
        FOURTH = 4, _("fourth")
        LAST = -1, _("last")

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    name = models.CharField(_("name"), max_length=100)
    configuration = models.ForeignKey(
        ExportConfiguration,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("export configuration"),
        related_name="plans",
    )
    template = models.ForeignKey(
        ReportTemplate,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("report template"),
        related_name="plans",
    )
    every = models.CharField(_("how often"), max_length=15, choices=Every, default=Every.WEEK)
    weekday = models.SmallIntegerField(_("day of the week"), choices=Weekday, null=True, blank=True)
    nth = models.SmallIntegerField(_("which of the month"), choices=Nth, null=True, blank=True)
    # In a shorter month, its last day.
    month_day = models.PositiveSmallIntegerField(
        _("day of the month"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
    )
    at = models.TimeField(_("at"))
    # Of an export, and of a report.
    end_day = models.CharField(_("end day"), max_length=12, choices=EndDay, blank=True)
    period = models.CharField(_("period"), max_length=10, choices=Period, blank=True)
    first_day = models.DateField(_("from"), null=True, blank=True)
    last_day = models.DateField(_("to"), null=True, blank=True)
    with_excel = models.BooleanField(_("as a workbook, too"), default=False)
    accept_warnings = models.BooleanField(_("export although there are warnings"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        verbose_name=_("in the name of"),
        related_name="plans",
    )
    recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        verbose_name=_("tell by mail"),
        related_name="+",
    )
    next_at = models.DateTimeField(_("next"), null=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(configuration=None, template__isnull=False)
                | Q(configuration__isnull=False, template=None),
                name="plan_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="plan_due")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> ExportConfiguration | ReportTemplate:
        """What it asks for."""
        found = self.configuration or self.template
        if found is None:
            raise LookupError("a plan of nothing")
        return found

    @property
    def account(self) -> Account:
        return self.subject.account

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.account.time_zone)

    @property
    def right(self) -> str:
        """What its owner must be allowed to do."""
        return "reports.trigger_exportrun" if self.configuration_id else "reports.add_reportrun"

    def clean(self) -> None:
        """Raise ValidationError for a rule that lacks something; drop what it does not use."""
        every = self.every
        weekly = every in (self.Every.WEEK, self.Every.MONTH_WEEKDAY)
        self._only("weekday", weekly, _("Choose the day of the week."))
        self._only("nth", every == self.Every.MONTH_WEEKDAY, _("Choose which of the month."))
        self._only("month_day", every == self.Every.MONTH_DAY, _("Choose the day of the month."))
        if self.at:
            self.at = self.at.replace(second=0, microsecond=0)
        if self.configuration_id:
            self._clean_export()
        else:
            self._clean_report()

    def _only(self, name: str, used: bool, missing: "StrPromise") -> None:
        if not used:
            setattr(self, name, None)
        elif getattr(self, name) is None:
            raise ValidationError({name: missing})

    def _clean_export(self) -> None:
        self.period, self.first_day, self.last_day, self.with_excel = "", None, None, False
        if not self.end_day:
            raise ValidationError({"end_day": _("Choose the end day.")})
        often = self.every == self.Every.DAY
        if often or (self.every == self.Every.WEEK and self.end_day != EndDay.WEEK):
            # The second one would export what the first has exported.
            raise ValidationError(
                {
                    "end_day": _(
                        "This plan would export up to the same day several times. Choose an end day"
                        " of the week for every week, and one of the month for every month."
                    )
                }
            )

    def _clean_report(self) -> None:
        self.end_day, self.accept_warnings = "", False
        if not self.period:
            raise ValidationError({"period": _("Choose the period.")})
        fixed = self.period == Period.FIXED
        self._only("first_day", fixed, _("Choose the first day."))
        self._only("last_day", fixed, _("Choose the last day."))
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise ValidationError({"last_day": _("The last day lies before the first.")})
