"""A grid means what the same days mean in a file with a row for each of them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.check import Directory, Location
from portal.sheets.issues import sentence

from .samples import DIRECTORY, HEADER, Outcome, check_text

PLACES = [
    "Home",
    "Paris",
    "A",
    "B",
    "A / B",
    "x/y",
    "Client > site",
    ">",
    'Odd; "name"',
    "C / Home",
]
WITH_AREAS = {"Lyon": ["Finance", "Desks / left", "B > C"]}
NAMES = [(name, "") for name in [*PLACES, *WITH_AREAS]] + [
    (name, area) for name, areas in WITH_AREAS.items() for area in areas
]
TENANT = Directory(
    DIRECTORY.employees,
    {name: Location() for name in PLACES}
    | {name: Location(areas=dict.fromkeys(areas, 1)) for name, areas in WITH_AREAS.items()},
)
LOGINS = ["imarchal", "zoë.lefèvre", "MDurand", "twin"]
DAYS = ["2026-03-09", "2026-03-10", "2026-03-11"]
NAME = st.sampled_from(NAMES)
CELL = st.one_of(
    st.just(()),
    NAME.map(lambda name: (("FullDay", name),)),
    NAME.map(lambda name: (("FirstHalf", name),)),
    NAME.map(lambda name: (("SecondHalf", name),)),
    st.tuples(NAME, NAME).map(lambda two: (("FirstHalf", two[0]), ("SecondHalf", two[1]))),
)
Cell = tuple[tuple[str, tuple[str, str]], ...]


def written(cell: Cell) -> str:
    named = {position: " > ".join(filter(None, name)) for position, name in cell}
    if not named or "FullDay" in named:
        return named.get("FullDay", "")
    return f"{named.get('FirstHalf', '')} / {named.get('SecondHalf', '')}"


def is_plain(cell: Cell) -> bool:
    """Whether no name of the account stands across the notation, such as “A / B” for two halves."""
    text = written(cell).strip()
    return not cell or cell[0][0] == "FullDay" or text not in TENANT.locations


def text_of(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(LOGINS), st.tuples(CELL, CELL, CELL)),
        min_size=1,
        max_size=4,
        unique_by=lambda row: row[0],
    ),
    per_upload=st.integers(1, 6),
)
def test_a_grid_is_the_same_as_its_lines(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, tuple[Cell, Cell, Cell]]],
    per_upload: int,
) -> None:
    rows = [(login, tuple(c if is_plain(c) else () for c in cells)) for login, cells in rows]  # type: ignore[misc]

    def check(name: str, text: str) -> Outcome:
        folder = tmp_path_factory.mktemp(name)
        return check_text(folder, text, directory=TENANT, lines_per_upload=per_upload)

    grid = check(
        "grid",
        text_of([["login", *DAYS], *([login, *map(written, cells)] for login, cells in rows)]),
    )
    lines = check(
        "lines",
        text_of(
            [
                HEADER.split(";"),
                *(
                    [login, *name, day, position, "", ""]
                    for login, cells in rows
                    for day, cell in zip(DAYS, cells, strict=True)
                    for position, name in cell
                ),
            ]
        ),
    )
    assert grid.sent == lines.sent
    assert grid.checked.valid == lines.checked.valid
    if grid.checked.canonical and lines.checked.canonical:
        assert grid.checked.canonical.sha256 == lines.checked.canonical.sha256
        assert [p.sha256 for p in grid.checked.canonical.parts] == [
            p.sha256 for p in lines.checked.canonical.parts
        ]
    else:
        assert not any(cell for _login, cells in rows for cell in cells)


def joined(pieces: list[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=most).map("".join)


SIGNS = joined([*'/> -;"\n=\u200b\xa0', "Home", "Lyon", "A", "Finance"], 8)
DAY = st.one_of(
    st.sampled_from([*DAYS, "09/03/2026", "lundi 9 mars 2026", "Lundi", "03/13/2026", "46090"]),
    joined([*"0123456789/-. ", "lundi", "mars", "er", "\u0663"], 10),
)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    header=st.lists(DAY, min_size=2, max_size=4),
    rows=st.lists(st.lists(SIGNS, max_size=5), min_size=1, max_size=4),
)
def test_whatever_stands_in_a_grid_ends_in_sentences(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], rows: list[list[str]]
) -> None:
    text = text_of([["login", *header], *(["imarchal", *cells] for cells in rows)])
    outcome = check_text(tmp_path_factory.mktemp("any"), text, directory=TENANT)
    for line, column, _severity, slug, params in outcome.rows:
        said = sentence(slug, json.loads(params))
        assert said.endswith((".", "?")) and "%(" not in said and "…" not in said
        assert line is None or line <= len(rows) + 1
        assert column is None or len(column) <= 20
    if outcome.checked.grid and outcome.checked.canonical:
        # What is right was read as names of the account and nothing else.
        for sent in csv.reader(outcome.sent, delimiter=";"):
            assert (sent[1], sent[2]) in NAMES
