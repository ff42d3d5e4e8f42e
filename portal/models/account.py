"""One Lucca tenant or sandbox, and every assumption about it that a user may have to change."""

import ipaddress
import os
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

# Where Lucca serves each kind of environment; see the vendor's page
# https://developers.lucca.fr/documentation/get-started/environments
_HOSTS = {
    "production": re.compile(r"[a-z0-9-]+\.ilucca\.(net|ch)"),
    "test": re.compile(r"[a-z0-9-]+\.ilucca-test\.(net|ch)"),
    "demo": re.compile(r"[a-z0-9-]+\.ilucca-demo\.(net|ch)"),
    "sandbox": re.compile(r"[a-z0-9-]+\.sandbox\.[a-z0-9]+\.luccasoftware\.com"),
}
# A request must end well before the queue ends the task that waits for it (180 s).
_LONGEST_CALL = timedelta(seconds=150)
_POSITIVE = ("connect_timeout", "read_timeout", "analysis_max_age", "progress_deadline")
_NOT_NEGATIVE = ("reconcile_after", "directory_max_age")
# The vendor's reference page names the part like the file, its guide "file".
_PART_NAME = re.compile(r"[A-Za-z0-9._-]+")
# A path of Lucca and nothing else: the key must never go to another host.
_PATH = re.compile(r"(/[A-Za-z0-9._-]+)+")
_PATH_OF_ONE = re.compile(r"(/[A-Za-z0-9._-]+)+/\{reportId\}(/[A-Za-z0-9._-]+)*")
# Empty, or MODE:PATH#POINTER.
_CONTENT = re.compile(
    r"(raw:/[A-Za-z0-9._-][A-Za-z0-9._/?=&-]*\{exportId\}[A-Za-z0-9._/?=&-]*"
    r"|json-(text|base64|link):/[A-Za-z0-9._-][A-Za-z0-9._/?=&-]*\{exportId\}[A-Za-z0-9._/?=&-]*"
    r"#(/[A-Za-z0-9_]+)+)?"
)
_PATHS = (
    ("export_content", _CONTENT, "raw:/api/v3/timmiexports/{exportId}/content"),
    ("export_path", _PATH, "/api/v3/timmiexports"),
    ("export_trigger_path", _PATH, "/api/v3/timmiexports"),
    ("report_path", _PATH, "/timmi-timesheet/api/reports"),
    ("report_status_path", _PATH_OF_ONE, "/timmi-timesheet/api/reports/{reportId}"),
    ("report_template_path", _PATH, "/timmi-timesheet/api/report-templates"),
)
# NAME=VALUE, joined by &; the braces are filled in by us.
_FILTER = re.compile(
    r"([A-Za-z0-9._-]+=([A-Za-z0-9._,:/-]|\{first\}|\{last\})+)(&[A-Za-z0-9._-]+=([A-Za-z0-9._,:/-]|\{first\}|\{last\})+)*"
)
_PART_TYPE = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+(; ?[A-Za-z0-9-]+=[A-Za-z0-9.-]+)*")


def is_loopback(host: str) -> bool:
    """Whether this host is this machine, so that nothing can leave it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Account(models.Model):
    """A tenant. Its API key is in the environment, never here.

    Fields below `requests_per_minute` hold what the vendor leaves open, with the assumed value as
    the default: a user whose tenant differs changes a setting, not the code.
    """

    class Kind(models.TextChoices):
        PRODUCTION = "production", _("Production")
        TEST = "test", _("Test")
        DEMO = "demo", _("Demo")
        SANDBOX = "sandbox", _("Sandbox")
        SIMULATOR = "simulator", _("Simulator")

    class ImportPath(models.TextChoices):
        PLURAL = "imports", "imports"
        SINGULAR = "import", "import"

    class UnknownLogin(models.TextChoices):
        ERROR = "error", _("an error")
        WARNING = "warning", _("a warning")

    class Snapshots(models.TextChoices):
        NEVER = "never", _("never")
        CHEAP = "cheap", _("when it takes less than a minute")
        ALWAYS = "always", _("always, however long")

    class ScheduleModel(models.TextChoices):
        AUTO = "auto", _("find out")
        WORKCYCLES = "workcycles", _("work cycles")
        ARRANGEMENTS = "arrangements", _("working time arrangements")

    label = models.CharField(
        _("label"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z",
                _("Use small letters, digits and hyphens, such as “acme-production”."),
            ),
            # LUCCA_API_KEY_<LABEL>_FILE would be read as the key of “…-file”.
            RegexValidator(r"-file\Z", _("A label cannot end in “-file”."), inverse_match=True),
        ],
        help_text=_(
            "Names the account everywhere, and its key: the key of “acme-test” is read from"
            " LUCCA_API_KEY_ACME_TEST."
        ),
    )
    base_url = models.URLField(_("address"), help_text=_("Such as https://acme.ilucca.net"))
    # Host and port, taken from the address: the budget of requests belongs to it.
    host = models.CharField(_("host"), max_length=255, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        default="Europe/Paris",
        help_text=_("Where the employees are: it says which day is today."),
    )

    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"),
        default=40,
        # No ceiling at Lucca's 50: a simulator used for measuring has none.
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("Lucca allows 50 per tenant, shared with all its other integrations."),
    )
    connect_timeout = models.DurationField(
        _("connection limit"),
        default=timedelta(seconds=10),
        help_text=_("How long to wait for a connection, as hours:minutes:seconds."),
    )
    read_timeout = models.DurationField(
        _("answer limit"),
        default=timedelta(seconds=60),
        help_text=_("For the whole answer, from the moment the request is sent."),
    )
    page_size = models.PositiveIntegerField(
        _("page size"),
        default=250,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("How many employees or places to ask for at once."),
    )
    import_path = models.CharField(
        _("import path"),
        max_length=10,
        choices=ImportPath,
        default=ImportPath.PLURAL,
        help_text=_(
            "How this Lucca spells the import's address. It is found out by itself at the first"
            " analysis."
        ),
    )
    import_part_name = models.CharField(
        _("import part name"),
        max_length=60,
        default="file",
        help_text=_("What the file is called in the request. Only Lucca's support may ask for it."),
    )
    import_part_type = models.CharField(
        _("import part type"),
        max_length=60,
        default="text/csv",
        help_text=_("The content type of the file in the request."),
    )
    # Lucca's guide publishes how exports are listed, and not how one is made.
    export_path = models.CharField(
        _("path of the list of exports"), max_length=200, default="/api/v3/timmiexports"
    )
    export_trigger_path = models.CharField(
        _("path that makes an export"), max_length=200, default="/api/v3/timmiexports"
    )
    # How an export's file is had, for configurations that do not say it themselves, as
    # MODE:PATH#POINTER. Lucca does not publish it.
    export_content = models.CharField(_("how an export's file is had"), max_length=330, blank=True)
    report_path = models.CharField(
        _("path that makes a report"), max_length=200, default="/timmi-timesheet/api/reports"
    )
    # Its downloads lie below it.
    report_status_path = models.CharField(
        _("path of a report"), max_length=200, default="/timmi-timesheet/api/reports/{reportId}"
    )
    report_template_path = models.CharField(
        _("path that creates a report template"),
        max_length=200,
        default="/timmi-timesheet/api/report-templates",
    )
    # Lucca does not say whether a report's last day is in it.
    report_end_included = models.BooleanField(
        _("a report's last day is in it"),
        default=True,
        help_text=_(
            "If not, the weeks and months of plans are asked for up to the day after. Compare a"
            " report with a week that you know."
        ),
    )
    lines_per_upload = models.PositiveIntegerField(
        _("lines per upload"),
        default=20_000,
        validators=[MinValueValidator(1)],
        help_text=_("A longer file is sent in several parts, one after the other."),
    )
    analysis_max_age = models.DurationField(
        _("age limit of an analysis"),
        default=timedelta(hours=24),
        help_text=_("An older analysis must be asked for again before the launch."),
    )
    progress_deadline = models.DurationField(
        _("limit without progress"),
        default=timedelta(minutes=60),
        help_text=_("Work in Lucca that does not move for so long is not waited for any more."),
    )
    reconcile_after = models.DurationField(
        _("wait before reconciling"),
        default=timedelta(minutes=60),
        help_text=_(
            "So long after an unknown outcome, what is not in Lucca counts as not imported."
        ),
    )
    # None is documented: what Lucca makes of it is tested on its answers.
    location_filter = models.CharField(
        _("filter of entries"),
        max_length=300,
        blank=True,
        default="date.between={first}--{last}",
        help_text=_(
            "Tried when an import is read back, with {first} and {last} as days, and dropped where"
            " Lucca ignores it. Empty: all entries are read."
        ),
    )
    snapshots = models.CharField(
        _("keep what stands there before an import"),
        max_length=10,
        choices=Snapshots,
        default=Snapshots.CHEAP,
        help_text=_("For imports that replace or delete: what can be put back afterwards."),
    )
    directory_max_age = models.DurationField(
        _("age limit of the directory"),
        default=timedelta(hours=24),
        help_text=_("Employees and places that were read longer ago are read again first."),
    )
    unknown_login = models.CharField(
        _("an unknown login is"),
        max_length=10,
        choices=UnknownLogin,
        default=UnknownLogin.ERROR,
        help_text=_("A warning where the key does not see every employee."),
    )
    schedule_model = models.CharField(
        _("schedule model"),
        max_length=15,
        choices=ScheduleModel,
        default=ScheduleModel.AUTO,
        help_text=_("How working time is kept in this Lucca."),
    )
    throttled_until = models.DateTimeField(
        _("asked by Lucca to wait until"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["label"]
        permissions = [("sync_account", _("Can read the directory from Lucca"))]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Raise ValidationError unless the address is one of this kind of account."""
        url = urlsplit(self.base_url)
        try:
            host, port = url.hostname or "", url.port
        except ValueError:
            raise ValidationError({"base_url": _("This is no address.")}) from None
        if url.path.strip("/") or url.query or url.fragment or url.username or url.password:
            raise ValidationError(
                {"base_url": _("Give the address alone: no path, user or question mark.")}
            )
        self._check_kind(url.scheme, host, port)
        self._check_values()
        default = {"https": 443, "http": 80}[url.scheme]
        netloc = f"[{host}]" if ":" in host else host
        self.host = f"{netloc}:{port or default}"
        self.base_url = f"{url.scheme}://{netloc}" + (f":{port}" if port else "")
        under_way = self.pk and self.jobs.filter(state__in=["queued", "running", "unknown"])
        # A simulator may listen on another port each time; no tenant is mistaken for another.
        if self.kind != self.Kind.SIMULATOR and under_way and self.has_moved():
            raise ValidationError(
                {
                    "base_url": _(
                        "Jobs of this account are under way, or their outcome is unknown. The"
                        " address can be changed once they have ended or been settled."
                    )
                }
            )
        twin = Account.objects.filter(host=self.host).exclude(pk=self.pk).first()
        if twin:
            raise ValidationError(
                {"base_url": _("The account “%(label)s” has this address.") % {"label": twin}}
            )

    def has_moved(self) -> bool:
        """Whether the address is not the one that is stored: another tenant, with other people."""
        return Account.objects.filter(pk=self.pk).exclude(host=self.host).exists()

    def _check_kind(self, scheme: str, host: str, port: int | None) -> None:
        if self.kind == self.Kind.SIMULATOR:
            if scheme not in ("http", "https") or port == 0 or not is_loopback(host):
                raise ValidationError(
                    {
                        "base_url": _(
                            "A simulator runs on this machine, such as http://127.0.0.1:8801"
                        )
                    }
                )
            return
        pattern = _HOSTS.get(self.kind)
        if scheme != "https" or port not in (None, 443) or not pattern:
            raise ValidationError({"base_url": _("The address must begin with “https://”.")})
        if not pattern.fullmatch(host):
            raise ValidationError(
                {
                    "base_url": _("This is not the address of a “%(kind)s” account of Lucca.")
                    % {"kind": self.get_kind_display()}
                }
            )

    def _check_values(self) -> None:
        """What would fail only when it is used: in the middle of a request or of a check."""
        if self.connect_timeout + self.read_timeout > _LONGEST_CALL:
            raise ValidationError({"read_timeout": _("At most 150 seconds, connection included.")})
        for name in _POSITIVE:
            if getattr(self, name) <= timedelta(0):
                raise ValidationError({name: _("This must be more than zero.")})
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < timedelta(0):
                raise ValidationError({name: _("This cannot be negative.")})
        if not _PART_NAME.fullmatch(self.import_part_name):
            raise ValidationError(
                {"import_part_name": _("Use letters, digits, dots, “-” and “_”.")}
            )
        if not _PART_TYPE.fullmatch(self.import_part_type):
            raise ValidationError({"import_part_type": _("Write a content type, as text/csv.")})
        if self.location_filter and not _FILTER.fullmatch(self.location_filter):
            raise ValidationError(
                {"location_filter": _("Write a filter, as date.between={first}--{last}.")}
            )
        for name, pattern, such_as in _PATHS:
            if not pattern.fullmatch(getattr(self, name)):
                said = _("Write a path, as %(path)s.") % {"path": such_as}
                raise ValidationError({name: said})
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise ValidationError(
                {"time_zone": _("There is no such time zone. Write one as Europe/Paris.")}
            ) from None

    @property
    def key_variable(self) -> str:
        """The environment variable that holds the key (or, with _FILE, names a file)."""
        return "LUCCA_API_KEY_" + self.label.upper().replace("-", "_")

    @property
    def api_key(self) -> str | None:
        """The key, read afresh each time: a rotated key needs no restart when it is in a file."""
        if path := os.environ.get(self.key_variable + "_FILE"):
            try:
                return Path(path).read_text(encoding="utf-8").strip() or None
            except (OSError, UnicodeDecodeError):
                return None
        return os.environ.get(self.key_variable) or None
