"""The mirror of a tenant's employees, places and areas: what checks and forms use, always dated.

Never the truth: an absent person may only be invisible to our key, so nobody is deleted here
because an answer left them out.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.account import Account


class Employee(models.Model):
    """A user of Lucca, from `GET /api/v3/users`."""

    account = models.ForeignKey(
        Account, models.CASCADE, verbose_name=_("account"), related_name="employees"
    )
    remote_id = models.BigIntegerField(_("id in Lucca"))
    login = models.CharField(_("login"), max_length=255)
    first_name = models.CharField(_("first name"), max_length=255, blank=True)
    last_name = models.CharField(_("last name"), max_length=255, blank=True)
    # Of the contract that applies today.
    contract_start = models.DateField(_("contract start"), null=True)
    contract_end = models.DateField(_("contract end"), null=True)
    # The sync that last saw this person.
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        ordering = ["last_name", "first_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "remote_id"], name="employee_once"),
        ]
        indexes = [models.Index(fields=["account", "login"], name="employee_login")]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name} ({self.login})"


class WorkLocation(models.Model):
    """A place one can work from, from `GET /work-locations/public/api/work-locations`."""

    account = models.ForeignKey(
        Account, models.CASCADE, verbose_name=_("account"), related_name="locations"
    )
    remote_id = models.BigIntegerField(_("id in Lucca"))
    name = models.TextField(_("name"))
    type = models.CharField(_("type"), max_length=60, blank=True)
    is_active = models.BooleanField(_("active"))
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "remote_id"], name="location_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Area(models.Model):
    """A part of an office. Its id is unique in its place, and perhaps only there."""

    location = models.ForeignKey(
        WorkLocation, models.CASCADE, verbose_name=_("place"), related_name="areas"
    )
    remote_id = models.BigIntegerField(_("id in Lucca"))
    name = models.TextField(_("name"))

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["location", "remote_id"], name="area_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DirectoryState(models.Model):
    """How old the mirror is, and how far a sync that is under way has come."""

    account = models.OneToOneField(
        Account, models.CASCADE, verbose_name=_("account"), related_name="directory_state"
    )
    employees_at = models.DateTimeField(_("employees read"), null=True)
    locations_at = models.DateTimeField(_("places read"), null=True)
    # The largest page of places that Lucca was found to accept, where it refused the account's.
    locations_page = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("state of a directory")
        verbose_name_plural = _("states of directories")
