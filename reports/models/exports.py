"""Export configurations of Lucca Timesheet, the exports that Lucca has of them, and our runs."""

from datetime import timedelta

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Account, Job
from portal.reasons import sentence
from reports.periods import EndDay


class ExportConfiguration(models.Model):
    """One of Lucca's export formats, by the number that it has in the address of its screen."""

    class Policy(models.TextChoices):
        HOLD = "hold", _("wait for a person")
        RETRY = "retry", _("ask once more")

    class Mode(models.TextChoices):
        RAW = "raw", _("the answer")
        TEXT = "json-text", _("a text in the answer")
        BASE64 = "json-base64", _("in the answer, as base64")
        LINK = "json-link", _("behind an address in the answer")

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="export_configurations"
    )
    remote_id = models.BigIntegerField(_("number in Lucca"), validators=[MinValueValidator(1)])
    label = models.CharField(_("label"), max_length=100)
    deadline = models.DurationField(
        _("deadline"),
        default=timedelta(minutes=60),
        help_text=_("Without a new export in this time, it has probably failed."),
    )
    after_deadline = models.CharField(
        _("after the deadline"), max_length=10, choices=Policy, default=Policy.HOLD
    )
    # The day that is offered when somebody exports, and that a plan takes.
    usual_end = models.CharField(
        _("usual end day"), max_length=12, choices=EndDay, default=EndDay.MONTH_MONDAY
    )
    # How an export's file is had, once somebody has seen it work: see portal.lucca.timesheet.
    # Without a path it is not fetched.
    content_path = models.CharField(_("path of the file"), max_length=200, blank=True)
    content_mode = models.CharField(_("the file is"), max_length=12, choices=Mode, default=Mode.RAW)
    content_pointer = models.CharField(_("member of the answer"), max_length=100, blank=True)
    # When every export that Lucca had was taken into our list: what is new since is known.
    adopted_at = models.DateTimeField(_("history adopted"), null=True)
    # The newest job of each kind: that took over, that looked for what was made outside the
    # portal, that tried how files are had.
    adoption = models.OneToOneField(Job, models.PROTECT, null=True, related_name="+")
    look = models.OneToOneField(Job, models.PROTECT, null=True, related_name="+")
    probe = models.OneToOneField(Job, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("export configuration")
        verbose_name_plural = _("export configurations")
        ordering = ["label"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "remote_id"], name="export_configuration_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def lane(self) -> str:
        """Two exports of one configuration cannot be told apart in Lucca."""
        return f"export:{self.account.host}:{self.remote_id}"


class ExportRun(models.Model):
    """One export that somebody asked for. Where it stands is its job's state.

    `ends_at` is the first day that is not exported any more. `baseline` is the largest id that was
    known before the request: it never changes once that has left, so that a late success of a
    first request stays visible after a second one.
    """

    configuration = models.ForeignKey(
        ExportConfiguration,
        models.PROTECT,
        verbose_name=_("export configuration"),
        related_name="runs",
    )
    job = models.OneToOneField(
        Job, models.PROTECT, verbose_name=_("job"), related_name="export_run"
    )
    # Goes on looking while the outcome is unknown.
    watch = models.OneToOneField(Job, models.PROTECT, null=True, related_name="watched_run")
    ends_at = models.DateField(_("everything before"))
    # Exports made outside the portal are accepted as handled, by whoever asked.
    accept_warnings = models.BooleanField(_("warnings accepted"), default=False)
    not_approved = models.PositiveIntegerField(_("timesheets not approved"), null=True)
    baseline = models.BigIntegerField(_("largest id before"), null=True)
    baseline_at = models.DateTimeField(_("looked before at"), null=True)
    export = models.ForeignKey(
        "Export", models.PROTECT, null=True, related_name="+", verbose_name=_("export")
    )
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    # The people concerned were told that it is late, and what became of it.
    told_late_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("export run")
        verbose_name_plural = _("export runs")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["created_at"], condition=models.Q(told_at=None), name="export_run_untold"
            )
        ]
        permissions = [
            ("trigger_exportrun", _("Can have Lucca make an export")),
            ("reconcile_exportrun", _("Can settle an export whose outcome is unknown")),
        ]

    def __str__(self) -> str:
        return f"{self.configuration} ({self.pk})"

    @property
    def message(self) -> str:
        return sentence(self.job.reason, self.job.reason_params)


class ExportQuerySet(models.QuerySet["Export"]):
    def unaccounted(self) -> "ExportQuerySet":
        """Those of which nobody has said that their file is where it belongs."""
        origins = (Export.Origin.FOREIGN, Export.Origin.UNKNOWN)
        return self.filter(origin__in=origins, acknowledged_at=None)

    def alarming(self) -> "ExportQuerySet":
        """Those that are gone from Lucca's list, or whose file came with other bytes, and that
        nobody has looked into."""
        found = Q(gone_at__isnull=False) | Q(other_at__isnull=False)
        return self.filter(found, alarm_seen_at=None)

    def acknowledge(self) -> list[int]:
        """Accept them as handled; their ids."""
        ids = sorted(self.values_list("remote_id", flat=True))
        self.update(acknowledged_at=timezone.now())
        return ids


class Export(models.Model):
    """An export that Lucca has. What it took off the accounts is in no later one: each must be
    accounted for, whoever made it."""

    class Origin(models.TextChoices):
        ADOPTED = "adopted", _("from before the portal")
        OWN = "own", _("made by the portal")
        FOREIGN = "foreign", _("made outside the portal")
        UNKNOWN = "unknown", _("not known whose")

    configuration = models.ForeignKey(
        ExportConfiguration,
        models.PROTECT,
        verbose_name=_("export configuration"),
        related_name="exports",
    )
    remote_id = models.BigIntegerField(_("number in Lucca"))
    # As Lucca wrote it: its time zone is not documented, so nothing is decided by it.
    created_at = models.CharField(_("made, as Lucca writes it"), max_length=40, blank=True)
    ends_at = models.DateField(_("everything before"), null=True)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin)
    # The run that found it, or made it.
    run = models.ForeignKey(
        ExportRun, models.PROTECT, null=True, related_name="candidates", verbose_name=_("run")
    )
    first_seen_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    file = models.FileField(_("file"), upload_to="exports", blank=True, max_length=300)
    file_name = models.CharField(_("name of the file"), max_length=200, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size = models.BigIntegerField(_("size (bytes)"), null=True)
    content_type = models.CharField(_("content type"), max_length=100, blank=True)
    disposition = models.CharField(max_length=500, blank=True)
    fetched_at = models.DateTimeField(_("fetched"), null=True)
    # The job that fetches its file by itself, apart from a run.
    fetching = models.OneToOneField(Job, models.PROTECT, null=True, related_name="fetched_export")
    # Somebody said that its file is where it belongs.
    acknowledged_at = models.DateTimeField(_("accepted as handled"), null=True)
    # When a list without archived exports last had it, and since when it has it no more.
    listed_at = models.DateTimeField(_("last seen in Lucca's list"), null=True)
    gone_at = models.DateTimeField(_("gone from Lucca's list"), null=True)
    # What another fetch brought that was not the same. It never takes the first one's place.
    other_file = models.FileField(upload_to="exports", blank=True, max_length=300)
    other_sha256 = models.CharField(_("SHA-256 of another file"), max_length=64, blank=True)
    other_size = models.BigIntegerField(null=True)
    other_at = models.DateTimeField(_("another file fetched"), null=True)
    # Somebody has looked into either; what happens afterwards asks again.
    alarm_seen_at = models.DateTimeField(_("looked into"), null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-remote_id"]
        constraints = [
            models.UniqueConstraint(fields=["configuration", "remote_id"], name="export_once"),
        ]

    def __str__(self) -> str:
        return str(self.remote_id)
