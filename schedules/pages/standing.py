"""Where the reading of a calendar stands, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.words import moment, number
from schedules.calendar import DAYS
from schedules.models import CalendarReading


@dataclass(frozen=True)
class Standing:
    """`is_waiting`: under way. Else `happened` is why it ended before all was read, if it did."""

    is_waiting: bool
    happened: str
    percent: int | None
    doing: str
    held_up: str
    since: str
    service_is_down: str

    @property
    def fingerprint(self) -> str:
        seen = (self.percent, self.doing, self.held_up, self.service_is_down)
        return f"{crc32(repr(seen).encode()):08x}"


def standing(reading: CalendarReading) -> Standing:
    job = reading.job
    waits = job is not None and job.state in OPEN
    return Standing(
        is_waiting=waits,
        happened="" if waits else _happened(reading),
        percent=job.progress if job and waits and job.step == DAYS else None,
        doing=_doing(reading, job) if job and waits else "",
        held_up=job.message if job and waits else "",
        since=moment(reading.asked_at),
        service_is_down=service_is_down() if waits else "",
    )


def _happened(reading: CalendarReading) -> str:
    if reading.forgotten_at:
        return _("What was read then is deleted by now: it is kept for some days only.")
    if reading.account.host != reading.host:
        return _("What was read then is of another address than the account has now.")
    job = reading.job
    return job.message if job and job.state != JobState.SUCCEEDED else ""


def _doing(reading: CalendarReading, job: Job) -> str:
    if job.state == JobState.QUEUED:
        return _("Waits for its turn.")
    if job.step != DAYS:
        return _("Lucca is asked what the employees' time is counted in.")
    total = len(reading.to_read)
    words = ngettext(
        "%(done)s of %(count)s employee is read.",
        "%(done)s of %(count)s employees are read.",
        total,
    )
    return words % {"done": number(job.cursor.get("at", 0)), "count": number(total)}


def age(at: datetime) -> str:
    """How long ago Lucca was asked, which is how old what is shown may be."""
    if timezone.now() - at < timedelta(minutes=1):
        return _("less than a minute ago")
    return _("%(time)s ago") % {"time": timesince(at)}
