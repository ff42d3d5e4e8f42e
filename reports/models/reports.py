"""Report templates, the reports that Lucca makes of them, and the files that we got."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models import Account, Job
from portal.reasons import sentence


class ReportTemplate(models.Model):
    """A template of Lucca's: by its number there, or as the JSON that its screen sends, which is
    forwarded as it is and creates the template once.

    `remote_id` is a text: Lucca says a number in one place and a text in another.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="report_templates"
    )
    name = models.CharField(_("name"), max_length=200)
    remote_id = models.CharField(_("number in Lucca"), max_length=60, blank=True)
    document = models.TextField(_("template as JSON"), blank=True)
    # Narrows each report, in place of the template's own filters; never an empty list, of which
    # nobody says what it means.
    filters = models.JSONField(_("filters"), null=True, blank=True)
    # The job that creates it in Lucca.
    creation = models.OneToOneField(
        Job, models.PROTECT, null=True, related_name="created_template", verbose_name=_("creation")
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("report template")
        verbose_name_plural = _("report templates")
        ordering = ["name"]
        permissions = [("create_reporttemplate", _("Can create a report template in Lucca"))]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "remote_id"],
                condition=~Q(remote_id=""),
                name="report_template_once",
            ),
            models.CheckConstraint(
                condition=~Q(remote_id="") | ~Q(document=""), name="report_template_is_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReportRun(models.Model):
    """One report that somebody asked for. Where it stands is its job's state.

    Days that are None are the template's own; Lucca says in its answer which those were.
    """

    template = models.ForeignKey(
        ReportTemplate, models.PROTECT, verbose_name=_("report template"), related_name="runs"
    )
    job = models.OneToOneField(
        Job, models.PROTECT, verbose_name=_("job"), related_name="report_run"
    )
    starts_on = models.DateField(_("from"), null=True)
    ends_on = models.DateField(_("to"), null=True)
    filters = models.JSONField(_("filters"), null=True)
    with_excel = models.BooleanField(_("as a workbook, too"), default=False)
    # The report that is followed now, its name and its days as Lucca answered them.
    remote_id = models.CharField(_("number in Lucca"), max_length=60, blank=True)
    remote_name = models.CharField(_("name in Lucca"), max_length=200, blank=True)
    covers_from = models.DateField(_("covers from"), null=True)
    covers_to = models.DateField(_("covers to"), null=True)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    # The people concerned were told that it is late, and what became of it.
    told_late_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(told_at=None), name="report_run_untold")
        ]

    def __str__(self) -> str:
        return f"{self.template} ({self.pk})"

    @property
    def message(self) -> str:
        return sentence(self.job.reason, self.job.reason_params)


class ReportFile(models.Model):
    """A file of a report, byte for byte as Lucca gave it."""

    class Kind(models.TextChoices):
        CSV = "csv", _("CSV file")
        EXCEL = "excel", _("workbook")

    run = models.ForeignKey(
        ReportRun, models.PROTECT, verbose_name=_("report"), related_name="files"
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    file = models.FileField(_("file"), upload_to="reports", max_length=300)
    file_name = models.CharField(_("name of the file"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size (bytes)"))
    content_type = models.CharField(_("content type"), max_length=100, blank=True)
    disposition = models.CharField(max_length=500, blank=True)
    fetched_at = models.DateTimeField(_("fetched"), auto_now_add=True)

    class Meta:
        verbose_name = _("file of a report")
        verbose_name_plural = _("files of reports")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind"], name="report_file_once"),
        ]

    def __str__(self) -> str:
        return self.file_name
