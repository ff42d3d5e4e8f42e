"""What happened to an override, by the history; and its jobs."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from portal.audit import SYSTEM
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Event, EventDetail
from portal.words import labelled
from schedules.models import ScheduleOverride

_MOST_ENTRIES = 100


@dataclass(frozen=True)
class Entry:
    at: datetime
    what: str
    who: str


def jobs(override: ScheduleOverride) -> list[tuple[str, Job]]:
    """(what it is for, the job), in the order in which they come."""
    named = [
        (_("reading of the day"), override.preparation),
        (_("change"), override.job),
        (_("reading again"), override.look),
        (_("taking back"), override.withdrawal),
    ]
    return [(name, job) for name, job in named if job is not None]


def history(override: ScheduleOverride) -> list[Entry]:
    """The oldest first. Who is “erased” where that was erased."""
    names = {f"job:{job.pk}": name for name, job in jobs(override)}
    subjects = [f"scheduleoverride:{override.pk}", *names]
    actor = EventDetail.objects.filter(seq=OuterRef("seq")).values("actor")[:1]
    entries = (
        Event.objects.filter(subject__in=subjects)
        .order_by("-seq")
        .annotate(_actor=Subquery(actor))
        .values_list("at", "subject", "verb", "_actor")[:_MOST_ENTRIES]
    )
    words = _verbs()
    found = []
    for at, subject, verb, who in reversed(entries):
        said = words.get(verb, verb)
        if subject in names:
            said = labelled(names[subject], said)
        found.append(Entry(at, said, _("the system") if who == SYSTEM else who or _("erased")))
    return found


def _verbs() -> dict[str, str]:
    return {
        "override.asked": _("asked for"),
        "override.dropped": _("cancelled"),
        "override.agreed": _("agreed to"),
        "override.withdrawal_asked": _("taking back asked for"),
        "job.queued": _("asked for"),
        "job.running": _("begun"),
        "lucca.sent": _("request sent to Lucca"),
        **{f"job.{state}": str(words) for state, words in JobState.choices[2:]},
    }
