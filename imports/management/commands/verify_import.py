"""`verify_import BATCH`: read an import back from Lucca, and say what became of each line."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from imports import verdict_lines, verification
from imports.models import ImportBatch, Verification
from imports.pages.reading import cost_words
from portal.jobs.follow import follow
from portal.management.base import (
    DONE,
    IN_PART,
    NOT_DONE,
    WAITING,
    PortalCommand,
    Stop,
)
from portal.refusals import Refusal
from portal.words import labelled, number

# The file of all of them is on the import's page.
MOST_LINES = 10_000
_SHOWN = 20


class Reads(PortalCommand):
    """What commands share that read an import back."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", type=int)
        parser.add_argument(
            "--agree",
            action="store_true",
            help="read however long it takes; otherwise more than a minute is asked about",
        )
        self.add_user(parser)
        self.add_json(parser)

    @staticmethod
    def batch(pk: int) -> ImportBatch:
        found = ImportBatch.objects.select_related("account", "job").filter(pk=pk).first()
        if found is None:
            raise Stop(_("There is no import %(id)s.") % {"id": pk}, NOT_DONE)
        return found

    def read_back(self, batch: ImportBatch, by: Any, *, agreed: bool) -> Verification:
        """Follow the reading to its end; on a terminal a long one is asked about."""
        self.say(cost_words(batch.account))
        found = self.ask_lucca(batch, by, agreed=agreed)
        if found.asks and sys.stdin.isatty():
            self.say(cost_words(batch.account))
            self.stderr.write(_("Read all of it? [y/N] "), ending="")
            if input().strip().lower() in ("y", "yes", "o", "oui"):
                found = self.ask_lucca(batch, by, agreed=True)
        return found

    def ask_lucca(self, batch: ImportBatch, by: Any, *, agreed: bool) -> Verification:
        try:
            asked = verification.ask_verification(batch, by=by, agreed=agreed)
        except Refusal as refusal:
            raise Stop(str(refusal), NOT_DONE) from None
        follow(asked.job, self.show_progress)
        return verification.newest(batch) or asked


class Command(Reads):
    help = (
        "Read an import back from Lucca and say of each line whether it is there. Changes nothing."
    )

    unknown = dict.fromkeys(["batch", "stage", "verdicts"]) | {"lines": []}

    def perform(self, **options: Any) -> int:
        user = self.actor(options["user"], "imports.analyse_importbatch")
        batch = self.batch(options["batch"])
        found = self.read_back(batch, user, agreed=options["agree"])
        next_ = verification.meaning(found)
        self.report(describe(found) | {"next": next_}, _words(found, next_))
        return code_of(found)


def code_of(found: Verification) -> int:
    if found.asks:
        return WAITING
    if not found.judged:
        return NOT_DONE
    return DONE if found.verified == found.lines else IN_PART


def describe(found: Verification) -> dict[str, Any]:
    """A verification in JSON, with stable English keys."""
    batch, judged = found.batch, found.judged
    read_at = found.reading.read_at if found.reading else None
    rows = verdict_lines.every(found, verdict_lines.NOT_VERIFIED) if judged else iter(())
    return {
        "batch": str(batch.pk),
        "stage": batch.stage,
        "read_at": read_at.isoformat() if read_at else None,
        "verdicts": {
            "lines": found.lines,
            "verified": found.verified if judged else None,
            "different": found.different if judged else None,
            "missing": found.missing if judged else None,
            "not_readable": found.not_readable,
            "pending": found.pending if judged else None,
        },
        "certain": found.is_certain,
        "lines": [_line(row) for _n, row in zip(range(MOST_LINES), rows, strict=False)],
    }


def _line(row: verdict_lines.Row) -> dict[str, Any]:
    return {
        "line": row.line,
        "column": row.column or None,
        "login": row.content.login,
        "date": row.content.day,
        "position": row.content.position,
        "verdict": row.finding.name.lower(),
        "there": row.there or None,
        "remark": row.why or None,
    }


def _words(found: Verification, next_: str) -> str:
    heading = _("Import %(number)s") % {"number": found.batch.pk}
    lines = [labelled(heading, verification.counts(found))]
    if found.judged:
        rows = verdict_lines.every(found, verdict_lines.NOT_VERIFIED)
        shown = [row for _n, row in zip(range(_SHOWN + 1), rows, strict=False)]
        lines += [_row_words(row) for row in shown[:_SHOWN]]
        lines += ["  …"] if len(shown) > _SHOWN else []
    return "\n".join([*lines, "", next_])


def _row_words(row: verdict_lines.Row) -> str:
    where = _("line %(line)s") % {"line": number(row.line)}
    there = row.there or "–"
    said = f"{row.finding.label}; {labelled(_('in Lucca'), there)}"
    return f"  {labelled(where, said)}" + (f" ({row.why})" if row.why else "")
