"""What was found in the lines of a batch: each issue, and how many there are of each cause."""

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from portal.sheets.issues import ORIGIN_WORDS, SEVERITY_WORDS, title


class LineIssue(models.Model):
    """One error, warning or rewriting of one line: a cause and its parameters, no sentence."""

    # Found by the index below; a second one would only make a million insertions slower.
    batch = models.ForeignKey(
        "imports.ImportBatch",
        models.CASCADE,
        verbose_name=_("import"),
        related_name="issues",
        db_index=False,
    )
    # As the spreadsheet shows it: the header is line 1. Null for the file as a whole.
    line = models.PositiveIntegerField(_("line"), null=True)
    column = models.CharField(_("column"), max_length=20, blank=True)
    severity = models.CharField(_("severity"), max_length=10, choices=SEVERITY_WORDS)
    origin = models.CharField(_("origin"), max_length=10, choices=ORIGIN_WORDS)
    cause = models.CharField(_("cause"), max_length=40)
    params = models.TextField(default="{}")

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        ordering = ["pk"]
        indexes = [
            # Each cause of a batch by line: imports.pages.lines reads a page of any choice of
            # causes from it, however many rows there are.
            models.Index(
                "batch", "severity", "origin", "cause", Coalesce("line", 0), "id",
                name="issue_by_cause",
            ),
        ]  # fmt: skip


class CauseCount(models.Model):
    """How many issues a batch has of each cause, so that nobody has to count a million rows."""

    batch = models.ForeignKey(
        "imports.ImportBatch", models.CASCADE, verbose_name=_("import"), related_name="causes"
    )
    origin = models.CharField(_("origin"), max_length=10, choices=ORIGIN_WORDS)
    severity = models.CharField(_("severity"), max_length=10, choices=SEVERITY_WORDS)
    cause = models.CharField(_("cause"), max_length=40)
    count = models.PositiveIntegerField(_("lines"))
    first_line = models.PositiveIntegerField(_("first line"), null=True)
    params = models.TextField(default="{}")

    class Meta:
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        # What must be corrected, then what must be accepted, then what we did ourselves.
        ordering = [
            models.Case(
                *(
                    models.When(severity=severity, then=place)
                    for place, severity in enumerate(("error", "warning", "rewritten"))
                ),
                default=3,
                output_field=models.IntegerField(),
            ),
            "-count",
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "origin", "severity", "cause"], name="cause_counted_once"
            ),
        ]

    def __str__(self) -> str:
        return title(self.cause)
