"""A day of one employee that is to be otherwise than planned, and what became of it."""

import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.jobs.claims import OPEN
from portal.jobs.moves import JobState
from portal.models import Account, Job

# Why a withdrawal ended of which only the first half was carried out.
HALF_TAKEN_BACK = "withdrawal-in-part"

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def new_marker() -> str:
    """What our overrides carry in their comment. It says nothing about anybody."""
    return f"portal:{secrets.token_hex(5)}"


class ScheduleOverride(models.Model):
    """What a person asked for, the day before and after, and whether Lucca has it.

    Three jobs: `preparation` reads the day (of several overrides at once), `job` writes it once a
    person has agreed, `withdrawal` takes back what `job` wrote. Times are minutes; where time is
    counted in days, a whole day is 1440.
    """

    class Part(models.TextChoices):
        FIRST = "first", _("first half")
        SECOND = "second", _("second half")
        FULL = "full", _("full day")

    class Nature(models.TextChoices):
        OFF = "off", _("off")
        WORKED = "worked", _("worked")
        PART_TIME = "partTime", _("part-time day off")
        WEEKLY_REST = "weeklyRest", _("weekly rest")

    class Verdict(models.TextChoices):
        VERIFIED = "verified", _("verified")
        DIFFERENT = "different", _("different")

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="overrides"
    )
    # At another address are other people.
    host = models.CharField(max_length=255)
    # An id of Lucca's.
    employee = models.BigIntegerField(_("employee"))
    day = models.DateField(_("day"))
    part = models.CharField(_("part of the day"), max_length=6, choices=Part)
    nature = models.CharField(_("nature"), max_length=10, choices=Nature)
    minutes = models.PositiveIntegerField(_("duration"), default=0)
    # How the duration was written: in days (0.5) or hours (3:30); empty where there is none.
    counted_in = models.CharField(max_length=5, blank=True)
    # A clock, such as 09:00, for employees who have hours of the clock.
    starts = models.CharField(_("start"), max_length=5, blank=True)
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    marker = models.CharField(max_length=20, unique=True, default=new_marker)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)

    # Of one that came with many others: its file, and its line as the spreadsheet shows it.
    file = models.ForeignKey(
        "schedules.OverrideFile",
        models.PROTECT,
        null=True,
        related_name="overrides",
        verbose_name=_("file of overrides"),
    )
    line = models.PositiveIntegerField(_("line"), null=True)

    preparation = models.ForeignKey(
        Job, models.PROTECT, null=True, related_name="overrides_prepared"
    )
    job = models.OneToOneField(
        Job, models.PROTECT, null=True, related_name="override", verbose_name=_("job")
    )
    withdrawal = models.OneToOneField(
        Job, models.PROTECT, null=True, related_name="override_withdrawn"
    )
    # The last reading that was to settle an unknown outcome.
    look = models.ForeignKey(Job, models.PROTECT, null=True, related_name="overrides_looked_at")

    # What the preparation found: see schedules.overrides.preparing.
    schedule_model = models.CharField(max_length=15, choices=Account.ScheduleModel)
    unit = models.CharField(max_length=10, blank=True)
    unit_from = models.CharField(max_length=20, blank=True)
    prepared_at = models.DateTimeField(null=True)
    # The day as Lucca computed it: the members of CalendarDay; None where it says nothing.
    before = models.JSONField(null=True)
    # The overrides or exceptions of the day, as Lucca gave them, and those that will be sent.
    standing = models.JSONField(default=list)
    wanted = models.JSONField(default=list)
    # {"theoretical", "halves": {"first", "second"}}, null where it cannot be said.
    expected = models.JSONField(null=True)
    # [{"slug", "params", "weight"}]: see schedules.overrides.findings.
    findings = models.JSONField(default=list)
    # Nobody wants it any more; nothing was sent.
    dropped_at = models.DateTimeField(_("cancelled"), null=True)
    accepted = models.JSONField(default=list)

    # What stood there just before it was sent, and what was sent: the only way back.
    journal = models.JSONField(default=dict)
    after = models.JSONField(null=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, blank=True)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        ordering = ["-pk"]
        permissions = [("apply_scheduleoverride", "Can apply and withdraw overrides")]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawal__isnull=False),
                name="override_withdrawn_by_a_job",
            ),
            models.UniqueConstraint(fields=["file", "line"], name="override_once_per_line"),
        ]
        indexes = [models.Index(fields=["account", "employee", "day"], name="override_of_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.pk}"

    @property
    def stage(self) -> str:
        """Where it stands, of STAGES: derived from its jobs, which are the truth."""
        if self.withdrawal is not None and (stage := _of_withdrawal(self, self.withdrawal)):
            return stage
        if self.job is not None:
            return _of_job(self, self.job)
        if self.dropped_at is not None:
            return "cancelled"
        if self.preparation is None or self.preparation.state in OPEN:
            return "preparing"
        if self.preparation.state == JobState.CANCELLED:
            return "cancelled"
        if self.prepared_at is None:
            return "not-read"
        return "blocked" if self.blocking else "ready"

    @property
    def blocking(self) -> list[dict[str, Any]]:
        return [one for one in self.findings if one["weight"] == "blocks"]

    @property
    def questions(self) -> list[dict[str, Any]]:
        """What a person must agree to first."""
        return [one for one in self.findings if one["weight"] == "asks"]


def _of_withdrawal(override: ScheduleOverride, job: Job) -> str:
    """Empty where the withdrawal ended without doing anything: then the override stands."""
    if job.state in OPEN:
        return "withdrawing"
    if job.state == JobState.UNKNOWN:
        return "unknown"
    if override.withdrawn_at:
        return "withdrawn"
    return "partial" if job.reason == HALF_TAKEN_BACK else ""


def _of_job(override: ScheduleOverride, job: Job) -> str:
    if job.state in OPEN:
        return "applying"
    if job.state in (JobState.SUCCEEDED, JobState.PARTIAL):
        # Without a verdict, a person said that it is done, or it was done in part.
        return override.verdict or ("applied" if job.state == JobState.SUCCEEDED else "partial")
    return str(job.state)


STAGES: "dict[str, StrPromise]" = {
    "preparing": _("the day is being read"),
    "not-read": _("the day could not be read"),
    "blocked": _("cannot be applied"),
    "ready": _("waits for you"),
    "applying": _("being applied"),
    "verified": _("applied and verified"),
    "different": _("applied, but different"),
    "applied": _("applied"),
    "partial": _("applied in part"),
    "failed": _("not applied"),
    "unknown": _("outcome unknown"),
    "cancelled": _("cancelled"),
    "withdrawing": _("being taken back"),
    "withdrawn": _("taken back"),
}
