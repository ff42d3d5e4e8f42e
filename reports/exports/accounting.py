"""Accounting for every export, whoever made it: fetching its file, accepting it as handled, looking
for new ones. Commands and pages call these. Each refuses with a sentence what may not be done now.
"""

from contextlib import suppress
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import record
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.refusals import Refusal, one_wins
from reports.exports import looking
from reports.exports.files import FETCH_FILE
from reports.exports.probing import PROBE
from reports.exports.services import busy, live_run
from reports.exports.ways import way_of
from reports.models import Export, ExportConfiguration


def fetch(export: Export, *, by: Any, interactive: bool = False) -> Job:
    """Fetch its file by number; one that is being fetched gives that very job."""
    if way_of(export.configuration) is None:
        raise Refusal(
            _(
                "How the files of “%(label)s” are fetched is not known yet. Try it first, on an"
                " export that was made before."
            )
            % {"label": export.configuration}
        )
    before = export.fetching
    if before and before.state in OPEN:
        return before
    with one_wins():
        job = ask(FETCH_FILE, export.configuration.account, by=by, interactive=interactive)
        same = Export.objects.filter(pk=export.pk, fetching=before)
        _won(same.update(fetching=job))
    return job


def acknowledge(export: Export, *, by: Any) -> None:
    """Somebody says that its file is where it belongs."""
    run = live_run(export.configuration)
    if run and export.run_id == run.pk:
        raise Refusal(
            _("This may be the export that run %(run)s waits for. Settle that run first.")
            % {"run": run.pk}
        )
    with one_wins():
        won = Export.objects.filter(pk=export.pk, acknowledged_at=None).update(
            acknowledged_at=timezone.now()
        )
        if won:
            _note("export.acknowledged", export, by)


def look_into(export: Export, *, by: Any) -> None:
    """Somebody has looked into what was alarming about it."""
    with one_wins():
        alarming = Export.objects.alarming().filter(pk=export.pk)
        if alarming.update(alarm_seen_at=timezone.now()):
            _note("export.looked_into", export, by)


def _note(verb: str, export: Export, by: Any) -> None:
    account = export.configuration.account.label
    record(verb, export, account=account, by=by, values={"export": str(export)})


def look(configuration: ExportConfiguration, *, by: Any, interactive: bool = False) -> Job:
    """Look for exports that were made outside the portal; changes nothing in Lucca."""
    if configuration.adopted_at is None:
        raise Refusal(_("Take over what Lucca has first; then what is new can be told."))
    if run := live_run(configuration):
        # It would take the very export that this run waits for to be somebody else's.
        raise Refusal(busy(run))
    before = configuration.look
    if before and before.state in OPEN:
        return before
    with one_wins():
        job = ask(
            looking.LOOK,
            configuration.account,
            by=by,
            lane=configuration.lane,
            interactive=interactive,
        )
        job.write(cursor={"configuration": configuration.pk})
        same = ExportConfiguration.objects.filter(pk=configuration.pk, look=before)
        _won(same.update(look=job))
    return job


def look_daily() -> None:
    """The sweeper's: once a day, each configuration."""
    for configuration in looking.due():
        if configuration.account.api_key:
            # A run is under way, or another sweeper was faster.
            with suppress(Refusal):
                look(configuration, by=None)


def try_ways(configuration: ExportConfiguration, *, by: Any) -> Job:
    """Try how the file of its newest export may be had. Reads only."""
    before = configuration.probe
    if before and before.state in OPEN:
        return before
    newest = configuration.exports.order_by("-remote_id").first()
    if newest is None:
        raise Refusal(
            _(
                "The portal knows no export of “%(label)s”. Take over what Lucca has first; if"
                " there is nothing, make an export first."
            )
            % {"label": configuration}
        )
    with one_wins():
        job = ask(PROBE, configuration.account, by=by, interactive=True)
        job.write(cursor={"configuration": configuration.pk, "export": newest.remote_id})
        same = ExportConfiguration.objects.filter(pk=configuration.pk, probe=before)
        _won(same.update(probe=job))
    return job


def _won(rows: int) -> None:
    if not rows:
        raise Refusal(_("Somebody was faster. Look where it stands now."))


def needs_somebody(configuration: ExportConfiguration) -> bool:
    """Whether an export of it waits for a person."""
    exports = configuration.exports
    return bool(exports.unaccounted().exists() or exports.alarming().exists())


def is_under_way(job: Job | None) -> bool:
    return bool(job and job.state in OPEN)


def failure(job: Job | None) -> str:
    """Why a job did not end well; "" where it did."""
    return job.message if job and job.state in (JobState.FAILED, JobState.PARTIAL) else ""
