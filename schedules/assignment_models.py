"""A working time arrangement that is given to an employee from a day on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Account, Job


class ArrangementAssignment(models.Model):
    """Looked at first (`look`), then confirmed by a person, and only then sent (`job`), once.

    What was seen stays, as evidence of what was decided on; names of people are not in it.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="assignments"
    )
    host = models.CharField(max_length=255)
    employee = models.BigIntegerField(_("employee"))
    arrangement = models.BigIntegerField(_("working time arrangement"))
    starts_on = models.DateField(_("from"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    look = models.OneToOneField(Job, models.PROTECT, related_name="+")
    looked_at = models.DateTimeField(null=True)
    # Of the arrangement, as it was seen.
    name = models.TextField(blank=True)
    unit = models.CharField(max_length=20, blank=True)
    # "arrangement" (or null), "assignments" and "overrides": see schedules.assignments.looking.
    found = models.JSONField(default=dict)
    job = models.OneToOneField(
        Job, models.PROTECT, null=True, verbose_name=_("job"), related_name="assignment"
    )
    # The employee's assignments as they were read back, and whether they are as they should be.
    after = models.JSONField(default=list)
    is_verified = models.BooleanField(null=True)
    # While the outcome is unknown: the job that looks, when one first showed nothing, how many.
    again = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    absent_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("assignment of an arrangement")
        verbose_name_plural = _("assignments of arrangements")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("assign_arrangementassignment", _("Can give an employee an arrangement")),
            (
                "reconcile_arrangementassignment",
                _("Can settle an assignment whose outcome is unknown"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee} {self.starts_on}"
