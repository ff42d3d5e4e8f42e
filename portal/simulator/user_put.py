"""PUT /api/v3/users/{id}: which work cycle an employee has, from when to when.

See developers.lucca.fr/api-reference/legacy/directory/update-a-user-by-id. Whether the list that is
sent replaces or adds is not stated: here it replaces. Both ends of a period count, so that one
that begins on the day on which another ends overlaps it.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from .assignments import DAY, may_see
from .call import Call
from .exchange import Answer, Json, Refusal
from .users import get_user
from .workcycles import workcycles


def put_user(call: Call, number: str) -> Answer:
    """Replaces `userWorkCycles`; other properties of an employee cannot be changed here."""
    call.rights.may_write_schedules()
    if call.settings.schedule_model != "workcycles":
        raise Refusal(403, "This tenant has working time arrangements.")
    if not number.isdecimal() or not may_see(call, int(number)):
        raise Refusal(404, "User not found.")
    periods = _asked(call, int(number))
    _refuse_overlaps(periods)
    with call.state.change() as db:
        db.execute("delete from user_workcycles where owner_id = ?", (number,))
        db.executemany(
            "insert into user_workcycles (id, owner_id, workcycle_id, starts_on, ends_on)"
            " values (?, ?, ?, ?, ?)",
            periods,
        )
    return get_user(call, number)


def _asked(call: Call, owner: int) -> list[tuple[Any, ...]]:
    try:
        document = json.loads(call.request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal(400, "The body is no JSON object.")
    # An older sample of the vendor's wraps it.
    document = document.get("data", document)
    others = {name for name in document if name.lower() not in ("id", "userworkcycles")}
    sent = {name.lower(): value for name, value in document.items()}.get("userworkcycles")
    if others or not isinstance(sent, list):
        raise Refusal(400, "Only userWorkCycles, a list, can be changed.")
    return sorted((_period(call, owner, one) for one in sent), key=lambda period: period[3])


def _period(call: Call, owner: int, item: Any) -> tuple[Any, ...]:
    if not isinstance(item, dict):
        raise Refusal(400, "A period is an object.")
    given: Json = {name.lower(): value for name, value in item.items()}
    starts, ends = (str(given.get(name))[:10] for name in ("startson", "endson"))
    if not DAY.fullmatch(starts) or not DAY.fullmatch(ends) or ends < starts:
        raise Refusal(400, "startsOn and endsOn must be days, the first before the last.")
    cycle, number = given.get("workcycleid"), given.get("id") or None
    if cycle not in workcycles(call.state):
        raise Refusal(400, "There is no such work cycle.")
    known = call.state.count(
        "select count(*) from user_workcycles where id = ? and owner_id = ?", (number, owner)
    )
    if number is not None and not known:
        raise Refusal(400, "This period is not one of the employee.")
    return number, owner, cycle, starts, ends


def _refuse_overlaps(periods: list[tuple[Any, ...]]) -> None:
    for before, after in pairwise(periods):
        if after[3] <= before[4]:
            raise Refusal(400, "Periods of work cycles may not overlap.")
