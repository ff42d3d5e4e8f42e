"""The job that compares an import with what was read back: it waits for the reading, then judges.

Nothing is sent to Lucca by it. What it finds may settle an import whose outcome is unknown
(imports.reconciliation). Repeating it after a crash gives the same verdicts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imports import reconciliation
from imports.models import Finding, LineVerdict, Reading, Verification, Why
from imports.place_names import PlaceNames
from imports.reading import cost_of, needs_consent
from imports.touched import Touched
from imports.verification import KIND, again_without_filter, judge
from portal.audit import record
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.jobs.moves import JobState

COMPARE = "compare"
# finding, number, at, why
_Row = tuple[int, int, int, int]
_AT_ONCE = 5000
_PER_STATEMENT = 1000
_COLUMNS = "(verification_id, finding, number, at, why)"


def _compare(job: Job) -> None:
    found = Verification.objects.select_related(
        "batch__account", "reading__account", "reading__batch", "reading__job", "asked_by"
    ).get(job=job)
    if reason := _why_not_read(found):
        _end_unread(job, found, *reason)
        return
    counted = _judge_lines(job, found)
    if found.reading and _filter_may_hide(found, found.reading, counted):
        with transaction.atomic():
            reading = again_without_filter(found, found.reading)
            Verification.objects.filter(pk=found.pk).update(reading=reading)
            job.go(COMPARE, waits_for=reading.job)
        return
    _end(job, found, counted)


def _why_not_read(found: Verification) -> tuple[str, dict[str, Any]] | None:
    """The reason and its parameters, where the entries were not read."""
    reading = found.reading
    if reading is None or reading.has_content:
        return None
    if needs_consent(reading):
        return "reading-long", {}
    if reading.job is None or reading.job.state == JobState.CANCELLED:
        return "reading-stopped", {}
    if reading.is_void or not reading.job.reason:
        return "reading-void", {}
    return "verification-unread", {**reading.job.reason_params, "cause": reading.job.reason}


def _end_unread(job: Job, found: Verification, reason: str, params: dict[str, Any]) -> None:
    unreadable = reason == "verification-unread"
    with transaction.atomic():
        job.succeed() if reason == "reading-long" else job.fail(reason, **params)
        _write(found, reason, params, not_readable=found.lines if unreadable else 0)


def _judge_lines(job: Job, found: Verification) -> Counter[int]:
    """Store the verdict of each line, and count them. The key 0 counts those that are pending."""
    counted: Counter[int] = Counter()
    names, rows = PlaceNames(found.batch.account), list[_Row]()
    with transaction.atomic():
        job.hold()
        # Of a time before this one, that was broken off.
        LineVerdict.objects.filter(verification=found).delete()

    def keep(place: int, finding: Finding, why: Why) -> None:
        rows.append((finding, touched.numbers[place], touched.offsets[place], why))
        counted[finding] += 1
        counted[0] += why == Why.PENDING
        if len(rows) >= _AT_ONCE:
            _store(job, found, rows)
            rows.clear()

    with Touched(found.batch) as touched:
        for place in touched.strangers:
            keep(place, Finding.NOT_READABLE, Why.NO_EMPLOYEE)
        for day in touched.by_day(found.reading) if found.reading else ():
            for place in day.lines:
                line = touched.line(place)
                wanted = names.ids(line.place, line.area)
                keep(place, *judge(line, day.entries[0], wanted, has_left=day.person.has_left))
        _store(job, found, rows)
    return counted


def _store(job: Job, found: Verification, rows: Sequence[_Row]) -> None:
    """Fenced: a comparison that was taken over stores nothing more."""
    with transaction.atomic():
        job.hold()
        if connection.vendor == "postgresql":
            copy_into = f"COPY imports_lineverdict {_COLUMNS} FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(copy_into) as copy:
                for row in rows:
                    copy.write_row((found.pk, *map(int, row)))
            return
        for start in range(0, len(rows), _PER_STATEMENT):
            some = rows[start : start + _PER_STATEMENT]
            # Past Django's cursor, which would rewrite the placeholders of each statement.
            connection.connection.execute(
                _insert(found.pk, len(some)), list(map(int, chain.from_iterable(some)))
            )


@lru_cache(maxsize=8)
def _insert(verification: int, count: int) -> str:
    row = f"({verification:d}, ?, ?, ?, ?)"
    return f"INSERT INTO imports_lineverdict {_COLUMNS} VALUES {', '.join([row] * count)}"  # noqa: S608


def _filter_may_hide(found: Verification, reading: Reading, counted: Mapping[int, int]) -> bool:
    """Whether what was not found is to be looked for in the whole list, and may be."""
    if not reading.filtered or counted[Finding.VERIFIED] == found.lines:
        return False
    cost = cost_of(found.batch.account)
    return found.agreed or bool(cost and cost.is_small)


def _end(job: Job, found: Verification, counted: Mapping[int, int]) -> None:
    reading, reason = found.reading, ""
    if reading and not reading.is_whole:
        reason = "verification-moved"
    elif reading and reading.filtered and counted[Finding.VERIFIED] < found.lines:
        reason = "verification-filtered"
    with transaction.atomic():
        job.succeed()
        # Somebody may have asked meanwhile that it settles the import.
        found.refresh_from_db(fields=["settles"])
        _write(
            found,
            reason,
            {},
            judged=True,
            verified=counted[Finding.VERIFIED],
            different=counted[Finding.DIFFERENT],
            missing=counted[Finding.MISSING],
            not_readable=counted[Finding.NOT_READABLE],
            pending=counted[0],
        )
        reconciliation.conclude(found)
        LineVerdict.objects.filter(
            verification__batch=found.batch, verification__pk__lt=found.pk
        ).delete()


def _write(found: Verification, reason: str, params: Mapping[str, Any], **fields: Any) -> None:
    """The end of a verification, with its history entry."""
    fields |= {"reason": reason, "reason_params": dict(params), "ended_at": timezone.now()}
    Verification.objects.filter(pk=found.pk, ended_at=None).update(**fields)
    for name, value in fields.items():
        setattr(found, name, value)
    record(
        "import.verified",
        found.batch,
        account=found.batch.account.label,
        by=found.asked_by,
        values={
            "verification": found.pk,
            "reading": found.reading_id,
            "reason": reason,
            "lines": found.lines,
            "verified": found.verified,
            "different": found.different,
            "missing": found.missing,
            "not_readable": found.not_readable,
        },
    )


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    found = Verification.objects.select_related("batch__account", "asked_by").get(job=job)
    with transaction.atomic():
        job.fail(reason, **params)
        _write(found, reason, params)


def register_kind() -> None:
    steps = {COMPARE: Work(_compare)}
    register(Kind(KIND, _("verification of an import"), COMPARE, steps, _give_up))
