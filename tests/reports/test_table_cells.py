"""What a cell is, by itself: numbers, durations, dates, and what only looks like them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.table.cells import fold, iso, number, seconds, shape

BLANKS = ["\u00a0", "\u202f", " ", "'", "\u2019"]


@pytest.mark.parametrize(
    ("cell", "mark", "value"),
    [
        ("7,5", ",", "7.5"),
        ("7.5", ".", "7.5"),
        ("-1 234,50", ",", "-1234.50"),
        ("1\u202f234,50", ",", "1234.50"),
        ("1'234.50", ".", "1234.50"),
        ("1\u2019234.50", ".", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("1,234.50", ".", "1234.50"),
        ("1.234.567", ",", "1234567"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("\u22127,5", ",", "-7.5"),
        ("+3", ",", "3"),
        (",5", ",", "0.5"),
        ("12,5 %", ",", "12.5"),
        ("0", ",", "0"),
    ],
)
def test_numbers_are_read_as_they_are_written(cell: str, mark: str, value: str) -> None:
    found = number(cell, mark)  # type: ignore[arg-type]
    assert found is not None
    assert Decimal(found[0]).scaleb(-found[1]) == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    ["7.5", "12.34.567", "1.2345", "007", "1,5,5", "", "-", "7h30", "a7", "1 23", "06 12 34"],
)
def test_what_is_no_number_with_a_decimal_comma(cell: str) -> None:
    assert number(cell, ",") is None


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False),
    st.sampled_from(BLANKS),
    st.sampled_from([",", "."]),
)
def test_whatever_parts_the_thousands_the_number_comes_back(
    value: Decimal, blank: str, mark: str
) -> None:
    cell = f"{value:,.2f}".replace(",", blank).replace(".", mark)
    found = number(cell, mark)  # type: ignore[arg-type]
    assert found == (int(value * 100), 2)
    assert shape(cell).kind == "number"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("7:30", 27_000),
        ("07:30:15", 27_015),
        ("1.04:00:00", 100_800),
        ("-0:30", -1800),
        ("123:45", 445_500),
        ("7h30", 27_000),
        ("7 h", 25_200),
        ("1.00:00:00.0000000", 86_400),
        ("7:60", None),
        ("1.25:00:00", None),
        ("7", None),
    ],
)
def test_durations(cell: str, expected: int | None) -> None:
    assert seconds(cell) == expected


@pytest.mark.parametrize(
    ("cell", "kind", "mark"),
    [
        ("", "empty", ""),
        ("   ", "empty", ""),
        ("–", "empty", ""),
        ("7", "number", ""),
        ("7,5", "number", ","),
        ("1,234", "number", "?,"),
        ("1.234", "number", "?."),
        ("0,234", "number", ","),
        ("1.234,5", "number", ","),
        ("1.234.567", "number", ","),
        ("12 %", "percent", ""),
        ("7:30", "duration", ""),
        ("2026-02-28", "date", ""),
        ("28/02/2026", "date", "dm"),
        ("02/28/2026", "date", "md"),
        ("02/03/2026", "date", ""),
        ("30/30/2026", "text", ""),
        ("00123", "text", ""),
        ("=1+1", "text", ""),
        ("-1+1", "text", ""),
    ],
)
def test_shapes(cell: str, kind: str, mark: str) -> None:
    assert shape(cell)[:2] == (kind, mark)


@given(st.text(max_size=40))
def test_no_text_breaks_it(cell: str) -> None:
    found = shape(cell)
    assert found.kind in ("empty", "number", "percent", "duration", "date", "text")
    for mark in (",", "."):
        number(cell, mark)  # type: ignore[arg-type]
    assert fold(fold(cell)) == fold(cell)


def test_dates_sort_as_text() -> None:
    assert iso("28/02/2026", "dm") == iso("2026-02-28", "dm") == "2026-02-28"
    assert iso("02/28/2026", "md") == "2026-02-28"
    assert iso("2/3/2026 08:30", "dm") == "2026-03-02T08:30"


def test_case_accents_and_blanks_do_not_matter() -> None:
    assert fold(" Élodie LEFÈVRE\u00a0") == fold("elodie lefevre")
