"""Reading Lucca's JSON at the edge, where it becomes plain frozen values.

Keys come in irregular case (`managerId`, `managerID`; `firstname`, `firstName`), so objects are
read without regard to it. Whatever is not as documented raises `Malformed`, which the session
turns into an error for the caller.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_NUMBER = re.compile(r"-?[0-9]{1,19}")


class Malformed(Exception):
    """The answer does not have the documented shape. Holds a name, never a value or a sentence."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list. `count` is the whole list's size, if Lucca said it; `next` what to ask
    for as the next page where Lucca says that."""

    items: list[T]
    count: int | None
    next: str = ""


def parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("JSON") from None


def fields(value: Any) -> dict[str, Any]:
    """An object's members by lower-case name."""
    if not isinstance(value, Mapping):
        raise Malformed("object")
    return {str(key).lower(): member for key, member in value.items()}


def items(value: Any, name: str = "items") -> list[Any]:
    """A list member; missing or null is Malformed, because a 200 without it is an error."""
    found = fields(value).get(name.lower())
    if not isinstance(found, list):
        raise Malformed(name)
    return found


def many(obj: Mapping[str, Any], name: str) -> list[Any]:
    """A list member that may be left out or null, for none."""
    found = obj.get(name.lower())
    if found is None:
        return []
    if not isinstance(found, list):
        raise Malformed(name)
    return found


def text(obj: Mapping[str, Any], name: str) -> str:
    """A text, or "" for null and missing. Numbers count as text: ids come as either."""
    found = obj.get(name.lower())
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise Malformed(name)
    # What no database can hold as text; nothing that has a meaning.
    return str(found).replace("\x00", "")


def integer(obj: Mapping[str, Any], name: str) -> int | None:
    """A whole number that the database can hold, which may have come as text."""
    found = obj.get(name.lower())
    if found is None:
        return None
    if isinstance(found, str) and _NUMBER.fullmatch(found.strip()):
        found = int(found)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int) or abs(found) >= 2**63:
        raise Malformed(name)
    return found


def required(obj: Mapping[str, Any], name: str) -> int:
    found = integer(obj, name)
    if found is None:
        raise Malformed(name)
    return found


def flag(obj: Mapping[str, Any], name: str) -> bool:
    found = obj.get(name.lower())
    if found is None:
        return False
    if isinstance(found, str) and found.lower() in ("true", "false"):
        return found.lower() == "true"
    if not isinstance(found, bool):
        raise Malformed(name)
    return found


def day(obj: Mapping[str, Any], name: str) -> date | None:
    """The date part of a date-time, which carries no offset and must not be shifted.

    https://developers.lucca.fr/api-reference/legacy/directory/list-users writes "no end" as null,
    or as the year 9999.
    """
    found = text(obj, name)
    if not found or found.startswith("9999"):
        return None
    try:
        return date.fromisoformat(found[:10].replace("/", "-"))
    except ValueError:
        raise Malformed(name) from None
