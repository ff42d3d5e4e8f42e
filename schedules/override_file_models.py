"""A file of overrides: kept as it came, checked, and what became of its lines."""

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.jobs.claims import OPEN
from portal.jobs.moves import JobState
from portal.models import Account, Job
from portal.sheets import issues
from portal.sheets.issues import SEVERITY_WORDS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def _place(file: "OverrideFile", name: str) -> str:
    """A folder per file; the person's own name for it is kept in the row, not on the disk."""
    return f"schedules/{file.folder}/{name}"


def _folder() -> str:
    return secrets.token_hex(12)


class OverrideFile(models.Model):
    """Many overrides at once, one to a line.

    Lines add up: total = blank + refused by our check + the overrides that were made of the rest.
    Three jobs: `check` reads the file and makes the overrides, their `preparation` reads the days
    in Lucca, and `job` has them applied, block after block, once a person has agreed. `withdrawal`
    has taken back what was applied.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="override_files"
    )
    # At another address are other people.
    host = models.CharField(max_length=255)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("received from"),
    )
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    note = models.TextField(_("note"), blank=True)
    folder = models.CharField(max_length=24, default=_folder, editable=False)
    # Of the form that the file was uploaded with: a form that is sent twice keeps one file.
    upload_token = models.CharField(max_length=32, blank=True, editable=False)
    file_name = models.CharField(_("file"), max_length=255)
    original = models.FileField(_("file as it came"), upload_to=_place, max_length=300)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size (bytes)"))
    # What the check found out about the file: format, encoding, separator, sheet.
    detected = models.JSONField(_("detected"), default=dict)

    total = models.PositiveIntegerField(_("lines"), default=0)
    blank = models.PositiveIntegerField(_("blank"), default=0)
    refused = models.PositiveIntegerField(_("to correct"), default=0)
    changes = models.PositiveIntegerField(_("changes"), default=0)
    employees = models.PositiveIntegerField(_("employees"), default=0)
    first_day = models.DateField(_("first day"), null=True)
    last_day = models.DateField(_("last day"), null=True)

    check_job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="files_checked")
    # Of all its overrides at once; a later reading of all takes its place.
    preparation = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    job = models.OneToOneField(
        Job, models.PROTECT, null=True, related_name="override_file", verbose_name=_("job")
    )
    withdrawal = models.OneToOneField(
        Job, models.PROTECT, null=True, related_name="override_file_withdrawn"
    )
    # Slugs of the questions to which a person agreed.
    accepted = models.JSONField(default=list)
    launched_at = models.DateTimeField(_("launched"), null=True)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("launched by"),
    )

    class Meta:
        verbose_name = _("file of overrides")
        verbose_name_plural = _("files of overrides")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total=F("blank") + F("refused") + F("changes")),
                name="override_file_lines_add_up",
            ),
            models.CheckConstraint(
                condition=Q(job=None, launched_at=None)
                | Q(job__isnull=False, launched_at__isnull=False),
                name="override_file_launched_by_a_job",
            ),
            models.UniqueConstraint(
                fields=["upload_token", "account", "sha256"],
                condition=~Q(upload_token=""),
                name="override_file_once_per_form",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.pk})"

    @property
    def place(self) -> Path:
        """The file's own folder."""
        return Path(settings.MEDIA_ROOT, "schedules", self.folder)

    @property
    def stage(self) -> str:
        """Where it stands, of FILE_STAGES: derived from its jobs, which are the truth."""
        if self.withdrawal is not None and self.withdrawal.state in OPEN:
            return "withdrawing"
        if self.job is not None:
            return _of_job(self.job)
        if self.preparation is not None:
            return _of_preparation(self.preparation)
        if self.check_job is None or self.check_job.state in OPEN:
            return "checking"
        return "to-correct" if self.check_job.state == JobState.SUCCEEDED else "not-checked"

    @property
    def message(self) -> str:
        """Why its last job stands where it stands."""
        job = self.job or self.preparation or self.check_job
        return job.message if job else ""


def _of_preparation(job: Job) -> str:
    if job.state in OPEN:
        return "preparing"
    return "ready" if job.state == JobState.SUCCEEDED else "not-read"


def _of_job(job: Job) -> str:
    if job.state in OPEN:
        return "applying"
    ends = {JobState.SUCCEEDED: "applied", JobState.PARTIAL: "partial"}
    return ends.get(JobState(job.state), "stopped")


FILE_STAGES: "dict[str, StrPromise]" = {
    "checking": _("being checked"),
    "not-checked": _("not checked"),
    "to-correct": _("to correct"),
    "preparing": _("the days are being read"),
    "not-read": _("the days could not be read"),
    "ready": _("waits for you"),
    "applying": _("being applied"),
    "applied": pgettext_lazy("a file", "applied"),
    "partial": pgettext_lazy("a file", "applied in part"),
    "stopped": pgettext_lazy("a file", "stopped"),
    "withdrawing": _("being taken back"),
}


class OverrideIssue(models.Model):
    """One error, warning or rewriting of one line: a cause and its parameters, no sentence."""

    # Found by the index below.
    file = models.ForeignKey(
        OverrideFile,
        models.CASCADE,
        verbose_name=_("file of overrides"),
        related_name="issues",
        db_index=False,
    )
    # As the spreadsheet shows it: the header is line 1. Null for the file as a whole.
    line = models.PositiveIntegerField(_("line"), null=True)
    column = models.CharField(_("column"), max_length=20, blank=True)
    severity = models.CharField(_("severity"), max_length=10, choices=SEVERITY_WORDS)
    cause = models.CharField(_("cause"), max_length=40)
    params = models.TextField(default="{}")

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        ordering = ["pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["file", "severity", "cause", "id"], name="override_issue_by_cause")
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.cause}"

    @property
    def message(self) -> str:
        """The sentence, in the reader's language."""
        return issues.sentence(self.cause, self.shown)

    @property
    def title(self) -> str:
        return issues.title(self.cause)

    @property
    def shown(self) -> dict[str, Any]:
        found = json.loads(self.params)
        return found if isinstance(found, dict) else {}
