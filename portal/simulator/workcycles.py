"""Work cycles, the older model: a pattern of half-days that repeats from its anchor for ever.

The list is known from integrations only; periods of employees are on the v3 user, see
developers.lucca.fr/api-reference/legacy/directory/get-a-user-by-id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import cache

from .call import Call
from .exchange import Answer, Json
from .lists import v3_list
from .schedule_days import BaseDay, Shift
from .state import State

UNITS = {"day": 0, "hour": 1, "time": 2}


def list_workcycles(call: Call) -> Answer:
    """GET /api/v3/workcycles."""
    call.rights.may_read_schedules()
    listed = [
        {
            "id": cycle["id"],
            "name": cycle["name"],
            "url": f"http://acme.ilucca.net/api/v3/workcycles/{cycle['id']}",
            "unit": UNITS[cycle["unit"]],
        }
        for cycle in workcycles(call.state).values()
    ]
    return v3_list(call, listed, ("id", "name", "url", "unit"))


def workcycles(state: State) -> dict[int, Json]:
    """By id: name, unit, anchorDate, calendarId, and `halves` of [starts, minutes] in turn."""
    rows = state.rows("select id, doc from workcycles order by id")
    return {row["id"]: json.loads(row["doc"]) for row in rows}


def periods_of(state: State, owner: int) -> list[Json]:
    """The `userWorkCycles` of an employee, in the casing of the vendor's samples."""
    return [
        {
            "id": row["id"],
            "ownerID": row["owner_id"],
            "workCycleID": row["workcycle_id"],
            "startsOn": f"{row['starts_on']}T00:00:00",
            "endsOn": f"{row['ends_on']}T00:00:00",
        }
        for row in state.rows(
            "select * from user_workcycles where owner_id = ? order by starts_on", (owner,)
        )
    ]


class CycleDays:
    """The base days of some employees."""

    def __init__(self, state: State, owners: Iterable[int]) -> None:
        wanted = list(owners)
        self._cycles = workcycles(state)
        self._periods: dict[int, list[tuple[str, str, int]]] = {}
        marks = ",".join("?" * len(wanted))
        sql = f"select * from user_workcycles where owner_id in ({marks}) order by starts_on"
        for row in state.rows(sql, wanted):
            period = (row["starts_on"], row["ends_on"], row["workcycle_id"])
            self._periods.setdefault(row["owner_id"], []).append(period)
        self._base = cache(self._day)

    def on(self, owner: int, day: str) -> BaseDay | None:
        """A day on which one period ends and the next begins belongs to the later one."""
        covering = [
            cycle
            for starts, ends, cycle in self._periods.get(owner, [])
            if starts <= day <= ends and cycle in self._cycles
        ]
        return self._base(covering[-1], day) if covering else None

    def _day(self, number: int, day: str) -> BaseDay:
        cycle = self._cycles[number]
        halves = cycle["halves"]
        offset = (date.fromisoformat(day) - date.fromisoformat(cycle["anchorDate"])).days * 2
        found = [halves[(offset + half) % len(halves)] for half in (0, 1)]
        shifts = tuple(
            Shift(position, starts, minutes)
            for position, (starts, minutes) in zip(("firstHalf", "secondHalf"), found, strict=True)
            if minutes
        )
        # The older model knows no weekly rest of its own: Sunday is it.
        off = "weeklyRest" if date.fromisoformat(day).isoweekday() == 7 else None
        return BaseDay(cycle["unit"], cycle["calendarId"], True, off, shifts)
