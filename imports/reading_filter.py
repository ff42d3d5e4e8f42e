"""The account's filter of the list of entries: sent on trust, and tested on the answers.

No filter is documented (developers.lucca.fr/api-reference/legacy/timmi-office/user-locations/
list-user-locations). One that is ignored costs nothing: its answer is the first page of the whole
list. One that is honoured shows what is there; that something is not there it cannot tell.
"""

from datetime import date, timedelta
from enum import Enum
from urllib.parse import parse_qsl

from imports.models import Tally
from portal.jobs.models import Job
from portal.lucca.office import UserLocation
from portal.lucca.types import Page

# On either side, lest a last day be taken for not included.
_MARGIN = timedelta(days=1)


class Answer(Enum):
    HONOURED = "honoured"
    # The page is the first one of the whole list.
    IGNORED = "ignored"
    # Neither the whole list nor what was asked for.
    ODD = "odd"


def candidate(job: Job) -> dict[str, str]:
    """What to send for the readings of this job; empty for none."""
    template, readings = job.account.location_filter, list(job.readings.all())
    if not template or not readings or not all(reading.may_filter for reading in readings):
        return {}
    if Tally.objects.filter(account=job.account, useless_filter=template).exists():
        return {}
    first = min(reading.first_day for reading in readings) - _MARGIN
    last = max(reading.last_day for reading in readings) + _MARGIN
    filled = template.replace("{first}", str(first)).replace("{last}", str(last))
    return dict(parse_qsl(filled))


def span(job: Job) -> tuple[date, date]:
    """The first and the last day that an honoured filter may let through."""
    days = [day for reading in job.readings.all() for day in (reading.first_day, reading.last_day)]
    return min(days) - _MARGIN, max(days) + _MARGIN


def fits(job: Job, page: Page[UserLocation]) -> bool:
    """Whether each row is one that was asked for."""
    first, last = span(job)
    return all(row.day is not None and first <= row.day <= last for row in page.items)


def test(job: Job, page: Page[UserLocation], total: int | None) -> Answer:
    """What the first page shows of the filter; `total` is the length of the whole list."""
    fit = fits(job, page)
    if not fit:
        remember_useless(job)
    if page.count is not None and total is not None and page.count >= total:
        return Answer.IGNORED
    if page.count is None or total is None:
        return Answer.HONOURED if fit and page.items else Answer.IGNORED
    # Nothing at all may mean that the filter was read in another way.
    return Answer.HONOURED if fit and page.items else Answer.ODD


def remember_useless(job: Job) -> None:
    """It is not sent again to this account before its setting is another one."""
    Tally.objects.filter(account=job.account).update(useless_filter=job.account.location_filter)
