"""What a person may do with a batch that was received. Commands, list actions and pages call these.

Each function refuses with a sentence (`Refusal`) what may not be done now, and of two callers that
want the same at the same moment exactly one wins.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports import canonical, snapshot
from imports.checking import KIND as CHECK
from imports.checking import canonical_fields
from imports.grid.origin import entry
from imports.models import ImportBatch, LineIssue, Upload
from imports.progress import analysis_lane, import_lane, start_part
from imports.stages import AT_REST, CANCELLABLE, Stage
from portal import directory
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import IllegalMove, JobState
from portal.models import Account
from portal.reasons import sentence
from portal.refusals import Refusal, one_wins
from portal.sheets.issues import Origin, Severity
from portal.words import number, written

# Lines named in one statement: a database has a limit of values.
_AT_ONCE = 500


def check(batch: ImportBatch, *, by: Any, interactive: bool = False) -> Job:
    """Queue the check; a directory that is missing or old is read first."""
    account = batch.account
    with one_wins():
        sync = None
        if not directory.is_fresh(account):
            sync = directory.sync(account, by=by, interactive=interactive)
        job = ask(CHECK, account, by=by, interactive=interactive, waits_for=sync)
        # A new round: what was sent in an earlier one keeps its own files and its own record.
        batch.move(
            Stage.CHECKING,
            by=by,
            job=job,
            round=batch.round + 1,
            launched_at=None,
            launched_by=None,
            rest_released_at=None,
        )
    return job


def analyse(
    batch: ImportBatch, *, by: Any, leave_refused: bool = False, interactive: bool = False
) -> Job:
    """Queue Lucca's analysis. `leave_refused`: of the lines that passed, without the others."""
    refuse_unless_analysable(batch, leave_refused=leave_refused)
    with one_wins():
        batch.move(Stage.ANALYSING, by=by, analysed_at=None, refused_by_lucca=0)
        _forget_analysis(batch)
        return start_part(batch, 1, create=False, by=by, interactive=interactive)


def refuse_unless_analysable(batch: ImportBatch, *, leave_refused: bool) -> None:
    if batch.unusable:
        raise Refusal(_("No line of this file can be sent. Correct it and send it again."))
    if batch.stage == Stage.TO_CORRECT and not leave_refused:
        raise Refusal(
            ngettext(
                "%(count)s line is to be corrected first, or to be left out on purpose.",
                "%(count)s lines are to be corrected first, or to be left out on purpose.",
                batch.refused_here,
            )
            % {"count": number(batch.refused_here)}
        )


def _forget_analysis(batch: ImportBatch) -> None:
    """It is asked anew about the lines that would be sent. Those left out keep their reasons."""
    said = batch.issues.filter(origin=Origin.ANALYSIS)
    said.exclude(severity=Severity.ERROR, line__isnull=False).delete()
    sent = _still_sent(batch, said)
    gone = [pk for pk, line in _named(said) if line in sent]
    for start in range(0, len(gone), _AT_ONCE):
        said.filter(pk__in=gone[start : start + _AT_ONCE]).delete()
    batch.causes.filter(origin=Origin.ANALYSIS).delete()


def _named(issues: QuerySet[LineIssue]) -> Iterator[tuple[int, int]]:
    """(key, line as the map of lines has it) of each issue that names one."""
    rows = issues.filter(line__isnull=False).order_by().values_list("pk", "line", "column")
    for pk, line, column in rows.iterator():
        yield pk, entry(line or 0, column)


def _still_sent(batch: ImportBatch, issues: QuerySet[LineIssue]) -> set[int]:
    """The lines that these issues name and that are in the file as sent."""
    sent = canonical.read_map(Path(batch.line_map.path))
    return {line for _pk, line in _named(issues)}.intersection(sent)


def leave_out(batch: ImportBatch, *, by: Any, interactive: bool = False) -> Job:
    """Leave out what Lucca's analysis refused: a new canonical file, analysed again."""
    if batch.stage != Stage.ANALYSED:
        raise Refusal(_("Lines can be left out only after Lucca's analysis."))
    refused = batch.issues.filter(origin=Origin.ANALYSIS, severity=Severity.ERROR)
    # Lines left out before are named still; only those that would be sent count.
    lines = _still_sent(batch, refused)
    if refused.filter(line=None).exists() or not lines:
        raise Refusal(_("Lucca named a line that is not in the file, so none can be left out."))
    folder = batch.new_folder(batch.round + 1)
    made = canonical.without(
        Path(batch.canonical.path),
        Path(batch.line_map.path),
        lines,
        folder,
        batch.account.lines_per_upload,
        batch.canary,
    )
    if made is None:
        raise Refusal(_("Lucca refused every line, so there is nothing left to import."))
    fields = canonical_fields(made, batch.canary) | {"left_out": batch.left_out + len(lines)}
    return analyse_anew(batch, folder, fields, by=by, interactive=interactive)


def analyse_anew(
    batch: ImportBatch, folder: Path, fields: dict[str, Any], *, by: Any, interactive: bool
) -> Job:
    """Queue the analysis of another canonical file that was made in `folder`: a new round.

    Nothing is left of the file where somebody else acted first.
    """
    try:
        with one_wins():
            batch.move(
                Stage.ANALYSING,
                by=by,
                analysed_at=None,
                refused_by_lucca=0,
                round=batch.round + 1,
                **fields,
            )
            _forget_analysis(batch)
            return start_part(batch, 1, create=False, by=by, interactive=interactive)
    except Refusal:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def errors_of_analysis(batch: ImportBatch) -> int:
    """Lines that Lucca refuses among those that would be sent."""
    return batch.refused_by_lucca if batch.stage == Stage.ANALYSED else 0


def warnings_of(batch: ImportBatch) -> int:
    """Warnings of our check and of the analysis, which a person must accept before the launch."""
    return sum(
        batch.causes.filter(severity="warning", origin__in=["check", "analysis"]).values_list(
            "count", flat=True
        )
    )


def launch(
    batch: ImportBatch,
    *,
    by: Any,
    accept_warnings: bool = False,
    without_snapshot: bool = False,
    interactive: bool = False,
) -> Job:
    """Import for good, once, the very bytes that were analysed with this very override flag.

    What stands there is kept before, where the account wants that: see imports.snapshot.
    """
    refuse_unless_launchable(batch, accept_warnings=accept_warnings)
    wanted = snapshot.is_wanted(batch) and not without_snapshot
    reading = snapshot.wish(batch, by=by) if wanted else None
    with one_wins():
        batch.move(
            Stage.IMPORTING, by=by, launched_at=timezone.now(), launched_by=by, refused_by_lucca=0
        )
        if reading:
            return snapshot.start(batch, reading, by=by, interactive=interactive)
        return start_part(batch, 1, create=True, by=by, interactive=interactive)


def refuse_unless_launchable(batch: ImportBatch, *, accept_warnings: bool) -> None:
    if batch.launched_at and batch.stage != Stage.ANALYSED:
        raise Refusal(
            _("This import was launched already, on %(when)s by %(who)s. It is launched once.")
            % {
                "when": written(timezone.localtime(batch.launched_at), "j F Y, H:i"),
                "who": batch.launched_by or _("the system"),
            }
        )
    if batch.stage != Stage.ANALYSED:
        raise Refusal(_("Only an import that Lucca has analysed can be launched."))
    if batch.comes_after and batch.comes_after.stage != Stage.DONE:
        raise Refusal(
            _("First launch import %(id)s: it must be done before this one.")
            % {"id": batch.comes_after_id}
        )
    if not analysis_fits(batch):
        raise Refusal(_("The file or the override flag changed since the analysis. Analyse again."))
    if errors_of_analysis(batch):
        raise Refusal(_("Lucca's analysis refused lines: correct them, or leave them out."))
    if batch.analysis_expires_at <= timezone.now() or not analysed_here(batch):
        raise Refusal(_("The analysis is too old. Have Lucca analyse the file again."))
    if unknown := unknown_of(batch.account):
        # Not queued behind it: it would leave by itself, long after this decision.
        raise Refusal(sentence("lane-closed", {"job": unknown.pk}))
    if not accept_warnings and (count := warnings_of(batch)):
        raise Refusal(
            ngettext(
                "%(count)s warning must be accepted first.",
                "%(count)s warnings must be accepted first.",
                count,
            )
            % {"count": number(count)}
        )


def unknown_of(account: Account) -> Job | None:
    """What keeps imports from leaving: one of this address whose outcome is unknown."""
    return Job.objects.filter(lane=import_lane(account), state=JobState.UNKNOWN).first()


def newest_analyses(batch: ImportBatch) -> dict[int, Upload]:
    """Each part's newest analysis, by the number of the part."""
    uploads = Upload.objects.filter(batch=batch, round=batch.round, create=False)
    return {upload.part: upload for upload in uploads.select_related("job").order_by("pk")}


def analysis_fits(batch: ImportBatch) -> bool:
    """Whether each part's newest analysis was of these bytes with this flag, and succeeded."""
    newest = newest_analyses(batch)
    return len(newest) == len(batch.parts) and all(
        newest[number].sha256 == part["sha256"]
        and newest[number].override == batch.override
        and newest[number].job.state == JobState.SUCCEEDED
        for number, part in enumerate(batch.parts, 1)
    )


def analysed_here(batch: ImportBatch) -> bool:
    """Whether it was analysed at the account's address: another one is another tenant, which has
    not been asked about this file."""
    lanes = {upload.job.lane for upload in newest_analyses(batch).values()}
    return lanes == {analysis_lane(batch.account)}


def is_cancellable(batch: ImportBatch) -> bool:
    """Whether it would be of use to offer it; `cancel` decides."""
    return batch.stage in CANCELLABLE and not (batch.stage == Stage.IMPORTING and _has_left(batch))


def _has_left(batch: ImportBatch) -> bool:
    sent = Attempt.objects.filter(job__upload__batch=batch, job__upload__round=batch.round)
    return sent.may_have_acted().exists()


def cancel(batch: ImportBatch, *, by: Any) -> None:
    """Stop whatever was not sent. An import that left cannot be called back."""
    if batch.stage not in CANCELLABLE:
        raise Refusal(_("This import can no longer be cancelled."))
    with one_wins():
        if batch.stage == Stage.IMPORTING and _has_left(batch):
            raise Refusal(_("The file was sent already: this import can no longer be cancelled."))
        job = Job.objects.filter(pk=batch.job_id or 0, state__in=OPEN).first()
        if job is not None:
            job.cancel(by=by)
        batch.move(Stage.CANCELLED, by=by, reason="cancelled-by-person")


def expire_old() -> None:
    """Cancel what was left alone before its launch."""
    limit = timezone.now() - settings.BATCH_EXPIRES_AFTER
    old = ImportBatch.objects.filter(stage__in=AT_REST, touched_at__lt=limit)
    for batch in old.select_related("account")[:200]:
        try:
            batch.move(Stage.CANCELLED, reason="expired")
        except IllegalMove:
            continue


def settle(batch: ImportBatch, to: Stage, why: str, *, by: Any) -> None:
    """A person has looked in Lucca and says what became of an unknown import."""
    if not why.strip():
        raise Refusal(_("Say how you know what became of this import."))
    states = {
        Stage.DONE: JobState.SUCCEEDED,
        Stage.PARTIAL: JobState.PARTIAL,
        Stage.FAILED: JobState.FAILED,
    }
    with one_wins():
        if batch.stage != Stage.UNKNOWN or batch.job is None or to not in states:
            raise Refusal(_("Only an import whose outcome is unknown can be settled."))
        _refuse_against_evidence(batch, to)
        accepted = batch.accepted + (batch.undecided if to == Stage.DONE else 0)
        batch.job.settle_by_hand(states[to], why, by=by)
        batch.move(
            to, by=by, accepted=accepted, reason="settled-by-person", reason_params={"why": why}
        )


def _refuse_against_evidence(batch: ImportBatch, to: Stage) -> None:
    """What a person saw cannot undo what Lucca confirmed, nor import what never left."""
    if to == Stage.FAILED and batch.accepted:
        raise Refusal(
            _("A part of this file is already imported, so it cannot be settled as not imported.")
        )
    if to == Stage.DONE and batch.job and batch.job.upload.part < len(batch.parts):
        raise Refusal(
            _("Later parts of this file were never sent, so it cannot be settled as imported.")
        )
