"""Whatever the file, the check ends with counts that add up and a canonical file that is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.canonical import read_map
from portal.sheets.issues import sentence

from .samples import HEADER, check_file, check_lines

QUIET = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
VALUES = {
    "login": ["imarchal", "tnoll", " tnoll", "mdurand", "gone", "tnol", "", "a;b", "x\x00"],
    "place": ["Lyon Part-Dieu", "Télétravail", 'Odd; "name"', "Double", "Nowhere", ""],
    "area": ["", "Finance", "a;b", "Twice"],
    "date": ["2026-03-09", "09/03/2026", "2026/03/10", "2026-03-11", "soon", "", "13/13/2026"],
    "position": ["FullDay", "FirstHalf", "SecondHalf", "fullday", "noon", ""],
    "comment": ["", "fine", "a;b", 'say "x"', "two\nlines", "=1", "\x07", " padded "],
    "deletion": ["", "false", "true", "VRAI", "perhaps"],
}


def quoted(cells: list[str]) -> str:
    return ";".join('"' + cell.replace('"', '""') + '"' for cell in cells)


ROW = st.tuples(*(st.sampled_from(values) for values in VALUES.values())).map(list)
ROWS = st.lists(st.one_of(ROW, st.just([""] * 7), st.just(["short"])), min_size=1, max_size=30)


@QUIET
@given(rows=ROWS, per_upload=st.integers(1, 10))
def test_counts_map_and_parts(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], per_upload: int
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    outcome = check_lines(folder, *map(quoted, rows), lines_per_upload=per_upload)
    checked = outcome.checked
    for row in outcome.rows:
        assert row[0] is None or 1 <= row[0] <= len(rows) + 1
    if checked.fatal:
        assert all(not "".join(row).strip() for row in rows)
        return
    assert checked.total == len(rows)
    assert checked.blank == sum(not "".join(row) for row in rows)
    if checked.canonical is None:
        assert checked.valid == 0
        return
    lines = list(read_map(checked.canonical.map_path))
    assert len(set(lines)) == len(lines) == checked.valid == checked.canonical.lines
    for line, sent in zip(lines, outcome.sent, strict=True):
        login = rows[line - 2][0].strip()
        assert sent.startswith((login + ";", f'"{login}";'))
    assert sum(part.lines for part in checked.canonical.parts) == checked.valid
    assert checked.employees <= 3

    again = check_file(checked.canonical.path, folder / "again", lines_per_upload=per_upload)
    assert again.checked.canonical is not None
    assert again.checked.canonical.sha256 == checked.canonical.sha256
    assert {row[2] for row in again.rows} <= {"warning"}


TEXT = st.text(
    alphabet=st.sampled_from(list('abé;,\t"\r\n =-\x00\x1a\ufeff0123456789/')), max_size=200
)


@QUIET
@given(
    content=st.one_of(
        st.binary(max_size=300),
        TEXT.map(str.encode),
        TEXT.map(lambda text: (HEADER + "\n" + text).encode("utf-8-sig")),
        TEXT.map(lambda text: (HEADER + "\r\n" + text).encode("utf-16")),
        TEXT.map(lambda text: ("login;date;position;workLocationName\r" + text).encode("utf-8")),
        st.binary(max_size=300).map(lambda tail: HEADER.encode() + b"\r\n" + tail),
        st.binary(max_size=300).map(lambda tail: b"PK\x03\x04" + tail),
    )
)
def test_any_bytes_end_in_sentences(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder: Path = tmp_path_factory.mktemp("any")
    path = folder / "in.csv"
    path.write_bytes(content)
    outcome = check_file(path, folder / "out")
    for row in outcome.rows:
        said = sentence(row[3], outcome.params(row[3]))
        assert said.endswith((".", "?")) and "%(" not in said
    assert outcome.checked.canonical is not None or not list((folder / "out").iterdir())
    if outcome.checked.fatal:
        assert any(row[2] == "error" for row in outcome.rows)
