"""The v3 dialect: `fields`, `paging`, `orderBy` and filters.

See developers.lucca.fr/api-reference/legacy/api-generations. Names and operators are matched
without regard to case, and what is unknown is a 400.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .exchange import Json, Refusal

Tree = dict[str, "Tree"]

MAX_IN_LIST = 1000

TOKEN = re.compile(r"[^\[\],]+|[\[\],]")


def parse_fields(text: str) -> Tree:
    """`id,manager[id,name],department.id` as a tree of lower-case names."""
    root: Tree = {}
    stack = [root]
    last = root
    for token in TOKEN.findall(text.replace(" ", "")):
        if token == "[":
            stack.append(last)
        elif token == "]":
            stack.pop()
            if not stack:
                raise Refusal(400, "fields has a bracket too many.")
        elif token != ",":
            last = stack[-1]
            for name in token.lower().split("."):
                last = last.setdefault(name, {})
    if len(stack) != 1:
        raise Refusal(400, "fields has a bracket that is not closed.")
    return root


def select(document: Json, tree: Tree) -> Json:
    """Only the asked properties; an unknown one is a 400, as in the vendor's framework."""
    by_name = {key.lower(): key for key in document}
    chosen: Json = {}
    for name, below in tree.items():
        if name not in by_name:
            raise Refusal(400, f"Unknown property {name}.")
        key = by_name[name]
        value = document[key]
        chosen[key] = _inside(value, below) if below else value
    return chosen


def _inside(value: Any, below: Tree) -> Any:
    if isinstance(value, dict):
        return select(value, below)
    if isinstance(value, list):
        return [select(each, below) for each in value]
    return value


def parse_paging(text: str | None, default: int, most: int, clamp: bool) -> tuple[int, int]:
    """Offset and limit. Without `paging` a page has few items, which truncates silently."""
    if text is None:
        return 0, default or most
    match = re.fullmatch(r"(\d{1,9}),(\d{1,9})", text)
    if match is None:
        raise Refusal(400, "paging must be offset,limit.")
    offset, limit = int(match[1]), int(match[2])
    if limit > most and clamp:
        return offset, most
    if not 1 <= limit <= most:
        raise Refusal(400, f"paging: the limit must be between 1 and {most}.")
    return offset, limit


def parse_order(text: str, known: dict[str, str]) -> tuple[str, bool]:
    """Property and whether descending."""
    name, _, direction = text.partition(",")
    if name.lower() not in known or direction.lower() not in ("asc", "desc"):
        raise Refusal(400, "orderBy must be property,asc or property,desc.")
    return known[name.lower()], direction.lower() == "desc"


def parse_orders(text: str, known: dict[str, str]) -> list[tuple[str, bool]]:
    """Several pairs of property and direction in a row, as `createdAt,desc,id,desc`."""
    parts = text.split(",")
    pairs = [",".join(parts[n : n + 2]) for n in range(0, len(parts), 2)]
    return [parse_order(pair, known) for pair in pairs]


def predicate(text: str) -> Callable[[Any], bool]:
    """A v3 filter value as a test on the property's value."""
    operator, _, rest = text.partition(",")
    if operator.lower() in OPERATORS and rest:
        return OPERATORS[operator.lower()](rest)
    if text.count(",") >= MAX_IN_LIST:
        raise Refusal(400, f"A list may have at most {MAX_IN_LIST} values.")
    wanted = {
        None if each == "null" else each.removesuffix("T00:00:00") for each in text.split(",")
    }
    return lambda value: _plain(value) in wanted


def _plain(value: Any) -> str | None:
    """Values are compared as text; a midnight date-time is its date, an id its digits."""
    if value is None:
        return None
    return str(value).removesuffix("T00:00:00")


def _compare(test: Callable[[str, str], bool]) -> Callable[[str], Callable[[Any], bool]]:
    def make(bound: str) -> Callable[[Any], bool]:
        wanted = bound.lower().removesuffix("t00:00:00")

        def holds(value: Any) -> bool:
            plain = _plain(value)
            return plain is not None and test(plain.lower(), wanted)

        return holds

    return make


def _between(rest: str) -> Callable[[Any], bool]:
    first, _, last = rest.partition(",")
    since, until = OPERATORS["since"](first), OPERATORS["until"](last)
    return lambda value: since(value) and until(value)


def _not_equal(rest: str) -> Callable[[Any], bool]:
    wanted = None if rest == "null" else _plain(rest)
    return lambda value: _plain(value) != wanted


def _number(test: Callable[[float, float], bool]) -> Callable[[str], Callable[[Any], bool]]:
    def make(bound: str) -> Callable[[Any], bool]:
        try:
            limit = float(bound)
        except ValueError as error:
            raise Refusal(400, f"{bound} is not a number.") from error
        return lambda value: isinstance(value, (int, float)) and test(value, limit)

    return make


# `until` a day without time counts to the end of that day.
OPERATORS: dict[str, Callable[[str], Callable[[Any], bool]]] = {
    "since": _compare(lambda value, bound: value >= bound),
    "until": _compare(lambda value, bound: value[: len(bound)] <= bound),
    "between": _between,
    "notequal": _not_equal,
    "like": _compare(lambda value, text: text in value),
    "starts": _compare(lambda value, text: value.startswith(text)),
    "greaterthan": _number(lambda value, bound: value > bound),
    "greaterthanorequal": _number(lambda value, bound: value >= bound),
    "lessthan": _number(lambda value, bound: value < bound),
    "lessthanorequal": _number(lambda value, bound: value <= bound),
}
