"""Sorting, filtering, paging and summing, held against plain Python over the same rows."""

import csv
import io
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.table.cells import fold
from reports.table.look import EMPTY, PAGE, Choice, look
from tests.reports.tables import cells, looked_at, page_of

NAMES = st.sampled_from(["Élodie", "elodie", "Zoé", "", "Ann;e", 'Jo "x"', "Çelik", "é", "50 %_"])
HOURS = st.one_of(st.none(), st.decimals(min_value=-500, max_value=500, places=2, allow_nan=False))
ROWS = st.lists(st.tuples(NAMES, HOURS), min_size=1, max_size=40)


def french(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}".replace(".", ",")


def written(rows: list[Any]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow(["Nom", "Heures", "Rang"])
    for rank, (name, hours) in enumerate(rows):
        out.writerow([name, french(hours), f"n{rank}"])
    return text.getvalue().encode()


def ranks(folder: Path, rows: list[Any], **asked: str) -> list[int]:
    return [int(line[2][1:]) for line in cells(page_of(folder, written(rows), **asked))]


def folder() -> Path:
    return Path(tempfile.mkdtemp())


@settings(deadline=None, max_examples=30)
@given(ROWS, st.booleans())
def test_numbers_sort_as_numbers_and_empty_cells_come_last(rows: list[Any], down: bool) -> None:
    filled = [rank for rank, (_name, hours) in enumerate(rows) if hours is not None]
    if not filled:
        return
    empty = [rank for rank in range(len(rows)) if rank not in filled]
    sign = -1 if down else 1
    expected = sorted(filled, key=lambda rank: (sign * rows[rank][1], rank)) + empty
    assert ranks(folder(), rows, sort="-1" if down else "1") == expected


@settings(deadline=None, max_examples=30)
@given(ROWS, st.booleans())
def test_texts_sort_without_case_and_accents(rows: list[Any], down: bool) -> None:
    keys = {rank: fold(name) for rank, (name, _hours) in enumerate(rows)}
    filled = sorted(r for r in keys if keys[r])
    # Twice, because a sort that is turned round also turns those that are equal.
    expected = sorted(filled, key=lambda rank: keys[rank], reverse=down)
    assert ranks(folder(), rows, sort="-0" if down else "0") == expected + sorted(
        r for r in keys if not keys[r]
    )


@settings(deadline=None, max_examples=30)
@given(ROWS, NAMES)
def test_a_text_is_found_and_the_figures_are_those_of_the_rows_that_fit(
    rows: list[Any], text: str
) -> None:
    fits = [
        rank
        for rank, (name, hours) in enumerate(rows)
        if fold(text) in fold(name) or text in french(hours)
    ]
    found = page_of(folder(), written(rows), q=text)
    assert [int(line[2][1:]) for line in cells(found)] == fits
    assert found.total == len(fits)
    hours = [rows[rank][1] for rank in fits if rows[rank][1] is not None]
    if found.columns[1].kind == "number" and fits:
        places = 10 ** (found.columns[1].decimals or 0)
        count, least, most, total = found.figures[1]
        assert count == len(hours)
        assert total == (int(sum(hours) * places) if hours else None)
        assert (least, most) == (
            (int(min(hours) * places), int(max(hours) * places)) if hours else (None, None)
        )


@settings(deadline=None, max_examples=20)
@given(ROWS, st.sampled_from(["<", "<=", ">", ">=", "="]), st.integers(-500, 500))
def test_numbers_are_compared(rows: list[Any], sign: str, bound: int) -> None:
    compare = {
        "<": Decimal.__lt__,
        "<=": Decimal.__le__,
        ">": Decimal.__gt__,
        ">=": Decimal.__ge__,
        "=": Decimal.__eq__,
    }[sign]
    if all(hours is None for _name, hours in rows):
        return
    fits = [r for r, (_n, h) in enumerate(rows) if h is not None and compare(h, Decimal(bound))]
    assert ranks(folder(), rows, q=f"{sign} {bound}", **{"in": "1"}) == fits


PEOPLE = (
    "Nom;Département;Date;Heures;Trajet\r\n"
    "Élodie;Compta;02/02/2026;7,5;0:30\r\n"
    "Zoé;R&D;03/02/2026;1 234,50;1:00\r\n"
    "Théo;;04/03/2026;8;1.01:00:00\r\n"
    "Inès;compta;05/03/2026;-2,25;\r\n"
).encode()


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"q": "elo"}, ["Élodie"]),
        ({"q": "1 234"}, ["Zoé"]),
        ({"q": "7.50", "in": "3"}, ["Élodie"]),
        ({"q": ">7", "in": "3"}, ["Élodie", "Zoé", "Théo"]),
        ({"q": ">1:00", "in": "4"}, ["Théo"]),
        ({"q": "0:30", "in": "4"}, ["Élodie"]),
        ({"q": "/03/2026", "in": "2"}, ["Théo", "Inès"]),
        ({"f1": "Compta"}, ["Élodie", "Inès"]),
        ({"f1": EMPTY}, ["Théo"]),
        ({"f2": "2026-03"}, ["Théo", "Inès"]),
        ({"f1": "Compta", "q": "02/2026"}, ["Élodie"]),
        ({"q": "'; DROP TABLE strip_0; --"}, []),
        ({"q": "%"}, []),
        ({"q": "\0"}, ["Élodie", "Zoé", "Théo", "Inès"]),
        ({"sort": "2"}, ["Élodie", "Zoé", "Théo", "Inès"]),
        ({"sort": "-4"}, ["Théo", "Zoé", "Élodie", "Inès"]),
        ({"sort": "99", "f99": "x", "in": "-1", "page": "x"}, ["Élodie", "Zoé", "Théo", "Inès"]),
        ({"sort": "c0; DROP TABLE line"}, ["Élodie", "Zoé", "Théo", "Inès"]),
        ({"page": "9" * 40, "columns": "9" * 40}, ["Élodie", "Zoé", "Théo", "Inès"]),
    ],
)
def test_choices(tmp_path: Path, asked: dict[str, str], names: list[str]) -> None:
    assert [line[0] for line in cells(page_of(tmp_path, PEOPLE, **asked))] == names


def test_a_page_has_a_hundred_rows_and_says_which(tmp_path: Path) -> None:
    content = ("N\r\n" + "\r\n".join(f"a{n}" for n in range(250))).encode()
    second, last = page_of(tmp_path, content, page="2"), page_of(tmp_path, content, page="99")
    assert (second.first, len(second.rows), second.total, second.pages) == (101, PAGE, 250, 3)
    assert (last.first, len(last.rows), last.rows[-1].line) == (201, 50, 251)


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    content = b'N;M\r\na;1\r\n;\r\n"b\r\nc";2\r\nd;3\r\n'
    assert [row.line for row in page_of(tmp_path, content).rows] == [2, 4, 5]


def test_wide_tables_are_looked_at_in_strips_and_keep_their_first_column(tmp_path: Path) -> None:
    """A SQLite table has 2,000 columns at most; daily reports of a year have more."""
    width = 3_000
    lines = [";".join(["Nom"] + [f"Heures {n}" for n in range(1, width)])]
    lines += [";".join([f"p{row}"] + [f"{row},5"] * (width - 1)) for row in range(5)]
    content = "\r\n".join(lines).encode()
    with looked_at(tmp_path, content) as (table, summary):
        assert len(summary.columns) == width
        found = look(table, summary, Choice.of({"columns": "59", "sort": "-2999"}, width))
        assert [column.at for column in found.columns] == [0, *range(2950, 3000)]
        assert cells(found)[0][:2] == ["p4", "4,5"]
        assert found.figures[2999][3] == 125
        everywhere = look(table, summary, Choice.of({"q": "p3"}, width))
        assert [line[0] for line in cells(everywhere)] == ["p3"]
