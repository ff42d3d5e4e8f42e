"""The audit history: append-only, hash-chained, and able to forget people without losing proof.

An Event holds nothing that may ever have to be erased. What was done by whom and with which
values is an EventDetail beside it; the Event keeps a commitment to it, the SHA-256 of a random salt
and the detail. Erasing a detail leaves the chain whole.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One entry. No foreign key points out of it: an entry outlives what it speaks of.

    hash = SHA-256 of `previous`, seq, at, verb, subject, account and commitment, as
    `portal.audit.digest` writes them down.
    """

    seq = models.BigIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("when"))
    verb = models.CharField(_("what"), max_length=60)
    subject = models.CharField(_("on"), max_length=80, db_index=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    commitment = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering = ["-seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.subject}"


class EventDetail(models.Model):
    """What may be erased of an entry: who, and the values. Deleted or kept, never changed."""

    seq = models.BigIntegerField(unique=True)
    salt = models.CharField(max_length=64)
    actor = models.CharField(_("who"), max_length=200)
    values = models.JSONField(_("values"), default=dict)

    class Meta:
        verbose_name = _("detail of a history entry")
        verbose_name_plural = _("details of history entries")


class ChainHead(models.Model):
    """The last entry of the chain: the one row that writers of history queue for."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        verbose_name = _("end of the history")
        verbose_name_plural = _("end of the history")
