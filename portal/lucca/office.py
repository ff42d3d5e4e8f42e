"""Lucca Office: places, user locations and their import.

https://developers.lucca.fr/api-reference/legacy/timmi-office/guides/import-and-create-user-locations
and the reference pages beside it. The guide writes `/import/`, the reference `/imports/`: which
one lives is a setting of the account, passed in here as `path`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_noop

from portal.lucca.session import MB, Answer, Request, Upload
from portal.lucca.types import (
    Malformed,
    Page,
    day,
    fields,
    flag,
    integer,
    items,
    many,
    parse_json,
    required,
    text,
)

_API = "/work-locations/public/api"
READ_RIGHT = gettext_noop(
    "Lucca Office: see work locations (and the Office module must be subscribed)"
)
IMPORT_RIGHT = gettext_noop("Lucca Office: Import schedule")
# A report names every refused line of a part in full.
_REPORT_BYTES = 256 * MB
# What the database can hold; no import is near it.
_MOST_COUNTED = 2**31 - 1
_POSITIONS = {name.lower(): name for name in ("FullDay", "FirstHalf", "SecondHalf")}
# They put nobody anywhere; they are listed all the same.
_NOT_EFFECTIVE = ("deleted", "denied")


@dataclass(frozen=True)
class Place:
    """A work location. `areas` are (id, name); an office may have none, other places never do."""

    id: int
    name: str
    type: str
    is_active: bool
    areas: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class UserLocation:
    """One employee on one day, or half of it, at one place. `status` is Lucca's own word.

    Rows of which Lucca leaves the day or the place out are read all the same: among a tenant's
    hundreds of thousands one odd row must not hide the others.
    """

    id: int
    owner: int
    place: int | None
    area: int | None
    day: date | None
    position: str
    status: str
    is_deleted: bool

    @property
    def is_effective(self) -> bool:
        """Whether it says where somebody is, or (`Pending`) asks to be there."""
        return not self.is_deleted and self.status.lower() not in _NOT_EFFECTIVE


@dataclass(frozen=True)
class ReportLine:
    """One line that Lucca refused or warned about, as it echoes it (dates are YYYY-MM-DD).

    `number` is only a hint: whether the header counts is not documented. `message` is Lucca's own
    sentence; nothing may depend on it.
    """

    login: str
    date: str
    position: str
    is_deletion: bool
    number: int | None
    message: str
    is_conflict: bool = False


@dataclass(frozen=True)
class Report:
    """An analysis (`create=false`) or the results of an import (`create=true`).

    `created` counts creations and replacements; None where Lucca left the figure out.
    `raw` is the whole answer, to be kept: how long Lucca keeps it is not known.
    """

    created: int | None
    deleted: int | None
    errors: list[ReportLine]
    warnings: list[ReportLine]
    raw: bytes = field(repr=False)


def work_locations(page: int, limit: int) -> Request[Page[Place]]:
    """One page of all places; `page` from 1. Inactive ones may be among them."""
    return Request(
        "GET",
        f"{_API}/work-locations",
        lambda answer: _page(answer, _place),
        READ_RIGHT,
        params={"page": str(page), "limit": str(limit), "fields.root": "count"},
    )


def user_locations(
    page: str, limit: int, filters: Mapping[str, str] | None = None
) -> Request[Page[UserLocation]]:
    """One page of everybody's entries on all days; no filter is documented, so that `filters` may
    be ignored. `page` counts from 1, or is what an earlier page said comes next. The order is not
    documented either.

    https://developers.lucca.fr/api-reference/legacy/timmi-office/user-locations/list-user-locations
    """
    return Request(
        "GET",
        f"{_API}/user-locations",
        lambda answer: _page(answer, _user_location),
        READ_RIGHT,
        params={"page": page, "limit": str(limit), "fields.root": "count", **(filters or {})},
    )


def user_locations_probe() -> Request[Page[int]]:
    """The smallest question that shows whether the key may read user locations."""
    return Request(
        "GET",
        f"{_API}/user-locations",
        lambda answer: _page(answer, lambda item: required(fields(item), "id")),
        READ_RIGHT,
        params={"page": "1", "limit": "1", "fields.root": "count"},
    )


def send_file(path: str, upload: Upload, *, create: bool, override: bool) -> Request[str]:
    """Send a file: to be simulated (`create=False`), or irreversibly imported. Gives a summary id.

    `override` replaces the employees' existing entries by those of the file.
    """
    flags = {
        "create": "true" if create else "false",
        "overrideUserLocations": "true" if override else "false",
    }
    where = f"{_API}/{path}/user-locations"
    return Request(
        "POST",
        where,
        _summary_id,
        IMPORT_RIGHT,
        shown=f"{where}?" + "&".join(f"{name}={value}" for name, value in flags.items()),
        params=flags,
        upload=upload,
        repeatable=not create,
    )


def progress(path: str, summary_id: str) -> Request[int]:
    """0 not started, 1 to 99 running, 100 finished. There is no value for a failure."""
    return _follow(path, "progress", summary_id, _progress)


def report(path: str, summary_id: str, *, create: bool) -> Request[Report]:
    """The analysis or the results; ask only after progress 100."""
    return _follow(
        path,
        "results" if create else "analysis",
        summary_id,
        lambda answer: _report(answer, create=create),
        max_bytes=_REPORT_BYTES,
    )


def _follow(path: str, what: str, summary_id: str, parse: Any, **more: Any) -> Request[Any]:
    return Request(
        "GET",
        f"{_API}/{path}/user-locations/{what}",
        parse,
        IMPORT_RIGHT,
        params={"summaryId": summary_id},
        **more,
    )


def _page(answer: Answer, read: Any) -> Page[Any]:
    data = parse_json(answer.body)
    said = fields(data)
    return Page([read(item) for item in items(data)], integer(said, "count"), text(said, "next"))


def _place(item: object) -> Place:
    obj = fields(item)
    office = obj.get("office")
    areas = many(fields(office), "areas") if office is not None else []
    return Place(
        id=required(obj, "id"),
        name=text(obj, "name"),
        type=text(obj, "type"),
        is_active=flag(obj, "isActive"),
        areas=tuple(_area(area) for area in areas),
    )


def _area(item: object) -> tuple[int, str]:
    obj = fields(item)
    return required(obj, "id"), text(obj, "name")


def _user_location(item: object) -> UserLocation:
    obj = fields(item)
    position = text(obj, "position").strip()
    return UserLocation(
        id=required(obj, "id"),
        owner=required(obj, "ownerId"),
        place=integer(obj, "workLocationId"),
        area=integer(obj, "areaId"),
        day=day(obj, "date"),
        position=_POSITIONS.get(position.lower(), position),
        status=text(obj, "status").strip(),
        # Older pages of the vendor do not have it.
        is_deleted=bool(text(obj, "deletedAt")),
    )


def _summary_id(answer: Answer) -> str:
    """An object with `summaryId`; one rendering of the vendor's page shows the bare text."""
    data = parse_json(answer.body)
    found = data if isinstance(data, str) else text(fields(data), "summaryId")
    if not found or len(found) > 200:
        raise Malformed("summaryId")
    return found


def _progress(answer: Answer) -> int:
    value = required(fields(parse_json(answer.body)), "progress")
    if not 0 <= value <= 100:
        raise Malformed("progress")
    return value


def _report(answer: Answer, *, create: bool) -> Report:
    data = fields(parse_json(answer.body))
    created, deleted = (
        ("userLocationsCreatedSummary", "userLocationsDeletedSummary")
        if create
        else ("validUserLocationsToCreateSummary", "userLocationsToDeleteSummary")
    )
    if created.lower() not in data and "errorlines" not in data:
        raise Malformed(created)
    return Report(
        created=_count(data, created),
        deleted=_count(data, deleted),
        errors=[_line(line, "error") for line in many(data, "errorLines")],
        warnings=[_line(line, "warning") for line in many(data, "warningLines")],
        raw=answer.body,
    )


def _count(data: dict[str, Any], name: str) -> int | None:
    summary = data.get(name.lower())
    count = integer(fields(summary), "count") if summary is not None else None
    if count is not None and not 0 <= count <= _MOST_COUNTED:
        raise Malformed("count")
    return count


def _line(item: object, message: str) -> ReportLine:
    obj = fields(item)
    line = fields(obj.get("line") or {})
    position = text(line, "position").strip()
    return ReportLine(
        login=text(line, "login").strip(),
        date=text(line, "date").strip().replace("/", "-")[:10],
        position=_POSITIONS.get(position.lower(), position),
        is_deletion=flag(line, "isDeletion"),
        number=_hint(obj),
        message=text(obj, message),
        is_conflict=flag(obj, "isConflict"),
    )


def _hint(obj: dict[str, Any]) -> int | None:
    """The number of a line. What cannot be one is left out, and the report is read all the same."""
    try:
        number = integer(obj, "lineNumber")
    except Malformed:
        return None
    return number if number is not None and number >= 0 else None
