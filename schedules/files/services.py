"""What a person may do with a file of overrides. Pages and commands call these.

Each refuses with a sentence (`Refusal`) what may not be done now, and of two callers that want the
same at the same moment exactly one wins.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import directory
from portal.audit import record
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.refusals import Refusal
from portal.words import number, written
from schedules.files import checking, feeding
from schedules.files.standing import Standing, nothing_left, rows_of, standing
from schedules.models import OverrideFile, ScheduleOverride
from schedules.overrides.services import PREPARE, PREPARED_FOR, must_be_confirmed


def check(file: OverrideFile, *, by: Any, interactive: bool = False) -> Job:
    """Queue the check; a directory that is missing or old is read first. After it, the days are
    read by themselves."""
    with transaction.atomic():
        mine = _locked(file)
        if mine.stage not in ("checking", "not-checked") or _is_open(mine.check_job):
            raise Refusal(_("This file is checked already. Upload it again to check it anew."))
        sync = None
        if not directory.is_fresh(mine.account):
            sync = directory.sync(mine.account, by=by, interactive=interactive)
        job = ask(checking.KIND, mine.account, by=by, interactive=interactive, waits_for=sync)
        OverrideFile.objects.filter(pk=mine.pk).update(check_job=job)
    file.refresh_from_db()
    return job


def _is_open(job: Job | None) -> bool:
    return job is not None and job.state in OPEN


def _locked(file: OverrideFile) -> OverrideFile:
    """As it stands, under a lock: of two who act, the second is told. In a transaction."""
    related = ("account", "check_job", "preparation", "job", "withdrawal", "launched_by")
    rows = OverrideFile.objects.select_for_update(of=("self",)).select_related(*related)
    return rows.get(pk=file.pk)


def read_again(file: OverrideFile, *, by: Any, interactive: bool = True) -> Job:
    """Have all its days read again, before anybody agrees."""
    with transaction.atomic():
        mine = _locked(file)
        if mine.stage not in ("ready", "not-read"):
            raise Refusal(_("This file is not waiting for anybody. Look where it stands."))
        must_be_confirmed(mine.account)
        job = ask(PREPARE, mine.account, by=by, interactive=interactive)
        mine.overrides.filter(job=None).update(
            preparation=job, prepared_at=None, schedule_model=mine.account.schedule_model
        )
        OverrideFile.objects.filter(pk=mine.pk).update(preparation=job)
    file.refresh_from_db()
    return job


def is_old(file: OverrideFile) -> bool:
    """Whether what was read of the days is too old to be agreed to."""
    oldest = (
        ScheduleOverride.objects.filter(file=file, job=None)
        .exclude(prepared_at=None)
        .order_by("prepared_at")
        .values_list("prepared_at", flat=True)
        .first()
    )
    return oldest is not None and timezone.now() - oldest > PREPARED_FOR


def launch(
    file: OverrideFile,
    *,
    accepted: Iterable[str] = (),
    leave_out: bool = False,
    by: Any,
    interactive: bool = False,
) -> Job:
    """Have its overrides applied, once. `accepted` are the slugs of all questions; `leave_out`:
    without the lines that cannot be applied."""
    yes = set(accepted)
    with transaction.atomic():
        mine = _locked(file)
        now = refuse_unless_launchable(mine)
        if now.left_out and not leave_out:
            raise Refusal(left_out_words(now))
        still = [slug for slug in now.questions if slug not in yes]
        if still:
            raise Refusal(" ".join(str(now.examples[slug][1]) for slug in still))
        job = ask(feeding.APPLY_FILE, mine.account, by=by, interactive=interactive)
        OverrideFile.objects.filter(pk=mine.pk).update(
            job=job, accepted=sorted(yes), launched_at=timezone.now(), launched_by=by
        )
        values = {
            "sha256": mine.sha256,
            "changes": now.ready,
            "employees": now.ready_people,
            "left_out": now.left_out,
            "accepted": sorted(yes),
        }
        record("override_file.launched", mine, account=mine.account.label, by=by, values=values)
    file.refresh_from_db()
    return job


def refuse_unless_launchable(file: OverrideFile) -> Standing:
    """Where it stands, if it may be launched but for what a person has to agree to."""
    if file.launched_at:
        raise Refusal(
            _("This file was launched already, on %(when)s by %(who)s. It is launched once.")
            % {
                "when": written(timezone.localtime(file.launched_at), "j F Y, H:i"),
                "who": file.launched_by or _("the system"),
            }
        )
    if file.stage != "ready":
        raise Refusal(_("This file is not waiting for anybody. Look where it stands."))
    now = standing(file)
    if not now.ready:
        raise Refusal(nothing_left())
    account = file.account
    models = set(rows_of(file).values_list("schedule_model", flat=True))
    if account.host != file.host or models != {account.schedule_model} or is_old(file):
        raise Refusal(
            _(
                "What was read of these days is too old, or the account was changed. Read them"
                " again."
            )
        )
    return now


def left_out_words(now: Standing) -> str:
    return ngettext(
        "%(count)s line cannot be applied: correct it first, or leave it out on purpose.",
        "%(count)s lines cannot be applied: correct them first, or leave them out on purpose.",
        now.left_out,
    ) % {"count": number(now.left_out)}


def stop(file: OverrideFile, *, by: Any) -> None:
    """End the launch, or the taking back: what was sent stays as it is, nothing more is sent."""
    with transaction.atomic():
        mine = _locked(file)
        job = mine.withdrawal if mine.stage == "withdrawing" else mine.job
        if job is None or job.state not in OPEN:
            raise Refusal(_("Nothing of this file is under way. Look where it stands."))
        # Under its lock, because a claim meanwhile would void the move.
        held = Job.objects.select_for_update().get(pk=job.pk)
        if held.state not in OPEN:
            raise Refusal(_("Nothing of this file is under way. Look where it stands."))
        held.cancel(by=by)
    rows = ScheduleOverride.objects.filter(pk__in=held.cursor.get("block", []))
    found = rows.select_related("job", "withdrawal")
    withdrawing = held.kind == feeding.WITHDRAW_FILE
    jobs = [row.withdrawal if withdrawing else row.job for row in found]
    feeding.stop_block(held, [one for one in jobs if one is not None], by)
    file.refresh_from_db()


def withdraw(file: OverrideFile, *, by: Any, interactive: bool = False) -> Job:
    """Have taken back what this file had applied, and nothing else."""
    with transaction.atomic():
        mine = _locked(file)
        if not may_be_taken_back(mine, standing(mine)):
            raise Refusal(_("Nothing of this file can be taken back. Look where it stands."))
        job = ask(feeding.WITHDRAW_FILE, mine.account, by=by, interactive=interactive)
        OverrideFile.objects.filter(pk=mine.pk).update(withdrawal=job)
        record("override_file.withdrawal_asked", mine, account=mine.account.label, by=by)
    file.refresh_from_db()
    return job


def may_be_taken_back(file: OverrideFile, now: Standing) -> bool:
    """Once: what a first time left there, its own page can take back."""
    ended = file.job is not None and file.job.state not in OPEN
    return ended and file.withdrawal_id is None and now.of(*feeding.APPLIED) > 0
