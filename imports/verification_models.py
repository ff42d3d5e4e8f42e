"""What was found in Lucca of the lines of an import: counts, and a verdict for each line.

A row of a line holds where the line stands in the file as sent, and nothing of its content: the
file and the entries that were read have it.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from imports.reading_models import Reading
from portal.models import Job
from portal.reasons import sentence


class Finding(models.IntegerChoices):
    """The verdict on a line. The order is that of the sentence of counts."""

    VERIFIED = 1, _("verified")
    DIFFERENT = 2, _("different")
    MISSING = 3, _("missing")
    NOT_READABLE = 4, _("not readable")


class Why(models.IntegerChoices):
    """What else there is to say about a line."""

    NOTHING = 0, ""
    PENDING = 1, _("awaits approval in Lucca")
    NO_EMPLOYEE = 2, _("the directory has no employee with this login")
    HAS_LEFT = 3, _("this person has left, and Lucca may not list the entries of those who have")
    STILL_THERE = 4, _("was to be deleted, and still stands there")


class Verification(models.Model):
    """One reading back of the lines that Lucca accepted, or may have.

    `judged`: the entries were read and each line has its verdict. Else `reason` says why not. With
    a verdict, a `reason` is a doubt: what is missing may have been overlooked.
    """

    class Outcome(models.TextChoices):
        """What it says of an import whose outcome was unknown (imports.reconciliation)."""

        ALL = "all", _("every line is there")
        SOME = "some", _("some lines are there")
        NONE = "none", _("no line is there")
        EARLY = "early", _("too early to tell")
        UNCLEAR = "unclear", _("cannot be told")

    batch = models.ForeignKey(
        "imports.ImportBatch",
        models.PROTECT,
        verbose_name=_("import"),
        related_name="verifications",
    )
    round = models.PositiveSmallIntegerField()
    reading = models.OneToOneField(Reading, models.PROTECT, null=True, related_name="verification")
    job = models.OneToOneField(Job, models.PROTECT, related_name="verification")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    # A person has seen what it costs, and wants it.
    agreed = models.BooleanField(default=False)
    # Somebody who may do that, or the sweeper, wants an unknown outcome settled by it.
    settles = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    judged = models.BooleanField(default=False)
    reason = models.CharField(max_length=60, blank=True)
    reason_params = models.JSONField(default=dict)

    lines = models.PositiveIntegerField(_("lines"), default=0)
    verified = models.PositiveIntegerField(_("verified"), default=0)
    different = models.PositiveIntegerField(_("different"), default=0)
    missing = models.PositiveIntegerField(_("missing"), default=0)
    not_readable = models.PositiveIntegerField(_("not readable"), default=0)
    # Of the verified ones, those that await an approval in Lucca.
    pending = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        ordering = ["-pk"]
        # Who may see it may see the import.
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["batch"], condition=Q(ended_at=None), name="verification_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.pk}"

    @property
    def message(self) -> str:
        return sentence(self.reason, self.reason_params)

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None

    @property
    def asks(self) -> bool:
        """It stopped after counting: reading takes longer than a minute, and nobody agreed."""
        return self.reason == "reading-long"

    @property
    def is_certain(self) -> bool:
        """Whether what it did not find is not there."""
        return self.judged and not self.reason


class LineVerdict(models.Model):
    """The verdict on one line: `number` counts the lines of the file as sent, from 1, and `at` is
    where the line begins in it. Only the newest verification of an import keeps its lines."""

    verification = models.ForeignKey(
        Verification, models.CASCADE, related_name="verdicts", db_index=False
    )
    finding = models.PositiveSmallIntegerField(choices=Finding)
    number = models.PositiveIntegerField()
    at = models.PositiveBigIntegerField()
    why = models.PositiveSmallIntegerField(choices=Why, default=Why.NOTHING)

    class Meta:
        verbose_name = _("verdict on a line")
        verbose_name_plural = _("verdicts on lines")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["verification", "finding", "number"], name="verdict_by_finding"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verification_id} {self.number}"
