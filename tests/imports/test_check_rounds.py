"""From the refused lines to the corrected file: nothing is lost on the way round."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from portal.sheets.faulty import write_faulty_lines
from portal.sheets.issues import sentence

from .samples import Outcome, check_file

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def reasons(outcome: Outcome) -> Iterator[tuple[int, list[str]]]:
    rows = [row for row in outcome.rows if row[2] == "error" and row[0]]
    for line, found in groupby(rows, key=lambda row: row[0] or 0):
        yield line, [sentence(row[3], json.loads(row[4])) for row in found]


@pytest.mark.parametrize("name", ["excel-fr-windows-1252.csv", "workbook.xlsx"])
def test_correcting_the_faulty_lines(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    content = (SAMPLES / name).read_bytes()
    source.write_bytes(content.replace("tnoll;Télé".encode("cp1252"), b"tnol;=T\xe9l\xe9"))
    outcome = check_file(source, tmp_path / "one")
    assert outcome.checked.detected and outcome.checked.refused == 1
    faulty = tmp_path / "faulty.csv"
    write_faulty_lines(source, outcome.checked.detected, reasons(outcome), faulty)

    again = check_file(faulty, tmp_path / "two")
    assert again.checked.total == 1
    assert [row[3:] for row in again.rows if row[2] == "error"] == [
        row[3:] for row in outcome.rows if row[2] == "error"
    ]

    text = faulty.read_text("utf-8-sig")
    text = text.replace("tnol;", "tnoll;").replace("'=", "").replace("#N/A", "")
    faulty.write_text(text, encoding="cp1252")
    last = check_file(faulty, tmp_path / "three")
    assert last.checked.valid == 1 and not last.checked.refused
