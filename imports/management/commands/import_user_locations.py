"""`import_user_locations FILE --account L`: check, analyse and, with --launch, import a file."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports import canary, faulty_file, receipt, services
from imports.issues import message
from imports.management.batches import (
    code_after_import,
    describe,
    follow_batch,
    was_declined,
    words,
)
from imports.reasons import next_step
from imports.stages import Stage
from portal.management.base import (
    DONE,
    NOT_DONE,
    REFUSED,
    UNKNOWN,
    WAITING,
    PortalCommand,
    Stop,
)
from portal.refusals import Refusal
from portal.words import number

# Of a file with a million faulty lines nobody reads the JSON; the faulty-lines file has them all.
MOST_ISSUES = 10_000


class Command(PortalCommand):
    help = (
        "Import user locations from a CSV or XLSX file. Without --launch it stops after Lucca's"
        " analysis, which changes nothing. An import cannot be undone."
    )

    unknown = {
        **dict.fromkeys(["batch", "stage", "account", "file", "lines", "created", "deleted"]),
        "issues": [],
        "parts": [],
        "summary_ids": [],
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--account", required=True, metavar="LABEL")
        parser.add_argument(
            "--override",
            action="store_true",
            help="replace what the employees have on the days of the file",
        )
        parser.add_argument(
            "--launch", action="store_true", help="import, if nothing stands against"
        )
        parser.add_argument("--accept-warnings", action="store_true")
        parser.add_argument(
            "--leave-refused",
            action="store_true",
            help="leave refused lines out and go on with the others",
        )
        parser.add_argument(
            "--without-snapshot",
            action="store_true",
            help="launch without keeping what stands there, which then cannot be put back",
        )
        parser.add_argument(
            "--canary",
            type=int,
            default=0,
            metavar="N",
            help="with --launch: the first N lines go first, and the rest once they are verified",
        )
        parser.add_argument(
            "--canary-asks",
            action="store_true",
            help="with --canary: the rest waits for continue_import even when they are verified",
        )
        parser.add_argument("--note", default="", metavar="TEXT")
        parser.add_argument(
            "--faulty-lines",
            type=Path,
            metavar="PATH",
            help="write the lines in error, with their reasons, to this file",
        )
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        self._options = options
        # What keeps this command from going on, when it is not the batch's own next step.
        self._said = ""
        if options["canary"] < 0 or (options["canary_asks"] and not options["canary"]):
            return self.usage(_("Say with --canary how many lines go first: one at least."))
        account = self.account(options["account"])
        self._user = self.actor(options["user"], "imports.add_importbatch")
        _refuse_bad_target(options["faulty_lines"], options["file"])
        for verb in ("check", "analyse", *(["launch"] if options["launch"] else [])):
            self.actor(options["user"], f"imports.{verb}_importbatch")
        try:
            with options["file"].open("rb") as file:
                self._batch = receipt.receive(
                    account,
                    file,
                    options["file"].name,
                    override=options["override"],
                    note=options["note"],
                    by=self._user,
                )
        except OSError as error:
            raise Stop(_unreadable(options["file"], error), NOT_DONE) from None
        except Refusal as refusal:
            raise Stop(str(refusal), REFUSED) from None
        code = self._go()
        self._write_faulty_lines()
        self._report()
        return code

    def _go(self) -> int:
        """From stage to stage, as far as the options allow; the exit code."""
        try:
            return self._check() or self._analyse() or self._leave_out() or self._launch()
        except KeyboardInterrupt:
            self._said = _(
                "Interrupted. What was asked for goes on when the background service runs; look at"
                " import %(id)s before you send the file again."
            ) % {"id": self._batch.pk}
            self._batch.refresh_from_db()
            job = self._batch.job
            return UNKNOWN if job and job.attempts.may_have_acted().exists() else WAITING
        except Refusal as refusal:
            # Somebody else acted on this batch, or the rules forbid the step: say so, do nothing.
            self._said = str(refusal)
            return WAITING

    def _check(self) -> int | None:
        services.check(self._batch, by=self._user, interactive=True)
        self._follow()
        if self._batch.stage == Stage.RECEIVED:
            return NOT_DONE
        if self._batch.stage == Stage.CHECKED:
            return None
        if self._batch.stage == Stage.TO_CORRECT:
            leave = self._options["leave_refused"] and not self._batch.unusable
            return None if leave else REFUSED
        return WAITING

    def _analyse(self) -> int | None:
        leave = self._options["leave_refused"]
        if lines := self._options["canary"]:
            # Cut first: what is analysed is what is imported.
            asks = self._options["canary_asks"]
            canary.cut(
                self._batch, lines, by=self._user, asks=asks, leave_refused=leave, interactive=True
            )
        else:
            services.analyse(self._batch, by=self._user, leave_refused=leave, interactive=True)
        self._follow()
        return self._after_analysis()

    def _after_analysis(self) -> int | None:
        if self._batch.stage == Stage.ANALYSED:
            return None
        if self._batch.stage in (Stage.CHECKED, Stage.TO_CORRECT):
            return REFUSED if was_declined(self._batch) else NOT_DONE
        return WAITING

    def _leave_out(self) -> int | None:
        """Lines that only Lucca's analysis refuses; each time they go, the rest is analysed."""
        while services.errors_of_analysis(self._batch):
            if not self._options["leave_refused"]:
                return REFUSED
            try:
                services.leave_out(self._batch, by=self._user, interactive=True)
            except Refusal as refusal:
                self._said = str(refusal)
                return REFUSED
            self._follow()
            if code := self._after_analysis():
                return code
        return None

    def _launch(self) -> int:
        if not self._options["launch"]:
            return DONE
        accept = self._options["accept_warnings"]
        if not accept and services.warnings_of(self._batch):
            self._said = _("There are warnings: read them, then launch with --accept-warnings.")
            return WAITING
        try:
            services.launch(
                self._batch,
                by=self._user,
                accept_warnings=accept,
                without_snapshot=self._options["without_snapshot"],
                interactive=True,
            )
            self._follow()
        except DatabaseError:
            raise Stop(
                _(
                    "The portal's database did not answer while the import was under way. The file"
                    " may have left. Do not send it again before you have seen what became of"
                    " import %(id)s."
                )
                % {"id": self._batch.pk},
                UNKNOWN,
            ) from None
        return code_after_import(self._batch)

    def _follow(self) -> None:
        self._said = follow_batch(self._batch, self.show_progress)

    # What came of it.

    def _write_faulty_lines(self) -> None:
        target = self._options["faulty_lines"]
        if target is None or not self._batch.detected:
            return
        try:
            written = faulty_file.faulty_lines(self._batch, target)
        except OSError as error:
            # What came of the import is still to be told.
            self.say(_cannot_write(target, error.strerror or ""))
            return
        self.say(
            ngettext(
                "%(count)s faulty line is in %(path)s.",
                "%(count)s faulty lines are in %(path)s.",
                written,
            )
            % {"count": number(written), "path": target}
        )

    def _report(self) -> None:
        batch = self._batch
        next_ = self._said or next_step(batch)
        issues = list(batch.issues.order_by("line", "pk")[:MOST_ISSUES])
        document = describe(batch) | {
            "issues": [
                {
                    "severity": issue.severity,
                    "origin": issue.origin,
                    "line": issue.line,
                    "column": issue.column or None,
                    "cause": issue.cause,
                    "message": message(issue),
                }
                for issue in issues
            ],
            "issues_total": sum(batch.causes.values_list("count", flat=True)),
            "next": next_,
        }
        self.report(document, words(batch, next_))


def _refuse_bad_target(target: Path | None, file: Path) -> None:
    """Before anything is done: afterwards it would be too late."""
    if target is None:
        return
    if target.exists() and file.exists() and target.samefile(file):
        raise Stop(_("The faulty lines cannot go into the file itself."), NOT_DONE)
    if target.is_dir() or not os.access(target if target.exists() else target.parent, os.W_OK):
        raise Stop(_cannot_write(target, _("choose another file")), NOT_DONE)


def _cannot_write(target: Path, why: str) -> str:
    return _("The faulty lines cannot be written to %(path)s: %(why)s.") % {
        "path": target,
        "why": why,
    }


def _unreadable(path: Path, error: OSError) -> str:
    """In the reader's language, which the operating system's own words are not."""
    if isinstance(error, FileNotFoundError):
        return _("There is no file %(path)s.") % {"path": path}
    if isinstance(error, IsADirectoryError):
        return _("%(path)s is a folder, not a file.") % {"path": path}
    if isinstance(error, PermissionError):
        return _("You may not read the file %(path)s.") % {"path": path}
    return _("The file cannot be read: %(why)s") % {"why": error.strerror}
