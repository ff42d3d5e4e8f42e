"""Where a reading of Lucca's entries stands, in words; shared by all pages that ask for one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zlib import crc32

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.models import Reading
from imports.pages.rights import may
from imports.reading import PAGE, Cost, cost_of, needs_consent
from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.models import Account
from portal.pages.rights import elsewhere
from portal.words import moment, number


@dataclass(frozen=True)
class Standing:
    """`is_waiting`: under way. `is_ready`: there is something to show. Else `happened` is why not,
    or `asks` for a decision."""

    is_waiting: bool
    is_ready: bool
    asks: bool
    happened: str
    percent: int | None
    doing: str
    held_up: str
    since: str
    service_is_down: str
    age: str

    @property
    def fingerprint(self) -> str:
        seen = (self.percent, self.doing, self.held_up, self.service_is_down)
        return f"{crc32(repr(seen).encode()):08x}"


def standing(reading: Reading) -> Standing:
    job = reading.job
    waits = job is not None and job.state in OPEN
    return Standing(
        is_waiting=waits,
        is_ready=reading.has_content,
        asks=needs_consent(reading),
        happened="" if waits else _happened(reading),
        percent=job.progress if job and waits and job.step == PAGE else None,
        doing=_doing(job) if job and waits else "",
        held_up=job.message if job and waits else "",
        since=moment(reading.asked_at),
        service_is_down=service_is_down() if waits else "",
        age=_age(reading.read_at) if reading.read_at else "",
    )


def happening(doing: str, since: datetime | None = None) -> Standing:
    """Of work that is no reading: what is being done since when, or (empty) nothing."""
    return Standing(
        is_waiting=bool(doing),
        is_ready=False,
        asks=False,
        happened="",
        percent=None,
        doing=doing,
        held_up="",
        since=moment(since) if since else "",
        service_is_down=service_is_down() if doing else "",
        age="",
    )


def _age(at: datetime) -> str:
    """How long ago Lucca was asked, which is how old what is shown may be."""
    if timezone.now() - at < timedelta(minutes=1):
        return _("less than a minute ago")
    return _("%(time)s ago") % {"time": timesince(at)}


def _happened(reading: Reading) -> str:
    if reading.forgotten_at:
        return _("What was read then is deleted by now: it is kept for some days only.")
    if reading.is_void:
        return _("What was read before is not of this file, or not of this address; it is void.")
    if reading.job is None:
        return _("The reading was stopped.")
    return reading.job.message


def _doing(job: Job) -> str:
    if job.waits_for and job.waits_for.state not in SETTLED:
        return _("The people and places of Lucca are read first.")
    if job.state == JobState.QUEUED:
        return _("Waits for its turn.")
    pages = job.cursor.get("pages")
    if job.step != PAGE or not pages:
        return _("Lucca is asked how many entries there are.")
    page = job.cursor.get("page", 1)
    words = _("Page %(page)s of about %(pages)s is read; %(left)s left.") % {
        "page": number(page),
        "pages": number(max(page, pages)),
        "left": _how_long(cost_of(job.account, max(1, pages - page + 1))),
    }
    if job.cursor.get("round", 1) > 1:
        return _("%(words)s Entries changed meanwhile, so they are read a second time.") % {
            "words": words
        }
    return words


def _how_long(cost: Cost | None) -> str:
    if cost is None or cost.is_small:
        return _("less than a minute")
    minutes = ceil(cost.seconds / 60)
    if minutes < 120:
        words = ngettext("about %(count)s minute", "about %(count)s minutes", minutes)
        return words % {"count": number(minutes)}
    hours = round(minutes / 60)
    words = ngettext("about %(count)s hour", "about %(count)s hours", hours)
    return words % {"count": number(hours)}


def cost_words(account: Account) -> str:
    """What a reading costs, to be said before it begins."""
    cost = cost_of(account)
    if cost is None:
        return _(
            "Lucca is asked first how many entries there are, by one request. If reading them takes"
            " longer than a minute, you are asked before it begins."
        )
    return ngettext(
        "Lucca has no known way to ask for some people only, so all its entries are read:"
        " %(count)s request, %(time)s, within the account's limit of requests. Should entries"
        " change meanwhile, they are read a second time.",
        "Lucca has no known way to ask for some people only, so all its entries are read: about"
        " %(count)s requests, %(time)s, within the account's limit of requests. Should entries"
        " change meanwhile, they are read a second time.",
        cost.requests,
    ) % {"count": number(cost.requests), "time": _how_long(cost)}


def is_known_cost(account: Account) -> bool:
    """Whether a person who asks has been told what it costs."""
    return cost_of(account) is not None


def moving(
    request: HttpRequest, stand: Callable[[], Standing], back: str, live: str
) -> HttpResponse:
    """The part of a page that moves; at rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, back)
    if not may(request, "view"):
        raise PermissionDenied
    now = stand()
    if not now.is_waiting:
        return elsewhere(request, back)
    if request.GET.get("seen") == now.fingerprint:
        return HttpResponse(status=204)
    context = {"standing": now, "live_url": live, "page_url": back}
    return render(request, "admin/imports/importbatch/reading_live.html", context)
