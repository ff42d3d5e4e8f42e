"""Tables on disk: one file for each content (its SHA-256) and way of reading it, made when it is
first looked at, or at the end of the report's job (`prepare`).

A table is only a copy: it may be deleted at any time, and is then made again. It is written under
another name and put into place whole, so that two processes that make it at once do no harm.
"""

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from time import time

from django.conf import settings
from django.db.models.fields.files import FieldFile

from portal.sheets.issues import Unreadable
from reports.models import ReportFile
from reports.table.build import build
from reports.table.cells import fold
from reports.table.detect import Told
from reports.table.summary import JOINT, Summary

# Of the way in which tables are made: a newer portal leaves older ones alone.
_VERSION = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
KEPT = timedelta(days=7)
_UNFINISHED = timedelta(hours=2)
_CACHE_KIB = 8_000
# Bytes that are read in less time than a person notices.
_LARGE = 500_000


class NotMade(Exception):
    """The file is gone, or the disk is full."""


def prepare(report_file: ReportFile) -> None:
    """Make the table of a large file ahead of the first look, at the end of the report's job. Why
    there is none of some file is said on its page."""
    if report_file.size < _LARGE:
        return
    try:
        _made(report_file, Told())
    except (Unreadable, NotMade):
        return


@contextmanager
def opened(report_file: ReportFile, said: Told) -> Iterator[tuple[sqlite3.Connection, Summary]]:
    """The table, made if it is not there. ``Unreadable``, ``NotMade``."""
    path = _made(report_file, said)
    try:
        table, summary = _open(path)
    except sqlite3.DatabaseError:
        # Torn by a power cut, or deleted this moment.
        path.unlink(missing_ok=True)
        table, summary = _open(_made(report_file, said))
    with closing(table):
        yield table, summary


def _open(path: Path) -> tuple[sqlite3.Connection, Summary]:
    # Immutable: nobody writes into it, so no locks, and no files beside it.
    table = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        table.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        # What does not fit goes to a file that has no name.
        table.execute("PRAGMA temp_store = FILE")
        table.create_function("has", 3, _has, deterministic=True)
        found = table.execute("SELECT json FROM summary").fetchone()
        return table, Summary.loaded(found[0])
    except BaseException:
        table.close()
        raise


def _has(cells: str, place: int, wanted: str) -> bool:
    """Whether the cell at that place of a strip has the folded text."""
    return wanted in fold(cells.split(JOINT, place + 1)[place])


def is_made(report_file: ReportFile, said: Told) -> bool:
    return _path(report_file.sha256, said).exists()


def _path(sha256: str, said: Told) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise NotMade
    return Path(settings.DATA_DIR) / "tables" / f"{_VERSION}-{sha256}{said.suffix}.sqlite3"


def _made(report_file: ReportFile, said: Told) -> Path:
    path = _path(report_file.sha256, said)
    try:
        # Looked at today: it is kept.
        os.utime(path)
    except FileNotFoundError:
        _make(report_file.file, path, said)
    except PermissionError:
        pass  # made by another user of this machine: it is read all the same
    return path


def _make(file: FieldFile, path: Path, said: Told) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        with _on_disk(file) as source:
            build(source, part, said)
        part.replace(path)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise NotMade from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _on_disk(file: FieldFile) -> Iterator[Path]:
    """The file's path; of a file that is kept elsewhere, that of a copy."""
    try:
        path = Path(file.path)
    except NotImplementedError:
        with tempfile.NamedTemporaryFile() as copy, file.open("rb") as source:
            shutil.copyfileobj(source, copy)
            copy.flush()
            yield Path(copy.name)
    else:
        yield path


def forget_old() -> None:
    """Delete tables that nobody looked at for a week, and what a crash left unfinished."""
    folder, now = Path(settings.DATA_DIR) / "tables", time()
    for path in folder.glob("*") if folder.is_dir() else ():
        most = _UNFINISHED if path.suffix == ".part" else KEPT
        try:
            if now - path.stat().st_mtime > most.total_seconds():
                path.unlink()
        except FileNotFoundError:
            pass  # another process deleted it


def forget(sha256: str) -> None:
    """Delete all tables of that content: its file is erased."""
    for path in (Path(settings.DATA_DIR) / "tables").glob(f"*-{sha256}*"):
        path.unlink(missing_ok=True)
