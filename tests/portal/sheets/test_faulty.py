"""The faulty-lines file is safe to open, and comes back as what it was."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from portal.sheets.detection import detect
from portal.sheets.faulty import escape, write_faulty_lines
from portal.sheets.reading import open_table


def test_only_the_named_lines_with_their_reasons(tmp_path: Path) -> None:
    source, target = tmp_path / "a.csv", tmp_path / "faulty.csv"
    source.write_text("login,date\na,1\nb,2\nc\nd,4,5\n", encoding="cp1252")
    reasons = [(1, ["header"]), (3, ["Wrong.", "Very."]), (4, ["Short."]), (5, ["Long."])]
    assert write_faulty_lines(source, detect(source), iter(reasons), target) == 3
    assert target.read_bytes() == (
        b"\xef\xbb\xbflogin;date;_reason\r\nb;2;Wrong. Very.\r\nc;;Short.\r\nd;4;Long.;5\r\n"
    )


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    source, target = tmp_path / "a.csv", tmp_path / "faulty.csv"
    source.write_text("login;comment\n=1+1;+33\n@x;-1\n'=a;''-b\n", encoding="utf-8")
    write_faulty_lines(source, detect(source), ((n, ["-no"]) for n in (2, 3, 4)), target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=";") for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    with open_table(target, detect(target)) as rows:
        assert [cells for _, cells in rows] == [
            ["login", "comment"], ["=1+1", "+33"], ["@x", "-1"], ["'=a", "''-b"],
        ]  # fmt: skip


def test_a_second_round_replaces_the_reasons(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    paths[0].write_text("login;date\nx;=2\n", encoding="utf-8")
    for source, target in pairwise(paths):
        write_faulty_lines(source, detect(source), [(2, ["Again."])], target)
    assert paths[1].read_bytes() == paths[2].read_bytes()


def test_lines_after_an_unclosed_quote_are_left_out(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text('login;date\nx;1\ny;"2\n', encoding="utf-8")
    reasons = [(2, ["Wrong."]), (3, ["Open."])]
    assert write_faulty_lines(source, detect(source), reasons, tmp_path / "b.csv") == 1


@given(cell=st.text(alphabet="'=+-@\t\rab;\""))
def test_undoing_an_escape_is_exact(tmp_path_factory: object, cell: str) -> None:
    escaped = escape(cell)
    assert not escaped.startswith(("=", "+", "-", "@", "\t", "\r"))
    from portal.sheets.reading import unescape

    assert unescape(escaped) == cell
