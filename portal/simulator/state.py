"""What the simulated tenant holds, in one SQLite file.

One connection, shared by all threads under one lock: the simulator is a single process, and a
single writer makes each request atomic without further thought.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .exchange import Json

FILE_NAME = "simulator.sqlite3"

SCHEMA = """
create table if not exists meta (name text primary key, value text not null);
create table if not exists users (id integer primary key, doc text not null);
create table if not exists work_locations (id integer primary key, doc text not null);
create table if not exists user_locations (
    id integer primary key autoincrement, owner_id integer not null,
    work_location_id integer not null, date text not null, position text not null,
    status text not null, area_id integer, created_at text not null, deleted_at text,
    comment text not null default '');
create index if not exists user_locations_by_date on user_locations (date, owner_id);
create index if not exists user_locations_by_owner on user_locations (owner_id, date);
create table if not exists leaves (
    owner_id integer not null, date text not null, position text not null,
    primary key (owner_id, date, position));
create table if not exists api_keys (
    key text primary key, name text not null, rights text not null);
create table if not exists imports (
    number integer primary key autoincrement, summary_id text not null unique,
    is_real integer not null, overrides integer not null, file blob not null,
    sha256 text not null, lines integer not null, received_at real not null,
    finishes_at real not null, applies integer not null, stuck_at integer,
    polls integer not null default 0, settled integer not null default 0, report text);
create index if not exists imports_unsettled on imports (settled, finishes_at);
create table if not exists export_configurations (id integer primary key, name text not null);
create table if not exists exports (
    id integer primary key autoincrement, configuration_id integer not null,
    ends_at text not null, started_at real not null, listed_at real, archived_at text,
    by_hand integer not null, content blob not null);
create table if not exists ledger (
    id integer primary key autoincrement, configuration_id integer not null, day text not null,
    login text not null, hours real not null, export_id integer);
create index if not exists ledger_left on ledger (configuration_id, export_id, day);
create table if not exists timesheets (
    id integer primary key autoincrement, owner_id integer not null, starts_on text not null,
    ends_on text not null, status integer not null);
create table if not exists arrangements (id integer primary key, doc text not null);
create table if not exists workcycles (id integer primary key, doc text not null);
create table if not exists assignments (
    id integer primary key autoincrement, employee_id integer not null,
    arrangement_id integer not null, contract_id integer not null, starts_on text not null,
    ends_on text);
create index if not exists assignments_by_employee on assignments (employee_id, starts_on);
create table if not exists amendments (
    id integer primary key autoincrement, employee_id integer not null,
    arrangement_id integer not null, starts_on text not null);
create table if not exists user_workcycles (
    id integer primary key autoincrement, owner_id integer not null,
    workcycle_id integer not null, starts_on text not null, ends_on text not null);
create index if not exists user_workcycles_by_owner on user_workcycles (owner_id, starts_on);
create table if not exists exceptions (
    id integer primary key autoincrement, owner_id integer not null, date text not null,
    is_am integer not null, starts integer not null, minutes integer not null,
    unit integer not null, author_id integer not null, created_at text not null,
    modifier_id integer, modified_at text, deleted_by integer, deleted_at text);
create index if not exists exceptions_by_owner on exceptions (owner_id, date);
create table if not exists overrides (
    id integer primary key autoincrement, employee_id integer not null, date text not null,
    position text not null, starts integer not null, minutes integer not null,
    nature text not null, is_locked integer not null, comment text, created_at text not null,
    created_by integer not null, updated_at text not null, updated_by integer not null);
create index if not exists overrides_by_employee on overrides (employee_id, date);
create table if not exists holidays (
    calendar_id integer not null, date text not null, position text not null,
    primary key (calendar_id, date, position));
create table if not exists time_entries (
    owner_id integer not null, date text not null, half text not null,
    minutes integer not null);
create index if not exists time_entries_by_owner on time_entries (owner_id, date);
create table if not exists report_templates (
    id integer primary key autoincrement, doc text not null);
create table if not exists reports (
    id integer primary key autoincrement, template_id integer not null,
    starts_on text not null, ends_on text not null, filters text not null,
    outcome text not null, created_at real not null, all_rows integer not null,
    polls integer not null default 0, purged integer not null default 0);
create table if not exists requests (
    n integer primary key autoincrement, at real not null, method text not null,
    path text not null, query text not null, header_names text not null, key_name text,
    status integer, fault text, body_sha256 text);
create table if not exists faults (id integer primary key autoincrement, rule text not null);
"""

TABLES = (
    "users",
    "work_locations",
    "user_locations",
    "leaves",
    "api_keys",
    "imports",
    "export_configurations",
    "exports",
    "ledger",
    "timesheets",
    "arrangements",
    "workcycles",
    "assignments",
    "amendments",
    "user_workcycles",
    "exceptions",
    "overrides",
    "holidays",
    "time_entries",
    "report_templates",
    "reports",
    "requests",
    "faults",
    "meta",
)

# Rows that put a person somewhere; Deleted and Denied ones do not.
EFFECTIVE = ("Confirmed", "Approved", "Pending")


class State:
    """The database and a cache of its small tables."""

    def __init__(self, folder: Path | None) -> None:
        """Open (and create) the file in `folder`; None keeps everything in memory."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        target = ":memory:" if folder is None else str(folder / FILE_NAME)
        self.lock = threading.RLock()
        self.db = sqlite3.connect(
            target, timeout=0.3, check_same_thread=False, isolation_level=None
        )
        self.db.row_factory = sqlite3.Row
        # A second simulator on the same folder fails at once: each would miss the other's changes.
        self.db.execute("pragma locking_mode = exclusive")
        self.db.execute("pragma journal_mode = wal")
        # A power cut may cost the last requests of a simulation, which nobody minds.
        self.db.execute("pragma synchronous = normal")
        self.db.executescript(SCHEMA)
        self._documents: dict[str, dict[int, Json]] = {}

    def close(self) -> None:
        """Let go of the file."""
        with self.lock:
            self.db.close()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or, after an exception, nothing."""
        with self.lock:
            if self.db.in_transaction:
                yield self.db
                return
            self.db.execute("begin immediate")
            try:
                yield self.db
            except BaseException:
                self.db.execute("rollback")
                self._documents.clear()
                raise
            self.db.execute("commit")

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self.lock:
            return self.db.execute(sql, tuple(values)).fetchall()

    def count(self, sql: str, values: Iterable[Any] = ()) -> int:
        """The one number a query gives."""
        return int(self.rows(sql, values)[0][0])

    def clear(self) -> None:
        """Empty every table, the log and the settings included."""
        with self.change() as db:
            for table in TABLES:
                db.execute(f"delete from {table}")
            db.execute("delete from sqlite_sequence")
            self._documents.clear()

    def meta(self, name: str) -> str | None:
        """A stored value, or None."""
        found = self.rows("select value from meta where name = ?", (name,))
        return str(found[0]["value"]) if found else None

    def set_meta(self, name: str, value: str) -> None:
        """Store a value under a name."""
        with self.change() as db:
            db.execute("insert or replace into meta values (?, ?)", (name, value))

    def users(self) -> dict[int, Json]:
        """Employees by id, in the order of their ids."""
        return self._cached("users")

    def locations(self) -> dict[int, Json]:
        """Work locations by id, in the order of their ids, as the API shows them."""
        return self._cached("work_locations")

    def _cached(self, table: str) -> dict[int, Json]:
        with self.lock:
            if table not in self._documents:
                rows = self.rows(f"select id, doc from {table} order by id")
                self._documents[table] = {row["id"]: json.loads(row["doc"]) for row in rows}
            return self._documents[table]

    def put_documents(self, table: str, documents: Iterable[Json]) -> None:
        """Add or replace users or work locations."""
        values = [(doc["id"], json.dumps(doc, ensure_ascii=False)) for doc in documents]
        with self.change() as db:
            db.executemany(f"insert or replace into {table} (id, doc) values (?, ?)", values)
            self._documents.pop(table, None)

    def remove_document(self, table: str, number: int) -> None:
        """Take a user or a work location away for good."""
        with self.change() as db:
            db.execute(f"delete from {table} where id = ?", (number,))
            self._documents.pop(table, None)

    def add_user_locations(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows: owner, location, date, position, status, area, created, comment."""
        with self.change() as db:
            db.executemany(
                "insert into user_locations (owner_id, work_location_id, date, position, status,"
                " area_id, created_at, comment) values (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def mark_deleted(self, numbers: Iterable[int], moment: str) -> None:
        """Rows are never removed: they become Deleted, with the moment."""
        with self.change() as db:
            db.executemany(
                "update user_locations set status = 'Deleted', deleted_at = ? where id = ?",
                [(moment, number) for number in numbers],
            )
