"""What a person may do with exports. Commands and pages call these.

Each function refuses with a sentence (`Refusal`) what may not be done now, and of two callers that
want the same at the same moment exactly one wins.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import record
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account
from portal.refusals import Refusal, one_wins
from reports.exports.configuring import add, configuration_of, fetch_by, read_number, set_up
from reports.exports.jobs import ADOPT, EXPORT
from reports.models import Export, ExportConfiguration, ExportRun
from reports.refusals import Known, Overtaken

__all__ = [
    "Known",
    "Overtaken",
    "Refusal",
    "add",
    "adopt",
    "busy",
    "cancel",
    "configuration_of",
    "export",
    "fetch_by",
    "live_run",
    "nearest_monday",
    "read_number",
    "refuse_future",
    "same",
    "set_up",
    "settle",
    "today",
]  # fmt: skip
_ENDED_WITHOUT = (JobState.FAILED, JobState.CANCELLED)


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
    seen: int | None = None,
    handled: Collection[int] = (),
) -> ExportRun:
    """Ask for an export, once: the same day again gives the run that there is, unless `again`.

    `seen` is the newest run that the person knew of, 0 for none: a newer one raises Overtaken.
    `handled` are exports made outside the portal that the person accepts by it; any other stops
    the run.
    """
    with one_wins():
        # A lock, because finding no run and making one must be one step. SQLite has it from
        # BEGIN IMMEDIATE.
        configuration = (
            ExportConfiguration.objects.select_for_update(of=["self"])
            .select_related("account")
            .get(pk=configuration.pk)
        )
        newest = configuration.runs.select_related("job").first()
        if seen is not None and newest and newest.pk != seen:
            raise Overtaken(newest)
        live = live_run(configuration)
        before = same(configuration, ends_at)
        if before and (not again or before == live):
            return before
        if live:
            raise Refusal(busy(live))
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
        run = ExportRun.objects.create(
            configuration=configuration,
            job=job,
            ends_at=ends_at,
            accept_warnings=accept_warnings,
            not_approved=not_approved,
        )
        _accept(run, handled, by)
        return run


def _accept(run: ExportRun, handled: Collection[int], by: Any) -> None:
    exports = run.configuration.exports.unaccounted().filter(remote_id__in=handled)
    if ids := exports.acknowledge():
        values = {"exports": ids[:100], "count": len(ids)}
        account = run.configuration.account.label
        record("export.accepted", run, account=account, by=by, values=values)


def live_run(configuration: ExportConfiguration) -> ExportRun | None:
    """The run that waits, runs or is unknown: there is at most one."""
    found: ExportRun | None = (
        configuration.runs.filter(job__state__in=[*OPEN, JobState.UNKNOWN])
        .select_related("job")
        .first()
    )
    return found


def busy(live: ExportRun) -> str:
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
    live = live_run(configuration)
    if live:
        # It would take over the very export that this run waits for.
        raise Refusal(busy(live))
    with one_wins():
        job = ask(
            ADOPT,
            configuration.account,
            by=by,
            lane=configuration.lane,
            alone=True,
            interactive=interactive,
        )
        job.write(cursor={"configuration": configuration.pk})
        ExportConfiguration.objects.filter(pk=configuration.pk).update(adoption=job)
    return job


def cancel(run: ExportRun, *, by: Any) -> None:
    """Before the request has left."""
    if run.job.state not in OPEN:
        raise Refusal(_("This export has ended, so there is nothing to cancel."))
    if run.job.attempts.may_have_acted().exists():
        raise Refusal(_("The request has left, so this export can no longer be cancelled."))
    with one_wins():
        run.job.cancel(by=by)


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
    with one_wins():
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
