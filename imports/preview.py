"""What an import that replaces would find: each of its lines beside what Lucca holds now.

A preview informs a person; it stops nothing.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.models import ImportBatch, ReadEntry, Reading
from imports.place_names import PlaceNames
from imports.positions import position_words
from imports.reading import ask_for
from imports.reading_models import newest
from imports.stages import Stage
from imports.verdicts import Doubt, Line, Verdict, halves, judge
from portal.models import Employee
from portal.refusals import Refusal
from portal.words import labelled, number

MOST_LINES = 2000


@dataclass(frozen=True)
class Row:
    """A line with what Lucca has now (`before`) and what it would have then (`after`), in words."""

    line: Line
    day: date
    name: str
    before: str
    after: str
    verdict: Verdict
    doubt: Doubt | None

    @property
    def part(self) -> str:
        return position_words(self.line.position)


def lines_of(batch: ImportBatch) -> list[Line]:
    """Of a file of at most MOST_LINES lines."""
    with Path(batch.canonical.path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        next(rows)
        return [
            Line(login, place, area, day, position, deletion == "true")
            for login, place, area, day, position, _comment, deletion in rows
        ]


# Asking


def line_count(batch: ImportBatch) -> int:
    """Lines of the file as it would be sent."""
    return sum(part["lines"] for part in batch.parts)


def why_not(batch: ImportBatch) -> str:
    """Why no preview can be read, as a sentence; empty if one can."""
    if not batch.override:
        return _("This import replaces nothing, so there is nothing to preview.")
    if not batch.canonical or batch.stage not in (Stage.CHECKED, Stage.ANALYSED):
        return _("A preview is read between the check and the launch.")
    if (count := line_count(batch)) > MOST_LINES:
        return _(
            "A preview is offered for up to %(most)s lines; this import has %(count)s. To see one,"
            " split the file."
        ) % {"most": number(MOST_LINES), "count": number(count)}
    return ""


def current(batch: ImportBatch) -> Reading | None:
    """The newest preview that was asked for, be it under way, void or forgotten."""
    return newest(Reading.Purpose.PREVIEW, batch=batch)


def ask_preview(batch: ImportBatch, *, by: Any, agreed: bool) -> Reading:
    """Have Lucca's entries read for the employees and days of the file as it would be sent."""
    if refusal := why_not(batch):
        raise Refusal(refusal)
    lines = lines_of(batch)
    days = sorted({line.day for line in lines})
    people = _people(batch, {line.login for line in lines})
    reading = Reading(
        account=batch.account,
        host=batch.account.host,
        purpose=Reading.Purpose.PREVIEW,
        batch=batch,
        sha256=batch.sent_sha256,
        asked_by=by,
        people=sorted(employee.remote_id for employee in people.values()),
        days=days,
        first_day=date.fromisoformat(days[0]),
        last_day=date.fromisoformat(days[-1]),
    )
    ask_for(reading, by=by, agreed=agreed)
    return reading


def _people(batch: ImportBatch, logins: set[str]) -> dict[str, Employee]:
    """By login, of those that the directory knows; of two with one login, who was seen last."""
    rows = Employee.objects.filter(account=batch.account, login__in=logins)
    return {employee.login: employee for employee in rows.order_by("seen_at", "pk")}


# Comparing


def compare(batch: ImportBatch, reading: Reading) -> list[Row]:
    """Each line of the file with its verdict, by name and day."""
    lines = lines_of(batch)
    people = _people(batch, {line.login for line in lines})
    names = PlaceNames(batch.account)
    standing: dict[tuple[int, str], list[ReadEntry]] = defaultdict(list)
    for entry in reading.entries.all():
        standing[entry.owner, str(entry.day)].append(entry)
    named: dict[tuple[str, str], frozenset[int]] = defaultdict(frozenset)
    for line in lines:
        named[line.login, line.day] |= halves(line.position)

    def by_name(line: Line) -> tuple[str, ...]:
        person = people.get(line.login)
        names = (person.last_name, person.first_name) if person else ("", "")
        return (*names, line.login, line.day, line.position)

    return [
        _row(line, people.get(line.login), standing, named[line.login, line.day], names)
        for line in sorted(lines, key=by_name)
    ]


def _row(
    line: Line,
    person: Employee | None,
    standing: Mapping[tuple[int, str], Sequence[ReadEntry]],
    named: frozenset[int],
    names: PlaceNames,
) -> Row:
    verdict, name, before = Verdict.UNKNOWN, "", "?"
    doubt: Doubt | None = Doubt.NO_EMPLOYEE
    if person:
        there = standing.get((person.remote_id, line.day), ())
        verdict, doubt = judge(line, there, named, names.ids(line.place, line.area))
        name = f"{person.first_name} {person.last_name}".strip()
        before = standing_words(there, names)
    return Row(
        line=line,
        day=date.fromisoformat(line.day),
        name=name,
        before=before,
        after=_wanted_words(line),
        verdict=verdict,
        doubt=doubt,
    )


# In words


def standing_words(entries: Iterable[ReadEntry], names: PlaceNames) -> str:
    said = []
    for entry in entries:
        words = labelled(position_words(entry.position), names.words(entry.place, entry.area))
        if entry.is_pending:
            words = _("%(entry)s (awaits approval)") % {"entry": words}
        said.append(words)
    return ", ".join(said)


def _wanted_words(line: Line) -> str:
    if line.is_deletion:
        return ""
    return f"{line.place} / {line.area}" if line.area else line.place


def counts(rows: Sequence[Row]) -> str:
    """The sentence of counts, which add up."""
    found = Counter(row.verdict for row in rows)
    parts = _count_words(found)
    total = len(rows)
    return ngettext("%(total)s line: %(said)s", "%(total)s lines: %(said)s", total) % {
        "total": number(total),
        "said": ", ".join(parts[verdict] for verdict in Verdict if found[verdict]),
    }


def _count_words(found: Mapping[Verdict, int]) -> dict[Verdict, str]:
    def said(verdict: Verdict, words: str) -> str:
        return words % {"n": number(found.get(verdict, 0))}

    n = found.get
    return {
        verdict: said(verdict, words)
        for verdict, words in {
            Verdict.REPLACED: ngettext(
                "%(n)s replaces what stands there",
                "%(n)s replace what stands there",
                n(Verdict.REPLACED, 0),
            ),
            Verdict.DELETED: ngettext(
                "%(n)s deletes an entry", "%(n)s delete an entry", n(Verdict.DELETED, 0)
            ),
            Verdict.SAME: ngettext(
                "%(n)s is the same already", "%(n)s are the same already", n(Verdict.SAME, 0)
            ),
            Verdict.CREATED: ngettext(
                "%(n)s fills what is empty", "%(n)s fill what is empty", n(Verdict.CREATED, 0)
            ),
            Verdict.MISSING: ngettext(
                "%(n)s finds nothing to delete",
                "%(n)s find nothing to delete",
                n(Verdict.MISSING, 0),
            ),
            Verdict.UNKNOWN: ngettext(
                "%(n)s is not known", "%(n)s are not known", n(Verdict.UNKNOWN, 0)
            ),
        }.items()
    }


def doubts(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """What is not documented, each once as a sentence, with the number of its lines."""
    found = Counter(row.doubt for row in rows if row.doubt and row.verdict != Verdict.UNKNOWN)
    return [(str(doubt.label), found[doubt]) for doubt in Doubt if found[doubt]]
