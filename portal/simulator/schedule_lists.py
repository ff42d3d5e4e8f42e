"""Lists of /schedule/api: v4, with ranges of dates as the newer API writes them.

See developers.lucca.fr/api-reference/legacy/schedule/shift-overrides/list-shift-overrides.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from .call import Call
from .exchange import Answer, Json, Refusal, json_answer

DEFAULT_LIMIT, LARGEST_LIMIT = 10, 100
ROOT_FIELDS = {"count", "next", "prev"}
BOUND = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?")


def schedule_list(call: Call, items: list[Json]) -> Answer:
    """The page that was asked for. A limit of 0 gives no items, and the count where asked for."""
    query = call.request.query
    page, limit = _page(query.get("page", "1")), number("limit", query.get("limit", "10"))
    if limit > LARGEST_LIMIT and call.settings.clamp_limits:
        limit = LARGEST_LIMIT
    if not 0 <= limit <= LARGEST_LIMIT:
        raise invalid("limit", f"must be between 0 and {LARGEST_LIMIT}")
    root = set(filter(None, query.get("fields.root", "").split(",")))
    if not root <= ROOT_FIELDS:
        raise invalid("fields.root", "only knows count, next and prev")
    document: Json = {"items": items[(page - 1) * limit : page * limit]}
    if "count" in root:
        document["count"] = len(items)
    if call.settings.next_cursor or root & {"next", "prev"}:
        document["next"] = _token(page + 1) if limit and page * limit < len(items) else None
        document["prev"] = _token(page - 1) if page > 1 else None
    if call.settings.extra_keys:
        document["futureKey"] = {"added": "later"}
        document["items"] = [{**one, "futureKey": None} for one in document["items"]]
    return json_answer(document)


def number(name: str, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise invalid(name, "must be an integer")
    return int(text)


def numbers(call: Call, name: str) -> set[int] | None:
    """A filter with several ids; None where it is not sent."""
    text = call.request.query.get(name)
    return None if text is None else {number(name, one) for one in text.split(",")}


def invalid(name: str, what: str, status: int = 400) -> Refusal:
    title = "One or more validation errors occurred."
    return Refusal(status, title, {name: [f"The value of {name} {what}."]})


def in_range(name: str, text: str) -> Callable[[str], bool]:
    """A test on a moment. Of days both ends are included, of moments the end is not."""
    first, dashes, last = text.partition("--")
    for bound in (first, last):
        if not dashes or (bound != ".." and not BOUND.fullmatch(bound)):
            raise invalid(name, "must be a range such as 2026-06-01--2026-06-30")
    if ".." not in (first, last) and last < first:
        raise invalid(name, "ends before it begins")

    def holds(moment: str) -> bool:
        begins = first == ".." or moment >= first
        ends = last == ".." or (moment < last if "T" in last else moment[:10] <= last)
        return begins and ends

    return holds


def _page(text: str) -> int:
    if text.startswith("!"):
        try:
            text = base64.urlsafe_b64decode(text[1:]).decode()
        except ValueError:
            raise invalid("page", "is no page") from None
    found = number("page", text)
    if found < 1:
        raise invalid("page", "must be at least 1")
    return found


def _token(page: int) -> str:
    return "!" + base64.urlsafe_b64encode(str(page).encode()).decode()
