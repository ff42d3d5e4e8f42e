"""One employee can be at one place for one half of a day."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from .samples import check_lines

HALVES = {"FullDay": {1, 2}, "FirstHalf": {1}, "SecondHalf": {2}}


def line(
    position: str, deletion: str = "", login: str = "imarchal", place: str = "Télétravail"
) -> str:
    return f"{login};{place};;2026-03-09;{position};;{deletion}"


@pytest.mark.parametrize(
    ("first", "second", "was", "now"),
    [(a, b, c, d) for a, b in product(HALVES, HALVES) for c, d in product(("", "true"), repeat=2)],
)
def test_every_pair(tmp_path: Path, first: str, second: str, was: str, now: str) -> None:
    outcome = check_lines(tmp_path, line(first, was), line(second, now))
    if not HALVES[first] & HALVES[second]:
        assert outcome.rows == []
        return
    expected = "duplicate" if first == second else "overlap"
    if was != now:
        expected = "deletion-and-creation"
    assert outcome.causes == [(3, expected)]
    assert outcome.params(expected) == {"earlier": 2, "login": "imarchal", "date": "2026-03-09"}
    assert len(outcome.sent) == 1


def test_the_earlier_line_that_is_named_holds_the_same_half(tmp_path: Path) -> None:
    lines = [line("FirstHalf"), line("SecondHalf"), line("SecondHalf"), line("FullDay")]
    outcome = check_lines(tmp_path, *lines)
    assert outcome.causes == [(4, "duplicate"), (5, "overlap")]
    assert outcome.params("duplicate")["earlier"] == 3
    assert outcome.params("overlap")["earlier"] == 2


def test_a_refused_line_occupies_nothing(tmp_path: Path) -> None:
    outcome = check_lines(tmp_path, line("FullDay", place="Nowhere"), line("FullDay"))
    assert outcome.causes == [(2, "unknown-place")]


def test_a_refused_line_is_compared_with_the_earlier_good_ones(tmp_path: Path) -> None:
    outcome = check_lines(tmp_path, line("FullDay"), line("FirstHalf", place="Nowhere"))
    assert outcome.causes == [(3, "unknown-place"), (3, "overlap")]
    assert outcome.checked.refused == 1


def test_dates_count_by_the_day_and_logins_by_the_employee(tmp_path: Path) -> None:
    lines = [
        "MDurand;Télétravail;;2026-03-09;FullDay;;",
        "mdurand;Télétravail;;09/03/2026;FullDay;;",
    ]
    outcome = check_lines(tmp_path, *lines)
    assert outcome.causes[-1] == (3, "duplicate")
