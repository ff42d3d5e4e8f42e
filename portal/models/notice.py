"""A mail to a person: what it is about, when it is due, whether it left."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """At most one to a person for each `key`, which names what happened.

    `began_at` is written before the mail leaves: one with neither `due_at` nor `sent_at` nor
    `error` was being sent when its process died. It may have arrived and is not sent again.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        verbose_name=_("recipient"),
        related_name="notices",
    )
    # A slug of portal.notices, and what its sentence needs: numbers and labels, no data.
    kind = models.CharField(_("kind"), max_length=40)
    params = models.JSONField(default=dict)
    path = models.CharField(_("page"), max_length=200)
    key = models.CharField(max_length=100)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), null=True, default=timezone.now)
    began_at = models.DateTimeField(_("last tried"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # The kind of the last error. Its text may quote an address.
    error = models.CharField(_("error"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("mail to a person")
        verbose_name_plural = _("mails to people")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notice_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="notice_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
