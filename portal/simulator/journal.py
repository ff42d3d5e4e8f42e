"""The log of requests: what reached the simulator, so that tests can tell what left the client."""

from __future__ import annotations

import json
import time

from .exchange import Json, Request
from .state import State


class Journal:
    """One row for each request that is not for the control pages; kept with the data."""

    def __init__(self, state: State) -> None:
        """Rows are written on arrival and completed when the answer is known."""
        self._state = state

    def arrived(self, request: Request, key_name: str | None) -> int:
        """Write a request down before anything is done about it."""
        names = json.dumps(request.header_names)
        with self._state.change() as db:
            made = db.execute(
                "insert into requests (at, method, path, query, header_names, key_name)"
                " values (?, ?, ?, ?, ?, ?)",
                (
                    *(time.time(), request.method, request.path),
                    *(request.query_string, names, key_name),
                ),
            )
        return int(made.lastrowid or 0)

    def answered(self, n: int, request: Request, status: int | None, fault: str | None) -> None:
        """Complete a row; a status of None means that no answer was sent."""
        with self._state.change() as db:
            db.execute(
                "update requests set status = ?, fault = ?, body_sha256 = ? where n = ?",
                (status, fault, request.body_hash(), n),
            )

    def entries(self) -> list[Json]:
        """All rows, oldest first."""
        return [
            {
                "n": row["n"],
                "at": row["at"],
                "method": row["method"],
                "path": row["path"],
                "query": row["query"],
                "status": row["status"],
                "fault": row["fault"],
                "headerNames": json.loads(row["header_names"]),
                "keyName": row["key_name"],
                "bodySha256": row["body_sha256"],
            }
            for row in self._state.rows("select * from requests order by n")
        ]

    def clear(self) -> None:
        """Forget all rows; numbers go on from where they were."""
        with self._state.change() as db:
            db.execute("delete from requests")
