"""What Lucca is asked about a few employees and days, for a preparation or a verification.

At most ten employees and 31 days at a time (what Lucca recommends for days); lists are read to
their end, by their count, because a merge that forgets an override deletes it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from portal.lucca import arrangements, overrides, schedule, timesheet, workcycles
from portal.lucca.arrangements import MOST, Assignment
from portal.lucca.errors import Misconfigured, Unexpected
from portal.lucca.schedule import MOST_DAYS, MOST_EMPLOYEES
from portal.lucca.session import Request, Session
from portal.lucca.timesheet import Timesheet
from portal.lucca.types import Page
from portal.lucca.workcycles import WorkCycleException
from portal.models import Account
from schedules.override_models import ScheduleOverride
from schedules.overrides.standing import Item, ends_at, of_exception, of_override
from schedules.userdates import members

T = TypeVar("T")
# A list that has not ended after so many pages is none.
_MOST_PAGES = 200
_AROUND = timedelta(days=366)
# Sheets of one page: ten employees have no more in a month.
_SHEETS = 1000


def blocks(rows: Sequence[ScheduleOverride]) -> Iterator[list[ScheduleOverride]]:
    """In the order of their days, as many as one request may name employees and days."""
    block: list[ScheduleOverride] = []
    for row in sorted(rows, key=lambda one: (one.day, one.employee, one.pk)):
        people = {one.employee for one in block} | {row.employee}
        if block and (len(people) > MOST_EMPLOYEES or (row.day - block[0].day).days >= MOST_DAYS):
            yield block
            block = []
        block.append(row)
    if block:
        yield block


@dataclass(frozen=True)
class Asked:
    """The employees and days of a block, and the model of schedules that it is written in: the
    account's may have been changed since."""

    people: list[int]
    first: date
    last: date
    model: str


def asked(block: Sequence[ScheduleOverride]) -> Asked:
    days = [one.day for one in block]
    people = sorted({one.employee for one in block})
    return Asked(people, min(days), max(days), block[0].schedule_model)


@dataclass(frozen=True)
class Standing:
    """What stands on days besides the plan, by employee; and the units that exceptions have."""

    items: dict[int, list[Item]] = field(default_factory=dict)
    units: dict[int, set[str]] = field(default_factory=dict)

    def on(self, employee: int, day: date) -> list[Item]:
        """The items that start on this day."""
        mine = self.items.get(employee, [])
        return [item for item in mine if item.starts_at.startswith(str(day))]

    def reaching_into(self, employee: int, day: date) -> list[Item]:
        """Items of the eve that end after midnight: a replacement of the day leaves them alone."""
        midnight = datetime.combine(day, time())
        eve = self.on(employee, day - timedelta(days=1))
        return [item for item in eve if ends_at(item) > midnight]


def standing(lucca: Session, account: Account, wanted: Asked, *, whole: bool = True) -> Standing:
    """`whole`: with the eve and, of exceptions, a year around, which tells the unit."""
    found = Standing()
    if wanted.model == Account.ScheduleModel.WORKCYCLES:
        around = _AROUND if whole else timedelta(0)
        for one in _exceptions(lucca, account, wanted, around):
            found.items.setdefault(one.owner, []).append(of_exception(one))
            found.units.setdefault(one.owner, set()).add(one.unit)
        return found
    first = wanted.first - timedelta(days=1) if whole else wanted.first
    for override in pages(lambda page: overrides.overrides(wanted.people, first, wanted.last, page),
                          lucca, lambda one: one.id):  # fmt: skip
        found.items.setdefault(override.employee, []).append(of_override(override))
    return found


def _exceptions(
    lucca: Session, account: Account, wanted: Asked, around: timedelta
) -> list[WorkCycleException]:
    first, last, size = wanted.first - around, wanted.last + around, account.page_size
    found = pages(
        lambda page: workcycles.exceptions(wanted.people, first, last, (page - 1) * size, size),
        lucca,
        lambda one: one.id,
    )
    return [one for one in found if not one.is_deleted]


def pages(
    request: Callable[[int], Request[Page[T]]], lucca: Session, number: Callable[[T], int]
) -> list[T]:
    """A list to its end: by its count or an empty page, never because a page is short.

    Raises Unexpected where what was collected and the count do not agree.
    """
    found: dict[int, T] = {}
    count = None
    for page in range(1, _MOST_PAGES + 1):
        answer = lucca.send(request(page))
        before = len(found)
        found.update({number(one): one for one in answer.items})
        count = answer.count if answer.count is not None else count
        if not answer.items or len(found) == before or (count is not None and len(found) >= count):
            break
    if count is not None and len(found) != count:
        raise Unexpected("unreadable-answer", detail="count")
    return list(found.values())


def days(lucca: Session, wanted: Asked) -> dict[tuple[int, date], dict[str, Any]]:
    """The days as Lucca computes them; a pair that is missing is unknown."""
    found = lucca.send(schedule.userdates(wanted.people, wanted.first, wanted.last))
    return {(one.owner, one.day): members(one) for one in found}


def assignments(lucca: Session, people: Iterable[int]) -> dict[int, list[Assignment]]:
    wanted = list(people)
    found: dict[int, list[Assignment]] = {}
    numbers = iter(range(-1, -1_000_000, -1))
    # An id is not documented as always there: without one, every item is its own.
    for one in pages(
        lambda page: arrangements.assignments(wanted, page, MOST),
        lucca,
        lambda one: one.id or next(numbers),
    ):
        found.setdefault(one.employee, []).append(one)
    return found


def sheets(lucca: Session, wanted: Asked) -> list[Timesheet] | None:
    """Submitted and approved timesheets; None where the key may not see them."""
    try:
        page = lucca.send(timesheet.submitted(wanted.people, wanted.first, wanted.last, 0, _SHEETS))
    except Misconfigured as error:
        if error.status in (403, 404):
            return None
        raise
    return page.items
