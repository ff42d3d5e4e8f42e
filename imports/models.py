"""Batches of user locations and the uploads they become; the other tables are gathered here."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imports import notices
from imports.issue_models import CauseCount, LineIssue
from imports.reading_models import ReadEntry, Reading, SeenRow, Tally
from imports.stages import CANARY, CORRECTED_IN, ENDED_AFTER_FIRST, MOVES, Stage
from imports.verification_models import Finding, LineVerdict, Verification, Why
from portal.audit import record
from portal.jobs.moves import IllegalMove
from portal.models import Account, Job
from portal.reasons import sentence

__all__ = [
    "CauseCount",
    "Finding",
    "ImportBatch",
    "LineIssue",
    "LineVerdict",
    "ReadEntry",
    "Reading",
    "SeenRow",
    "Tally",
    "Upload",
    "Verification",
    "Why",
]


def _place(owner: "ImportBatch | Upload", name: str) -> str:
    """A folder per batch; the person's file name is kept in the row, not on the disk."""
    batch = owner if isinstance(owner, ImportBatch) else owner.batch
    return f"imports/{batch.folder}/{name}"


def _folder() -> str:
    return secrets.token_hex(12)


class ImportBatch(models.Model):
    """One file on its way through check, analysis and import.

    Counts are of data lines (the header is none) and add up at every stage:
    total = blank + refused_here + refused_by_lucca + left_out + undecided + accepted.
    `refused_here` are refused by our check. `left_out` passed it and were taken out by a person's
    choice after Lucca's analysis had refused them, or were never sent because the import ended
    after its first lines. `refused_by_lucca` were refused in what was last sent.
    """

    class MadeAs(models.TextChoices):
        DIFFERENCE = "difference", _("the lines that were missing")
        COMPENSATION = "compensation", _("what puts back what stood there before")
        CORRECTION = "correction", _("with its faulty lines corrected")

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="batches"
    )
    # Of a batch that we made of another one, at a person's wish.
    made_from = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="made", verbose_name=_("made from")
    )
    # Of two that put back what stood before: deletions go first, by themselves.
    comes_after = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    made_as = models.CharField(_("made as"), max_length=12, choices=MadeAs, blank=True)
    # Of a correction: {"corrected": lines, "left_out": [their places], "whole": is it all lines}.
    made_with = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("received from"),
    )
    # Whom it waits for. At first who sent the file; created_by never changes.
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("looked after by"),
    )
    note = models.TextField(_("note"), blank=True)
    override = models.BooleanField(
        _("replace existing entries"),
        default=False,
        help_text=_("Replaces what the employees have on the days of the file."),
    )
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, default=Stage.RECEIVED)
    # Grows with every move and every new job, so that two people who saw the same page cannot both
    # act on it.
    version = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    folder = models.CharField(max_length=24, default=_folder, editable=False)
    # Of the form that the file was uploaded with: a form that is sent twice makes one batch.
    upload_token = models.CharField(max_length=32, blank=True, editable=False)

    file_name = models.CharField(_("file"), max_length=255)
    original = models.FileField(_("file as it came"), upload_to=_place, max_length=300)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size (bytes)"))
    # What the check found out about the file: format, encoding, separator, sheet.
    detected = models.JSONField(_("detected"), default=dict)

    canonical = models.FileField(_("file as sent"), upload_to=_place, blank=True, max_length=300)
    line_map = models.FileField(upload_to=_place, blank=True, max_length=300)
    sent_sha256 = models.CharField(_("SHA-256 of the file as sent"), max_length=64, blank=True)
    # Each {"file", "first", "lines", "sha256"}.
    parts = models.JSONField(default=list)
    # How many canonical files were made of this batch.
    round = models.PositiveSmallIntegerField(default=0)
    # So many lines were to be the first part, which goes ahead: what comes after it waits until it
    # was read back. 0 where nothing goes ahead.
    canary = models.PositiveIntegerField(default=0)
    # Even when all of them are verified, a person goes on.
    canary_asks = models.BooleanField(default=False)
    # When what waited was let go.
    rest_released_at = models.DateTimeField(null=True)
    # The (place, area) pairs that the file names, to be looked up again before each upload.
    places = models.JSONField(default=list)
    # Nothing of this file can be sent, not even without its faulty lines.
    unusable = models.BooleanField(default=False)

    total = models.PositiveIntegerField(_("lines"), default=0)
    blank = models.PositiveIntegerField(_("blank"), default=0)
    refused_here = models.PositiveIntegerField(_("to correct"), default=0)
    refused_by_lucca = models.PositiveIntegerField(_("refused by Lucca"), default=0)
    left_out = models.PositiveIntegerField(_("left out"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    # What Lucca's results say, over all parts; null until then.
    created = models.PositiveIntegerField(_("created or replaced"), null=True)
    deleted = models.PositiveIntegerField(_("deleted"), null=True)
    deletions = models.PositiveIntegerField(_("deletions asked for"), default=0)
    employees = models.PositiveIntegerField(_("employees"), default=0)
    first_day = models.DateField(_("first day"), null=True)
    last_day = models.DateField(_("last day"), null=True)

    reason = models.CharField(max_length=60, blank=True)
    reason_params = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    touched_at = models.DateTimeField(_("last moved"), default=timezone.now)
    analysed_at = models.DateTimeField(_("analysed"), null=True)
    launched_at = models.DateTimeField(_("launched"), null=True)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("launched by"),
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        permissions = [
            ("check_importbatch", _("Can check an import")),
            ("analyse_importbatch", _("Can have Lucca analyse an import")),
            ("cancel_importbatch", _("Can cancel an import")),
            ("launch_importbatch", _("Can launch an import")),
            ("approve_importbatch", _("Can approve an import")),
            ("reconcile_importbatch", _("Can settle an import whose outcome is unknown")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    total__gte=F("blank")
                    + F("refused_here")
                    + F("refused_by_lucca")
                    + F("left_out")
                    + F("accepted")
                ),
                name="batch_lines_add_up",
            ),
            # Another file, account or flag is another upload: a form that a person went back to
            # still has its token.
            models.UniqueConstraint(
                fields=["upload_token", "account", "sha256", "override"],
                condition=~Q(upload_token=""),
                name="batch_once_per_form",
            ),
            # Of two who save their corrections, one makes the next import. One that was cancelled
            # is none, except where its own correction took its place.
            models.UniqueConstraint(
                fields=["made_from"],
                condition=Q(made_as="correction")
                & (~Q(stage=Stage.CANCELLED) | Q(reason=CORRECTED_IN)),
                name="batch_corrected_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.pk})"

    @property
    def place(self) -> Path:
        """The batch's own folder."""
        return Path(settings.MEDIA_ROOT, "imports", self.folder)

    def new_folder(self, number: int) -> Path:
        """For one making of a canonical file: two who make one at the same time must not write
        into each other's."""
        return self.place / f"round-{number}-{secrets.token_hex(4)}"

    @property
    def undecided(self) -> int:
        """Lines of which nobody knows yet whether they are accepted."""
        decided = (
            self.blank + self.refused_here + self.refused_by_lucca + self.left_out + self.accepted
        )
        return self.total - decided

    @property
    def ahead(self) -> int:
        """Lines that go first and are verified before the others; 0 where none do."""
        return int(self.parts[0]["lines"]) if self.canary else 0

    @property
    def behind(self) -> int:
        """Lines that wait for the verdict on the first ones."""
        return sum(part["lines"] for part in self.parts[1:]) if self.canary else 0

    @property
    def is_held(self) -> bool:
        """The first lines are in Lucca, and the others wait for what is found of them."""
        if self.stage == Stage.IMPORTING and self.canary and self.job:
            return self.job.kind == CANARY
        return self.stage == Stage.PAUSED

    @property
    def kept_back(self) -> int:
        """Of those left out, the ones that were never sent because it ended after the first."""
        return self.behind if self.reason in ENDED_AFTER_FIRST else 0

    @property
    def message(self) -> str:
        return sentence(self.reason, self.reason_params)

    @property
    def analysis_expires_at(self) -> Any:
        return self.analysed_at + self.account.analysis_max_age if self.analysed_at else None

    @property
    def expires_at(self) -> Any:
        return self.touched_at + timedelta(seconds=settings.BATCH_EXPIRES_AFTER.total_seconds())

    def hand_to(self, job: Job, **fields: Any) -> None:
        """Another job carries this batch on. Who saw it before that cannot move it any more:
        cancelling would stop a job that has ended, and the new one would go on to send."""
        rows = ImportBatch.objects.filter(pk=self.pk, version=self.version)
        if not rows.update(job=job, version=F("version") + 1, **fields):
            raise IllegalMove(self, self.stage)
        self.version += 1
        for name, value in {"job": job, **fields}.items():
            setattr(self, name, value)

    def move(self, to: str, *, by: object = None, **fields: Any) -> None:
        """The one way from stage to stage: one caller wins, and its history entry is written."""
        if to not in MOVES[self.stage]:
            raise IllegalMove(self, to)
        fields = {"reason": "", "reason_params": {}} | fields | {"touched_at": timezone.now()}
        since = self.touched_at
        with transaction.atomic():
            rows = ImportBatch.objects.filter(pk=self.pk, stage=self.stage, version=self.version)
            if not rows.update(stage=to, version=F("version") + 1, **fields):
                raise IllegalMove(self, to)
            before, self.stage = self.stage, to
            self.version += 1
            for name, value in fields.items():
                setattr(self, name, value)
            record(
                f"import.{to}",
                self,
                account=self.account.label,
                by=by,
                values={
                    "before": before,
                    "sha256": self.sha256,
                    "sent_sha256": self.sent_sha256,
                    "override": self.override,
                    "total": self.total,
                    "accepted": self.accepted,
                    "reason": self.reason,
                },
            )
            notices.after_move(self, since=since, by=by)


class Upload(models.Model):
    """One part of a batch's canonical file sent to Lucca: analysed, or imported for good."""

    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, verbose_name=_("import"), related_name="uploads"
    )
    job = models.OneToOneField(Job, models.PROTECT, verbose_name=_("job"), related_name="upload")
    round = models.PositiveSmallIntegerField()
    part = models.PositiveSmallIntegerField(_("part"))
    create = models.BooleanField(_("import"))
    override = models.BooleanField(_("replace existing entries"))
    lines = models.PositiveIntegerField(_("lines"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    # The variant of Lucca's path that took the file; its progress and report are asked there.
    path = models.CharField(max_length=10, blank=True)
    summary_id = models.CharField(_("summary id"), max_length=200, blank=True)
    report = models.FileField(_("Lucca's report"), upload_to=_place, blank=True, max_length=300)
    reported_at = models.DateTimeField(_("reported"), null=True)
    created = models.PositiveIntegerField(_("created or replaced"), null=True)
    deleted = models.PositiveIntegerField(_("deleted"), null=True)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    warned = models.PositiveIntegerField(_("warned"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    # Refused lines that Lucca named in a way that fits no line of ours.
    unplaced = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-pk"]
        constraints = [
            # One import of these bytes of this batch, whoever asks however often.
            models.UniqueConstraint(
                fields=["batch", "round", "part"],
                condition=Q(create=True),
                name="upload_one_import_per_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch} {self.part}"

    @property
    def file(self) -> Path:
        return Path(settings.MEDIA_ROOT, self.batch.parts[self.part - 1]["file"])

    @property
    def first(self) -> int:
        """The number of this part's first line in the canonical file, from 1."""
        return int(self.batch.parts[self.part - 1]["first"])
