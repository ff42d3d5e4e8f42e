"""Schedules as they are read: the effective day on both models, arrangements, assignments."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from portal.simulator import DEFAULT_KEY, Simulator

if TYPE_CHECKING:
    from .conftest import Door

DAYS = "/api/v3/userdates"
ARRANGEMENTS = "/schedule/api/working-time-arrangements"
ASSIGNMENTS = "/schedule/api/employee-assignments"
FIELDS = "ownerId,date,source,dtt,drt,draj,isHoliday,isWeeklyRest,items,am,pm"
# In an even ISO week, without a holiday; far from what the seed puts around today.
MONDAY, ODD_MONDAY = "2031-03-03", "2031-03-10"


def read(lucca: Door, owner: int | str, first: str = MONDAY, last: str = "", **more: Any) -> Any:
    params = {"ownerId": owner, "date": f"between,{first},{last or first}", "fields": FIELDS}
    return lucca.json(DAYS, **{**params, **more})["data"]["items"]


def one(lucca: Door, owner: int, day: str = MONDAY) -> Any:
    (found,) = read(lucca, owner, day)
    return found


def halves(day: Any, name: str = "dtt") -> tuple[str, str, str]:
    return day[name], day["am"][name], day["pm"][name]


def override(simulator: Simulator, employee: int, position: str, nature: str, **more: Any) -> None:
    item = {"employeeId": employee, "date": MONDAY, "position": position, "nature": nature, **more}
    simulator.change_state({"overrides": [item]})


def test_units_of_hours_days_and_times(either: Door) -> None:
    assert halves(one(either, 812)) == ("07:00:00", "04:00:00", "03:00:00")
    assert halves(one(either, 501)) == ("1.00:00:00", "12:00:00", "12:00:00")
    assert halves(one(either, 507)) == ("1.00:00:00", "12:00:00", "12:00:00")
    reception = one(either, 640, ODD_MONDAY)
    assert [(item["startsAt"][11:16], item["duration"]) for item in reception["items"]] == [
        ("09:00", "03:30:00"),
        ("13:30", "02:00:00"),
        ("15:45", "01:45:00"),
    ]


def test_odd_and_even_weeks(lucca: Door) -> None:
    assert date.fromisoformat(MONDAY).isocalendar().week % 2 == 0
    starts = [one(lucca, 640, day)["items"][0]["startsAt"] for day in (MONDAY, ODD_MONDAY)]
    assert [at[11:16] for at in starts] == ["10:00", "09:00"]


def test_rest_part_time_and_holidays(lucca: Door) -> None:
    week = read(lucca, 504, "2031-03-03", "2031-03-09")
    assert [day["dtt"] for day in week] == [
        *("07:00:00", "07:00:00", "00:00:00", "07:00:00", "07:00:00", "00:00:00", "00:00:00")
    ]
    assert [day["isWeeklyRest"] for day in week] == [False] * 6 + [True]
    christmas_day = str(lucca.simulator.clock.now().year) + "-12-25"
    found = one(lucca, 812, christmas_day)
    assert (found["isHoliday"], found["source"], found["dtt"]) == (True, 2, "00:00:00")


def test_a_half_day_holiday(lucca: Door) -> None:
    holiday = {"calendarId": 3, "date": MONDAY, "position": "SecondHalf"}
    lucca.simulator.change_state({"holidays": [holiday]})
    day = one(lucca, 615)
    assert (day["isHoliday"], day["am"]["isHoliday"], day["pm"]["isHoliday"]) == (True, False, True)
    assert halves(day) == ("04:12:00", "04:12:00", "00:00:00")
    assert one(lucca, 812)["isHoliday"] is False, "another calendar"


def test_an_override_beats_a_holiday(lucca: Door) -> None:
    lucca.simulator.change_state({"holidays": [{"calendarId": 2, "date": MONDAY}]})
    override(lucca.simulator, 812, "firstHalf", "worked", duration="PT2H")
    day = one(lucca, 812)
    assert halves(day) == ("02:00:00", "02:00:00", "00:00:00")
    assert (day["source"], day["am"]["source"], day["pm"]["source"]) == (3, 3, 2)
    assert day["isHoliday"]


def test_a_whole_day_override_is_shared_in_proportion(lucca: Door) -> None:
    override(lucca.simulator, 812, "fullDay", "worked", duration="PT3H30M")
    assert halves(one(lucca, 812)) == ("03:30:00", "02:00:00", "01:30:00")


def test_leave_and_entries_leave_the_theoretical_time(lucca: Door) -> None:
    simulator = lucca.simulator
    simulator.change_state({"leaves": [{"ownerId": 812, "date": MONDAY, "position": "FirstHalf"}]})
    day = one(lucca, 812)
    assert (day["dtt"], day["drt"], day["draj"]) == ("07:00:00", "07:00:00", "04:00:00")
    simulator.configure(userdate_actual_time="present")
    assert one(lucca, 812)["drt"] == "03:00:00"
    entry = {"ownerId": 812, "date": MONDAY, "half": "pm", "minutes": 75}
    simulator.change_state({"timeEntries": [entry]})
    assert one(lucca, 812)["drt"] == "01:15:00"


def test_what_is_not_known_is_left_out(lucca: Door) -> None:
    assert read(lucca, "672,999999,812") != []
    assert {day["ownerId"] for day in read(lucca, "672,999999,812")} == {812}
    gone = lucca.simulator.state()["users"]
    ended = next(user for user in gone if user["id"] == 651)["dtContractEnd"][:10]
    after = str(date.fromisoformat(ended) + timedelta(days=1))
    assert [day["date"][:10] for day in read(lucca, 651, ended, after)] == [ended]
    lucca.simulator.configure(userdate_missing="403")
    params = {"ownerId": 672, "date": f"between,{MONDAY},{MONDAY}", "fields": FIELDS}
    assert lucca.get(DAYS, params=params).status_code == 403


def test_without_fields_the_keys_are_missing(lucca: Door) -> None:
    (found,) = read(lucca, 812, fields="")
    assert "dtt" in found and not {"ownerId", "date"} & found.keys()
    (narrow,) = read(lucca, 812, fields="ownerId,items[startsAt]")
    assert narrow["items"][0].keys() == {"startsAt"}


@pytest.mark.parametrize(
    "params",
    [
        {"date": "between,2031-03-03,2031-03-04"},
        {"ownerId": "x", "date": "between,2031-03-03,2031-03-04"},
        {"ownerId": "812"},
        {"ownerId": "812", "date": "between,soon,later"},
        {"ownerId": "812", "date": "2031-03-03", "unheardOf": "1"},
        {"ownerId": "812", "date": "2031-03-03", "fields": "unheardOf"},
    ],
)
def test_a_question_that_is_not_understood(lucca: Door, params: dict[str, str]) -> None:
    assert lucca.get(DAYS, params=params).status_code == 400


def test_switches_of_the_effective_day(lucca: Door) -> None:
    simulator = lucca.simulator
    simulator.configure(userdate_most=5, userdate_unknown_items=True, full_day_span="24:00:00")
    days = read(lucca, 501, "2031-03-03", "2031-03-12")
    assert len(days) == 5, "cut without a word"
    assert days[0]["dtt"] == "24:00:00"
    assert days[0]["items"][-1]["type"] not in ("ptt", "prt", "praj")


def test_the_older_model(either: Door) -> None:
    either.simulator.configure(schedule_model="workcycles")
    assert halves(one(either, 812)) == ("07:00:00", "04:00:00", "03:00:00")
    assert halves(one(either, 513)) == ("1.00:00:00", "12:00:00", "12:00:00")
    starts = [one(either, 640, day)["items"][0]["startsAt"] for day in (MONDAY, ODD_MONDAY)]
    assert {at[11:16] for at in starts} == {"09:00", "10:00"}
    assert either.get(ARRANGEMENTS).status_code == 404
    either.simulator.configure(arrangements_absent="empty")
    assert either.json(ARRANGEMENTS, **{"fields.root": "count"}) == {"items": [], "count": 0}
    either.simulator.configure(arrangements_absent="403")
    assert either.get(ASSIGNMENTS).status_code == 403


def test_work_cycles_and_their_periods(lucca: Door) -> None:
    cycles = lucca.json("/api/v3/WorkCycles", fields="id,name,unit,collection.count")["data"]
    assert (cycles["count"], cycles["items"][0]) == (4, {"id": 6, "name": "35h", "unit": 1})
    user = lucca.json("/api/v3/users/640", fields="id,userWorkCycles[workCycleID,startsOn]")
    assert user["data"]["userWorkCycles"] == [
        {"workCycleID": 10, "startsOn": "1900-01-01T00:00:00"}
    ]


def test_arrangements(lucca: Door) -> None:
    listed = lucca.json(ARRANGEMENTS, **{"limit": 100, "fields.root": "count", "sort": "id"})
    assert listed["count"] == 8 and len(listed["items"]) == 8
    by_id = {one["id"]: one for one in listed["items"]}
    assert by_id[12]["isArchived"] and not by_id[13]["isScheduleValid"] and by_id[9]["isPartTime"]
    assert lucca.json(f"{ARRANGEMENTS}/7") == by_id[7]
    assert by_id[7]["currentAssignmentsCount"] > 5
    assert lucca.get(f"{ARRANGEMENTS}/99").status_code == 404
    (schedule,) = lucca.json(f"{ARRANGEMENTS}/7/collective-schedules")["items"]
    assert schedule["pattern"]["shape"] == "singleWeek"
    assert schedule["pattern"]["monday"]["shifts"][0]["duration"]["iso"] == "PT4H"
    assert schedule["pattern"]["sunday"]["dayOffType"] == "weeklyRest"
    assert lucca.json(f"{ARRANGEMENTS}/7/collective-schedules/{schedule['id']}") == schedule
    (two,) = lucca.json(f"{ARRANGEMENTS}/10/collective-schedules")["items"]
    assert (two["pattern"]["shape"], two["splitsHalfDays"]) == ("oddEvenWeeks", True)
    assert two["pattern"]["oddWeek"]["monday"]["shifts"][0]["startsAt"] == "09:00:00"
    (whole,) = lucca.json(f"{ARRANGEMENTS}/14/collective-schedules")["items"]
    assert not whole["splitsHalfDays"]
    assert whole["pattern"]["monday"]["shifts"][0]["duration"]["iso"] == "P1D"


def test_the_iso_text_of_half_a_day(lucca: Door) -> None:
    shifts = f"{ARRANGEMENTS}/8/collective-schedules"

    def first() -> Any:
        return lucca.json(shifts)["items"][0]["pattern"]["monday"]["shifts"][0]["duration"]

    assert first() == {"value": 0.5, "iso": "PT12H", "unit": "days"}
    lucca.simulator.configure(day_unit_iso="fraction")
    assert first()["iso"] == "P0.5D"


def test_pages_are_short_unless_asked(lucca: Door) -> None:
    assert len(lucca.json(ASSIGNMENTS)["items"]) == 10
    whole = lucca.json(ASSIGNMENTS, **{"limit": 100, "fields.root": "count,next,prev"})
    assert whole["count"] == len(whole["items"]) == 60
    assert (whole["next"], whole["prev"]) == (None, None)
    first = lucca.json(ASSIGNMENTS, **{"limit": 50, "fields.root": "next"})
    rest = lucca.json(ASSIGNMENTS, limit=50, page=first["next"])["items"]
    assert [one["id"] for one in first["items"] + rest] == [one["id"] for one in whole["items"]]
    assert lucca.json(ASSIGNMENTS, **{"limit": 0, "fields.root": "count"}) == {
        "items": [],
        "count": 60,
    }
    for wrong in ({"limit": 101}, {"limit": -1}, {"page": 0}, {"fields.root": "all"}):
        assert lucca.get(ASSIGNMENTS, params=wrong).status_code == 400


def test_assignments_of_some(lucca: Door) -> None:
    def of(**params: Any) -> list[tuple[int, int]]:
        items = lucca.json(ASSIGNMENTS, limit=100, **params)["items"]
        return [(one["employee"]["id"], one["workingTimeArrangement"]["id"]) for one in items]

    assert of(**{"employee.id": "812,510"}) == [(510, 7), (510, 8), (812, 7)]
    assert set(of(**{"workingTimeArrangement.id": 14})) == {(507, 14)}
    without = of(**{"-employee.id": "812"})
    assert len(without) == 59 and 812 not in dict(without)


def test_rights(lucca: Door) -> None:
    lucca.simulator.add_key(DEFAULT_KEY, schedules=False)
    for path in (ARRANGEMENTS, ASSIGNMENTS, "/schedule/api/shift-overrides", "/api/v3/workcycles"):
        assert lucca.get(path).status_code == 403, path
    params = {"ownerId": 812, "date": f"between,{MONDAY},{MONDAY}"}
    assert lucca.get(DAYS, params=params).status_code == 403
    lucca.simulator.add_key(DEFAULT_KEY, future_employees=False)
    assert read(lucca, 657, "2039-01-03") == []


def test_faults_work_as_everywhere(lucca: Door) -> None:
    lucca.simulator.add_fault("503", path="userdates")
    params = {"ownerId": 812, "date": f"between,{MONDAY},{MONDAY}"}
    assert lucca.get(DAYS, params=params).status_code == 503
    assert lucca.get(DAYS, params=params).status_code == 200


def test_a_folder_from_before_there_were_schedules(tmp_path: Any) -> None:
    with Simulator(tmp_path) as first:
        for table in ("arrangements", "assignments"):
            with first.state_store.change() as db:
                db.execute(f"delete from {table}")
                db.execute("delete from meta where name = 'seeded_schedules'")
                for other in ("workcycles", "user_workcycles", "exceptions", "overrides"):
                    db.execute(f"delete from {other}")
                db.execute("delete from holidays")
                db.execute("delete from time_entries")
    with Simulator(tmp_path) as second:
        assert len(second.state()["schedules"]["arrangements"]) == 8
