"""The days of exports and reports, worked out from the day on which they are asked for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis.strategies import dates, sampled_from

from reports.periods import EndDay, Period, covered, end_day


@pytest.mark.parametrize(
    ("rule", "today", "expected"),
    [
        # 1 April 2026 is a Wednesday: the payroll of March ends before Monday the 30th.
        (EndDay.MONTH_MONDAY, date(2026, 4, 2), date(2026, 3, 30)),
        (EndDay.MONTH_MONDAY, date(2026, 4, 30), date(2026, 3, 30)),
        # 1 June 2026 is a Monday itself.
        (EndDay.MONTH_MONDAY, date(2026, 6, 1), date(2026, 6, 1)),
        (EndDay.MONTH_FIRST, date(2026, 4, 2), date(2026, 4, 1)),
        (EndDay.WEEK, date(2026, 4, 5), date(2026, 3, 30)),
        (EndDay.WEEK, date(2026, 4, 6), date(2026, 4, 6)),
    ],
)
def test_end_days(rule: str, today: date, expected: date) -> None:
    assert end_day(rule, today) == expected


@given(sampled_from(list(EndDay)), dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_an_export_never_ends_in_the_future(rule: str, today: date) -> None:
    assert end_day(rule, today) <= today


@pytest.mark.parametrize(
    ("rule", "today", "expected"),
    [
        (Period.WEEK, date(2026, 3, 30), (date(2026, 3, 23), date(2026, 3, 29))),
        (Period.WEEK, date(2026, 4, 5), (date(2026, 3, 23), date(2026, 3, 29))),
        (Period.MONTH, date(2026, 3, 2), (date(2026, 2, 1), date(2026, 2, 28))),
        (Period.MONTH, date(2026, 1, 31), (date(2025, 12, 1), date(2025, 12, 31))),
        (Period.TEMPLATE, date(2026, 1, 31), None),
        (Period.FIXED, date(2026, 1, 31), None),
    ],
)
def test_periods(rule: str, today: date, expected: tuple[date, date] | None) -> None:
    assert covered(rule, today) == expected
