"""When plans are due: weeks, months, and the nights on which clocks are changed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.plans.due import following, matches, moment_of, next_after

PARIS = ZoneInfo("Europe/Paris")


@dataclass
class Rule:
    every: str
    weekday: int | None = None
    nth: int | None = None
    month_day: int | None = None
    at: time = time(7)


def paris(*args: int) -> datetime:
    return datetime(*args, tzinfo=PARIS)  # type: ignore[misc, arg-type]


def walls(rule: Rule, after: datetime, count: int = 4) -> list[str]:
    found = following(rule, after, PARIS, count)
    return [f"{moment.astimezone(PARIS):%a %d %b %Y %H:%M}" for moment in found]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            Rule("day"),
            ["Fri 30 Jan 2026 07:00", "Sat 31 Jan 2026 07:00", "Sun 01 Feb 2026 07:00"],
        ),
        (
            Rule("week", weekday=0),
            ["Mon 02 Feb 2026 07:00", "Mon 09 Feb 2026 07:00", "Mon 16 Feb 2026 07:00"],
        ),
        (
            Rule("month-weekday", weekday=0, nth=1),
            ["Mon 02 Feb 2026 07:00", "Mon 02 Mar 2026 07:00", "Mon 06 Apr 2026 07:00"],
        ),
        (
            Rule("month-weekday", weekday=4, nth=-1),
            ["Fri 30 Jan 2026 07:00", "Fri 27 Feb 2026 07:00", "Fri 27 Mar 2026 07:00"],
        ),
        (
            Rule("month-day", month_day=31),
            ["Sat 31 Jan 2026 07:00", "Sat 28 Feb 2026 07:00", "Tue 31 Mar 2026 07:00"],
        ),
    ],
)
def test_rules(rule: Rule, expected: list[str]) -> None:
    assert walls(rule, paris(2026, 1, 30, 6, 59), 3) == expected


def test_a_time_that_is_due_now_is_over() -> None:
    rule = Rule("day")
    assert next_after(rule, paris(2026, 1, 30, 7), PARIS) == paris(2026, 1, 31, 7)


def test_a_time_that_does_not_exist_is_the_first_moment_after_it() -> None:
    """On 29 March 2026 the clock in Paris goes from 2:00 to 3:00."""
    rule = Rule("day", at=time(2, 30))
    assert walls(rule, paris(2026, 3, 28, 3), 2) == [
        "Sun 29 Mar 2026 03:00",
        "Mon 30 Mar 2026 02:30",
    ]


def test_a_time_that_exists_twice_is_due_once() -> None:
    """On 25 October 2026 the clock in Paris shows 2:30 twice."""
    rule = Rule("day", at=time(2, 30))
    first, second = following(rule, paris(2026, 10, 24, 3), PARIS, 2)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_day_that_an_island_left_out() -> None:
    """Samoa had no 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    found = moment_of(date(2011, 12, 30), time(7), apia)
    assert found.astimezone(apia).replace(tzinfo=None) == datetime(2011, 12, 31)


ZONES = st.sampled_from(
    ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
).map(ZoneInfo)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
AT = st.times().map(lambda at: at.replace(second=0, microsecond=0))
RULES = st.one_of(
    st.builds(Rule, st.just("day"), at=AT),
    st.builds(Rule, st.just("week"), weekday=st.integers(0, 6), at=AT),
    st.builds(
        Rule,
        st.just("month-weekday"),
        weekday=st.integers(0, 6),
        nth=st.sampled_from([1, 2, 3, 4, -1]),
        at=AT,
    ),
    st.builds(Rule, st.just("month-day"), month_day=st.integers(1, 31), at=AT),
)


@given(RULES, MOMENTS, ZONES)
def test_times_come_in_order_on_the_rule_s_days(
    rule: Rule, after: datetime, zone: ZoneInfo
) -> None:
    found = following(rule, after, zone, 5)
    assert [after, *found] == sorted({after, *found})
    for moment in found:
        wall = moment.astimezone(zone)
        assert matches(rule, wall.date())
        # Later than the clock says only where that time does not exist: never by more than a gap.
        ahead = wall.replace(tzinfo=None) - datetime.combine(wall.date(), rule.at)
        assert timedelta(0) <= ahead <= timedelta(hours=1)


@given(RULES, MOMENTS, ZONES)
def test_none_is_left_out_and_none_comes_twice(rule: Rule, after: datetime, zone: ZoneInfo) -> None:
    """Each day that the rule means has exactly one time."""
    found = following(rule, after, zone, 5)
    dates = [moment.astimezone(zone).date() for moment in found]
    first = after.astimezone(zone).date() + timedelta(days=1)
    span = (dates[-1] - first).days + 1
    meant = [day for n in range(span) if matches(rule, day := first + timedelta(days=n))]
    assert [day for day in dates if day >= first] == meant


@given(RULES, MOMENTS, ZONES)
def test_the_answer_is_the_same_from_wherever_it_is_asked(
    rule: Rule, after: datetime, zone: ZoneInfo
) -> None:
    first, second = following(rule, after, zone, 2)
    assert next_after(rule, first - timedelta(seconds=1), zone) == first
    assert next_after(rule, first, zone) == second


@given(st.integers(1, 31), st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_every_month_has_one_such_day(month_day: int, start: date) -> None:
    rule = Rule("month-day", month_day=month_day)
    found = following(rule, datetime.combine(start, time(8), UTC), ZoneInfo("UTC"), 12)
    months = [moment.year * 12 + moment.month for moment in found]
    assert months == list(range(months[0], months[0] + 12))
