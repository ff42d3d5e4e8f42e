"""Timesheets, as far as an export asks about them.

See developers.lucca.fr/api-reference/legacy/timmi-timesheet/timesheets/list-timesheets.
"""

from __future__ import annotations

from .call import Call
from .exchange import Answer, Json
from .lists import v3_list
from .state import State

NOT_SUBMITTED, PENDING, APPROVED, REJECTED = 0, 1, 2, 3
PROPERTIES = ("id", "name", "url", "ownerId", "startsOn", "endsOn", "status")


def list_timesheets(call: Call) -> Answer:
    """GET /api/v3/timmitimesheets. `endsOn` is exclusive."""
    call.rights.may_read_timesheets()
    return v3_list(call, timesheets_json(call.state), PROPERTIES)


def timesheets_json(state: State) -> list[Json]:
    """All of them, as the API shows them."""
    return [
        {
            "id": row["id"],
            "name": f"Timesheet {row['id']}",
            "url": f"http://acme.ilucca.net/api/v3/timmitimesheets/{row['id']}",
            "ownerId": row["owner_id"],
            "startsOn": f"{row['starts_on']}T00:00:00",
            "endsOn": f"{row['ends_on']}T00:00:00",
            "status": row["status"],
        }
        for row in state.rows("select * from timesheets order by id")
    ]
