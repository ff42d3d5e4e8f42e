"""Working time arrangements and their collective schedules, the newer model.

See developers.lucca.fr/api-reference/legacy/schedule/working-time-arrangements/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

from .call import Call
from .exchange import Answer, Json, Refusal, json_answer
from .schedule_days import BaseDay, Shift
from .schedule_lists import schedule_list
from .spans import PLURAL, duration
from .state import State

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# How the two weeks are called is not published: this naming is ours.
WEEKS = ("oddWeek", "evenWeek")


def is_absent(call: Call) -> Answer | None:
    """What a tenant with work cycles answers here; None where arrangements are in use."""
    call.rights.may_read_schedules()
    if call.settings.schedule_model == "arrangements":
        return None
    if call.settings.arrangements_absent == "empty":
        return schedule_list(call, [])
    raise Refusal(int(call.settings.arrangements_absent), "The feature is not deployed.")


def list_arrangements(call: Call) -> Answer:
    """GET /schedule/api/working-time-arrangements. Filters are not published, and ignored."""
    found = is_absent(call)
    if found:
        return found
    items = [_shown(call, one) for one in arrangements(call.state).values()]
    if call.request.query.get("sort") == "-id":
        items.reverse()
    return schedule_list(call, items)


def get_arrangement(call: Call, number: str) -> Answer:
    """GET /schedule/api/working-time-arrangements/{id}."""
    is_absent(call)
    return json_answer(_shown(call, _find(call, number)))


def list_collective_schedules(call: Call, number: str) -> Answer:
    """GET .../collective-schedules: all of them, without paging."""
    is_absent(call)
    return json_answer({"items": _schedules(call, _find(call, number))})


def get_collective_schedule(call: Call, number: str, schedule: str) -> Answer:
    """GET .../collective-schedules/{id}."""
    is_absent(call)
    for one in _schedules(call, _find(call, number)):
        if one["id"] == int(schedule):
            return json_answer(one)
    raise Refusal(404, "Collective schedule not found.")


def arrangements(state: State) -> dict[int, Json]:
    """By id, as they are held: name, unit, calendar, flags, and `schedules` with their weeks."""
    rows = state.rows("select id, doc from arrangements order by id")
    return {row["id"]: json.loads(row["doc"]) for row in rows}


def _find(call: Call, number: str) -> Json:
    found = arrangements(call.state).get(int(number))
    if found is None:
        raise Refusal(404, "Working time arrangement not found.")
    return found


def _shown(call: Call, held: Json) -> Json:
    unit = held["unit"]
    weekly = held["weeklyMinutes"]
    days = held["schedules"][-1]["weeks"][0] if held["schedules"] else []
    counted = call.state.count(
        "select count(*) from assignments where arrangement_id = ? and starts_on <= ?"
        " and (ends_on is null or ends_on >= ?)",
        (held["id"], call.today, call.today),
    )
    full_day = {"duration": duration(420, "hour"), "absenceAccountIds": [11]}
    return {
        "id": held["id"],
        "name": held["name"],
        "description": None,
        "unit": unit,
        "fullTimeEquivalent": held["fullTimeEquivalent"],
        "publicHolidaysCalendar": {"id": held["calendarId"], "name": held["calendarName"]},
        "isPartTime": held["fullTimeEquivalent"] < 1,
        "isArchived": held["isArchived"],
        "isScheduleValid": bool(held["schedules"]),
        "authorizedCommands": ["update", "unarchive" if held["isArchived"] else "archive"],
        "referencePeriod": {"frequencyType": "week", "firstDayOfWeek": "monday"},
        "contractWorkingTimeDuration": duration(weekly, unit, call.settings.day_unit_iso),
        "referenceWorkingTimeDuration": duration(weekly, unit, call.settings.day_unit_iso),
        "fullDayAbsence": None if unit == "day" else {**full_day, "absenceCategoryIds": [3]},
        "currentAssignmentsCount": counted,
        "timesheetRegulation": None,
        "currentSchedulePatternSummary": {
            "shape": _shape(held["schedules"][-1]) if held["schedules"] else "singleWeek",
            "days": [_summary(day, unit) for day in days],
        },
    }


def _summary(day: Json, unit: str) -> Json:
    minutes = sum(shift[2] for shift in day["shifts"])
    return {
        "dayOffType": day["off"],
        "workPosition": day["shifts"][0][0] if len(day["shifts"]) == 1 else "fullDay",
        "workDuration": duration(minutes, unit)["value"],
        "workDurationUnit": PLURAL[unit],
    }


def _shape(schedule: Json) -> str:
    return "oddEvenWeeks" if len(schedule["weeks"]) == 2 else "singleWeek"


def _schedules(call: Call, held: Json) -> list[Json]:
    """With `endsOn` derived: the eve of the next one's start."""
    shown = []
    for place, schedule in enumerate(held["schedules"]):
        following = held["schedules"][place + 1 : place + 2]
        weeks = [_week(call, week, held["unit"], schedule) for week in schedule["weeks"]]
        pattern: dict[str, Any] = dict(zip(WEEKS, weeks, strict=True)) if weeks[1:] else weeks[0]
        shown.append(
            {
                "id": schedule["id"],
                "workingTimeArrangementId": held["id"],
                "startsOn": schedule["startsOn"],
                "endsOn": _eve(following[0]["startsOn"]) if following else None,
                "splitsHalfDays": schedule["splitsHalfDays"],
                "pattern": {"shape": _shape(schedule), **pattern},
            }
        )
    return shown


def _eve(day: str) -> str:
    return str(date.fromisoformat(day) - timedelta(days=1))


def _week(call: Call, week: list[Json], unit: str, schedule: Json) -> Json:
    iso = call.settings.day_unit_iso
    return {
        name: {
            "id": schedule["id"] * 100 + place,
            "dayOffType": day["off"],
            "shifts": [
                {
                    "position": position,
                    "startsAt": None
                    if starts is None
                    else f"{starts // 60:02}:{starts % 60:02}:00",
                    "duration": duration(minutes, unit, iso),
                }
                for position, starts, minutes in day["shifts"]
            ],
            "workDuration": duration(sum(shift[2] for shift in day["shifts"]), unit, iso),
        }
        for place, (name, day) in enumerate(zip(WEEKDAYS, week, strict=True))
    }


class ArrangedDays:
    """The base days of some employees, by their assignments."""

    def __init__(self, state: State, owners: Iterable[int]) -> None:
        wanted = list(owners)
        self._held = arrangements(state)
        self._periods: dict[int, list[tuple[str, str, int]]] = {}
        marks = ",".join("?" * len(wanted))
        sql = f"select * from assignments where employee_id in ({marks}) order by starts_on"
        for row in state.rows(sql, wanted):
            period = (row["starts_on"], row["ends_on"] or "9999-12-31", row["arrangement_id"])
            self._periods.setdefault(row["employee_id"], []).append(period)
        self._base = cache(self._day)

    def on(self, owner: int, day: str) -> BaseDay | None:
        """None without an assignment that covers the day, or without a schedule in it."""
        for starts, ends, arrangement in self._periods.get(owner, []):
            if starts <= day <= ends and arrangement in self._held:
                return self._base(arrangement, day)
        return None

    def _day(self, arrangement: int, day: str) -> BaseDay | None:
        held = self._held[arrangement]
        in_force = [one for one in held["schedules"] if (one["startsOn"] or "") <= day]
        if not in_force:
            return None
        schedule, at = in_force[-1], date.fromisoformat(day)
        weeks = schedule["weeks"]
        # The first is that of odd ISO weeks.
        week = weeks[(at.isocalendar().week - 1) % 2] if weeks[1:] else weeks[0]
        found = week[at.weekday()]
        shifts = tuple(Shift(*shift) for shift in found["shifts"])
        split = schedule["splitsHalfDays"]
        return BaseDay(held["unit"], held["calendarId"], split, found["off"], shifts)
