"""The exports that a new simulator starts with, and the time that waits for the next one.

Configuration 42 has a history: an archived export, and one that was made later than its id says.
43 was exported once, 44 never.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from .clock import stamp
from .state import State
from .timesheets import APPROVED, NOT_SUBMITTED, PENDING, REJECTED

CONFIGURATIONS = [(42, "Payroll variables"), (43, "Activities"), (44, "Overtime")]
# Id, configuration, weeks before this Monday to its end, days ago that it was made, archived.
HISTORY = [
    (1101, 42, 12, 80, False),
    (1150, 42, 8, 52, True),
    (1160, 43, 8, 50, False),
    (1172, 42, 8, 20, False),
    (1187, 42, 4, 24, False),
]
NEXT_EXPORT = 1203
BOOKERS = ["imarchal", "tnoll", "cberard", "hlefevre"]
WEEKS = 12
MORNING = time(9, 14, 5, tzinfo=UTC)


def seed_exports(state: State, now: datetime) -> None:
    """What was exported, what is left, and the timesheets of the last weeks."""
    monday = now.date() - timedelta(days=now.weekday())
    with state.change() as db:
        db.executemany("insert into export_configurations values (?, ?)", CONFIGURATIONS)
        for number, configuration, weeks, days, archived in HISTORY:
            made = datetime.combine(now.date() - timedelta(days=days), MORNING)
            db.execute(
                "insert into exports values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(number, configuration, str(monday - timedelta(weeks=weeks))),
                    *(made.timestamp(), made.timestamp(), stamp(made) if archived else None),
                    *(True, b""),
                ),
            )
        db.execute("update sqlite_sequence set seq = ? where name = 'exports'", (NEXT_EXPORT - 1,))
        db.executemany(
            "insert into ledger (configuration_id, day, login, hours, export_id)"
            " values (?, ?, ?, ?, ?)",
            _booked(now),
        )
        db.executemany(
            "insert into timesheets (owner_id, starts_on, ends_on, status) values (?, ?, ?, ?)",
            _timesheets(now),
        )


def _booked(now: datetime) -> Iterator[tuple[object, ...]]:
    """Overtime of each past week, booked on its Friday; what is older is exported already."""
    monday = now.date() - timedelta(days=now.weekday())
    for configuration, exported, weeks_left in ((42, 1187, 4), (43, 1160, 8)):
        for week in range(WEEKS, 0, -1):
            friday = monday - timedelta(weeks=week) + timedelta(days=4)
            export = exported if week > weeks_left else None
            for place, login in enumerate(BOOKERS):
                yield (configuration, str(friday), login, 1.5 + place, export)


def _timesheets(now: datetime) -> Iterator[tuple[object, ...]]:
    """Everything is approved but three of last week."""
    monday = now.date() - timedelta(days=now.weekday())
    late = {501: NOT_SUBMITTED, 504: PENDING, 640: REJECTED}
    for week in range(WEEKS, 0, -1):
        start = monday - timedelta(weeks=week)
        for owner in (812, 640, 501, 504):
            status = late.get(owner, APPROVED) if week == 1 else APPROVED
            yield (owner, str(start), str(start + timedelta(days=7)), status)
