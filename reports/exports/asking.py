"""What every step of an export needs: its run, and how Lucca is asked for exports."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from portal.jobs.models import Job
from portal.lucca import timesheet
from portal.lucca.session import Request
from portal.lucca.timesheet import Asking
from portal.lucca.timesheet import Export as Listed
from reports.exports.sending import SEND
from reports.models import ExportConfiguration, ExportRun

_SWEEP_PAGE = 10


def run_of(job: Job) -> ExportRun:
    """Of an export, or of the job that goes on looking for it."""
    runs = ExportRun.objects.select_related("configuration__account", "job__account")
    return runs.get(Q(job=job) | Q(watch=job))


def configuration_of(job: Job) -> ExportConfiguration:
    found = ExportConfiguration.objects.select_related("account")
    return found.get(pk=job.cursor["configuration"])


def asking(job: Job) -> Asking:
    return Asking(
        job.account.export_path,
        configuration_of(job).remote_id,
        plain=job.cursor.get("plain", False),
        unfiltered=job.cursor.get("unfiltered", False),
    )


def kept(job: Job, **more: Any) -> dict[str, Any]:
    """What every step has to know, without what only this one had to."""
    names = ("configuration", "plain", "unfiltered", "purpose")
    return {name: job.cursor[name] for name in names if name in job.cursor} | more


def after_baseline(job: Job) -> Request[list[Listed]]:
    return timesheet.made_after(asking(job), run_of(job).baseline or 0)


# Newest first, page by page, back to one that has nothing new.


def newest_page(job: Job) -> Request[list[Listed]]:
    return timesheet.newest(asking(job), job.cursor.get("offset", 0), _SWEEP_PAGE)


def turn_page(job: Job, length: int, new: Iterable[Listed]) -> None:
    """The same step on the next page, with what this one had that was new."""
    seen = job.cursor.get("seen", []) + [
        [one.id, one.created_at, str(one.ends_at or "")] for one in new
    ]
    offset = job.cursor.get("offset", 0) + length
    job.go(job.step, cursor=kept(job, offset=offset, seen=seen))


def found_on_pages(job: Job) -> list[Listed]:
    """What was new on the pages before."""
    return [
        Listed(id_, at, date.fromisoformat(day) if day else None)
        for id_, at, day in job.cursor.get("seen", [])
    ]


def ask_more_simply(job: Job, params: Mapping[str, Any]) -> bool:
    """After a 400, leave out what nobody documents; true if there was something to leave out."""
    if params.get("status") != 400 or job.step == SEND:
        return False
    compares = job.step in ("confirm", "track", "look", "check")
    for name in ("plain", "unfiltered") if compares else ("plain",):
        if not job.cursor.get(name):
            # What was refused was no look: at a deadline there is one more.
            cursor = {key: value for key, value in job.cursor.items() if key != "last"}
            job.wait(timezone.now(), cursor=cursor | {name: True}, misses=0)
            return True
    return False
