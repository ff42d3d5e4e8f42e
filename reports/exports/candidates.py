"""Which of the exports that Lucca shows is ours.

Exports carry no mark of who asked for them. What tells them apart is the id in the answer, else
the day at which they end, else that there is only one. Never their time, nor their order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Max
from django.utils import timezone

from portal.jobs.models import Attempt
from portal.lucca.timesheet import Export as Listed
from reports.models import Export, ExportConfiguration, ExportRun

Origin = Export.Origin


@dataclass(frozen=True)
class Verdict:
    """`own` is our export; `several` are those among which it cannot be told."""

    own: Export | None = None
    several: list[int] = field(default_factory=list)


def unknown_among(
    configuration: ExportConfiguration, listed: Iterable[Listed], run: ExportRun | None = None
) -> list[Listed]:
    """Those that are not in our list yet, or only as candidates of this very run."""
    found = {export.id: export for export in listed}
    known = configuration.exports.filter(remote_id__in=found)
    if run is not None:
        known = known.exclude(run=run)
    handled = set(known.values_list("remote_id", flat=True))
    return [export for id_, export in found.items() if id_ not in handled]


def keep(
    configuration: ExportConfiguration,
    listed: Iterable[Listed],
    origin: str,
    run: ExportRun | None = None,
) -> None:
    """Put exports into our list; those that are in it stay as they are."""
    # The whole history has archived exports, too; every other list leaves them out.
    listed_at = None if origin == Origin.ADOPTED else timezone.now()
    Export.objects.bulk_create(
        [
            Export(
                configuration=configuration,
                remote_id=export.id,
                created_at=export.created_at,
                ends_at=export.ends_at,
                origin=origin,
                run=run,
                listed_at=listed_at,
            )
            for export in listed
        ],
        ignore_conflicts=True,
    )


def largest_known(configuration: ExportConfiguration) -> int:
    """The baseline; 0 where nothing was ever exported."""
    return int(configuration.exports.aggregate(found=Max("remote_id"))["found"] or 0)


def take_stock(run: ExportRun, listed: list[Listed]) -> Verdict:
    """Keep what is new above the baseline, and say whether ours is among it.

    In the caller's transaction. Each export that is certainly not ours is kept as foreign: the
    next run asks what became of it.
    """
    new = unknown_among(run.configuration, listed, run)
    keep(run.configuration, new, Origin.UNKNOWN, run)
    own = _own_id(run, new)
    if own is None:
        certain = [one.id for one in new if one.ends_at not in (None, run.ends_at)]
        _mark(run, dict.fromkeys(certain, Origin.FOREIGN))
        open_ = [one.id for one in new if one.id not in certain]
        # An answered id that is not listed yet is waited for, whatever else appears.
        return Verdict(several=[] if _answered(run) or len(open_) < 2 else sorted(open_))
    _mark(run, {one.id: Origin.OWN if one.id == own else Origin.FOREIGN for one in new})
    run.export = run.configuration.exports.get(remote_id=own)
    ExportRun.objects.filter(pk=run.pk).update(export=run.export)
    return Verdict(own=run.export)


def _own_id(run: ExportRun, new: list[Listed]) -> int | None:
    if answered := _answered(run):
        return answered if answered in {one.id for one in new} else None
    if all(one.ends_at is not None for one in new):
        new = [one for one in new if one.ends_at == run.ends_at]
    return new[0].id if len(new) == 1 else None


def _answered(run: ExportRun) -> int | None:
    """The id that Lucca gave in its answer, if we saw one."""
    done = run.job.attempts.filter(outcome=Attempt.Outcome.DONE).first()
    return int(done.remote_id) if done and done.remote_id else None


def _mark(run: ExportRun, origins: Mapping[int, str]) -> None:
    for id_, origin in origins.items():
        run.configuration.exports.filter(remote_id=id_, run=run).update(origin=origin)
