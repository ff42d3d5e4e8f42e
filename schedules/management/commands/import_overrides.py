"""`import_overrides FILE --account L`: check, read the days and, with --launch, apply a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.jobs.claims import OPEN
from portal.jobs.follow import follow
from portal.management.base import (
    DONE,
    IN_PART,
    NOT_DONE,
    REFUSED,
    UNKNOWN,
    WAITING,
    PortalCommand,
    Stop,
)
from portal.models import Job
from portal.refusals import Refusal
from portal.sheets.read_as import read_as
from portal.words import labelled, number
from schedules.files import services
from schedules.files.following import follow_launch
from schedules.files.receiving import receive
from schedules.files.standing import Standing, counts, nothing_left, rows_of, standing
from schedules.models import OverrideFile, ScheduleOverride
from schedules.override_file_models import FILE_STAGES

_SHOWN = 5


class Command(PortalCommand):
    help = (
        "Change days of many employees from a CSV or XLSX file. Without --launch it stops after the"
        " days were read, which changes nothing."
    )
    unknown = {
        **dict.fromkeys(["override_file", "stage", "account", "file", "lines"]),
        "issues": [],
        "overrides": [],
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--account", required=True, metavar="LABEL")
        parser.add_argument(
            "--launch", action="store_true", help="apply, if nothing stands against it"
        )
        parser.add_argument(
            "--accept-warnings", action="store_true", help="say yes to all that is asked"
        )
        parser.add_argument(
            "--leave-refused",
            action="store_true",
            help="leave lines out that cannot be applied, and go on with the others",
        )
        parser.add_argument("--note", default="", metavar="TEXT")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        self._options = options
        # What keeps this command from going on, when it is not the file's own next step.
        self._said = ""
        account = self.account(options["account"])
        self._user = self.actor(options["user"], "schedules.add_scheduleoverride")
        if options["launch"]:
            self.actor(options["user"], "schedules.apply_scheduleoverride")
        try:
            with options["file"].open("rb") as content:
                self._file = receive(
                    account, content, options["file"].name, note=options["note"], by=self._user
                )
        except OSError as error:
            said = _("The file cannot be read: %(why)s") % {"why": error.strerror}
            raise Stop(said, NOT_DONE) from None
        except Refusal as refusal:
            raise Stop(str(refusal), REFUSED) from None
        code = self._go()
        self._report()
        return code

    def _go(self) -> int:
        try:
            return self._read() or self._launch()
        except Refusal as refusal:
            self._said = str(refusal)
            return WAITING
        except KeyboardInterrupt:
            self._said = _(
                "Interrupted. What was asked for goes on when the background service runs; look at"
                " file %(id)s before you send it again."
            ) % {"id": self._file.pk}
            return WAITING

    def _read(self) -> int | None:
        """Until it is known what would become of each line."""
        follow(services.check(self._file, by=self._user, interactive=True), self.show_progress)
        self._file = _fresh(self._file)
        if self._file.preparation is not None:
            follow(self._file.preparation, self.show_progress)
            self._file = _fresh(self._file)
        now = standing(self._file)
        if self._file.stage in ("not-checked", "not-read"):
            self._said = self._file.message
            return NOT_DONE
        if not now.ready:
            self._said = nothing_left()
            return REFUSED
        if now.left_out and not self._options["leave_refused"]:
            self._said = services.left_out_words(now)
            return REFUSED
        return None

    def _launch(self) -> int:
        if not self._options["launch"]:
            self._said = _("Nothing was changed. To apply the changes, add --launch.")
            return DONE
        now = standing(self._file)
        if now.questions and not self._options["accept_warnings"]:
            self._said = _("Something is asked: read it, then launch with --accept-warnings.")
            return WAITING
        job = services.launch(
            self._file,
            accepted=now.questions,
            leave_out=self._options["leave_refused"],
            by=self._user,
            interactive=True,
        )
        follow_launch(job, self.show_progress)
        self._file = _fresh(self._file)
        return _code(self._file, standing(self._file))

    # What came of it.

    def _report(self) -> None:
        file = self._file = _fresh(self._file)
        now = standing(file)
        next_ = (
            self._said or file.message or _("Nothing to do: every line is applied and verified.")
        )
        document = describe(file, now) | {"next": next_}
        lines = [
            labelled(
                _("File %(number)s") % {"number": file.pk}, capfirst(str(FILE_STAGES[file.stage]))
            ),
            read_as(file.detected) if file.detected else "",
            counts(now) if file.total else "",
            *(_issue_lines(file)),
            *(_finding_lines(now)),
        ]
        self.report(document, "\n".join([*filter(None, lines), "", next_]))


def _fresh(file: OverrideFile) -> OverrideFile:
    related = ("account", "check_job", "preparation", "job", "withdrawal")
    return OverrideFile.objects.select_related(*related).get(pk=file.pk)


def _code(file: OverrideFile, now: Standing) -> int:
    job: Job | None = file.job
    if job is None or job.state in OPEN:
        return WAITING
    if now.of("unknown"):
        return UNKNOWN
    if now.of("verified", "different", "applied", "partial") == 0:
        return REFUSED if now.of("failed") else NOT_DONE
    return DONE if file.stage == "applied" else IN_PART


def _issue_lines(file: OverrideFile) -> list[str]:
    some = file.issues.exclude(severity="rewritten").order_by("line", "pk")[:_SHOWN]
    return [
        "  "
        + labelled(_("line %(line)s") % {"line": one.line} if one.line else _("file"), one.message)
        for one in some
    ]


def _finding_lines(now: Standing) -> list[str]:
    counted = {**now.blocks, **now.questions}
    return [
        f"  {number(count)} × " + labelled(_("line %(line)s") % {"line": line}, finding)
        for slug, count in counted.items()
        for line, finding in [now.examples[slug]]
    ]


def describe(file: OverrideFile, now: Standing) -> dict[str, Any]:
    """A file of overrides in JSON, with stable English keys."""
    known = file.check_job is not None and file.check_job.state not in OPEN
    return {
        "override_file": str(file.pk),
        "stage": file.stage,
        "account": file.account.label,
        "file": {"name": file.file_name, "sha256": file.sha256},
        "lines": {
            "total": file.total if known else None,
            "blank": file.blank if known else None,
            "refused_here": file.refused if known else None,
            **{stage: now.of(stage) for stage in sorted(now.by_stage)},
        },
        "issues": [
            {
                "severity": one.severity,
                "line": one.line,
                "column": one.column or None,
                "cause": one.cause,
                "message": one.message,
            }
            for one in file.issues.order_by("line", "pk")
        ],
        "overrides": [_described(row) for row in rows_of(file).defer(None)],
    }


def _described(row: ScheduleOverride) -> dict[str, Any]:
    return {
        "override": str(row.pk),
        "line": row.line,
        "employee": str(row.employee),
        "date": str(row.day),
        "half": row.part,
        "nature": row.nature,
        "state": row.stage,
        "findings": [{"cause": one["slug"], "weight": one["weight"]} for one in row.findings],
        "verified": {"verified": True, "different": False}.get(row.verdict),
    }
