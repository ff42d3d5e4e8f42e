"""Lines are numbered as a spreadsheet numbers them, and a place that cannot be read is named."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from portal.sheets.detection import detect
from portal.sheets.issues import Unreadable
from portal.sheets.reading import open_table


def rows_of(path: Path) -> list[tuple[int, list[str]]]:
    with open_table(path, detect(path)) as rows:
        return list(rows)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    return path


def test_a_quoted_cell_with_line_breaks_is_one_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'a;b\r\n1;"x\r\ny"\r\n\r\n2;z\r\n')
    assert rows_of(path) == [(1, ["a", "b"]), (2, ["1", "x\r\ny"]), (3, []), (4, ["2", "z"])]


def test_a_quote_at_the_very_end_that_closes_is_fine(tmp_path: Path) -> None:
    assert rows_of(write(tmp_path, 'a;b\n1;"x"'))[-1] == (2, ["1", "x"])


@pytest.mark.parametrize("tail", ["", "\n" * 10, "x;y\n" * 100_000])
def test_an_unclosed_quote_is_named_where_it_opens(tmp_path: Path, tail: str) -> None:
    path = write(tmp_path, 'a;b\n1;2\n3;"4\n' + tail)
    with pytest.raises(Unreadable) as caught:
        rows_of(path)
    assert (caught.value.cause, caught.value.line) == ("unclosed-quote", 3)
    assert "opened on line 3" in str(caught.value)


@pytest.mark.parametrize("between", [0, 1, 20])
def test_a_quote_that_closes_too_late_swallows_no_line_in_silence(
    tmp_path: Path, between: int
) -> None:
    text = 'a;b;note;d\n1;2;"open;4\n' + "1;2;;4\n" * between + '1;2;"closed";4\n1;2;3;4\n'
    with pytest.raises(Unreadable) as caught:
        rows_of(write(tmp_path, text))
    assert (caught.value.cause, caught.value.line) == ("swallowed-lines", 2)
    assert f"({between + 1})" in str(caught.value)


def test_a_text_of_several_lines_with_commas_is_a_text(tmp_path: Path) -> None:
    text = 'a,b,c\n1,"one, two, three, four\nfive, six",3\n'
    assert rows_of(write(tmp_path, text))[1][1][1] == "one, two, three, four\nfive, six"


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_line_of_megabytes_is_named_and_not_held(tmp_path: Path, quote: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write(f"a;b\n{quote}1{quote};2\n")
        for _ in range(60):
            file.write("x;" * 500_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unreadable) as caught:
        rows_of(path)
    assert (caught.value.cause, caught.value.line) == ("line-too-long", 3)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


def test_a_cell_too_long_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\n1;2\n" + "x" * 200_000 + ";2\n")
    with pytest.raises(Unreadable) as caught:
        rows_of(path)
    assert (caught.value.cause, caught.value.line) == ("cell-too-long", 3)


def test_more_lines_than_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\n" * 1_048_577)
    with pytest.raises(Unreadable, match="more than 1048576 lines"):
        rows_of(path)


def test_nul_bytes_in_a_text_are_left_to_the_check(tmp_path: Path) -> None:
    assert rows_of(write(tmp_path, "a;b\n1;2\x003\n"))[1] == (2, ["1", "2\x003"])
