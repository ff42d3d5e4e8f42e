"""What was read of the entries that Lucca holds: for whom and which days, and what was found.

Readings hold where people are, so their content is deleted after some days
(settings.READINGS_KEPT).
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Account, Job


class Reading(models.Model):
    """What somebody wants to know: the entries of these employees on these days.

    Several readings may hang on one job, which goes through Lucca's list once for all of them.
    """

    class Purpose(models.TextChoices):
        PREVIEW = "preview", _("preview of an import")
        PLANNED = "planned", _("what is planned")
        VERIFICATION = "verification", _("verification of an import")
        SNAPSHOT = "snapshot", _("snapshot before an import")

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="readings"
    )
    # The address that is read: at another one are other people.
    host = models.CharField(max_length=255)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    # A preview is of this import, and void once it would send other bytes than these.
    batch = models.ForeignKey(
        "imports.ImportBatch", models.PROTECT, null=True, related_name="readings"
    )
    sha256 = models.CharField(max_length=64, blank=True)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="readings")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    # Ids of employees in Lucca, and days as YYYY-MM-DD.
    people = models.JSONField(default=list)
    days = models.JSONField(default=list)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    # A person has seen what it costs, and wants it.
    agreed = models.BooleanField(default=False)
    # When the reading of the list began: nothing of it is older.
    read_at = models.DateTimeField(_("read"), null=True)
    # False where entries changed under our hands, so that some may be missing.
    is_whole = models.BooleanField(default=False)
    # The whole list is to be gone through: what a filter does not show may be there all the same.
    without_filter = models.BooleanField(default=False)
    # It was read through a filter that Lucca seemed to honour.
    filtered = models.BooleanField(default=False)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reading of entries")
        verbose_name_plural = _("readings of entries")
        ordering = ["-pk"]
        # Who may see it follows from what it is for.
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    @property
    def is_void(self) -> bool:
        """Whether it is of another address, or of other bytes than the import would send now."""
        other_file = self.batch is not None and self.batch.sent_sha256 != self.sha256
        return other_file or self.account.host != self.host

    @property
    def may_filter(self) -> bool:
        """Only where it shows what is there. That nothing is there no filter can tell, as none is
        documented."""
        return self.purpose == self.Purpose.VERIFICATION and not self.without_filter

    @property
    def has_content(self) -> bool:
        return self.read_at is not None and self.forgotten_at is None and not self.is_void


class ReadEntry(models.Model):
    """One effective entry of a person who was asked for, on a day that was asked for."""

    reading = models.ForeignKey(Reading, models.CASCADE, related_name="entries", db_index=False)
    remote_id = models.BigIntegerField(_("id in Lucca"))
    owner = models.BigIntegerField(_("employee"))
    place = models.BigIntegerField(_("place"), null=True)
    area = models.BigIntegerField(_("area"), null=True)
    day = models.DateField(_("day"))
    position = models.CharField(_("position"), max_length=40)
    status = models.CharField(_("status"), max_length=40)

    class Meta:
        verbose_name = _("entry that was read")
        verbose_name_plural = _("entries that were read")
        ordering = ["owner", "day", "position", "remote_id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["reading", "remote_id"], name="read_entry_once"),
        ]
        indexes = [models.Index(fields=["reading", "owner", "day"], name="read_entry_by_day")]

    def __str__(self) -> str:
        return str(self.remote_id)

    @property
    def is_pending(self) -> bool:
        return is_pending(self.status)


class SeenRow(models.Model):
    """The id of a row that a reading came across, wanted or not: rows may come twice while others
    are added, and only the number of different ones tells whether all were seen."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="+", db_index=False)
    remote_id = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["job", "remote_id"], name="seen_row_once"),
        ]

    def __str__(self) -> str:
        return str(self.remote_id)


class Tally(models.Model):
    """How many entries an account was last found to have, which tells what reading them costs."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="tally")
    # Null where Lucca does not count.
    rows = models.BigIntegerField(null=True)
    # The page that Lucca gave where it was smaller than asked for.
    page = models.PositiveIntegerField(null=True)
    # The account's filter that Lucca was found to ignore, or to refuse.
    useless_filter = models.CharField(max_length=300, blank=True)
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.rows)


def is_pending(status: str) -> bool:
    """Whether it is a request that nobody has decided on yet."""
    return status.lower() == "pending"


def newest(purpose: str, **of: Any) -> Reading | None:
    """The last reading that was asked for."""
    related = ("account", "batch", "job", "job__waits_for", "asked_by")
    rows = Reading.objects.filter(purpose=purpose, **of)
    return rows.select_related(*related).order_by("-pk").first()
