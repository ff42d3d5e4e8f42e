"""The job that fetches one export's file by itself, apart from a run: of exports made outside the
portal, and of those whose file could not be had at the time.

A file that is there is never written over. Where another fetch brings other bytes, both are kept,
and a person is told.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.connect import connect
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.lucca.errors import Unexpected
from reports.fetching import Stored, fetch
from reports.models import Export

FETCH_FILE = "reports.fetch"


def keep_file(export: Export, stored: Stored, subject: models.Model, *, by: Any) -> bool:
    """Note the file, in the caller's transaction; False where the export had another one."""
    first = Export.objects.filter(pk=export.pk, sha256="").update(
        file=stored.path,
        file_name=stored.file_name,
        sha256=stored.sha256,
        size=stored.size,
        content_type=stored.content_type,
        disposition=stored.disposition,
        fetched_at=timezone.now(),
    )
    export.refresh_from_db()
    same = export.sha256 == stored.sha256
    values = {"export": str(export), "sha256": stored.sha256, "size": stored.size}
    if not same:
        Export.objects.filter(pk=export.pk).update(
            other_file=stored.path,
            other_sha256=stored.sha256,
            other_size=stored.size,
            other_at=timezone.now(),
            alarm_seen_at=None,
        )
        values["kept"] = export.sha256
    verb = "export.fetched" if first else "export.same_file" if same else "export.other_file"
    account = export.configuration.account.label
    record(verb, subject, account=account, by=by, values=values)
    return same


def _export_of(job: Job) -> Export:
    return Export.objects.select_related("configuration__account").get(fetching=job)


def _fetch(job: Job) -> None:
    export = _export_of(job)
    try:
        stored = fetch(connect(job.account, job), export.configuration, export.remote_id)
    except Unexpected as error:
        # A web page or an error in place of a file: asking again brings it again.
        _give_up(job, error.reason, error.params)
        return
    with transaction.atomic():
        job.hold()
        if keep_file(export, stored, export, by=job.asked_by):
            job.succeed()
        else:
            job.finish_in_part("export-file-differs", export=str(export))


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if reason == "deadline" and job.reason:
        reason, params = job.reason, job.reason_params
    said = {**params, "export": str(_export_of(job)), "cause": reason}
    job.fail("export-file-not-had", **said)


def register_kind() -> None:
    steps = {"fetch": Work(_fetch, tries=5, patient=frozenset({409, 425}))}
    register(Kind(FETCH_FILE, _("fetching of an export's file"), "fetch", steps, _give_up))
