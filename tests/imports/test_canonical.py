"""The canonical file, its map and its parts: what is sent, and from where it came."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports import canonical, parts
from imports.canonical import Canonical, Echo, Writer, digest, find, read_map, without

HALF = {0: "FirstHalf", 1: "SecondHalf"}


def data(login: str, day: int = 9, position: str = "FullDay", deletion: str = "false") -> str:
    return f"{login};Télétravail;;2026-03-{day:02};{position};;{deletion}"


def built(folder: Path, lines: list[tuple[int, str]], per_upload: int) -> Canonical:
    writer = Writer(folder)
    for number, text in lines:
        writer.write(f"{text}\r\n".encode())
        writer.lines.append(number)
    found = writer.finish(per_upload)
    assert found is not None
    return found


def data_lines(path: Path) -> list[str]:
    content = path.read_bytes()
    assert content.startswith(canonical.START) and content.endswith(b"\r\n")
    return content[len(canonical.START) :].decode().split("\r\n")[:-1]


def verify(found: Canonical, lines: list[tuple[int, str]], per_upload: int) -> None:
    """The promises: the map is right, the parts are the file, no employee-day is torn."""
    numbers, sent = list(read_map(found.map_path)), data_lines(found.path)
    assert sorted(zip(numbers, sent, strict=True)) == sorted(lines)
    assert found.lines == len(lines) and found.sha256 == digest(found.path)
    pieces = [data_lines(part.path) for part in found.parts]
    assert [line for piece in pieces for line in piece] == sent
    first = 1
    for part, held in zip(found.parts, pieces, strict=True):
        assert (part.first, part.lines) == (first, len(held))
        assert part.sha256 == hashlib.sha256(part.path.read_bytes()).hexdigest()
        first += len(held)
    days = [{(line.split(";")[0], line.split(";")[3]) for line in piece} for piece in pieces]
    for number, day in enumerate(days):
        assert not any(day & other for other in days[number + 1 :])
        assert len(pieces[number]) <= per_upload or len(day) == 1


def test_the_bytes(tmp_path: Path) -> None:
    found = built(tmp_path, [(2, data("a"))], 10)
    assert found.path.read_bytes() == (
        b"\xef\xbb\xbflogin;workLocationName;areaName;date;position;comment;isDeletion\r\n"
        b"a;T\xc3\xa9l\xc3\xa9travail;;2026-03-09;FullDay;;false\r\n"
    )
    assert found.parts == (canonical.Part(found.path, 1, 1, found.sha256),)


def test_halves_far_apart_go_together(tmp_path: Path) -> None:
    lines = [(n, data(f"u{n % 3}", 9, HALF[n // 5])) for n in (2, 3, 4, 5, 6, 7)]
    found = built(tmp_path, lines, 2)
    verify(found, lines, 2)
    assert list(read_map(found.map_path)) == [2, 5, 3, 6, 4, 7]


def test_without_parts_the_order_of_the_file_stays(tmp_path: Path) -> None:
    lines = [(n, data(f"u{n % 3}", 9, HALF[n // 5])) for n in (2, 3, 4, 5, 6, 7)]
    assert list(read_map(built(tmp_path, lines, 6).map_path)) == [2, 3, 4, 5, 6, 7]


def test_an_employee_day_is_never_cut_even_for_parts_of_one_line(tmp_path: Path) -> None:
    lines = [(2, data("a", 9, "FirstHalf")), (3, data("a", 9, "SecondHalf")), (4, data("b"))]
    found = built(tmp_path, lines, 1)
    verify(found, lines, 1)
    assert [part.lines for part in found.parts] == [2, 1]


def test_no_part_above_the_limit_of_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_PART_BYTES", 300)
    lines = [(n, data(f"u{n}")) for n in range(2, 40)]
    found = built(tmp_path, lines, 1000)
    verify(found, lines, 1000)
    assert len(found.parts) > 5
    assert all(part.path.stat().st_size <= 300 for part in found.parts)


@settings(max_examples=60, deadline=None)
@given(
    slots=st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 3), st.integers(0, 1)), unique=True, min_size=1
    ),
    per_upload=st.integers(1, 9),
    left_out=st.sets(st.integers(2, 40)),
)
def test_any_order_of_halves(
    tmp_path_factory: pytest.TempPathFactory,
    slots: list[tuple[int, int, int]],
    per_upload: int,
    left_out: set[int],
) -> None:
    folder = tmp_path_factory.mktemp("any")
    lines = [
        (n * 2, data(f"u{who}", day, HALF[half])) for n, (who, day, half) in enumerate(slots, 1)
    ]
    found = built(folder / "a", lines, per_upload)
    verify(found, lines, per_upload)
    kept = [line for line in lines if line[0] not in left_out]
    shorter = without(found.path, found.map_path, left_out, folder / "b", per_upload)
    assert (shorter is None) == (not kept)
    if shorter is not None:
        verify(shorter, kept, per_upload)


def test_the_file_is_never_rewritten_in_its_own_folder(tmp_path: Path) -> None:
    found = built(tmp_path, [(2, data("a"))], 3)
    with pytest.raises(ValueError, match="own folder"):
        without(found.path, found.map_path, {2}, tmp_path, 3)
    assert digest(found.path) == found.sha256


def test_without_nothing_is_the_same_file(tmp_path: Path) -> None:
    lines = [(n, data(f"u{n}")) for n in range(2, 9)]
    found = built(tmp_path / "a", lines, 3)
    same = without(found.path, found.map_path, set(), tmp_path / "b", 3)
    assert same is not None and same.sha256 == found.sha256
    assert [part.sha256 for part in same.parts] == [part.sha256 for part in found.parts]


def test_echoed_lines_are_found_by_their_content(tmp_path: Path) -> None:
    lines = [
        (2, data("a")),
        (4, data("b", 9, "FirstHalf", "true")),
        (5, '"c;d";"x;y";;2026-03-09;FullDay;note;false'),
        (9, data("e")),
    ]
    found = built(tmp_path, lines, 2)
    first, second = found.parts
    echoes = [
        Echo("b", "2026-03-09", "FirstHalf", True, 99),
        Echo("b", "2026-03-09", "FirstHalf", False),
        Echo("a", "2026-03-09", "FullDay", False, 1),
        Echo("a", "2026-03-10", "FullDay", False, 2),
        Echo("e", "2026-03-09", "FullDay", False),
        Echo("a", "", "", False, 2),
        Echo("a", "", "", False, 3),
        Echo("", "", "", False, 2),
    ]
    assert find(first, found.map_path, echoes) == [4, 4, 2, None, None, 2, None, None]
    assert find(second, found.map_path, [Echo("c;d", "2026-03-09", "FullDay", False)]) == [5]
