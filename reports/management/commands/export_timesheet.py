"""`export_timesheet --account L --configuration N --ends-at DATE`: one export, triggered once."""

import os
import shutil
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _

from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import (
    DONE,
    IN_PART,
    NOT_DONE,
    REFUSED,
    UNKNOWN,
    USAGE,
    WAITING,
    PortalCommand,
    Stop,
)
from portal.words import labelled
from reports.exports import services
from reports.exports.sending import requests_sent
from reports.exports.services import Refusal
from reports.exports.warnings import Warnings, covers, look_for_warnings
from reports.models import Export, ExportConfiguration, ExportRun

TRIGGER_RIGHT = "reports.trigger_exportrun"
# Lucca understood the request and said no, as opposed to not being asked.
DECLINED = ("refused", "too-large")


class Command(PortalCommand):
    help = (
        "Have Lucca make a timesheet export, once. What it exports is taken off the accounts and"
        " will be in no later export."
    )

    unknown = {
        **dict.fromkeys(["run", "state", "account", "configuration", "ends_at", "covers"]),
        **dict.fromkeys(["baseline", "export_id", "requests_sent", "file"]),
        "candidates": [],
        "warnings": [],
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        add_configuration(parser)
        parser.add_argument(
            "--ends-at",
            required=True,
            metavar="DATE",
            help="the first day that is not exported, as 2026-03-30; preferably a Monday",
        )
        parser.add_argument("--accept-warnings", action="store_true")
        parser.add_argument("--allow-future", action="store_true")
        parser.add_argument(
            "--output", type=Path, metavar="F", help="write the export's file there, if it is had"
        )
        parser.add_argument(
            "--again",
            action="store_true",
            help="make another export, though one was made for this day",
        )
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        self._options = options
        self._warnings = Warnings()
        account = self.account(options["account"])
        self._user = self.actor(options["user"], TRIGGER_RIGHT)
        ends_at = read_day(options["ends_at"])
        refuse_bad_target(options["output"])
        try:
            if not options["allow_future"]:
                services.refuse_future(account, ends_at)
        except Refusal as refusal:
            raise Stop(str(refusal), REFUSED) from None
        configuration = named_configuration(options["configuration"], account, self._user)
        return self._go(configuration, ends_at)

    def _go(self, configuration: ExportConfiguration, ends_at: date) -> int:
        run = services.same(configuration, ends_at)
        if run is None or self._options["again"]:
            self._warnings = look_for_warnings(configuration, ends_at)
            for remark in self._warnings.remarks:
                self.say(remark)
            if self._warnings.said and not self._options["accept_warnings"]:
                return self._ask_to_accept(configuration, ends_at)
            run = self._ask(configuration, ends_at)
        else:
            self.say(_("This export was asked for already: run %(run)s.") % {"run": run.pk})
        return self._follow(run)

    def _ask_to_accept(self, configuration: ExportConfiguration, ends_at: date) -> int:
        next_ = _("Nothing was sent. Read the warnings, then export with --accept-warnings.")
        document = {
            **self.unknown,
            "account": configuration.account.label,
            "configuration": str(configuration.remote_id),
            "ends_at": str(ends_at),
            "covers": covers(ends_at),
            "requests_sent": 0,
            "warnings": self._warnings.said,
            "next": next_,
        }
        self.report(document, "\n".join([*self._warnings.said, "", next_]))
        return WAITING

    def _ask(self, configuration: ExportConfiguration, ends_at: date) -> ExportRun:
        try:
            return services.export(
                configuration,
                ends_at,
                by=self._user,
                accept_warnings=self._options["accept_warnings"],
                again=self._options["again"],
                not_approved=self._warnings.not_approved,
                interactive=True,
            )
        except Refusal as refusal:
            raise Stop(str(refusal), WAITING) from None

    def _follow(self, run: ExportRun) -> int:
        said = ""
        try:
            follow(run.job, self.show_progress)
        except KeyboardInterrupt:
            said = _(
                "Interrupted. What was asked for goes on when the background service runs; the"
                " same command goes on with run %(run)s and sends nothing twice."
            ) % {"run": run.pk}
        except DatabaseError:
            raise Stop(
                _(
                    "The portal's database did not answer while the export was under way. The"
                    " request may have left. Look what became of run %(run)s before you export"
                    " again."
                )
                % {"run": run.pk},
                UNKNOWN,
            ) from None
        run = ExportRun.objects.select_related("configuration__account", "job", "export").get(
            pk=run.pk
        )
        next_ = " ".join(
            filter(None, [said or next_step(run), write_file(run.export, self._options["output"])])
        )
        document = describe(run) | {"warnings": self._warnings.said, "next": next_}
        self.report(document, _words(run, next_))
        return exit_code(run)


def write_file(export: Export | None, target: Path | None) -> str:
    """Write its file there, if it is had; what to say of it."""
    if target is None or export is None or not export.file:
        return ""
    try:
        shutil.copyfile(export.file.path, target)
    except OSError as error:
        # What came of the export is still to be told.
        return _cannot_write(target, error.strerror or "")
    return _("Its file is in %(path)s.") % {"path": target}


def refuse_bad_target(target: Path | None) -> None:
    """Before anything is sent: afterwards it would be too late."""
    if target is not None and (
        target.is_dir() or not os.access(target if target.exists() else target.parent, os.W_OK)
    ):
        raise Stop(_cannot_write(target, _("choose another file")), NOT_DONE)


def _cannot_write(target: Path, why: str) -> str:
    return _("The export's file cannot be written to %(path)s: %(why)s.") % {
        "path": target,
        "why": why,
    }


def add_configuration(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--configuration",
        required=True,
        metavar="N",
        help="the export's number, or the pasted address of its screen in Lucca",
    )


def named_configuration(text: str, account: Any, user: Any) -> ExportConfiguration:
    try:
        return services.configuration_of(account, services.read_number(text, account), by=user)
    except Refusal as refusal:
        raise Stop(str(refusal), USAGE) from None


def read_day(text: str) -> date:
    """YYYY-MM-DD, with or without its midnight."""
    try:
        return date.fromisoformat(text.strip().removesuffix("T00:00:00"))
    except ValueError:
        raise Stop(
            _("“%(text)s” is no day. Write it as 2026-03-30; an export ends at a midnight.")
            % {"text": text[:40]},
            USAGE,
        ) from None


def exit_code(run: ExportRun) -> int:
    state = run.job.state
    if state == JobState.FAILED:
        if run.job.reason == "foreign-exports":
            return WAITING
        return REFUSED if run.job.reason in DECLINED else NOT_DONE
    codes: dict[str, int] = {
        JobState.SUCCEEDED: DONE,
        JobState.PARTIAL: IN_PART,
        JobState.UNKNOWN: UNKNOWN,
    }
    if state in codes:
        return codes[state]
    return UNKNOWN if run.job.attempts.may_have_acted().exists() else WAITING


def next_step(run: ExportRun) -> str:
    """What happened, and the one next thing to do."""
    state = run.job.state
    if state == JobState.UNKNOWN:
        return " ".join(
            [run.message, _("To settle it: manage.py settle_export %(run)s.") % {"run": run.pk}]
        )
    if state == JobState.FAILED:
        return " ".join([run.message, _("No export was made.")])
    if run.export and run.export.size == 0:
        return _(
            "Lucca made export %(export)s, and its file is empty: nothing was left to export."
        ) % {"export": run.export}
    return run.message or {
        JobState.SUCCEEDED: _("Nothing to do: the export was made."),
        JobState.CANCELLED: _("Nothing to do: nothing was sent."),
    }.get(JobState(state), _("It goes on by itself."))


def describe(run: ExportRun) -> dict[str, Any]:
    """A run in JSON, with stable English keys; what is not known yet is null."""
    return {
        "run": str(run.pk),
        "state": run.job.state,
        "account": run.configuration.account.label,
        "configuration": str(run.configuration.remote_id),
        "ends_at": str(run.ends_at),
        "covers": covers(run.ends_at),
        "baseline": None if run.baseline is None else str(run.baseline),
        "export_id": str(run.export) if run.export else None,
        "candidates": [
            {
                "id": str(export.remote_id),
                "created_at": export.created_at or None,
                "origin": export.origin,
            }
            for export in run.candidates.order_by("remote_id")
        ],
        "requests_sent": requests_sent(run),
        "not_approved": run.not_approved,
        "file": describe_file(run.export),
    }


def describe_file(export: Export | None) -> dict[str, Any] | None:
    if export is None or not export.file:
        return None
    return {"name": export.file_name, "sha256": export.sha256, "size": export.size}


def _words(run: ExportRun, next_: str) -> str:
    lines = [
        labelled(_("Export run %(run)s") % {"run": run.pk}, run.job.get_state_display()),
        labelled(run.configuration, covers(run.ends_at)),
    ]
    for export in run.candidates.order_by("remote_id"):
        name = _("Export %(number)s") % {"number": export.remote_id}
        lines.append("  " + labelled(name, export.get_origin_display()))
    return "\n".join([*lines, "", next_])
