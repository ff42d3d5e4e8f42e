"""The schedules that a new simulator starts with, of both models.

Arrangements: 7 in hours, 8 in days, 9 part-time, 10 with hours of the clock and odd and even weeks,
11 of the Swiss with half-day holidays, 12 archived, 13 without a schedule, 14 in whole days. 672
has none. 513 has more than ten overrides (and exceptions) by a colleague.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from .exchange import Json
from .overrides import COLLEAGUE, insert_override
from .spans import DAY, NOON
from .state import State
from .workcycles import UNITS

HOURS, DAYS, PART_TIME, CLOCK, SWISS, ARCHIVED, EMPTY, WHOLE = range(7, 15)
FRANCE, SWITZERLAND = 2, 3
SPECIAL = {812: HOURS, 640: CLOCK, 501: DAYS, 504: PART_TIME, 507: WHOLE, 510: HOURS}
WITHOUT = 672
BUSY, SPLIT = 513, (("firstHalf", None), ("secondHalf", None))
FRENCH = ("01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25")
YEARS = 3


def seed_schedules(state: State, now: datetime) -> None:
    """Arrangements, cycles, who has which, holidays, and what colleagues changed."""
    today = now.date()
    with state.change() as db:
        for table, documents in (("arrangements", ARRANGEMENTS), ("workcycles", CYCLES)):
            db.executemany(
                f"insert into {table} values (?, ?)",
                [(one["id"], json.dumps(one, ensure_ascii=False)) for one in documents],
            )
        db.executemany(
            "insert into assignments (employee_id, arrangement_id, contract_id, starts_on, ends_on)"
            " values (?, ?, ?, ?, ?)",
            _assignments(state, today),
        )
        db.executemany(
            "insert into user_workcycles (owner_id, workcycle_id, starts_on, ends_on)"
            " values (?, ?, ?, ?)",
            _periods(state),
        )
        db.executemany("insert into holidays values (?, ?, ?)", _holidays(today))
        db.executemany("insert into time_entries values (?, ?, ?, ?)", _entries(today))
        db.executemany(
            "insert into exceptions (owner_id, date, is_am, starts, minutes, unit, author_id,"
            " created_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
            _exceptions(today),
        )
    for row in _overrides(today):
        insert_override(state, row, COLLEAGUE, f"{today - timedelta(days=9)}T08:11:40")


def _day(first: int, second: int, starts: tuple[int, int] | None = None) -> Json:
    at = starts or (None, None)
    parts = (("firstHalf", at[0], first), ("secondHalf", at[1], second))
    return {"off": None, "shifts": [list(part) for part in parts if part[2]]}


def _off(kind: str) -> Json:
    return {"off": kind, "shifts": []}


WEEKEND = [_off("off"), _off("weeklyRest")]
HOUR = 60
EIGHT_TO_FIVE = _day(4 * HOUR, 3 * HOUR)
# With a break within the afternoon, which the newer model allows.
EARLY = {
    "off": None,
    "shifts": [
        ["firstHalf", 9 * HOUR, 210],
        ["secondHalf", 13 * HOUR + 30, 120],
        ["secondHalf", 15 * HOUR + 45, 105],
    ],
}
LATE = _day(180, 240, (10 * HOUR, 14 * HOUR))
WHOLE_DAY = {"off": None, "shifts": [["fullDay", None, DAY]]}


def _held(number: int, name: str, unit: str, weekly: int, weeks: list[list[Json]]) -> Json:
    swiss = number == SWISS
    schedule = {"id": 24 + number, "startsOn": None, "splitsHalfDays": number != WHOLE}
    return {
        "id": number,
        "name": name,
        "unit": unit,
        "fullTimeEquivalent": 0.8 if number == PART_TIME else 1,
        "calendarId": SWITZERLAND if swiss else FRANCE,
        "calendarName": "Suisse" if swiss else "France",
        "isArchived": number == ARCHIVED,
        "weeklyMinutes": weekly,
        "schedules": [{**schedule, "weeks": weeks}] if weeks else [],
    }


ARRANGEMENTS = [
    _held(HOURS, "Technicians 35h", "hour", 2100, [[EIGHT_TO_FIVE] * 5 + WEEKEND]),
    _held(DAYS, "Managers, in days", "day", 5 * DAY, [[_day(NOON, NOON)] * 5 + WEEKEND]),
    _held(
        PART_TIME,
        "Part-time 80 %",
        "hour",
        1680,
        [[EIGHT_TO_FIVE] * 2 + [_off("partTime")] + [EIGHT_TO_FIVE] * 2 + WEEKEND],
    ),
    _held(
        CLOCK,
        "Reception, odd and even weeks",
        "time",
        2160,
        [[EARLY] * 5 + WEEKEND, [LATE] * 4 + [_day(180, 0, (10 * HOUR, 0))] + WEEKEND],
    ),
    _held(SWISS, "Suisse 41 h", "hour", 2460, [[_day(252, 240)] * 5 + WEEKEND]),
    _held(ARCHIVED, "Night shift 2019", "hour", 2100, [[EIGHT_TO_FIVE] * 5 + WEEKEND]),
    _held(EMPTY, "Draft", "hour", 2100, []),
    _held(WHOLE, "Directors, whole days", "day", 5 * DAY, [[WHOLE_DAY] * 5 + WEEKEND]),
]


def _cycle(number: int, name: str, unit: str, halves: Sequence[Sequence[int | None]]) -> Json:
    # A Monday, so that a week of fourteen halves begins as weeks do.
    anchor = "2018-01-01"
    calendar = SWITZERLAND if number == 11 else FRANCE
    return {
        "id": number,
        "name": name,
        "unit": unit,
        "anchorDate": anchor,
        "calendarId": calendar,
        "halves": halves,
    }


_NOTHING: Sequence[Sequence[int | None]] = [[None, 0]] * 4
CYCLES = [
    _cycle(6, "35h", "hour", [*[[None, 240], [None, 180]] * 5, *_NOTHING]),
    _cycle(8, "Managers", "day", [*[[None, NOON], [None, NOON]] * 5, *_NOTHING]),
    _cycle(
        10,
        "Reception, two weeks",
        "time",
        [*[[540, 210], [810, 210]] * 5, *_NOTHING, *[[600, 180], [840, 240]] * 5, *_NOTHING],
    ),
    _cycle(11, "41 h", "hour", [*[[None, 252], [None, 240]] * 5, *_NOTHING]),
]


def arrangement_of(number: int, is_swiss: bool) -> int:
    """Who has which: Swiss people theirs, the others in turn."""
    return SPECIAL.get(number) or (SWISS if is_swiss else (HOURS, DAYS, PART_TIME)[number % 3])


def _assignments(state: State, today: date) -> Iterator[tuple[object, ...]]:
    for number, user in state.users().items():
        if number == WITHOUT:
            continue
        starts, ends = user["dtContractStart"][:10], (user["dtContractEnd"] or "")[:10] or None
        arrangement = arrangement_of(number, user["legalEntityId"] == 3)
        contract = 5000 + number
        if number == 510:
            # A change of arrangement, and of unit, that lies ahead.
            change = today + timedelta(days=40)
            eve = str(change - timedelta(days=1))
            yield (number, arrangement, contract, starts, eve)
            yield (number, DAYS, contract, str(change), None)
            continue
        yield (number, arrangement, contract, starts, ends)


def _periods(state: State) -> Iterator[tuple[object, ...]]:
    for number, user in state.users().items():
        if number == WITHOUT:
            continue
        swiss = user["legalEntityId"] == 3
        cycle = {640: 10, 501: 8, 507: 8}.get(number) or (11 if swiss else (6, 8)[number % 2])
        yield (number, cycle, "1900-01-01", "9999-12-31")


def _holidays(today: date) -> Iterator[tuple[object, ...]]:
    for year in range(today.year - 1, today.year + YEARS):
        for day in FRENCH:
            yield (FRANCE, f"{year}-{day}", "FullDay")
        for day in ("01-01", "08-01", "12-25"):
            yield (SWITZERLAND, f"{year}-{day}", "FullDay")
        for day in ("12-24", "12-31"):
            yield (SWITZERLAND, f"{year}-{day}", "SecondHalf")
    # A fair, so that there is a half-day holiday near today in any season.
    yield (SWITZERLAND, str(_monday(today) + timedelta(days=10)), "SecondHalf")


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _entries(today: date) -> Iterator[tuple[object, ...]]:
    """Last week 812 worked half an hour longer each morning."""
    for number in range(5):
        day = str(_monday(today) - timedelta(days=7 - number))
        yield (812, day, "am", 270)
        yield (812, day, "pm", 180)


def _busy_days(today: date) -> Iterator[tuple[str, bool]]:
    """Twelve half days over two weeks, for whom pages of ten are too short."""
    for number in range(12):
        day = _monday(today) + timedelta(days=number + (2 if number > 4 else 0))
        yield str(day), number % 2 == 0


def _overrides(today: date) -> Iterator[Json]:
    for place, (day, is_am) in enumerate(_busy_days(today)):
        nature = ("off", "worked", "partTime")[place % 3]
        yield _override(BUSY, day, is_am, nature, 120 if nature == "worked" else 0)
    monday = _monday(today)
    yield _override(812, str(monday + timedelta(days=3)), False, "off", 0, "swap with a colleague")
    locked = _override(812, str(monday + timedelta(days=4)), True, "worked", 180, "payroll is done")
    yield {**locked, "is_locked": True}
    yield _override(501, str(monday + timedelta(days=2)), False, "off", 0, None)
    late = _override(640, str(monday + timedelta(days=1)), True, "worked", 120, "late train")
    yield {**late, "starts": 10 * HOUR}


def _override(
    employee: int, day: str, is_am: bool, nature: str, minutes: int, comment: str | None = None
) -> Json:
    return {
        "employee_id": employee,
        "date": day,
        "position": "firstHalf" if is_am else "secondHalf",
        "starts": 0 if is_am else NOON,
        "minutes": minutes,
        "nature": nature,
        "is_locked": False,
        "comment": comment,
    }


def _exceptions(today: date) -> Iterator[tuple[object, ...]]:
    made = f"{today - timedelta(days=9)}T08:11:40"
    for day, is_am in _busy_days(today):
        yield (BUSY, day, is_am, 0 if is_am else NOON, 0, UNITS["day"], COLLEAGUE, made)
    thursday = str(_monday(today) + timedelta(days=3))
    yield (812, thursday, False, NOON, 0, UNITS["hour"], COLLEAGUE, made)
