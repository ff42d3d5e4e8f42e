"""Plans: exports and reports that are asked for by themselves, again and again."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.reasons import sentence
from reports.models.exports import ExportConfiguration, ExportRun
from reports.models.reports import ReportRun, ReportTemplate
from reports.periods import EndDay, Period


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


class PlannedRun(models.Model):
    """One time at which a plan was due, at most once each, and what became of it."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        STARTED = "started", _("started")
        REFUSED = "refused", _("not started")
        MISSED = "missed", _("missed")

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="runs")
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    # Worked out from the day on which it was due, however late it starts.
    starts_on = models.DateField(_("from"), null=True)
    ends_on = models.DateField(_("to"), null=True)
    reason = models.CharField(max_length=60, blank=True)
    reason_params = models.JSONField(default=dict)
    export_run = models.OneToOneField(
        ExportRun, models.PROTECT, null=True, related_name="planned", verbose_name=_("export run")
    )
    report_run = models.OneToOneField(
        ReportRun, models.PROTECT, null=True, related_name="planned", verbose_name=_("report")
    )
    started_at = models.DateTimeField(_("started"), null=True)
    # The people concerned were told that it is late, and what became of it.
    told_late_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("planned run")
        verbose_name_plural = _("planned runs")
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "due_at"], name="planned_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} ({self.pk})"

    @property
    def message(self) -> str:
        return sentence(self.reason, self.reason_params)
