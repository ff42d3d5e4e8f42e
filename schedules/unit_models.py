"""What somebody said an employee's time is counted in, where Lucca has no way to say it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Account


class UnitSetting(models.Model):
    """On the older model only. Taken away, the row stays, and says who did it."""

    class Counted(models.TextChoices):
        DAYS = "day", _("in days")
        HOURS = "hour", _("in hours")
        CLOCK = "time", _("in hours of the clock")

    account = models.ForeignKey(Account, models.CASCADE, verbose_name=_("account"))
    # The address that the employee is of: at another one the same number is somebody else.
    host = models.CharField(max_length=255)
    employee = models.BigIntegerField(_("employee"))
    unit = models.CharField(_("time is counted"), max_length=4, choices=Counted, blank=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("set by"),
    )
    set_at = models.DateTimeField(_("set"), auto_now=True)

    class Meta:
        verbose_name = _("unit of an employee")
        verbose_name_plural = _("units of employees, as set here")
        ordering = ["-set_at", "-pk"]
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "host", "employee"], name="unit_setting_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.employee)
