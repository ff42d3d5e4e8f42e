"""The computed days of employees, on either model.

See developers.lucca.fr/api-reference/legacy/schedule/userdates/list-userdates. The unit is not in
the answer, and days of which nothing is known are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from .arrangements import ArrangedDays
from .assignments import in_contract, may_see
from .call import Call
from .envelope import envelope
from .exchange import Answer, Json, Refusal
from .fields import parse_fields, select
from .overrides import override_layers
from .schedule_days import HALVES, HOLIDAY, OVERRIDE, Half, around, effective
from .spans import NOON, moment, span
from .workcycle_exceptions import exception_layers
from .workcycles import CycleDays

# Without `fields`; the vendor's sample has neither employee nor day.
DEFAULT_FIELDS = "dtt,drt,draj,source,isHoliday,isWeeklyRest,items,am,pm"
STARTS = {"am": 0, "pm": NOON}
UNHEARD_OF = {"type": "pzz", "timeline": "Telepathy"}


def list_userdates(call: Call) -> Answer:
    """GET /api/v3/userdates. There is no paging."""
    call.rights.may_read_schedules()
    query = {name.lower(): value for name, value in call.request.parameters}
    unknown = set(query) - {"ownerid", "date", "fields", "paging"}
    if unknown:
        raise Refusal(400, f"Unknown property {sorted(unknown)[0]}.")
    owners = _owners(query.get("ownerid", ""))
    days = _days(query.get("date", ""))
    found = list(_found(call, owners, days))
    if call.settings.userdate_missing == "403" and len(found) < len(owners) * len(days):
        raise Refusal(403, "The key may not read these days.")
    tree = parse_fields(query.get("fields", "") or DEFAULT_FIELDS)
    wants_count = "count" in tree.pop("collection", {})
    most = call.settings.userdate_most or len(found)
    data: Json = {"items": [select(one, tree) for one in found[:most]]}
    if wants_count:
        data["count"] = len(found)
    return envelope(call, data)


def _owners(text: str) -> list[int]:
    numbers = text.split(",")
    if not all(one.isdecimal() and len(one) < 19 for one in numbers):
        raise Refusal(400, "ownerId is required.", {"ownerId": ["Write ids, with commas."]})
    return list(dict.fromkeys(map(int, numbers)))


def _days(text: str) -> list[str]:
    """`between,a,b` with both ends, or one day."""
    operator, _, rest = text.partition(",")
    first, _, last = rest.partition(",") if operator.lower() == "between" else (text, "", text)
    try:
        start, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    except ValueError:
        raise Refusal(400, "date is required.", {"date": ["Write between,a,b."]}) from None
    return [str(start + timedelta(days=n)) for n in range((end - start).days + 1)]


def _found(call: Call, owners: list[int], days: list[str]) -> Iterator[Json]:
    state = call.state
    if not days:
        return
    is_new = call.settings.schedule_model == "arrangements"
    bases = (ArrangedDays if is_new else CycleDays)(state, owners)
    layers = (override_layers if is_new else exception_layers)(state, owners, days[0], days[-1])
    others = around(state, owners, days[0], days[-1])
    for owner in owners:
        if not may_see(call, owner):
            continue
        user = state.users()[owner]
        for day in days:
            base = bases.on(owner, day) if in_contract(user, day) else None
            if base is None:
                continue
            key = (owner, day)
            halves = effective(
                base,
                others.holidays.get((base.calendar or 0, day), []),
                layers.get(key, []),
                others.leaves.get(key, []),
                others.entries.get(key, {}),
            )
            yield {"ownerId": owner, "date": f"{day}T00:00:00", **_whole(call, day, halves)}


def _whole(call: Call, day: str, halves: dict[str, Half]) -> Json:
    """The day, of its halves. What decided it is what decided any half of it, the last layer."""
    shown = {name: _half(call, day, name, halves[name]) for name in HALVES}
    planned = sum(half.minutes for half in halves.values())
    leave = sum(half.leave for half in halves.values())
    entered = [half.entered for half in halves.values() if half.entered is not None]
    sources = [half.source for half in halves.values()]
    items = [item for name in HALVES for item in shown[name]["items"]]
    if call.settings.userdate_unknown_items:
        items.append({**UNHEARD_OF, "startsAt": moment(day, 0), "duration": "00:00:00"})
    return {
        "source": next(one for one in (OVERRIDE, HOLIDAY, 1) if one in sources),
        **_times(call, planned, leave, sum(entered) if entered else None),
        "isHoliday": any(half.holiday for half in halves.values()),
        "isWeeklyRest": all(half.rest for half in halves.values()),
        "items": items,
        **shown,
    }


def _half(call: Call, day: str, name: str, half: Half) -> Json:
    full_day = call.settings.full_day_span
    return {
        "source": half.source,
        **_times(call, half.minutes, half.leave, half.entered),
        "isHoliday": half.holiday,
        "isWeeklyRest": half.rest,
        "isOff": not half.minutes,
        "items": [
            {
                "type": "ptt",
                "startsAt": moment(day, STARTS[name] if starts is None else starts),
                "duration": span(minutes, full_day),
                "timeline": "WorkCycle",
            }
            for starts, minutes in half.shifts
            if minutes
        ],
    }


def _times(call: Call, planned: int, leave: int, entered: int | None) -> Json:
    actual = entered
    if actual is None:
        present = call.settings.userdate_actual_time == "present"
        actual = planned - leave if present else planned
    full_day = call.settings.full_day_span
    return {
        "dtt": span(planned, full_day),
        "drt": span(actual, full_day),
        "draj": span(leave, full_day),
        "drj": span(actual + leave, full_day),
    }
