"""A change of one day in words, for lists and cells."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.words import labelled
from schedules.amounts import amount
from schedules.models import ScheduleOverride
from schedules.override_models import STAGES
from schedules.overrides.findings import read

TONES = {
    "preparing": "info", "not-read": "warning", "blocked": "error", "ready": "info",
    "applying": "info", "verified": "good", "different": "warning", "applied": "good",
    "partial": "warning", "failed": "error", "unknown": "error", "cancelled": "quiet",
    "withdrawing": "info", "withdrawn": "quiet", "asks": "warning", "not-sent": "warning",
}  # fmt: skip
# For those to whom colours say nothing.
MARKS = {"error": "✕", "warning": "!", "info": "·", "good": "✓", "quiet": "·"}


def wanted(row: ScheduleOverride) -> str:
    """“first half: worked 3 h 30 from 09:00”."""
    said = str(row.get_nature_display())
    if row.minutes:
        said += f" {amount(row.minutes, 'day' if row.counted_in == 'day' else 'hour')}"
    if row.starts:
        said = _("%(what)s from %(clock)s") % {"what": said, "clock": row.starts}
    return labelled(row.get_part_display(), said)


def times(day: dict[str, Any] | None, row: ScheduleOverride) -> str:
    """What is planned of the part that the change is about, of a day as Lucca computed it or of
    what is expected; empty where it cannot be said."""
    if day is None:
        return ""
    minutes = day.get("theoretical")
    if row.part != "full":
        half = day.get("halves", {}).get(row.part)
        minutes = half["theoretical"] if isinstance(half, dict) else half
    return "" if minutes is None else amount(minutes, row.unit)


def address_of(row: ScheduleOverride) -> str:
    """Its own page."""
    return reverse("admin:schedules_scheduleoverride_change", args=[row.pk])


@dataclass(frozen=True)
class Badge:
    """Where a change stands, in the light of its file: what a launch left out was not sent."""

    slug: str
    words: str
    why: str

    @property
    def tone(self) -> str:
        return TONES.get(self.slug, "quiet")

    @property
    def mark(self) -> str:
        return MARKS[self.tone]


def badge(row: ScheduleOverride, *, ended: bool) -> Badge:
    slug = row.stage
    if slug == "blocked":
        return Badge(slug, capfirst(str(STAGES[slug])), _sentences(row.blocking))
    if ended and slug in ("ready", "not-read", "preparing", "cancelled"):
        return Badge("not-sent", _("Not sent"), _sentences(row.questions))
    if slug == "ready" and row.questions:
        return Badge("asks", _("Asks you something"), _sentences(row.questions))
    if slug == "ready":
        return Badge(slug, _("Ready"), _sentences(row.findings))
    job = row.withdrawal or row.job
    said = job.message if job and slug not in ("verified", "withdrawn") else ""
    return Badge(slug, capfirst(str(STAGES[slug])), said)


def _sentences(stored: list[dict[str, Any]]) -> str:
    return " ".join(str(one) for one in read(stored))
