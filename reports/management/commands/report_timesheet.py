"""`report_timesheet --account L (--template ID | --template-file F)`: one timesheet report."""

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
from portal.models import Account
from portal.words import labelled
from reports.exports.services import Refusal
from reports.models import ReportFile, ReportRun, ReportTemplate
from reports.reports import services
from reports.reports.template_documents import Filters, read_filters

REPORT_RIGHT = "reports.add_reportrun"
CREATE_RIGHT = "reports.create_reporttemplate"
# Lucca understood the request and said no, as opposed to not being asked.
_DECLINED = ("refused", "too-large")


class Command(PortalCommand):
    help = "Have Lucca make a timesheet report, and fetch it. It changes nothing in Lucca."

    unknown = {
        **dict.fromkeys(["run", "state", "account", "template", "report_id"]),
        **dict.fromkeys(["starts_on", "ends_on", "requests_sent", "file", "workbook"]),
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="LABEL")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--template", metavar="ID", help="the template's number in Lucca")
        which.add_argument(
            "--template-file",
            type=Path,
            metavar="F",
            help="its JSON, as Lucca's screen sends it; it is created in Lucca once",
        )
        parser.add_argument(
            "--starts-on", metavar="DATE", help="the first day; else the template's"
        )
        parser.add_argument("--ends-on", metavar="DATE", help="the last day; else the template's")
        parser.add_argument("--excel", action="store_true", help="fetch the workbook, too")
        parser.add_argument("--output", type=Path, metavar="F", help="write the CSV file there")
        parser.add_argument(
            "--filters",
            default="",
            metavar="JSON",
            help='narrow the report: [{"kind": "…", "values": [7, 12]}]',
        )
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        account = self.account(options["account"])
        self._user = self.actor(options["user"], REPORT_RIGHT)
        days = _day(options["starts_on"]), _day(options["ends_on"])
        self._output: Path | None = options["output"]
        _refuse_bad_target(self._output)
        try:
            filters = read_filters(options["filters"])
            template = self._template(account, options)
        except Refusal as refusal:
            raise Stop(str(refusal), USAGE) from None
        if not template.remote_id and (stopped := self._create(template)) is not None:
            return stopped
        return self._follow(self._ask(template, days, filters, with_excel=options["excel"]))

    def _template(self, account: Account, options: dict[str, Any]) -> ReportTemplate:
        if options["template"]:
            return services.template_of(account, options["template"], by=self._user)
        if options["user"]:
            self.actor(options["user"], CREATE_RIGHT)
        try:
            document = options["template_file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise Stop(
                _("%(path)s cannot be read as a text file in UTF-8.")
                % {"path": options["template_file"]},
                USAGE,
            ) from None
        return services.template_from(account, document, by=self._user)

    def _create(self, template: ReportTemplate) -> int | None:
        """Have it created; an exit code where it was not."""
        try:
            job = services.create_template(template, by=self._user, interactive=True)
        except Refusal as refusal:
            unknown = template.creation and template.creation.state == JobState.UNKNOWN
            raise Stop(str(refusal), UNKNOWN if unknown else WAITING) from None
        follow(job, self.show_progress)
        template.refresh_from_db()
        if template.remote_id:
            created = {"name": template, "number": template.remote_id}
            self.say(_("“%(name)s” was created in Lucca: number %(number)s.") % created)
            return None
        raise Stop(job.message, _code_of(str(job.state), job.reason))

    def _ask(
        self,
        template: ReportTemplate,
        days: tuple[date | None, date | None],
        filters: Filters | None,
        *,
        with_excel: bool,
    ) -> ReportRun:
        try:
            return services.ask_report(
                template,
                by=self._user,
                starts_on=days[0],
                ends_on=days[1],
                filters=filters,
                with_excel=with_excel,
                interactive=True,
            )
        except Refusal as refusal:
            raise Stop(str(refusal), REFUSED) from None

    def _follow(self, run: ReportRun) -> int:
        said = ""
        try:
            follow(run.job, self.show_progress)
        except KeyboardInterrupt:
            said = _(
                "Interrupted. Report run %(run)s goes on when the background service runs; the"
                " portal shows what becomes of it."
            ) % {"run": run.pk}
        except DatabaseError:
            raise Stop(
                _(
                    "The portal's database did not answer while the report was under way. A report"
                    " changes nothing in Lucca: ask for it again."
                ),
                NOT_DONE,
            ) from None
        run = ReportRun.objects.select_related("template__account", "job").get(pk=run.pk)
        next_ = " ".join(filter(None, [said or next_step(run), self._write_file(run)]))
        self.report(describe(run) | {"next": next_}, _words(run, next_))
        return _code_of(run.job.state, run.job.reason)

    def _write_file(self, run: ReportRun) -> str:
        file = run.files.filter(kind=ReportFile.Kind.CSV).first()
        if self._output is None or file is None:
            return ""
        try:
            shutil.copyfile(file.file.path, self._output)
        except OSError as error:
            # What came of the report is still to be told.
            return _cannot_write(self._output, error.strerror or "")
        return _("Its file is in %(path)s.") % {"path": self._output}


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Stop(
            _("“%(text)s” is no day. Write it as 2026-03-30.") % {"text": text[:40]}, USAGE
        ) from None


def _refuse_bad_target(target: Path | None) -> None:
    if target is not None and (
        target.is_dir() or not os.access(target if target.exists() else target.parent, os.W_OK)
    ):
        raise Stop(_cannot_write(target, _("choose another file")), NOT_DONE)


def _cannot_write(target: Path, why: str) -> str:
    return _("The report's file cannot be written to %(path)s: %(why)s.") % {
        "path": target,
        "why": why,
    }


def _code_of(state: str, reason: str) -> int:
    codes: dict[str, int] = {
        JobState.SUCCEEDED: DONE,
        JobState.PARTIAL: IN_PART,
        JobState.UNKNOWN: UNKNOWN,
        JobState.FAILED: REFUSED if reason in _DECLINED else NOT_DONE,
    }
    return codes.get(state, WAITING)


def next_step(run: ReportRun) -> str:
    """What happened, and the one next thing to do."""
    if run.job.state == JobState.SUCCEEDED:
        if run.files.filter(kind=ReportFile.Kind.CSV, size=0).exists():
            return _(
                "Lucca made the report, and its file is empty. Look whether its days and filters"
                " are those you meant."
            )
        return _("Nothing to do: the report is here.")
    if run.job.state == JobState.CANCELLED:
        return _("Nothing to do: the report was cancelled.")
    return run.message or _("It goes on by itself.")


def describe(run: ReportRun) -> dict[str, Any]:
    """A run in JSON, with stable English keys; what is not known yet is null."""
    first, last = run.covers_from or run.starts_on, run.covers_to or run.ends_on
    return {
        "run": str(run.pk),
        "state": run.job.state,
        "account": run.template.account.label,
        "template": run.template.remote_id,
        "report_id": run.remote_id or None,
        "starts_on": str(first) if first else None,
        "ends_on": str(last) if last else None,
        "requests_sent": services.requests_sent(run),
        "file": _file(run, ReportFile.Kind.CSV),
        "workbook": _file(run, ReportFile.Kind.EXCEL),
    }


def _file(run: ReportRun, kind: str) -> dict[str, Any] | None:
    file = run.files.filter(kind=kind).first()
    if file is None:
        return None
    return {"name": file.file_name, "sha256": file.sha256, "size": file.size}


def _words(run: ReportRun, next_: str) -> str:
    shown = describe(run)
    lines = [
        labelled(_("Report run %(run)s") % {"run": run.pk}, run.job.get_state_display()),
        labelled(run.template, f"{shown['starts_on'] or '…'} – {shown['ends_on'] or '…'}"),
    ]
    files = [
        "  " + labelled(file.get_kind_display(), file.file_name)
        for file in run.files.order_by("kind")
    ]
    return "\n".join([*lines, *files, "", next_])
