"""API keys and what they may do.

See developers.lucca.fr/api-reference/legacy/authentication: each key owns a role, and the rights
of that role decide. A missing right does not always mean 403: people may simply be absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .exchange import Refusal, Request
from .state import State

DEFAULT_KEY = "simulator-key"

# Both spellings of the scheme are in use; anything else is refused.
AUTHORIZATION = re.compile(r"(?:lucca|Lucca) application=(\S+)")


@dataclass(frozen=True)
class Rights:
    """What a key may do; everything unless said otherwise."""

    name: str = "Simulator key"
    users: bool = True
    former_employees: bool = True
    future_employees: bool = True
    office_read: bool = True
    office_import: bool = True
    module: bool = True
    exports: bool = True
    timesheets: bool = True
    schedules: bool = True
    schedule_writes: bool = True
    assignments: bool = True
    reports: bool = True
    hidden_fields: tuple[str, ...] = ()

    def may_read_users(self) -> None:
        """403 unless the key may consult co-workers."""
        if not self.users:
            raise Refusal(403, "The key may not consult co-workers.")

    def may_read_office(self) -> None:
        """404 without the Office module, 403 without the right."""
        self._has_module()
        if not self.office_read:
            raise Refusal(403, "The key may not read Lucca Office.")

    def may_import(self) -> None:
        """The `Import schedule` permission of Lucca Office."""
        self._has_module()
        if not self.office_import:
            raise Refusal(403, "The key lacks the permission Import schedule.")

    def may_export(self) -> None:
        """403 unless the key may create exports in Timesheet."""
        if not self.exports:
            raise Refusal(403, "The key may not create exports.")

    def may_read_timesheets(self) -> None:
        """403 unless the key may see timesheets."""
        if not self.timesheets:
            raise Refusal(403, "The key may not read timesheets.")

    def may_read_schedules(self) -> None:
        """403 unless the key may see schedules."""
        if not self.schedules:
            raise Refusal(403, "The key may not read schedules.")

    def may_write_schedules(self) -> None:
        """403 unless the key may change single days."""
        if not self.schedule_writes:
            raise Refusal(403, "The key may not change schedules.")

    def may_assign(self) -> None:
        """The `Administration of working time arrangements`."""
        if not self.assignments:
            raise Refusal(403, "The key may not assign arrangements.")

    def may_report(self) -> None:
        """403 unless the key may generate Timesheet reports."""
        if not self.reports:
            raise Refusal(403, "The key may not generate reports.")

    def _has_module(self) -> None:
        if not self.module:
            raise Refusal(404, "Not found.")


def add_key(state: State, key: str, rights: Mapping[str, Any]) -> Rights:
    """Make a key known, or change what it may do."""
    unknown = set(rights) - set(Rights.__dataclass_fields__)
    if unknown:
        raise ValueError(f"There is no right called {sorted(unknown)[0]}.")
    hidden = tuple(rights.get("hidden_fields", ()))
    made = Rights(**{"name": key, **rights, "hidden_fields": hidden})
    with state.change() as db:
        values = (key, made.name, json.dumps(asdict(made)))
        db.execute("insert or replace into api_keys values (?, ?, ?)", values)
    return made


def remove_key(state: State, key: str) -> None:
    """Make a key unknown, as after its removal in the administration."""
    with state.change() as db:
        db.execute("delete from api_keys where key = ?", (key,))


def rights_of(state: State, request: Request) -> Rights | None:
    """The rights behind the Authorization header; None when it names no known key."""
    match = AUTHORIZATION.fullmatch(request.header("Authorization"))
    if match is None:
        return None
    found = state.rows("select rights from api_keys where key = ?", (match[1],))
    if not found:
        return None
    stored = json.loads(found[0]["rights"])
    return Rights(**{**stored, "hidden_fields": tuple(stored["hidden_fields"])})


def all_keys(state: State) -> list[dict[str, Any]]:
    """Every key with its rights, for the control pages."""
    rows = state.rows("select key, rights from api_keys order by key")
    return [{"key": row["key"], **json.loads(row["rights"])} for row in rows]
