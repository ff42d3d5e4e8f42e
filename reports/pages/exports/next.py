"""The one next thing to do with a run, as text and one button; and what else may be done."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.jobs.claims import OPEN
from portal.jobs.models import Attempt
from portal.jobs.moves import JobState
from portal.pages.parts import Button
from portal.words import labelled
from reports.exports.ways import way_of
from reports.models import Export, ExportRun
from reports.pages.exports.rights import address, may, may_trigger

# Nobody goes on looking, or looking does not help.
_FOR_A_PERSON = ("export-ambiguous", "export-never-seen")


@dataclass(frozen=True)
class Next:
    """`happened` is why the run stands where it stands. Of `others`, each is a link or acts."""

    happened: str = ""
    sentence: str = ""
    primary: Button | None = None
    others: list[Button] = field(default_factory=list)
    cancel: Button | None = None


def next_of(run: ExportRun, attempts: list[Attempt], request: HttpRequest) -> Next:
    """What this person may do with the run now."""
    if run.job.state in OPEN:
        return Next(cancel=_cancel(run, attempts) if may_trigger(request) else None)
    return _BY_STATE[JobState(run.job.state)](run, request)


def _cancel(run: ExportRun, attempts: list[Attempt]) -> Button | None:
    declined = (Attempt.Outcome.NOT_DONE, Attempt.Outcome.THROTTLED)
    if any(one.outcome not in declined for one in attempts):
        return None
    return Button(
        _("Cancel this export"),
        address(run, "cancel"),
        post=True,
        about=_("As long as the request has not left, nothing happens in Lucca."),
    )


def _made(run: ExportRun, request: HttpRequest) -> Next:
    export = run.export
    return _with_file(export) if export and export.file else _without_file(run, request)


def _with_file(export: Export) -> Next:
    download = Button(
        labelled(_("Download the file"), export.file_name), address(export, "file", "first")
    )
    if export.size == 0:
        return Next(
            _("Lucca made export %(export)s, and its file is empty: nothing was left to export.")
            % {"export": export},
            _("If you expected something, look whether it is in an export before this one."),
            download,
        )
    said = _("Lucca made export %(export)s, and the portal has its file.") % {"export": export}
    sentence = _("Bring it to where payroll needs it. What it holds will be in no later export.")
    return Next(said, sentence, download)


def _without_file(run: ExportRun, request: HttpRequest) -> Next:
    export = run.export
    if export is None or not may_trigger(request):
        return Next(run.message)
    if export.acknowledged_at:
        return Next(run.message, _("Its file is where it belongs; there is nothing left to do."))
    done = Button(
        _("Its file is where it belongs"),
        address(export, "acknowledge"),
        post=True,
        about=_("You downloaded it in Lucca and brought it to where payroll needs it."),
    )
    if way_of(run.configuration):
        fetch = Button(_("Fetch its file"), address(export, "fetch"), post=True)
        return Next(run.message, "", fetch, [done])
    probe = Button(_("Find out how files are fetched"), address(run.configuration, "probe"))
    return Next(run.message, "", probe, [done])


def _failed(run: ExportRun, request: HttpRequest) -> Next:
    sentence = _("No export was made.")
    if not may_trigger(request):
        return Next(run.message, sentence)
    if run.job.reason == "foreign-exports":
        waiting = Button(
            _("See the exports that wait"), address(run.configuration) + "#waiting-heading"
        )
        return Next(run.message, sentence, waiting, [_anew(run)])
    return Next(run.message, sentence, _anew(run))


def _anew(run: ExportRun) -> Button:
    return Button(
        _("Ask for this export anew"), address(run.configuration, "export") + f"?day={run.ends_at}"
    )


def _unknown(run: ExportRun, request: HttpRequest) -> Next:
    if not may(request, "reconcile_exportrun"):
        return Next(
            run.message,
            _("Somebody who may settle exports must look in Lucca and say what became of it. Do"
              " not make the export in Lucca's screen before."),
        )  # fmt: skip
    settle = Button(_("Say what became of this export"), address(run, "settle"))
    sentence = _(
        "Look in Lucca under Timesheet, Exports. If it is there, the portal finds it by itself"
        " within minutes; else say here what you found."
    )
    if run.job.reason in _FOR_A_PERSON:
        sentence = _(
            "The portal cannot find out more. Look in Lucca under Timesheet, Exports, and say here"
            " what you found."
        )
    return Next(run.message, sentence, settle)


def _cancelled(run: ExportRun, request: HttpRequest) -> Next:
    primary = _anew(run) if may_trigger(request) else None
    return Next(run.message, "", primary)


_BY_STATE: dict[JobState, Callable[[ExportRun, HttpRequest], Next]] = {
    JobState.SUCCEEDED: _made,
    JobState.PARTIAL: _made,
    JobState.FAILED: _failed,
    JobState.UNKNOWN: _unknown,
    JobState.CANCELLED: _cancelled,
}
