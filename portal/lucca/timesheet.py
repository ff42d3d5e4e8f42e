"""Timesheet exports and the timesheets around them (v3).

https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/guides/exports

An export is no read: it takes what it exports off the accounts, so a second one holds only the
rest. Lucca lists exports once they were made successfully, and says nothing of those that failed.
The paths come in as arguments: the trigger's is not published, and both are settings of the
account.
"""

import base64
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop

from portal.lucca.session import MB, Answer, Request
from portal.lucca.types import Malformed, Page, day, fields, integer, items, parse_json, required
from portal.lucca.types import text as read_text

EXPORT_RIGHT = gettext_noop("Timesheet: create exports")
READ_RIGHT = gettext_noop("Timesheet: see timesheets")
# Not submitted, waiting for approval, rejected: what was booked there is not settled yet.
_NOT_APPROVED = "0,1,3"
_SUBMITTED = "1,2"
FILE_BYTES = 512 * MB
_PAGES = (b"<!doctype html", b"<html")


@dataclass(frozen=True)
class Export:
    """One export in Lucca.

    `created_at` is Lucca's own text, kept and never compared: its time zone is not documented.
    `ends_at` is the first day that is not exported; None where Lucca does not tell.
    """

    id: int
    created_at: str
    ends_at: date | None


@dataclass(frozen=True)
class Fetched:
    """What Lucca said of a file: its type, and its name as a Content-Disposition."""

    content_type: str
    disposition: str


@dataclass(frozen=True)
class Timesheet:
    """Somebody's timesheet from `starts_on` up to the day before `ends_on`."""

    owner: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Asking:
    """How the exports of one configuration are asked for, without what Lucca answered 400 to.

    `plain`: without `endsAt`, of which nobody says that it can be read. `unfiltered`: without the
    comparison of ids, so that the caller compares.
    """

    path: str
    configuration_id: int
    plain: bool = False
    unfiltered: bool = False


def history(asking: Asking, offset: int, limit: int) -> Request[list[Export]]:
    """Everything ever exported, the oldest first, archived exports included."""
    return _list(asking, {"orderBy": "id,asc", "paging": f"{offset},{limit}"})


def newest(asking: Asking, offset: int, limit: int) -> Request[list[Export]]:
    """The newest first, without archived ones. Not in the order of their ids."""
    order = {"orderBy": "createdAt,desc,id,desc", "paging": f"{offset},{limit}"}
    return _list(asking, {"archivedAt": "null", **order})


def made_after(asking: Asking, baseline: int, limit: int = 50) -> Request[list[Export]]:
    """Those with a larger id than `baseline`; none is no failure, only not yet."""
    wanted = {"archivedAt": "null", "orderBy": "id,asc", "id": f"greaterthan,{baseline}"}
    if asking.unfiltered:
        wanted = {"archivedAt": "null", "orderBy": "id,desc"}
    return _list(
        asking,
        {**wanted, "paging": f"0,{limit}"},
        lambda found: sorted(
            (export for export in found if export.id > baseline), key=lambda export: export.id
        ),
    )


def trigger(path: str, configuration_id: int, ends_at: date) -> Request[int]:
    """Export everything before the midnight that begins `ends_at`. Cannot be undone.

    Gives the export's id. An answer without one is an answer that cannot be read: the export may
    have been made all the same.
    """
    return Request(
        "POST",
        path,
        _made,
        EXPORT_RIGHT,
        payload={"configurationId": configuration_id, "endsAt": f"{ends_at}T00:00:00"},
        repeatable=False,
    )


def content(
    path: str, mode: str, pointer: str, export_id: int, target: Path
) -> Request[Fetched | str]:
    """The file of an export, into `target`, byte for byte.

    How it is had is not published: `path` holds `{exportId}`; `mode` is "raw" (the body is the
    file), "json-text" or "json-base64" (a member of the body is), or "json-link" (a member is an
    address: the answer is that text, and nothing is written). `pointer` names the member, as
    /data/content. A web page or an error in place of a file is an answer that cannot be read.
    """
    raw = mode == "raw"
    return Request(
        "GET",
        path.replace("{exportId}", str(export_id)),
        (lambda answer: whole_file(answer, target))
        if raw
        else (lambda answer: _member(answer, mode, pointer, target)),
        EXPORT_RIGHT,
        shown=path,
        accept="*/*" if raw else "application/json",
        save_to=target if raw else None,
        # Of JSON the whole is held in memory.
        max_bytes=FILE_BYTES if raw else FILE_BYTES // 8,
    )


def members(path: str, export_id: int) -> Request[list[str]]:
    """The names, and nothing but the names, of what Lucca tells about an export."""
    return Request(
        "GET",
        path.replace("{exportId}", str(export_id)),
        lambda answer: sorted(_data(answer)),
        EXPORT_RIGHT,
        shown=path,
    )


def linked(address: str, target: Path) -> Request[Fetched]:
    """The file behind an address that an answer named: its path and query, at our own host."""
    parts = urlsplit(address)
    return Request(
        "GET",
        f"{parts.path}?{parts.query}" if parts.query else parts.path,
        lambda answer: whole_file(answer, target),
        EXPORT_RIGHT,
        # What its query holds may open the file to whoever reads it.
        shown=parts.path,
        accept="*/*",
        save_to=target,
        max_bytes=FILE_BYTES,
    )


def whole_file(answer: Answer, target: Path) -> Fetched:
    """What Lucca said of a body that was saved into `target`. A web page or JSON is no file."""
    kind = answer.headers.get("Content-Type", "")
    with target.open("rb") as file:
        head = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if "html" in kind.lower() or head.startswith(_PAGES):
        raise Malformed("a web page in place of a file")
    if "json" in kind.lower():
        raise Malformed("JSON in place of a file")
    return Fetched(kind[:100], answer.headers.get("Content-Disposition", "")[:500])


def _member(answer: Answer, mode: str, pointer: str, target: Path) -> Fetched | str:
    found: Any = parse_json(answer.body)
    for name in pointer.strip("/").split("/"):
        found = fields(found).get(name.lower())
    if not isinstance(found, str):
        raise Malformed(pointer)
    if mode == "json-link":
        return found
    try:
        written = (
            base64.b64decode(found, validate=True) if mode == "json-base64" else found.encode()
        )
    except ValueError:
        raise Malformed(pointer) from None
    with target.open("wb") as file:
        file.write(written)
        file.flush()
        os.fsync(file.fileno())
    return Fetched("", "")


def not_approved(first: date, last: date) -> Request[int]:
    """How many timesheets that begin on these days, both included, are not approved."""
    return Request(
        "GET",
        "/api/v3/timmitimesheets",
        lambda answer: required(_data(answer), "count"),
        READ_RIGHT,
        params={
            "startsOn": f"between,{first},{last}",
            "status": _NOT_APPROVED,
            "fields": "id,collection.count",
            "paging": "0,1",
        },
    )


def submitted(
    owners: Iterable[int], first: date, last: date, offset: int, limit: int
) -> Request[Page[Timesheet]]:
    """A page of these employees' timesheets that wait for approval or are approved, and that hold
    any of these days, both included.

    https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/timesheets/list-timesheets
    """
    return Request(
        "GET",
        "/api/v3/timmitimesheets",
        _timesheets,
        READ_RIGHT,
        params={
            "ownerId": ",".join(map(str, owners)),
            "startsOn": f"until,{last}",
            "endsOn": f"since,{first + timedelta(days=1)}",
            "status": _SUBMITTED,
            "fields": "id,ownerId,startsOn,endsOn,collection.count",
            "orderBy": "id,asc",
            "paging": f"{offset},{limit}",
        },
    )


def _timesheets(answer: Answer) -> Page[Timesheet]:
    data = _data(answer)
    return Page([_timesheet(item) for item in items(data)], integer(data, "count"))


def _timesheet(item: object) -> Timesheet:
    obj = fields(item)
    starts, ends = day(obj, "startsOn"), day(obj, "endsOn")
    if starts is None or ends is None:
        raise Malformed("startsOn, endsOn")
    return Timesheet(required(obj, "ownerId"), starts, ends)


def _list(
    asking: Asking,
    params: dict[str, str],
    then: Callable[[list[Export]], list[Export]] = lambda found: found,
) -> Request[list[Export]]:
    return Request(
        "GET",
        asking.path,
        lambda answer: then(_exports(answer)),
        EXPORT_RIGHT,
        params={
            "configurationId": str(asking.configuration_id),
            "fields": "id,createdAt" if asking.plain else "id,createdAt,endsAt",
            **params,
        },
    )


def _data(answer: Answer) -> dict[str, Any]:
    """What is in the envelope; without it, an error under the status of a success."""
    data = fields(parse_json(answer.body)).get("data")
    if data is None:
        raise Malformed("data")
    return fields(data)


def _exports(answer: Answer) -> list[Export]:
    found = [_export(item) for item in items(_data(answer))]
    return list({export.id: export for export in found}.values())


def _export(item: object) -> Export:
    obj = fields(item)
    return Export(
        id=_id(obj),
        created_at=read_text(obj, "createdAt")[:40],
        ends_at=day(obj, "endsAt"),
    )


def _made(answer: Answer) -> int:
    return _id(_data(answer))


def _id(obj: dict[str, Any]) -> int:
    found = integer(obj, "id")
    if found is None or found < 1:
        raise Malformed("id")
    return found
