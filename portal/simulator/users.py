"""Employees, by the v3 API.

See developers.lucca.fr/api-reference/legacy/directory/list-users and get-a-user-by-id. Keys come
in the irregular casing that integrations receive (departmentID beside calendarId), addresses
inside answers are the old ones the vendor's samples show, and former employees are left out
unless asked for and allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .call import Call
from .envelope import envelope
from .exchange import Answer, Json, Refusal
from .fields import parse_fields, parse_order, parse_paging, predicate, select
from .workcycles import periods_of

RESERVED = {"fields", "paging", "orderby", "formeremployees"}

# Stored properties that can be filtered and sorted by, in lower case.
SCALARS = {
    name.lower(): name
    for name in (
        *("id", "name", "displayName", "login", "mail", "firstName", "lastName"),
        *("employeeNumber", "dtContractStart", "dtContractEnd", "birthDate", "departmentId"),
        *("legalEntityId", "managerId", "cultureId", "calendarId", "rolePrincipalId"),
        "modifiedAt",
    )
}

IRREGULAR = {
    "managerId": "managerID",
    "departmentId": "departmentID",
    "legalEntityId": "legalEntityID",
    "cultureId": "cultureID",
}

# Not given unless asked for by name.
ON_REQUEST = {"extendedData"}


def list_users(call: Call) -> Answer:
    """GET /api/v3/users."""
    request, settings = call.request, call.settings
    query = {name.lower(): value for name, value in request.parameters}
    tree = parse_fields(query.get("fields", "") or "id,name,url")
    wants_count = "count" in tree.pop("collection", {})
    offset, limit = parse_paging(
        query.get("paging"),
        settings.users_default_page,
        settings.users_max_limit,
        settings.clamp_limits,
    )
    found = _sorted(_found(call, query), query.get("orderby"))
    data: Json = {}
    if tree or not wants_count:
        page = found[offset : offset + limit]
        cycles = "userworkcycles" in tree
        data["items"] = [select(_shown(call, user, with_cycles=cycles), tree) for user in page]
    if wants_count:
        data["count"] = len(found)
    return envelope(call, data)


def get_user(call: Call, number: str) -> Answer:
    """GET /api/v3/users/{id}."""
    user = call.state.users().get(int(number)) if number.isdecimal() else None
    if user is None or not _visible(call, user, former=True) or not call.rights.users:
        raise Refusal(404, "User not found.")
    shown = _shown(call, user)
    tree = parse_fields(call.request.query.get("fields", ""))
    if tree:
        return envelope(call, select(shown, tree))
    return envelope(call, {key: shown[key] for key in shown if key not in ON_REQUEST})


def _found(call: Call, query: dict[str, str]) -> Iterable[Json]:
    if not call.rights.users:
        if call.settings.missing_users_right == "empty":
            return []
        call.rights.may_read_users()
    former = _flag(query.get("formeremployees", "false")) or "dtcontractend" in query
    tests: list[tuple[str, Callable[[Any], bool]]] = []
    for name, value in query.items():
        if name in RESERVED:
            continue
        if name not in SCALARS:
            raise Refusal(400, f"Unknown property {name}.", {name: ["Unknown property."]})
        tests.append((SCALARS[name], predicate(value)))
    return [
        user
        for user in call.state.users().values()
        if all(test(user.get(name)) for name, test in tests) and _visible(call, user, former)
    ]


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise Refusal(400, "formerEmployees must be true or false.")
    return text.lower() == "true"


def _visible(call: Call, user: Json, former: bool) -> bool:
    """A right that is missing shrinks the answer; it does not refuse it."""
    if call.is_former(user["dtContractEnd"]):
        return former and call.rights.former_employees
    return call.rights.future_employees or user["dtContractStart"][:10] <= call.today


def _sorted(users: Iterable[Json], order: str | None) -> list[Json]:
    if order is None:
        return sorted(users, key=lambda user: (user["lastName"], user["id"]))
    name, descending = parse_order(order, SCALARS)
    return sorted(
        users,
        key=lambda user: (user.get(name) is not None, user.get(name), user["id"]),
        reverse=descending,
    )


def _shown(call: Call, user: Json, *, with_cycles: bool = True) -> Json:
    """The stored employee with everything v3 would tell about them; their work cycles by a query
    for each, and so only where they are asked for."""
    number, manager = user["id"], call.state.users().get(user.get("managerId") or 0)
    document = {
        **user,
        # As in the vendor's samples: plain http and the path of an older API. Not to be followed.
        "url": f"http://acme.ilucca.net/api/users/{number}",
        "calendar": _reference("calendars", user.get("calendarId"), "France"),
        "culture": _reference("cultures", user.get("cultureId"), "Français"),
        "picture": None,
        "legalEntity": _reference("establishments", user.get("legalEntityId"), "Acme"),
        "department": _reference("departments", user.get("departmentId"), "Department"),
        "manager": manager and _reference("users", manager["id"], manager["name"]),
        "rolePrincipal": _reference("roles", user.get("rolePrincipalId"), "Employee"),
        "habilitedRoles": [],
        "userWorkCycles": periods_of(call.state, number) if with_cycles else [],
        "applicationData": {},
        "extendedData": {},
    }
    hidden = {name.lower() for name in call.rights.hidden_fields}
    casing = IRREGULAR if call.settings.key_casing == "irregular" else {}
    shown = {casing.get(key, key): document[key] for key in document if key.lower() not in hidden}
    if hidden:
        # Asked for by name, a hidden property comes back empty: it is not unknown.
        shown.update({key: None for key in document if key.lower() in hidden})
    return shown


def _reference(kind: str, number: int | None, name: str) -> Json | None:
    if number is None:
        return None
    return {"id": number, "name": name, "url": f"http://acme.ilucca.net/api/{kind}/{number}"}
