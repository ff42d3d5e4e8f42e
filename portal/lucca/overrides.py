"""Shift overrides: one day, or half of it, otherwise than planned (v4, with arrangements).

https://developers.lucca.fr/api-reference/legacy/schedule/shift-overrides/list-shift-overrides

The only way to write is to replace: every override of the employee in the range is removed and the
sent ones take its place, whoever had made them. There is no version check.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.lucca.arrangements import MOST
from portal.lucca.durations import iso, moment, write_moment
from portal.lucca.schedule import RIGHT
from portal.lucca.session import Answer, Request
from portal.lucca.types import (
    Malformed,
    Page,
    fields,
    flag,
    integer,
    items,
    parse_json,
    required,
    text,
)
from portal.lucca.workcycles import WRITE_RIGHT

_PATH = "/schedule/api/shift-overrides"
POSITIONS = ("firstHalf", "secondHalf", "fullDay")
NATURES = ("worked", "off", "partTime", "weeklyRest")
_KNOWN = frozenset(
    (
        *("id", "employee", "position", "startsat", "endsat", "duration", "workcycleunit"),
        *("nature", "islocked", "createdat", "lastupdatedat", "comment", "createdby"),
        *("lastupdatedby", "links", "embedded"),
    )
)


@dataclass(frozen=True)
class Override:
    """As it stands in Lucca. `position` and `nature` are of POSITIONS and NATURES, or other words
    of Lucca's. `iso` and `duration_unit` are its own text: sent again, it must not change. A locked
    one cannot be changed. `author` is None where Lucca does not say; `updated_at` is its own text.
    `extra` names members that no page documents and that hold something: they cannot be sent."""

    id: int
    employee: int
    position: str
    starts_at: datetime
    duration: timedelta
    iso: str
    duration_unit: str
    unit: str
    nature: str
    is_locked: bool
    comment: str | None
    author: int | None
    updated_at: str
    extra: tuple[str, ...]


@dataclass(frozen=True)
class NewOverride:
    """One item of a replacement. `duration_unit` is days or hours; `iso` the text of the duration
    as Lucca itself writes it for this employee."""

    position: str
    starts_at: datetime
    iso: str
    duration_unit: str
    nature: str
    comment: str | None


def overrides(
    employees: Iterable[int], first: date, last: date, page: int, limit: int = MOST
) -> Request[Page[Override]]:
    """A page of these employees' overrides that start on these days, both included."""
    return Request(
        "GET",
        _PATH,
        _page,
        RIGHT,
        params={
            "employee.id": ",".join(map(str, employees)),
            "startsAt.between": f"{first}--{last}",
            "page": str(page),
            "limit": str(limit),
            "fields.root": "count",
            "sort": "id",
        },
    )


def replace_overrides(
    employee: int, on: date, wanted: Iterable[NewOverride]
) -> Request[list[Override]]:
    """Replace all overrides of this employee on this one day; none clears it.

    A longer range would multiply what a mistake erases, so there is no way to name one. Raises
    ValueError for items that Lucca does not define: off the day, or the same part of it twice.

    https://developers.lucca.fr/api-reference/legacy/schedule/shift-overrides/replace-shift-overrides
    """
    items_ = list(wanted)
    taken = [one.position for one in items_]
    if any(one.starts_at.date() != on for one in items_):
        raise ValueError("an override of another day")
    if len(set(taken)) != len(taken) or ("fullDay" in taken and len(taken) > 1):
        raise ValueError("the same part of a day twice")
    return Request(
        "PUT",
        _PATH,
        lambda answer: _page(answer).items,
        WRITE_RIGHT,
        params={"employee.id": str(employee), "startsAt.between": f"{on}--{on}"},
        payload=[_body(employee, one) for one in items_],
        repeatable=False,
    )


def _body(employee: int, one: NewOverride) -> dict[str, Any]:
    return {
        "employeeId": employee,
        "position": one.position,
        "startsAt": write_moment(one.starts_at),
        "duration": {"unit": one.duration_unit, "iso": one.iso},
        "nature": one.nature,
        "comment": one.comment,
    }


def _page(answer: Answer) -> Page[Override]:
    data = parse_json(answer.body)
    return Page([_override(item) for item in items(data)], integer(fields(data), "count"))


def _override(item: object) -> Override:
    obj = fields(item)
    starts, length = moment(obj, "startsAt"), fields(obj.get("duration"))
    duration, position = iso(length, "iso"), text(obj, "position")
    if starts is None or duration is None or not position:
        raise Malformed("startsAt, duration, position")
    author, comment = obj.get("createdby"), obj.get("comment")
    return Override(
        id=required(obj, "id"),
        employee=required(fields(obj.get("employee")), "id"),
        position=position,
        starts_at=starts,
        duration=duration,
        iso=text(length, "iso"),
        duration_unit=text(length, "unit"),
        unit=text(obj, "workCycleUnit").lower(),
        nature=text(obj, "nature"),
        is_locked=flag(obj, "isLocked"),
        comment=None if comment is None else text(obj, "comment"),
        author=integer(fields(author), "id") if author is not None else None,
        updated_at=text(obj, "lastUpdatedAt")[:40],
        extra=tuple(sorted(name for name in set(obj) - _KNOWN if obj[name] not in (None, "", []))),
    )
