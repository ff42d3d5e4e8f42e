"""An override in words: which part of which day, what it is to be, and the button that does it."""

from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.models import Account
from portal.words import labelled, written
from schedules.amounts import amount, clock
from schedules.models import ScheduleOverride
from schedules.override_models import STAGES

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Nature, Part = ScheduleOverride.Nature, ScheduleOverride.Part
TONES = {
    "preparing": "info", "not-read": "error", "blocked": "error", "ready": "warning",
    "applying": "info", "verified": "good", "different": "warning", "applied": "good",
    "partial": "warning", "failed": "error", "unknown": "error", "cancelled": "quiet",
    "withdrawing": "info", "withdrawn": "quiet",
}  # fmt: skip
_LABELS: "dict[tuple[str, bool], StrPromise]" = {
    (Nature.OFF, True): gettext_lazy("Make %(when)s a day off for %(name)s in %(account)s"),
    (Nature.OFF, False): gettext_lazy("Make %(when)s, time off for %(name)s in %(account)s"),
    (Nature.WORKED, True): gettext_lazy("Have %(name)s work %(amount)s on %(when)s in %(account)s"),
    (Nature.PART_TIME, True): gettext_lazy(
        "Make %(when)s a part-time day off for %(name)s in %(account)s"
    ),
    (Nature.WEEKLY_REST, True): gettext_lazy(
        "Make %(when)s weekly rest for %(name)s in %(account)s"
    ),
}


def stage_words(override: ScheduleOverride) -> str:
    return capfirst(str(STAGES[override.stage]))


def when(override: ScheduleOverride) -> str:
    """“Tuesday 15 June 2027, second half”; the part is not said of a full day."""
    day = written(override.day, "l j F Y").replace(" ", "\N{NO-BREAK SPACE}")
    if override.part == Part.FULL:
        return day
    return _("%(day)s, %(part)s") % {"day": day, "part": override.get_part_display()}


def unit_of(override: ScheduleOverride) -> str:
    """What the employee's time is counted in; before that was read, as the duration was written."""
    return override.unit or override.counted_in


def what(override: ScheduleOverride) -> str:
    """“Off”, “worked: 3 h 30”, “worked: 3 h 30 (09:00–12:30)”."""
    nature = str(override.get_nature_display())
    if not override.minutes:
        return nature
    return labelled(nature, duration(override))


def duration(override: ScheduleOverride) -> str:
    said = amount(override.minutes, unit_of(override))
    return f"{said} ({clock(override.starts, override.minutes)})" if override.starts else said


def target(account: Account) -> str:
    """The account as it must be unmistakable: “acme (Production)”."""
    return f"{account.label} ({account.get_kind_display()})"


def apply_label(override: ScheduleOverride, name: str) -> str:
    """Verb, name and day."""
    full = override.part == Part.FULL or override.nature != Nature.OFF
    return str(_LABELS[override.nature, full]) % {
        "when": when(override),
        "name": name,
        "amount": duration(override),
        "account": target(override.account),
    }


def withdraw_label(override: ScheduleOverride, name: str) -> str:
    return _("Take back what was changed on %(when)s for %(name)s in %(account)s") % {
        "when": when(override),
        "name": name,
        "account": target(override.account),
    }
