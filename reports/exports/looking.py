"""A look at Lucca's list apart from any run, once a day: what was made outside the portal, what
appeared after everybody had given up, and what is there no more. It never acts; people are shown.

    newest -> check

`newest` reads back to what is known. `check` asks for the exports with the largest numbers once
more: one that was listed before and is missing now was cancelled or deleted in Lucca, and what it
held may be exported a second time (https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/guides/exports
has no word on it).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.jobs.kinds import Kind, Read, Work, register
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.lucca import timesheet
from portal.lucca.session import Request
from portal.lucca.timesheet import Export as Listed
from reports.exports.asking import (
    ask_more_simply,
    asking,
    configuration_of,
    found_on_pages,
    kept,
    newest_page,
    turn_page,
)
from reports.exports.candidates import keep, unknown_among
from reports.models import Export, ExportConfiguration

LOOK = "reports.look"
_EVERY, _AGAIN_AFTER_FAILURE = timedelta(hours=24), timedelta(hours=6)
# So many are checked; a list that is longer was cut, and says nothing of what is missing.
_CHECKED, _LIMIT = 40, 50


def due() -> Any:
    """Configurations whose list was not looked at for a day."""
    now = timezone.now()
    day_ago, failed_at = now - _EVERY, now - _AGAIN_AFTER_FAILURE
    rests = Q(look__finished_at__isnull=False)
    failed = Q(look__state=JobState.FAILED, look__finished_at__lte=failed_at)
    wanted = Q(look=None, adopted_at__lte=day_ago) | rests & Q(look__created_at__lte=day_ago)
    found = ExportConfiguration.objects.exclude(adopted_at=None).filter(wanted | failed)
    return found.select_related("account")


def _newest(job: Job, page: list[Listed]) -> None:
    configuration = configuration_of(job)
    _note_listed(configuration, page)
    new = unknown_among(configuration, page)
    if new:
        turn_page(job, len(page), new)
        return
    with transaction.atomic():
        job.hold()
        _keep_foreign(job, configuration, found_on_pages(job))
        expected = configuration.exports.filter(listed_at__isnull=False, gone_at=None)
        ids = list(expected.order_by("-remote_id").values_list("remote_id", flat=True)[:_CHECKED])
        if ids:
            job.go("check", cursor=kept(job, above=min(ids) - 1))
        else:
            job.succeed()


def _check_request(job: Job) -> Request[list[Listed]]:
    return timesheet.made_after(asking(job), job.cursor["above"], _LIMIT)


def _check(job: Job, found: list[Listed]) -> None:
    configuration = configuration_of(job)
    with transaction.atomic():
        job.hold()
        _keep_foreign(job, configuration, unknown_among(configuration, found))
        _note_listed(configuration, found)
        if len(found) < _LIMIT:
            _notice_gone(job, configuration, [one.id for one in found])
        job.succeed()


def _keep_foreign(job: Job, configuration: ExportConfiguration, new: list[Listed]) -> None:
    keep(configuration, new, Export.Origin.FOREIGN)
    if new:
        ids = sorted(one.id for one in new)
        record(
            "export.found",
            configuration,
            account=job.account.label,
            by=job.asked_by,
            values={"exports": ids[:100], "count": len(ids)},
        )


def _note_listed(configuration: ExportConfiguration, listed: list[Listed]) -> None:
    ids = [one.id for one in listed]
    # One that is back is there again, whoever brought it back.
    configuration.exports.filter(remote_id__in=ids).update(listed_at=timezone.now(), gone_at=None)


def _notice_gone(job: Job, configuration: ExportConfiguration, listed: list[int]) -> None:
    gone = configuration.exports.filter(
        remote_id__gt=job.cursor["above"], listed_at__isnull=False, gone_at=None
    ).exclude(remote_id__in=listed)
    for export in gone:
        Export.objects.filter(pk=export.pk).update(gone_at=timezone.now(), alarm_seen_at=None)
        values = {"export": str(export)}
        record("export.gone", export, account=job.account.label, by=job.asked_by, values=values)


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if not ask_more_simply(job, params):
        job.fail(reason, **params)


def register_kind() -> None:
    steps: dict[str, Read | Work] = {
        "newest": Read(newest_page, _newest),
        "check": Read(_check_request, _check),
    }
    register(Kind(LOOK, _("look for new exports"), "newest", steps, _give_up))
