"""What became of the lines of a file: counts that add up, at every moment."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.words import number
from schedules.models import OverrideFile, ScheduleOverride
from schedules.overrides.findings import Finding, read

# What is large in a row and says nothing about where it stands.
_LARGE = ("before", "standing", "wanted", "expected", "journal", "after")
_JOBS = ("preparation", "job", "withdrawal")
# Neither blocked nor waiting for anybody: something of ours was sent, or will be.
SENT = (
    *("applying", "verified", "different", "applied", "partial", "failed", "unknown"),
    *("withdrawing", "withdrawn"),
)


def rows_of(file: OverrideFile) -> QuerySet[ScheduleOverride]:
    """Its overrides in the order of lines, with what their stages are derived from."""
    found = ScheduleOverride.objects.filter(file=file).select_related(*_JOBS).order_by("line", "pk")
    return found.defer(*_LARGE)


@dataclass(frozen=True)
class Standing:
    """`by_stage` counts overrides by ScheduleOverride.stage; `asks` are those that are ready but
    for questions, among the ready."""

    file: OverrideFile
    by_stage: Counter[str]
    asks: int
    questions: dict[str, int]
    blocks: dict[str, int]
    examples: dict[str, tuple[int, Finding]]
    ready_people: int

    def of(self, *stages: str) -> int:
        return sum(self.by_stage[stage] for stage in stages)

    @property
    def ready(self) -> int:
        """Ready to be sent, once their questions are answered."""
        return self.by_stage["ready"]

    @property
    def left_out(self) -> int:
        """What a launch cannot send: refused by the check, blocked, or not read. What somebody
        cancelled, or had applied by itself, is nobody's question any more."""
        return self.file.refused + self.of("blocked", "not-read", "preparing")

    @property
    def not_sent(self) -> int:
        """Of a file whose launch has ended: what nothing of was sent."""
        return self.file.changes - self.of(*SENT)


def standing(file: OverrideFile, rows: Iterable[ScheduleOverride] | None = None) -> Standing:
    stages: Counter[str] = Counter()
    questions: Counter[str] = Counter()
    blocks: Counter[str] = Counter()
    examples: dict[str, tuple[int, Finding]] = {}
    asks, people = 0, set()
    for row in rows_of(file) if rows is None else rows:
        stage = row.stage
        stages[stage] += 1
        if stage == "ready":
            people.add(row.employee)
            asks += bool(row.questions)
        counted = {"ready": (questions, row.questions), "blocked": (blocks, row.blocking)}
        if stage in counted:
            counter, stored = counted[stage]
            _count(counter, stored, row, examples)
    return Standing(
        file=file,
        by_stage=stages,
        asks=asks,
        questions=dict(questions.most_common()),
        blocks=dict(blocks.most_common()),
        examples=examples,
        ready_people=len(people),
    )


def _count(
    counter: Counter[str],
    stored: Sequence[dict[str, Any]],
    row: ScheduleOverride,
    examples: dict[str, tuple[int, Finding]],
) -> None:
    for one in {finding.slug: finding for finding in read(stored)}.values():
        counter[one.slug] += 1
        examples.setdefault(one.slug, (row.line or 0, one))


def counts(now: Standing) -> str:
    """The sentence of counts, which add up: total = blank + refused + each of the changes."""
    file, launched = now.file, now.file.job_id is not None
    parts = [
        *(_sent_parts(now) if launched else _waiting_parts(now)),
        (n := file.refused, ngettext("%(n)s to correct", "%(n)s to correct", n)),
        (n := file.blank, ngettext("%(n)s blank", "%(n)s blank", n)),
    ]
    said = ", ".join(words % {"n": number(count)} for count, words in parts if count)
    return ngettext("%(total)s line: %(said)s", "%(total)s lines: %(said)s", file.total) % {
        "total": number(file.total),
        "said": said or "–",
    }


def _waiting_parts(now: Standing) -> list[tuple[int, str]]:
    plain = now.ready - now.asks
    return [
        (plain, ngettext("%(n)s ready", "%(n)s ready", plain)),
        (now.asks, ngettext("%(n)s asks you something", "%(n)s ask you something", now.asks)),
        (n := now.of("blocked"), ngettext("%(n)s blocked", "%(n)s blocked", n)),
        (n := now.of("preparing"), ngettext("%(n)s being read", "%(n)s being read", n)),
        (n := now.of("not-read"), ngettext("%(n)s not read", "%(n)s not read", n)),
        (n := now.of("cancelled"), ngettext("%(n)s cancelled", "%(n)s cancelled", n)),
        # Somebody may have one applied by itself, from its own page.
        (n := now.of(*SENT), ngettext("%(n)s applied by itself", "%(n)s applied by themselves", n)),
    ]


def _sent_parts(now: Standing) -> list[tuple[int, str]]:
    under_way = now.file.stage == "applying"
    waiting = now.of("ready", "preparing") if under_way else 0
    not_sent = now.not_sent - waiting
    return [
        (n := now.of("verified"), ngettext("%(n)s verified", "%(n)s verified", n)),
        (n := now.of("different"), ngettext("%(n)s different", "%(n)s different", n)),
        (
            n := now.of("applied", "partial"),
            ngettext("%(n)s applied, not verified", "%(n)s applied, not verified", n),
        ),
        (
            n := now.of("failed"),
            ngettext("%(n)s not applied", "%(n)s not applied", n),
        ),
        (n := now.of("unknown"), ngettext("%(n)s unknown", "%(n)s unknown", n)),
        (n := now.of("applying"), ngettext("%(n)s being applied", "%(n)s being applied", n)),
        (
            n := now.of("withdrawing"),
            ngettext("%(n)s being taken back", "%(n)s being taken back", n),
        ),
        (n := now.of("withdrawn"), ngettext("%(n)s taken back", "%(n)s taken back", n)),
        (waiting, ngettext("%(n)s waiting", "%(n)s waiting", waiting)),
        (not_sent, ngettext("%(n)s not sent", "%(n)s not sent", not_sent)),
    ]


def nothing_left() -> str:
    return _("No line of this file can be applied. Correct it and upload it again.")
