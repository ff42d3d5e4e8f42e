"""What a person may do with exports. Commands and pages call these.

Each function refuses with a sentence (`Refusal`) what may not be done now, and of two callers that
want the same at the same moment exactly one wins.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import record
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.jobs.moves import IllegalMove, JobState
from portal.models import Account
from reports.jobs import ADOPT, EXPORT
from reports.models import Export, ExportConfiguration, ExportRun

# The screen's own address; the first number is the export group.
_SCREEN = re.compile(r"/?export/\d+/(\d{1,18})(/.*)?")
# Of our own host, and nothing that could lead to another.
_CONTENT_PATH = re.compile(r"/[A-Za-z0-9._-][A-Za-z0-9._/{}?=&-]*")
_POINTER = re.compile(r"(/[A-Za-z0-9_]+)+")
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=24)
_ENDED_WITHOUT = (JobState.FAILED, JobState.CANCELLED)


class Refusal(Exception):
    """May not be done, or not now. The text is fit to show."""


@contextmanager
def _one_wins() -> Iterator[None]:
    """A transaction in which losing a race becomes a sentence."""
    try:
        with transaction.atomic():
            yield
    except (IllegalMove, IntegrityError):
        raise Refusal(
            _(
                "Somebody has just acted on this configuration. Look where it stands before you"
                " go on."
            )
        ) from None


def read_number(text: str, account: Account) -> int:
    """The configuration's number, given as such or as the pasted address of Lucca's screen."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 19 and int(text):
        return int(text)
    address = urlsplit(text)
    if not address.scheme:
        raise Refusal(
            _(
                "“%(text)s” is no export configuration. Write its number, or paste the address of"
                " its screen in Lucca: …/timmi-timesheet/legacy-settings#/export/3/42/latest has"
                " the number 42."
            )
            % {"text": text[:80]}
        )
    if address.hostname != urlsplit(account.base_url).hostname:
        raise Refusal(
            _("This address is not one of the account “%(account)s”, which is at %(url)s.")
            % {"account": account, "url": account.base_url}
        )
    found = _SCREEN.fullmatch(address.fragment)
    if not found or "timmi-timesheet" not in address.path or not int(found[1]):
        raise Refusal(
            _(
                "This address is not that of an export's screen. Open the export under Timesheet,"
                " Settings, Exports, and paste its address, which ends in #/export/3/42/latest."
            )
        )
    return int(found[1])


def configuration_of(account: Account, number: int, *, by: Any) -> ExportConfiguration:
    """The configuration of this number; made known to the portal when it is first named."""
    with transaction.atomic():
        found, made = ExportConfiguration.objects.get_or_create(
            account=account,
            remote_id=number,
            defaults={"label": _("Export %(number)s") % {"number": number}},
        )
        if made:
            record(
                "export.configuration",
                found,
                account=account.label,
                by=by,
                values={"number": number},
            )
    return found


def set_up(
    configuration: ExportConfiguration,
    *,
    by: Any,
    label: str | None = None,
    deadline: timedelta | None = None,
    after_deadline: str | None = None,
) -> None:
    """Change what is given; the rest stays."""
    given = {"label": label, "deadline": deadline, "after_deadline": after_deadline}
    changed = {name: value for name, value in given.items() if value is not None}
    for name, value in changed.items():
        setattr(configuration, name, value)
    if not changed:
        return
    if deadline is not None and not _SHORTEST <= deadline <= _LONGEST:
        raise Refusal(_("A deadline is at least a minute and at most 24 hours."))
    try:
        configuration.clean_fields(exclude={"account", "adopted_at"})
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from None
    with transaction.atomic():
        configuration.save(update_fields=list(changed))
        values = {name: str(value) for name, value in changed.items()}
        record(
            "export.settings",
            configuration,
            account=configuration.account.label,
            by=by,
            values=values,
        )


def fetch_by(configuration: ExportConfiguration, way: str, *, by: Any) -> None:
    """Say how this configuration's files are had: MODE:PATH, or MODE:PATH#POINTER."""
    mode, _colon, rest = way.partition(":")
    path, _hash, pointer = rest.partition("#")
    needs_pointer = mode != ExportConfiguration.Mode.RAW
    if (
        mode not in ExportConfiguration.Mode.values
        or not _CONTENT_PATH.fullmatch(path)
        or "{exportId}" not in path
        or bool(pointer) != needs_pointer
        or (pointer and not _POINTER.fullmatch(pointer))
    ):
        raise Refusal(
            _(
                "“%(way)s” does not say how a file is had. Write it as"
                " raw:/api/v3/timmiexports/{exportId}/content or as"
                " json-text:/api/v3/timmiexports/{exportId}#/data/content"
            )
            % {"way": way[:100]}
        )
    given = {"content_mode": mode, "content_path": path, "content_pointer": pointer}
    with transaction.atomic():
        ExportConfiguration.objects.filter(pk=configuration.pk).update(**given)
        record(
            "export.settings",
            configuration,
            account=configuration.account.label,
            by=by,
            values=given,
        )


def today(account: Account) -> date:
    """The day that it is at the tenant."""
    return timezone.localdate(timezone=ZoneInfo(account.time_zone))


def refuse_future(account: Account, ends_at: date) -> None:
    if ends_at > today(account):
        raise Refusal(
            _("The day lies in the future. What is booked later would be missing; allow it on"
              " purpose (--allow-future), or choose a day up to today.")
        )  # fmt: skip


def nearest_monday(day: date, last: date) -> date:
    """The Monday nearest to this day, and not after `last`."""
    before = day - timedelta(days=day.weekday())
    after = before + timedelta(days=7)
    return after if day.weekday() > 3 and after <= last else before


def same(configuration: ExportConfiguration, ends_at: date) -> ExportRun | None:
    """The run that has asked for this very export, unless nothing came of it."""
    runs = configuration.runs.filter(ends_at=ends_at).exclude(job__state__in=_ENDED_WITHOUT)
    found: ExportRun | None = runs.select_related("job").first()
    return found


def export(
    configuration: ExportConfiguration,
    ends_at: date,
    *,
    by: Any,
    accept_warnings: bool = False,
    again: bool = False,
    not_approved: int | None = None,
    interactive: bool = False,
) -> ExportRun:
    """Ask for an export, once: the same day again gives the run that there is, unless `again`."""
    with _one_wins():
        # A lock, because finding no run and making one must be one step. SQLite has it from
        # BEGIN IMMEDIATE.
        configuration = (
            ExportConfiguration.objects.select_for_update(of=["self"])
            .select_related("account")
            .get(pk=configuration.pk)
        )
        live = configuration.runs.filter(job__state__in=[*OPEN, JobState.UNKNOWN]).first()
        before = same(configuration, ends_at)
        if before and (not again or before == live):
            return before
        if live:
            raise Refusal(_busy(live))
        job = ask(
            EXPORT,
            configuration.account,
            by=by,
            lane=configuration.lane,
            alone=True,
            interactive=interactive,
        )
        job.write(
            cursor={"configuration": configuration.pk},
            step="sweep" if configuration.adopted_at else "adopt",
        )
        return ExportRun.objects.create(
            configuration=configuration,
            job=job,
            ends_at=ends_at,
            accept_warnings=accept_warnings,
            not_approved=not_approved,
        )


def _busy(live: ExportRun) -> str:
    if live.job.state == JobState.UNKNOWN:
        return _(
            "The outcome of export run %(run)s of this configuration is unknown. Nothing more is"
            " sent for this configuration until someone settles it."
        ) % {"run": live.pk}
    return _("Export run %(run)s of this configuration is under way. Wait for its end.") % {
        "run": live.pk
    }


def adopt(configuration: ExportConfiguration, *, by: Any, interactive: bool = False) -> Job:
    """Take over, as handled, every export that Lucca has of this configuration."""
    live = configuration.runs.filter(job__state__in=[*OPEN, JobState.UNKNOWN]).first()
    if live:
        # It would take over the very export that this run waits for.
        raise Refusal(_busy(live))
    with _one_wins():
        job = ask(
            ADOPT,
            configuration.account,
            by=by,
            lane=configuration.lane,
            alone=True,
            interactive=interactive,
        )
        job.write(cursor={"configuration": configuration.pk})
    return job


def settle(run: ExportRun, to: JobState, why: str, *, number: int | None, by: Any) -> None:
    """A person has looked in Lucca and says what became of an unknown run.

    `number` is the id of its export, which may be one that the portal never saw.
    """
    if not why.strip():
        raise Refusal(_("Say how you know what became of this export."))
    if (number is None) != (to == JobState.FAILED):
        raise Refusal(
            _("Name the export's number if Lucca made it, and none if Lucca made nothing.")
        )
    if run.job.state != JobState.UNKNOWN:
        raise Refusal(_("Only an export whose outcome is unknown can be settled."))
    with _one_wins():
        if number is not None:
            _make_own(run, number)
        run.candidates.filter(origin=Export.Origin.UNKNOWN).update(origin=Export.Origin.FOREIGN)
        run.job.settle_by_hand(to, why, by=by)


def _make_own(run: ExportRun, number: int) -> None:
    known = run.configuration.exports.filter(remote_id=number).exclude(run=run).first()
    if known or number <= (run.baseline or 0):
        raise Refusal(
            _("Export %(number)s is older than this run, so it cannot be its export.")
            % {"number": number}
        )
    run.export, _made = Export.objects.update_or_create(
        configuration=run.configuration,
        remote_id=number,
        defaults={"origin": Export.Origin.OWN, "run": run},
    )
    ExportRun.objects.filter(pk=run.pk).update(export=run.export)
