"""Work locations and user locations, by the v4 API.

See developers.lucca.fr/api-reference/legacy/timmi-office/work-locations/list-work-locations,
user-locations/list-user-locations and user-locations/get-user-location.
"""

from __future__ import annotations

import base64
import re
import sqlite3
from typing import Any

from .call import Call
from .exchange import Answer, Json, Refusal, json_answer

DEFAULT_LIMIT = 10

ORDERS = {"id": "id", "newest": "id desc", "date": "date, owner_id, id"}


def list_work_locations(call: Call) -> Answer:
    """GET /work-locations/public/api/work-locations. The segment is doubled on purpose."""
    call.rights.may_read_office()
    page, limit = _page(call, call.settings.work_locations_max_limit)
    found = [
        place
        for place in call.state.locations().values()
        if place["isActive"] or call.settings.list_inactive_locations
    ]
    items = [dict(place) for place in found[(page - 1) * limit : page * limit]]
    return _list_answer(call, items, len(found), page, limit)


def list_user_locations(call: Call) -> Answer:
    """GET /work-locations/public/api/user-locations."""
    call.rights.may_read_office()
    settings = call.settings
    page, limit = _page(call, settings.user_locations_max_limit)
    where, values = _filters(call) if settings.user_location_filters else ([], [])
    if not settings.list_deleted:
        where.append("status != 'Deleted'")
    clause = " and ".join(where) or "1"
    rows = call.state.rows(
        f"select * from user_locations where {clause}"
        f" order by {ORDERS[settings.user_location_order]} limit ? offset ?",
        (*values, limit, (page - 1) * limit),
    )
    total = call.state.count(f"select count(*) from user_locations where {clause}", values)
    return _list_answer(call, [_shown(call, row) for row in rows], total, page, limit)


def get_user_location(call: Call, number: str) -> Answer:
    """GET /work-locations/public/api/user-locations/{id}: the row itself, without envelope."""
    call.rights.may_read_office()
    rows = call.state.rows("select * from user_locations where id = ?", (number,))
    if not rows or (rows[0]["status"] == "Deleted" and call.settings.deleted_detail_is_404):
        raise Refusal(404, "User location not found.")
    return json_answer(_shown(call, rows[0]))


def row_json(row: sqlite3.Row) -> Json:
    """A user location in the nine fields of the reference page."""
    return {
        "id": row["id"],
        "ownerId": row["owner_id"],
        "workLocationId": row["work_location_id"],
        "date": row["date"],
        "position": row["position"],
        "status": row["status"],
        "areaId": row["area_id"],
        "createdAt": row["created_at"],
        "deletedAt": row["deleted_at"],
    }


def _shown(call: Call, row: sqlite3.Row) -> Json:
    document = row_json(row)
    if not call.settings.user_location_timestamps:
        del document["createdAt"], document["deletedAt"]
    return document


def _page(call: Call, most: int) -> tuple[int, int]:
    """The 1-based page and its size; 10 when no limit is sent."""
    query = call.request.query
    page = _number("page", _from_cursor(call, query.get("page", "1")))
    limit = _number("limit", query.get("limit", str(DEFAULT_LIMIT)))
    if limit > most and call.settings.clamp_limits:
        limit = most
    if page < 1:
        raise _out_of_range("page", "must be at least 1")
    if not 1 <= limit <= most:
        raise _out_of_range("limit", f"must be between 1 and {most}")
    if query.get("fields.root", "count") not in ("count", ""):
        raise _out_of_range("fields.root", "only knows count")
    return page, limit


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise _out_of_range(name, "must be an integer")
    return int(text)


def _out_of_range(name: str, what: str) -> Refusal:
    title = "One or more validation errors occurred."
    return Refusal(400, title, {name: [f"The value of {name} {what}."]})


def _from_cursor(call: Call, text: str) -> str:
    if call.settings.next_cursor and text.startswith("!"):
        try:
            return base64.urlsafe_b64decode(text[1:]).decode()
        except ValueError:
            return text
    return text


def _cursor(page: int) -> str:
    return "!" + base64.urlsafe_b64encode(str(page).encode()).decode()


def _list_answer(call: Call, items: list[Json], total: int, page: int, limit: int) -> Answer:
    document: Json = {}
    if call.request.query.get("fields.root") == "count":
        document["count"] = total
    document["items"] = items
    if call.settings.next_cursor:
        document["prev"] = _cursor(page - 1) if page > 1 else None
        document["next"] = _cursor(page + 1) if page * limit < total else None
    if call.settings.extra_keys:
        document["futureKey"] = {"added": "later"}
        for item in items:
            item["futureKey"] = None
    return json_answer(document)


def _filters(call: Call) -> tuple[list[str], list[Any]]:
    """One guess at the filters, whose names and formats the vendor's page does not give us."""
    where: list[str] = []
    values: list[Any] = []
    query = call.request.query
    if "ownerId" in query:
        owners = [_number("ownerId", each) for each in query["ownerId"].split(",")]
        where.append(f"owner_id in ({','.join('?' * len(owners))})")
        values += owners
    if "date.between" in query or query.get("date", "").startswith("between,"):
        text = query.get("date.between") or query["date"].removeprefix("between,").replace(
            ",", "--"
        )
        first, _, last = text.partition("--")
        where.append("date between ? and ?")
        values += [first, last]
    elif "date" in query:
        days = query["date"].split(",")
        where.append(f"date in ({','.join('?' * len(days))})")
        values += days
    return where, values
