"""Employees. https://developers.lucca.fr/api-reference/legacy/directory/list-users (v3)"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_noop

from portal.lucca.session import Answer, Request
from portal.lucca.types import Malformed, Page, day, fields, integer, items, parse_json, required
from portal.lucca.types import text as read_text

_FIELDS = "id,login,firstName,lastName,dtContractStart,dtContractEnd,collection.count"
RIGHT = gettext_noop("Co-workers: consult users, see former employees, see future employees")


@dataclass(frozen=True)
class User:
    """An employee. Dates are those of the contract that applies today; None means no end."""

    id: int
    login: str
    first_name: str
    last_name: str
    contract_start: date | None
    contract_end: date | None


def users(offset: int, limit: int) -> Request[Page[User]]:
    """One page of everybody, former employees included as far as the key may see them.

    `offset` counts items from 0; `limit` is 1 to 1000 (above, Lucca refuses or clamps).
    """
    return Request(
        "GET",
        "/api/v3/users",
        _users,
        RIGHT,
        params={
            "fields": _FIELDS,
            "formerEmployees": "true",
            "orderBy": "id,asc",
            "paging": f"{offset},{limit}",
        },
    )


def one_user() -> Request[Page[User]]:
    """The smallest question that shows whether the key is valid."""
    return Request(
        "GET",
        "/api/v3/users",
        _users,
        RIGHT,
        params={"fields": "id,login,collection.count", "paging": "0,1"},
    )


def _users(answer: Answer) -> Page[User]:
    data = fields(parse_json(answer.body)).get("data")
    if data is None:
        raise Malformed("data")
    return Page([_user(item) for item in items(data)], integer(fields(data), "count"))


def _user(item: object) -> User:
    obj = fields(item)
    return User(
        id=required(obj, "id"),
        login=read_text(obj, "login"),
        first_name=read_text(obj, "firstName"),
        last_name=read_text(obj, "lastName"),
        contract_start=day(obj, "dtContractStart"),
        contract_end=day(obj, "dtContractEnd"),
    )
