"""A v3 list from rows: `fields`, filters, `orderBy` and `paging`, strictly as the dialect has them.

See developers.lucca.fr/api-reference/legacy/api-generations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .call import Call
from .envelope import envelope
from .exchange import Answer, Json, Refusal
from .fields import parse_fields, parse_orders, parse_paging, predicate, select

DEFAULT_PAGE, LARGEST_PAGE = 10, 1000
RESERVED = {"fields", "paging", "orderby"}


def v3_list(
    call: Call, documents: Iterable[Json], properties: Iterable[str], default: str = "id,name,url"
) -> Answer:
    """The page that was asked for. Only `properties` may be filtered and sorted by; `default` is
    what is told where no fields are sent."""
    known = {name.lower(): name for name in properties}
    query = {name.lower(): value for name, value in call.request.parameters}
    tree = parse_fields(query.get("fields", "") or default)
    wants_count = "count" in tree.pop("collection", {})
    offset, limit = parse_paging(
        query.get("paging"), DEFAULT_PAGE, LARGEST_PAGE, call.settings.clamp_limits
    )
    found = _found(documents, query, known)
    for name, descending in reversed(parse_orders(query.get("orderby", "id,asc"), known)):
        found = sorted(found, key=_rank(name), reverse=descending)
    data: Json = {}
    if tree or not wants_count:
        for name in tree:
            # Also when the page is empty: the name itself is what is refused.
            if name not in known:
                raise Refusal(400, f"Unknown property {name}.")
        data["items"] = [select(one, tree) for one in found[offset : offset + limit]]
    if wants_count:
        data["count"] = len(found)
    return envelope(call, data)


def _rank(name: str) -> Callable[[Json], tuple[bool, Any]]:
    return lambda one: (one[name] is not None, one[name])


def _found(documents: Iterable[Json], query: dict[str, str], known: dict[str, str]) -> list[Json]:
    tests = []
    for name, value in query.items():
        if name in RESERVED:
            continue
        if name not in known:
            raise Refusal(400, f"Unknown property {name}.", {name: ["Unknown property."]})
        tests.append((known[name], predicate(value)))
    return [one for one in documents if all(test(one[name]) for name, test in tests)]
