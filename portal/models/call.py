"""Each request to Lucca: the audit of what we asked and, as a log of send times, the budget."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.account import Account


class LuccaCall(models.Model):
    """Written before the request leaves (`sent_at`, by the database's clock), completed after.

    `path` has no value that identifies a person: ids are replaced and query values left out,
    except those that say what a request does (`create`, `overrideUserLocations`).
    """

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="calls"
    )
    job = models.ForeignKey(
        "portal.Job", models.SET_NULL, verbose_name=_("job"), null=True, related_name="calls"
    )
    host = models.CharField(_("host"), max_length=255)
    method = models.CharField(_("method"), max_length=10)
    path = models.CharField(_("path"), max_length=300)
    interactive = models.BooleanField(_("somebody waited"), default=False)
    sent_at = models.DateTimeField(_("sent"))
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    # The reason of portal.reasons when there was no usable answer.
    failure = models.CharField(_("failure"), max_length=60, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True)
    deprecation = models.CharField(_("deprecation"), max_length=200, blank=True)
    sunset = models.CharField(_("sunset"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("call to Lucca")
        verbose_name_plural = _("calls to Lucca")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["host", "sent_at"], name="call_window")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
