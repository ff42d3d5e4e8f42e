"""Reading a list of /schedule/api page by page, each a short read, and all of it in the end.

What has come so far is in the job's cursor under "items", as plain values: days as YYYY-MM-DD.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import transaction

from portal.jobs.models import Job
from portal.lucca.arrangements import Arrangement, Assignment
from portal.lucca.errors import Unexpected
from portal.lucca.overrides import Override
from portal.lucca.types import Page

T = TypeVar("T")
# Of a hundred each; whatever has more is no answer that can be right.
_MOST_PAGES = 50
Plain = dict[str, Any]


def page_of(job: Job) -> int:
    return int(job.cursor.get("page", 1))


def whole(
    plain: Callable[[T], Plain],
) -> Callable[[Callable[[Job, list[Plain]], None]], Callable[[Job, Page[T]], None]]:
    """Makes what is done with the whole list into the `apply` of a Read that gets its pages: in one
    transaction with the end of the step, and only by who holds the job."""

    def wrap(then: Callable[[Job, list[Plain]], None]) -> Callable[[Job, Page[T]], None]:
        @wraps(then)
        def apply(job: Job, page: Page[T]) -> None:
            with transaction.atomic():
                job.hold()
                items = _gather(job, page, plain)
                if items is not None:
                    then(job, items)

        return apply

    return wrap


def _gather(job: Job, page: Page[T], plain: Callable[[T], Plain]) -> list[Plain] | None:
    """All of the list, or None where the job goes on with its next page.

    The end is the count that Lucca gives, or an empty page, never a short one. A list that ends
    before its count is no answer: what is decided by it must be whole.
    """
    held: list[Plain] = job.cursor.get("items", [])
    new = [one for one in map(plain, page.items) if one not in held]
    items = held + new
    if page.count is not None and len(items) >= page.count:
        return items
    if not new:
        if page.count is not None:
            raise Unexpected("unreadable-answer", detail="the list ends before its count")
        return items
    if page_of(job) >= _MOST_PAGES:
        raise Unexpected("unreadable-answer", detail="the list has no end")
    job.go(job.step, cursor=job.cursor | {"page": page_of(job) + 1, "items": items})
    return None


def rest(job: Job, **more: Any) -> Plain:
    """The cursor for the next step, without what only this list had to know."""
    return {k: v for k, v in job.cursor.items() if k not in ("page", "items")} | more


def of(employee: int, items: list[Plain]) -> list[Plain]:
    """Those of this employee, should Lucca not have looked at the filter, without saying so."""
    return [
        {k: v for k, v in one.items() if k != "employee"}
        for one in items
        if one["employee"] == employee
    ]


def arrangement(one: Arrangement) -> Plain:
    return {
        "id": one.id,
        "name": one.name,
        "unit": one.unit,
        "calendar": one.calendar,
        "is_archived": one.is_archived,
        "is_valid": one.is_valid,
        "is_part_time": one.is_part_time,
    }


def assignment(one: Assignment) -> Plain:
    return {
        "id": one.id,
        "employee": one.employee,
        "starts": str(one.starts_on),
        "ends": str(one.ends_on) if one.ends_on else None,
        "number": one.arrangement,
        "name": one.arrangement_name[:200],
        "unit": one.unit,
    }


def override(one: Override) -> Plain:
    return {
        "id": one.id,
        "employee": one.employee,
        "day": str(one.starts_at.date()),
        "unit": one.unit,
    }
