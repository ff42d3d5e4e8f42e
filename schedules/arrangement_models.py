"""What was read of working time arrangements, and of who has which schedule over time; kept with
its age, and never the truth."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Account, Job


class ArrangementsState(models.Model):
    """When the arrangements of an account were last read as a whole, and by which job."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="+")
    host = models.CharField(max_length=255)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    # When the reading began that saw all of them: who was seen since is there.
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.account)


class KnownArrangement(models.Model):
    """A working time arrangement with its collective schedules."""

    account = models.ForeignKey(
        Account, models.CASCADE, verbose_name=_("account"), related_name="arrangements"
    )
    host = models.CharField(max_length=255)
    remote_id = models.BigIntegerField(_("id in Lucca"))
    name = models.TextField(_("name"))
    unit = models.CharField(_("time is counted"), max_length=20, blank=True)
    calendar = models.TextField(_("public holidays"), blank=True)
    is_archived = models.BooleanField(_("archived"), default=False)
    # False where it has no schedule: then it cannot be given to anybody.
    is_valid = models.BooleanField(_("has a schedule"), default=True)
    is_part_time = models.BooleanField(_("part-time"), default=False)
    # None until they were read: see schedules.arrangements. Days as YYYY-MM-DD or null.
    schedules: Any = models.JSONField(null=True)
    seen_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("working time arrangement")
        verbose_name_plural = _("working time arrangements")
        ordering = ["is_archived", "name", "pk"]
        default_permissions = ("view",)
        permissions = [("read_knownarrangement", _("Can have arrangements read from Lucca"))]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "host", "remote_id"], name="known_arrangement_once"
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.remote_id)

    @property
    def may_be_given(self) -> bool:
        return self.is_valid and not self.is_archived


class EmployeePeriods(models.Model):
    """Which work cycles or arrangements an employee had, has and will have."""

    account = models.ForeignKey(Account, models.CASCADE, verbose_name=_("account"))
    host = models.CharField(max_length=255)
    employee = models.BigIntegerField(_("employee"))
    # Of the two models of schedules, the one that was read.
    model = models.CharField(max_length=12, blank=True)
    # {"id", "starts", "ends", "number", "name", "unit"}, by their first day.
    periods = models.JSONField(default=list)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        verbose_name = _("schedule of an employee over time")
        verbose_name_plural = _("schedules of employees over time")
        ordering = ["-pk"]
        default_permissions = ("add", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "host", "employee"], name="employee_periods_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.employee)
