"""Proof of an import: Lucca is read back, and each line that was sent gets a verdict.

The evidence is what Lucca lists, not what its results count. Reading is a job that several imports
may wait for together (imports.reading); comparing is a job of each import that waits for it
(imports.verification_job).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.models import Finding, ImportBatch, Reading, Verification, Why
from imports.reading import ask_for
from imports.stages import Stage
from imports.touched import Held, Touched
from imports.verdicts import Line, halves
from portal.audit import record
from portal.jobs.claims import ask
from portal.refusals import Refusal
from portal.words import number

KIND = "imports.verification"
STAGES = (Stage.DONE, Stage.PARTIAL, Stage.UNKNOWN)
# An import of an earlier version, or of long ago, is read back only when somebody asks.
_BY_ITSELF = timedelta(days=1)


def judge(
    line: Line, there: Sequence[Held], wanted: tuple[int | None, int | None], *, has_left: bool
) -> tuple[Finding, Why]:
    """The verdict on a line where these entries stand on its day. `wanted`: its place and area.

    A creation is verified when what covers its part of the day is exactly what it asked for; a
    deletion when no entry of its position stands there.
    """
    if line.is_deletion:
        if any(entry.position == line.position for entry in there):
            return Finding.DIFFERENT, Why.STILL_THERE
        return (Finding.NOT_READABLE, Why.HAS_LEFT) if has_left else (Finding.VERIFIED, Why.NOTHING)
    mine = halves(line.position)
    hit = [entry for entry in there if halves(entry.position) & mine]
    if not hit:
        return (Finding.NOT_READABLE, Why.HAS_LEFT) if has_left else (Finding.MISSING, Why.NOTHING)
    if any((entry.position, entry.place, entry.area) != (line.position, *wanted) for entry in hit):
        return Finding.DIFFERENT, Why.NOTHING
    pending = any(entry.status.lower() == "pending" for entry in hit)
    return Finding.VERIFIED, Why.PENDING if pending else Why.NOTHING


# Asking


def why_not(batch: ImportBatch) -> str:
    """Why it cannot be read back, as a sentence; empty if it can."""
    if not (batch.stage in STAGES or batch.is_held) or not batch.canonical:
        return _("Only an import that was sent to Lucca can be read back.")
    return ""


def newest(batch: ImportBatch) -> Verification | None:
    """The last one that was asked for. Once the rest has left, not what was found before of the
    first lines: it says nothing of the others."""
    related = ("batch__account", "asked_by", "job", "reading__account", "reading__batch")
    rows = Verification.objects.filter(batch=batch, round=batch.round)
    if batch.rest_released_at:
        rows = rows.filter(asked_at__gte=batch.rest_released_at)
    jobs = ("reading__job__account", "reading__job__waits_for")
    return rows.select_related(*related, *jobs).first()


def ask_verification(
    batch: ImportBatch,
    *,
    by: Any,
    agreed: bool = False,
    whole: bool = False,
    settles: bool = False,
) -> Verification:
    """Have Lucca read back for this import; who asks while that goes on gets the same.

    `agreed`: the person has seen what it costs; without it a long reading stops after counting.
    `whole`: without a filter, whatever the account's setting. `settles`: an unknown outcome is
    settled by what is found.
    """
    if refusal := why_not(batch):
        raise Refusal(refusal)
    try:
        with Touched(batch) as touched:
            people, days, lines = touched.owners, sorted(touched.days), len(touched)
    except FileNotFoundError:
        raise Refusal(_("The file of this import is no longer there.")) from None
    try:
        with transaction.atomic():
            reading = _reading(batch, people, days, by, whole=whole)
            if reading:
                ask_for(reading, by=by, agreed=agreed)
            found = Verification.objects.create(
                batch=batch,
                round=batch.round,
                reading=reading,
                job=ask(KIND, batch.account, by=by, waits_for=reading.job if reading else None),
                asked_by=by,
                agreed=agreed,
                settles=settles,
                lines=lines,
            )
            record(
                "import.verification_asked",
                batch,
                account=batch.account.label,
                by=by,
                values={"verification": found.pk, "lines": lines, "agreed": agreed},
            )
    except IntegrityError:
        under_way = Verification.objects.filter(batch=batch, ended_at=None)
        if settles:
            under_way.update(settles=True)
        return under_way.select_related("job").get()
    return found


def _reading(
    batch: ImportBatch, people: list[int], days: list[str], by: Any, *, whole: bool
) -> Reading | None:
    """None where no line is of a known employee, so that nothing can be read."""
    if not people:
        return None
    return Reading(
        account=batch.account,
        host=batch.account.host,
        purpose=Reading.Purpose.VERIFICATION,
        batch=batch,
        sha256=batch.sent_sha256,
        asked_by=by,
        people=people,
        days=days,
        first_day=days[0],
        last_day=days[-1],
        without_filter=whole,
    )


def again_without_filter(found: Verification, earlier: Reading) -> Reading:
    """What a filter did not show may be there all the same: the whole list is read."""
    people, days, by = earlier.people, earlier.days, found.asked_by
    reading = _reading(found.batch, people, days, by, whole=True) or earlier
    ask_for(reading, by=by, agreed=found.agreed)
    return reading


def ask_by_itself() -> None:
    """The sweeper's: imports that have just ended are read back without anybody asking. One that
    takes longer than a minute only counts, and asks on its page."""
    since = timezone.now() - _BY_ITSELF
    # Of an import whose first lines went ahead, they alone were read before the rest left.
    whole = Q(batch__rest_released_at=None) | Q(asked_at__gte=F("batch__rest_released_at"))
    read = Verification.objects.filter(whole, batch=OuterRef("pk"))
    ended = ImportBatch.objects.filter(
        ~Exists(read), stage__in=(Stage.DONE, Stage.PARTIAL), touched_at__gte=since
    )
    for batch in ended.select_related("account").exclude(canonical="")[:20]:
        with suppress(Refusal):
            ask_verification(batch, by=None)


# In words


def counts(found: Verification) -> str:
    """“1,240 lines read back: 1,200 verified, 38 different, 2 missing”."""
    parts = [
        (n := found.verified, ngettext("%(n)s verified", "%(n)s verified", n)),
        (n := found.different, ngettext("%(n)s different", "%(n)s different", n)),
        (n := found.missing, ngettext("%(n)s missing", "%(n)s missing", n)),
        (n := found.not_readable, ngettext("%(n)s not readable", "%(n)s not readable", n)),
    ]
    said = ", ".join(words % {"n": number(count)} for count, words in parts if count)
    total = ngettext("%(total)s line: %(said)s", "%(total)s lines: %(said)s", found.lines)
    return total % {"total": number(found.lines), "said": said or "–"}


def pending_words(found: Verification) -> str:
    if not found.pending:
        return ""
    return ngettext(
        "%(n)s of the verified lines awaits approval in Lucca.",
        "%(n)s of the verified lines await approval in Lucca.",
        found.pending,
    ) % {"n": number(found.pending)}


def meaning(found: Verification) -> str:
    """What the counts mean, and what comes next, as sentences."""
    if found.is_under_way:
        return _("Lucca is being read back; it goes on by itself.")
    if not found.judged:
        return found.message
    if found.verified == found.lines:
        words = _("Every line that was sent is in Lucca as it was sent.")
    elif found.verified + found.not_readable == found.lines:
        words = _("Nothing speaks against this import, but not every line could be looked up.")
    else:
        words = _("Not every line is in Lucca as it was sent. Look at those that are not.")
    return " ".join(filter(None, [words, pending_words(found), found.message]))
