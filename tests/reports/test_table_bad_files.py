"""Files as they come: each is shown as far as it can be, and what is wrong with it is known."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from portal.sheets.issues import Unreadable
from reports.models import ReportFile
from reports.table import store
from reports.table.build import MOST_COLUMNS
from reports.table.detect import Told
from tests.reports.tables import cells, page_of, report, summary_of


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "empty-file"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty-file"),
        (b"<!doctype html><title>Sign in</title>", "web-page"),
        (b"%PDF-1.7", "not-a-table"),
        (bytes(range(256)) * 40, "binary-file"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, cause: str) -> None:
    with pytest.raises(Unreadable) as refused:
        summary_of(tmp_path, content)
    assert refused.value.cause == cause


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("cp1252", "cp1252"), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le")],
)
def test_encodings(tmp_path: Path, encoding: str, shown: str) -> None:
    content = "Prénom;Heures\r\nÉlodie;7,5\r\n".encode(encoding)
    assert summary_of(tmp_path, content).encoding == shown
    assert cells(page_of(tmp_path, content)) == [["Élodie", "7,5"]]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_separators(tmp_path: Path, separator: str) -> None:
    content = separator.join(['"Nom, prénom; titre"', "Heures"]) + "\r\n"
    content += separator.join(['"a;b,c"', '"7,5"']) + "\r\n"
    assert cells(page_of(tmp_path, content.encode())) == [["a;b,c", "7,5"]]


def test_a_header_only(tmp_path: Path) -> None:
    found = summary_of(tmp_path, b"Nom;Heures\r\n")
    assert (found.rows, len(found.columns), found.broken) == (0, 2, None)


def test_one_column_only(tmp_path: Path) -> None:
    assert cells(page_of(tmp_path, b"Heures\r\n7,5\r\n8\r\n")) == [["7,5"], ["8"]]


def test_a_quotation_mark_that_never_closes(tmp_path: Path) -> None:
    content = b'Nom;Heures\r\na;1\r\n"b;2\r\nc;3\r\n'
    found = summary_of(tmp_path, content)
    assert found.rows == 1
    assert found.broken is not None and found.broken[0] == "unclosed-quote" and found.broken[2] == 3


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    whole = b"Nom;Projet;Heures\r\na;p;1\r\nb;q;2\r\n"
    assert not summary_of(tmp_path, whole).is_cut
    cut = summary_of(tmp_path, whole[:-4])
    assert cut.is_cut and cut.uneven == 1


def test_a_letter_that_is_cut_in_two(tmp_path: Path) -> None:
    content = "Prénom;Nom\r\nÉlodie;Lefè".encode()[:-1]
    found = summary_of(tmp_path, content)
    assert found.is_damaged and found.encoding == "utf-8"
    assert cells(page_of(tmp_path, content)) == [["Élodie", "Lef\ufffd"]]


def test_nul_bytes_and_the_joint_of_ours_in_cells(tmp_path: Path) -> None:
    content = b"Nom;Heures\r\na\0b;1\r\nc\x1fd;2\r\n"
    assert cells(page_of(tmp_path, content)) == [["a\ufffdb", "1"], ["c\ufffdd", "2"]]


def test_uneven_rows(tmp_path: Path) -> None:
    content = b"A;B;C\r\n1;2\r\n1;2;3;4\r\n1;2;3;;\r\n1;2;3\r\n"
    found = summary_of(tmp_path, content)
    assert (found.uneven, found.first_uneven, len(found.columns)) == (2, 2, 4)
    assert cells(page_of(tmp_path, content))[:2] == [["1", "2", "", ""], ["1", "2", "3", "4"]]


def test_separators_at_the_end_of_lines_are_no_column(tmp_path: Path) -> None:
    assert len(summary_of(tmp_path, b"A;B;;\r\n1;2;;\r\n").columns) == 2


def test_more_columns_than_can_be_shown(tmp_path: Path) -> None:
    content = ";".join(f"c{n}" for n in range(MOST_COLUMNS + 7)).encode() + b"\r\n1;2\r\n"
    found = summary_of(tmp_path, content)
    assert (len(found.columns), found.left_out_columns) == (MOST_COLUMNS, 7)


def test_a_column_of_the_name_of_our_own_reasons_is_as_any_other(tmp_path: Path) -> None:
    assert cells(page_of(tmp_path, b"Nom;_reason\r\n'=a;b\r\n")) == [["'=a", "b"]]


def test_names_of_columns_are_never_sql(tmp_path: Path) -> None:
    content = b'"c0"" TEXT); DROP TABLE line; --";select;n;c1\r\n1;2;3;4\r\n'
    assert cells(page_of(tmp_path, content, sort="1", q="2")) == [["1", "2", "3", "4"]]


# Tables on disk.


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "tables"


def rows_of(file: ReportFile, said: Told | None = None) -> int:
    with store.opened(file, said or Told()) as (_table, summary):
        return summary.rows


@pytest.mark.django_db
def test_a_table_is_made_once_and_made_again_when_it_is_gone(folder: Path) -> None:
    file = report(b"Nom;Heures\r\na;1\r\n")
    assert rows_of(file) == 1
    (path,) = folder.iterdir()
    made = path.stat().st_ino
    assert rows_of(file) == 1 and path.stat().st_ino == made
    assert path.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
    path.unlink()
    assert rows_of(file) == 1 and path.exists()


@pytest.mark.django_db
def test_a_torn_table_is_made_again(folder: Path) -> None:
    file = report(b"Nom;Heures\r\na;1\r\n")
    rows_of(file)
    (path,) = folder.iterdir()
    for torn in (b"", b"torn", path.read_bytes()[:5000]):
        path.write_bytes(torn)
        assert rows_of(file) == 1


@pytest.mark.django_db
def test_two_that_make_it_at_once_do_no_harm(folder: Path) -> None:
    content = b"Nom;Heures\r\n" + b"a;1,5\r\n" * 20_000
    file = report(content)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(rows_of(file))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [20_000] * 4
    assert [path.suffix for path in folder.iterdir()] == [".sqlite3"]


@pytest.mark.django_db
def test_a_file_that_is_gone_and_one_that_is_no_table_leave_nothing(folder: Path) -> None:
    file = report(b"Nom;Heures\r\na;1\r\n")
    os.unlink(file.file.path)
    with pytest.raises(store.NotMade):
        rows_of(file)
    with pytest.raises(Unreadable):
        rows_of(report(b"<!doctype html>"))
    assert list(folder.iterdir()) == []


@pytest.mark.django_db
def test_tables_that_nobody_looks_at_are_deleted(folder: Path) -> None:
    old, new = report(b"Nom\r\na\r\n"), report(b"Nom\r\nb\r\n")
    rows_of(old)
    (path,) = folder.iterdir()
    rows_of(new)
    left = folder / "x.part"
    left.touch()
    week = time.time() - store.KEPT.total_seconds() - 60
    for each in (path, left):
        os.utime(each, (week, week))
    store.forget_old()
    assert path not in folder.iterdir() and len(list(folder.iterdir())) == 1
    store.forget(new.sha256)
    assert list(folder.iterdir()) == []


@pytest.mark.django_db
def test_each_way_of_reading_has_its_own_table(folder: Path) -> None:
    file = report(b"Nom;Heures\r\na;1,234\r\n")
    rows_of(file)
    rows_of(file, Told(mark="point"))
    rows_of(file, Told(separator="comma"))
    assert len(list(folder.iterdir())) == 3


@pytest.mark.django_db
def test_the_job_prepares_the_table_of_a_large_file_and_fails_at_none(folder: Path) -> None:
    store.prepare(report(b"Nom\r\na\r\n"))
    assert not folder.exists()
    store.prepare(report(b"<!doctype html>" + b" " * 600_000))
    gone = report(b"Nom\r\n" + b"b\r\n" * 300_000)
    os.unlink(gone.file.path)
    store.prepare(gone)
    assert list(folder.iterdir()) == []
    store.prepare(report(b"Nom\r\n" + b"a\r\n" * 300_000))
    assert len(list(folder.iterdir())) == 1
