"""Files as people send them, and files that are none: a sentence each, and nothing half stored."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path

import pytest

from portal.sheets.issues import sentence

from .samples import HEADER, check_file, check_text

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
GOOD = "imarchal;Télétravail;;2026-03-09;FullDay;;\n"


@pytest.mark.parametrize(
    "name",
    [
        "excel-fr-windows-1252.csv",
        "excel-fr-utf8-bom.csv",
        "excel-unicode-text.txt",
        "google-sheets-comma.csv",
        "sep-line.csv",
        "old-mac.csv",
        "trailing-separators.csv",
    ],
)
def test_one_table_in_every_way_people_save_it(tmp_path: Path, name: str) -> None:
    outcome = check_file(SAMPLES / name, tmp_path)
    assert outcome.sent == [
        "imarchal;Lyon Part-Dieu;Finance;2026-03-09;FullDay;Réunion d'équipe;false",
        "tnoll;Télétravail;;2026-03-09;FirstHalf;;false",
        "tnoll;Lyon Part-Dieu;Open space B;2026-03-09;SecondHalf;;false",
        "zoë.lefèvre;Télétravail;;2026-03-10;FullDay;à la maison;false",
    ]
    assert {row[2] for row in outcome.rows} == {"rewritten"}
    assert outcome.checked.employees == 3


def test_a_workbook(tmp_path: Path) -> None:
    outcome = check_file(SAMPLES / "workbook.xlsx", tmp_path)
    assert outcome.checked.detected and outcome.checked.detected.sheet == "Mars & avril"
    assert outcome.causes == [(5, "unknown-area")]
    assert outcome.sent == [
        "imarchal;Lyon Part-Dieu;Finance;2026-03-09;FullDay;a, b;false",
        "tnoll;Télétravail;;2026-03-09;FirstHalf;;true",
    ]
    assert (outcome.checked.creations, outcome.checked.deletions) == (1, 1)


def test_a_header_typed_by_hand(tmp_path: Path) -> None:
    outcome = check_file(SAMPLES / "hand-typed-header.csv", tmp_path)
    assert outcome.sent == ["imarchal;Lyon Part-Dieu;Finance;2026-03-09;FullDay;;false"]


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("absences.csv", "file-of-absences"),
        ("expenses.csv", "file-of-expenses"),
        ("zip-named.csv", "zip-file"),
        ("workbook-not-at-a1.xlsx", "no-known-column"),
    ],
)
def test_a_file_of_something_else(tmp_path: Path, name: str, cause: str) -> None:
    outcome = check_file(SAMPLES / name, tmp_path)
    assert [row[3] for row in outcome.rows] == [cause]
    assert outcome.checked.fatal and list(tmp_path.iterdir()) == []


BAD: list[tuple[str, bytes, int | None, str]] = [
    ("nothing", b"", None, "empty-file"),
    ("only a header", HEADER.encode(), None, "no-data-lines"),
    ("a header and blanks", HEADER.encode() + b"\n;;;;;;\n\n", None, "no-data-lines"),
    ("rubbish", bytes(range(256)) * 9, None, "binary-file"),
    ("an open quote", f'{HEADER}\n{GOOD}imarchal;"x\n{GOOD}'.encode(), 3, "unclosed-quote"),
    ("a long line", f"{HEADER}\n{GOOD}".encode() + b"x;" * 600_000, 3, "line-too-long"),
    ("a long header", b"x;" * 600_000, 1, "line-too-long"),
    ("a wrong byte", HEADER.encode() + b"\n\xe9\n\x81", 3, "unknown-encoding"),
]


@pytest.mark.parametrize(("what", "content", "line", "cause"), BAD, ids=[b[0] for b in BAD])
def test_bad_input_is_named_with_its_place(
    tmp_path: Path, what: str, content: bytes, line: int | None, cause: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    outcome = check_file(path, tmp_path / "out")
    assert outcome.causes[-1] == (line, cause)
    assert sentence(cause, outcome.params(cause)).endswith(".")
    assert outcome.checked.fatal and list((tmp_path / "out").iterdir()) == []


def test_a_file_in_which_every_line_is_wrong(tmp_path: Path) -> None:
    outcome = check_text(tmp_path, HEADER + "\n" + "x;y;z;1;2;3;4\n" * 12_000)
    assert outcome.checked.refused == 12_000 and not outcome.checked.fatal
    assert outcome.checked.canonical is None and list((tmp_path / "out").iterdir()) == []
    assert outcome.checked.causes["unknown-login"].count == 12_000
    assert outcome.checked.causes["unknown-login"].line == 2


def test_issues_come_in_slices_and_in_the_order_of_lines(tmp_path: Path) -> None:
    from imports.check import check
    from imports.lines import ISSUES_AT_ONCE, LINES_AT_ONCE

    from .samples import DIRECTORY, TODAY

    path = tmp_path / "in.csv"
    path.write_text(HEADER + "\n" + ("x;Télétravail;;2026-03-09;FullDay;;\n" + GOOD) * 20_000)
    slices: list[list[int | None]] = []
    reached: list[int] = []
    check(
        path,
        DIRECTORY,
        today=TODAY,
        unknown_login="error",
        lines_per_upload=100,
        folder=tmp_path / "out",
        on_issues=lambda rows: slices.append([row[0] for row in rows]),
        on_progress=reached.append,
    )
    lines = [line for rows in slices for line in rows if line]
    assert lines == sorted(lines) and len(lines) == 39_999
    assert max(map(len, slices)) < ISSUES_AT_ONCE + LINES_AT_ONCE
    assert reached == sorted(reached) and reached[-1] == 40_001


def test_the_memory_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    with path.open("w") as file:
        file.write(HEADER + "\n")
        file.writelines(f"nobody{n};Télétravail;;2026-03-09;FullDay;;\n" for n in range(200_000))
    from imports.check import check

    from .samples import DIRECTORY, TODAY

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    checked = check(
        path,
        DIRECTORY,
        today=TODAY,
        unknown_login="error",
        lines_per_upload=20_000,
        folder=tmp_path / "out",
        on_issues=lambda rows: None,
    )
    assert checked.refused == 200_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_a_full_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> str:
        raise OSError(28, "No space left on device")

    path = tmp_path / "in.csv"
    path.write_text(HEADER + "\n" + GOOD + GOOD.replace("03-09", "03-10"))
    monkeypatch.setattr("imports.parts._copy", fail)
    with pytest.raises(OSError, match="No space"):
        check_file(path, tmp_path / "out", lines_per_upload=1)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failure_of_ours_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}\n{GOOD * 10_000}")

    def fail(_line: int) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        check_file(path, tmp_path / "out", on_progress=fail)
    assert list((tmp_path / "out").iterdir()) == []
    shutil.rmtree(tmp_path / "out")
