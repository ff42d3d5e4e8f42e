"""Database triggers that keep the history append-only.

Installed again after every migrate: on SQLite a later AlterField rebuilds its table and drops the
triggers without a word. A system check (portal.E003) looks whether they are there.
"""

from typing import Any

from django.db import connections

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
"""
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION portal_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'the history is append-only'; END $$ LANGUAGE plpgsql
"""
_POSTGRES = """
CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table}
FOR EACH ROW EXECUTE FUNCTION portal_append_only()
"""
# A detail may be erased for a person's sake, but never changed.
GUARDS = [
    ("portal_event", "UPDATE"),
    ("portal_event", "DELETE"),
    ("portal_eventdetail", "UPDATE"),
]


def _name(table: str, event: str) -> str:
    return f"{table}_no_{event.lower()}"


def install(using: str) -> None:
    connection = connections[using]
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute(_POSTGRES_FUNCTION)
        for table, event in GUARDS:
            sql = _POSTGRES if postgres else _SQLITE
            cursor.execute(sql.format(name=_name(table, event), event=event, table=table))


def remove(using: str) -> None:
    """For tests that must empty the tables; nothing else calls this."""
    with connections[using].cursor() as cursor:
        for table, event in GUARDS:
            on = f" ON {table}" if connections[using].vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)}{on}")


def missing(using: str) -> list[str]:
    """The names of the triggers that should be there and are not."""
    catalogue = (
        "SELECT tgname FROM pg_trigger"
        if connections[using].vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connections[using].cursor() as cursor:
        cursor.execute(catalogue)
        there = {row[0] for row in cursor.fetchall()}
    return [name for name in (_name(*guard) for guard in GUARDS) if name not in there]


def after_migrate(sender: object, using: str = "default", **kwargs: Any) -> None:
    if "portal_event" in connections[using].introspection.table_names():
        install(using)
