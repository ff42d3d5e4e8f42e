"""The arithmetic of a day: what holds whatever is planned and changed, and that it is Lucca's."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.simulator.schedule_days import BaseDay, Layer, Shift
from portal.simulator.schedule_days import effective as simulated
from schedules.amounts import amount, clock, iso
from schedules.arithmetic import (
    DAY,
    FIRST,
    FULL,
    HALVES,
    HOLIDAY,
    OVERRIDE,
    SECOND,
    Change,
    Half,
    decided_by,
    effective,
    planned,
    presence,
    share,
)

MINUTES = st.integers(0, DAY // 2)
BASES = st.fixed_dictionaries(
    {part: st.builds(Half, MINUTES, is_weekly_rest=st.booleans()) for part in HALVES}
)
CHANGES = st.builds(
    Change,
    st.sampled_from([FIRST, SECOND, FULL]),
    st.integers(0, DAY),
    st.sampled_from(["", "worked", "off", "partTime", "weeklyRest"]),
)
HOLIDAYS = st.sets(st.sampled_from(HALVES))


@given(BASES, HOLIDAYS, st.lists(CHANGES, max_size=3))
def test_a_day_is_its_halves(base: Any, holidays: Any, changes: Any) -> None:
    day = effective(base, holidays, changes)
    assert day.keys() == set(HALVES)
    assert planned(day) == day[FIRST].minutes + day[SECOND].minutes
    assert {part for part in HALVES if day[part].is_holiday} == holidays
    assert decided_by(day) in {half.source for half in day.values()}


@given(BASES, HOLIDAYS)
def test_without_changes_only_holidays_are_off(base: Any, holidays: Any) -> None:
    day = effective(base, holidays)
    for part in HALVES:
        expected = 0 if part in holidays else base[part].minutes
        assert day[part].minutes == expected
        assert (day[part].source == HOLIDAY) is (part in holidays)


@given(BASES, HOLIDAYS, CHANGES)
def test_the_last_change_of_a_half_is_all_that_counts(
    base: Any, holidays: Any, change: Change
) -> None:
    other = Change(change.part, 17, "worked")
    once = effective(base, holidays, [change])
    twice = effective(base, holidays, [other, change])
    for part in HALVES:
        assert once[part].minutes == twice[part].minutes
        if part in share(change, {FIRST: 1, SECOND: 1}):
            assert once[part].source == OVERRIDE
        else:
            assert once[part] == effective(base, holidays)[part], "the other half is not touched"


@given(BASES, CHANGES)
def test_nothing_is_lost_in_dividing_a_day(base: Any, change: Change) -> None:
    parts = share(change, {part: half.minutes for part, half in base.items()})
    assert sum(parts.values()) == change.worked
    assert all(minutes >= 0 for minutes in parts.values())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.tuples(MINUTES, MINUTES),
    st.sets(st.sampled_from(["am", "pm"])),
    st.lists(
        st.tuples(
            st.sampled_from(["firstHalf", "secondHalf", "fullDay"]),
            MINUTES,
            st.sampled_from(["worked", "off", "partTime", "weeklyRest"]),
        ),
        max_size=2,
    ),
)
def test_it_is_the_simulated_lucca_s(base: Any, holidays: Any, changes: Any) -> None:
    """Two writings of one document of the vendor's: where they differ, one of them is wrong."""
    ours_of = {"am": FIRST, "pm": SECOND, "firstHalf": FIRST, "secondHalf": SECOND, "fullDay": FULL}
    shifts = (Shift("firstHalf", None, base[0]), Shift("secondHalf", None, base[1]))
    layers = [
        Layer(position, None, minutes if nature == "worked" else 0, nature)
        for position, minutes, nature in changes
    ]
    theirs = simulated(BaseDay("hour", 1, True, None, shifts), holidays, layers, [], {})
    ours = effective(
        {FIRST: Half(base[0]), SECOND: Half(base[1])},
        {ours_of[half] for half in holidays},
        [Change(ours_of[position], minutes, nature) for position, minutes, nature in changes],
    )
    for half in ("am", "pm"):
        mine, their = ours[ours_of[half]], theirs[half]
        assert mine.minutes == their.minutes
        assert (mine.source, mine.is_holiday, mine.is_weekly_rest) == (
            *(their.source, their.holiday, their.rest),
        )


@pytest.mark.parametrize(
    ("theoretical", "actual", "leave", "entered", "there"),
    [
        (420, 420, 0, False, 420),
        (420, 420, 240, False, 180),
        (420, 450, 0, True, 450),
        (420, None, None, False, 420),
        (0, 0, 60, False, 0),
    ],
)
def test_presence(theoretical: int, actual: Any, leave: Any, entered: bool, there: int) -> None:
    assert presence(theoretical, actual, leave, entered=entered) == there


# In words


@pytest.mark.parametrize(
    ("minutes", "unit", "said"),
    [
        (720, "day", "½ day"),
        (1440, "day", "1 day"),
        (2160, "day", "1½ days"),
        (360, "day", "¼ day"),
        (480, "day", "0.33 day"),
        (0, "day", "0 day"),
        (210, "hour", "3 h 30"),
        (420, "time", "7 h"),
        (45, "hour", "45 min"),
        (0, "hour", "0 h"),
        (605, "hour", "10 h 05"),
        (720, "", "12:00"),
        (720, "fortnight", "12:00"),
    ],
)
def test_times_as_people_say_them(minutes: int, unit: str, said: str) -> None:
    assert amount(minutes, unit).replace("\N{NO-BREAK SPACE}", " ") == said


def test_hours_of_the_clock() -> None:
    assert clock("09:00", 210) == "09:00–12:30"
    assert clock("20:00", 240) == "20:00–24:00"
    assert clock("22:00", 240) == "22:00–02:00"


@given(st.integers(0, 3 * DAY))
def test_durations_for_machines(minutes: int) -> None:
    text = iso(minutes)
    from portal.lucca.durations import iso as read

    span = read({"x": text}, "x")
    assert span is not None and span.total_seconds() == minutes * 60
    assert iso(None) is None
