"""The chart: sums by period, by month and by department, against plain Python; and its geometry."""

import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.table import chart
from reports.table.chart import Sums, chosen, sums
from reports.table.drawing import WIDTH, lying, standing
from reports.table.look import Choice, select
from tests.reports.tables import looked_at


def drawn(folder: Path, content: bytes, measure: str = "", group: str = "", **asked: str) -> Sums:
    with looked_at(folder, content) as (table, summary):
        choice = Choice.of(asked, len(summary.columns))
        if choice.is_filtered:
            select(table, summary, choice)
        _can, _by, of, by = chosen(summary, measure, group)
        assert of is not None and by is not None
        return sums(table, of, by, choice.is_filtered)


def pairs(found: Sums) -> list[tuple[str, float]]:
    return [(group.label, group.value) for group in found.groups]


WEEKS = (
    "Nom;Service;Heures semaine 6;Heures semaine 7;Total\r\n"
    "Élodie;Compta;7,5;8;15,5\r\n"
    "Zoé;R&D;1,25;;1,25\r\n"
    "Théo;compta;2;3;5\r\n"
    "Inès;;1;1;2\r\n"
).encode()


def test_a_measure_that_is_repeated_is_summed_by_period(tmp_path: Path) -> None:
    found = drawn(tmp_path, WEEKS)
    assert found.measure.name == "Heures"
    assert pairs(found) == [("semaine 6", 1175), ("semaine 7", 1200)]


def test_it_is_summed_by_department_too(tmp_path: Path) -> None:
    """However a department is written; rows without one are a group of their own."""
    found = drawn(tmp_path, WEEKS, group="c1")
    assert pairs(found) == [("Compta", 2050), ("", 200), ("R&D", 125)]


def test_only_rows_that_fit_are_summed(tmp_path: Path) -> None:
    assert pairs(drawn(tmp_path, WEEKS, f1="Compta")) == [("semaine 6", 950), ("semaine 7", 1100)]
    assert pairs(drawn(tmp_path, WEEKS, "c4", "c0", q="zoe")) == [("Zoé", 125)]


def test_departments_are_offered_before_other_texts(tmp_path: Path) -> None:
    with looked_at(tmp_path, WEEKS) as (_table, summary):
        can, by, _measure, _group = chosen(summary, "", "")
    assert [one.name for one in can] == ["Heures", "Total"]
    assert [one.key for one in by] == ["p", "c1", "c0"]


@pytest.mark.parametrize(
    ("days", "unit", "labels"),
    [
        (["02/02/2026", "03/02/2026", "02/02/2026"], "day", ["2026-02-02", "2026-02-03"]),
        (["02/02/2026", "08/02/2026", "31/05/2026"], "week", ["2026-02-02", "2026-05-25"]),
        (["02/02/2026", "28/02/2026", "31/12/2026"], "month", ["2026-02", "2026-12"]),
        (["02/02/2016", "28/02/2016", "31/12/2026"], "year", ["2016", "2026"]),
    ],
)
def test_dates_are_grouped_by_what_fits_their_span(
    tmp_path: Path, days: list[str], unit: str, labels: list[str]
) -> None:
    content = "Date;Heures\r\n" + "".join(f"{day};1,5\r\n" for day in days)
    found = drawn(tmp_path, content.encode())
    assert found.grouping.unit == unit
    assert [label for label, _value in pairs(found)] == labels
    assert sum(value for _label, value in pairs(found)) == 45


def test_twenty_groups_and_the_others_add_up_to_the_whole(tmp_path: Path) -> None:
    random.seed(7)
    rows = [
        (f"P{random.randint(1, 60)}", Decimal(random.randint(0, 4000)) / 100) for _ in range(900)
    ]
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for project, hours in rows:
        expected[project] += hours
    lines = [f"{project};{str(hours).replace('.', ',')}" for project, hours in rows]
    found = drawn(tmp_path, "\r\n".join(["Projet;Heures", *lines]).encode())
    best = sorted(expected.items(), key=lambda one: (-one[1], one[0].lower()))
    places = 10 ** (found.measure.decimals or 0)
    assert pairs(found)[:-1] == [(name, int(value * places)) for name, value in best[: chart.TOP]]
    assert found.groups[-1].others == len(expected) - chart.TOP
    assert sum(group.value for group in found.groups) == int(sum(expected.values()) * places)


def test_columns_of_different_decimals_and_strips_are_one_sum(tmp_path: Path) -> None:
    heads = [f"Heures {n:02}/03/2026" for n in range(1, 32)] + [
        f"Heures {n:02}/05/2026" for n in range(1, 32)
    ]
    cells = ["7,5" if n % 2 else "0,25" for n in range(62)]
    content = ";".join(["Service", *heads]) + "\r\n" + ";".join(["A", *cells]) + "\r\n"
    by_service = drawn(tmp_path, content.encode(), group="c0")
    assert (pairs(by_service), by_service.measure.decimals) == ([("A", 31 * 775)], 2)
    by_day = drawn(tmp_path, content.encode())
    assert pairs(by_day)[:2] == [("01/03/2026", 25), ("02/03/2026", 750)]


def test_durations_are_summed_in_seconds(tmp_path: Path) -> None:
    content = b"Service;Trajet\r\nA;7:30\r\nA;1.00:00:00\r\nB;0:15\r\n"
    assert pairs(drawn(tmp_path, content)) == [("A", 113_400), ("B", 900)]


def test_sums_that_would_not_fit_the_database_are_floating_ones(tmp_path: Path) -> None:
    content = b"Service;H S1;H S2\r\nA;999999999999;0,123456789012\r\n"
    found = drawn(tmp_path, content, group="c0")
    assert found.measure.decimals is None
    assert pairs(found)[0][1] == pytest.approx(999999999999.123)


def test_nothing_to_sum(tmp_path: Path) -> None:
    with looked_at(tmp_path, b"Nom;Matricule\r\na;1203\r\n") as (_table, summary):
        assert chosen(summary, "c1", "c0") == ([], [], None, None)


# Geometry.

VALUES = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=500)


@given(VALUES)
def test_whatever_stands_stays_within_the_picture(values: list[int]) -> None:
    found = standing([(f"g{n}", value, "x") for n, value in enumerate(values)])
    for bar, value in zip(found.bars, values, strict=False):
        assert bar.x >= 0 and bar.x + bar.width <= WIDTH
        assert bar.y >= 20 and bar.y + bar.height <= 204
        assert (bar.height > 0) == (value != 0) and bar.width > 0
    assert len(found.bars) + found.left_out == len(values)


@given(VALUES)
def test_whatever_lies_stays_within_the_picture(values: list[int]) -> None:
    found = lying([(f"g{n}", value, "x") for n, value in enumerate(values)])
    for bar, value in zip(found.bars, values, strict=True):
        assert bar.x >= -2 and bar.x + bar.width <= WIDTH + 2
        assert bar.y + bar.height <= found.height
        assert (bar.width > 0) == (value != 0)


def test_twice_as_much_is_twice_as_long() -> None:
    one, two = lying([("a", 1, ""), ("b", 2, "")]).bars
    assert two.width == WIDTH == 2 * one.width
    below, above = standing([("a", -1, ""), ("b", 1, "")]).bars
    assert below.height == above.height and below.y == above.y + above.height
