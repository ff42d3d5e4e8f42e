"""Which overrides of a file go together: what one reading afterwards can verify.

One override of an employee at a time, because an employee has one writer; at most ten employees
within 31 days, because of those Lucca shows days in one request.
"""

from collections.abc import Iterable

from portal.lucca.schedule import MOST_DAYS, MOST_EMPLOYEES
from schedules.models import ScheduleOverride


def next_block(rows: Iterable[ScheduleOverride]) -> list[ScheduleOverride]:
    """In the order of days, then lines, so that of one employee the earlier goes first."""
    block: list[ScheduleOverride] = []
    people: set[int] = set()
    for row in sorted(rows, key=lambda one: (one.day, one.line or 0, one.pk)):
        if block and (row.day - block[0].day).days >= MOST_DAYS:
            break
        if row.employee not in people:
            people.add(row.employee)
            block.append(row)
        if len(block) == MOST_EMPLOYEES:
            break
    return block
