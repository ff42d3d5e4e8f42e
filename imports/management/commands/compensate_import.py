"""`compensate_import BATCH`: make the import that puts back what stood there before another one."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from imports import compensating, snapshot, verification
from imports.management.commands.verify_import import Reads
from imports.models import ImportBatch
from portal.jobs.follow import follow
from portal.management.base import DONE, NOT_DONE, WAITING, Stop
from portal.refusals import Refusal
from portal.words import labelled


class Command(Reads):
    help = (
        "Make the import that puts back what stood in Lucca before another one. It is checked, and"
        " launched by a person; nothing is sent here."
    )

    unknown = dict.fromkeys(["batch", "made", "first", "days", "lines", "limits"])

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--changed-too",
            action="store_true",
            help="put days back, too, that were changed since the import",
        )

    def perform(self, **options: Any) -> int:
        user = self.actor(options["user"], "imports.add_importbatch")
        batch = self.batch(options["batch"])
        if refusal := compensating.why_not(batch):
            raise Stop(refusal, NOT_DONE)
        found = self.read_back(batch, user, agreed=options["agree"])
        if found.asks or not found.is_certain:
            raise Stop(verification.meaning(found), WAITING if found.asks else NOT_DONE)
        try:
            made = compensating.build(batch, by=user, changed_too=options["changed_too"])
        except Refusal as refusal:
            raise Stop(str(refusal), NOT_DONE) from None
        for one in filter(None, (made.first, made.batch)):
            if one.job:
                follow(one.job, self.show_progress)
        self._report(batch, made)
        return DONE

    def _report(self, batch: ImportBatch, made: compensating.Made) -> None:
        counts, limits = made.counts, compensating.limits(made.counts, snapshot.of(batch))
        numbers = [one.pk for one in (made.first, made.batch) if one]
        next_ = _next(made)
        document = {
            "batch": str(batch.pk),
            "made": str(made.batch.pk) if made.batch else None,
            "first": str(made.first.pk) if made.first else None,
            "days": {
                name: getattr(counts, name)
                for name in ("restored", "same", "changed", "left", "place_gone")
            },
            "lines": {
                "first": counts.first,
                "deletions": counts.deletions,
                "creations": counts.creations,
            },
            "limits": limits,
            "next": next_,
        }
        heading = labelled(_("Made"), ", ".join(map(str, numbers)))
        words = [heading, *compensating.words(counts), *limits, "", next_]
        self.report(document, "\n".join(words))


def _next(made: compensating.Made) -> str:
    if made.first and made.batch:
        return _("Analyse and launch import %(first)s, then import %(second)s.") % {
            "first": made.first.pk,
            "second": made.batch.pk,
        }
    only = made.first or made.batch
    return _("Analyse and launch import %(id)s.") % {"id": only.pk if only else ""}
