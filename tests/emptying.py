"""Tables are put back after a test that commits, as migrating left them.

Django's own flush truncates all of them and then does again what follows every migrate: content
types, permissions and groups, most of the time that such a test takes. Here only what a test has
written is deleted, and what migrating wrote is written again only if a test has changed it.
"""

from typing import Any

from django.db import connection, transaction

from portal import triggers

Rows = list[tuple[Any, ...]]


class Migrated:
    """The rows that migrating left in the tests' database."""

    def __init__(self) -> None:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self._tables = sorted(names)
        self._rows = {table: self._read(table) for table in self._written()}

    def restore(self) -> None:
        """In the place of the flush. The append-only triggers give way to it."""
        changed = {table for table in self._written() if table not in self._rows}
        changed |= {table for table, rows in self._rows.items() if self._read(table) != rows}
        if not changed:
            return
        # Foreign keys are looked at when it commits: the order of the tables is of no account.
        with transaction.atomic():
            triggers.remove("default")
            for table in changed:
                self._write(table, self._rows.get(table, []))
            triggers.install("default")

    def _written(self) -> list[str]:
        """The tables that have rows, by one query."""
        looks = (
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"
            for table in self._tables
        )
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(looks))
            return [name for (name,) in cursor.fetchall()]

    def _read(self, table: str) -> Rows:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
            return list(cursor.fetchall())

    def _write(self, table: str, rows: Rows) -> None:
        name = connection.ops.quote_name(table)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {name}")
            for row in rows:
                marks = ", ".join(["%s"] * len(row))
                cursor.execute(f"INSERT INTO {name} VALUES ({marks})", row)
