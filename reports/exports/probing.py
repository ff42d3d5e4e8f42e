"""Trying how an export's file may be had, on an export that was made before. Reads only.

Lucca's guide has a request for it that is not readable. These are the ways that it might be; a
person looks at what each gave, and picks. From the browser it is a job, a step for each candidate.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.connect import connect
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.lucca import timesheet
from portal.lucca.errors import LuccaError, Throttled
from portal.lucca.session import Session
from portal.reasons import sentence
from portal.words import number
from reports.fetching import name_of
from reports.models import ExportConfiguration

PROBE = "reports.probe"
_EXPORT = "/api/v3/timmiexports/{exportId}"
# By name; each is tried as the file itself. `members` shows what the export's own JSON has.
CANDIDATES = {
    "content": f"raw:{_EXPORT}/content",
    "download": f"raw:{_EXPORT}/download",
    "file": f"raw:{_EXPORT}/file",
    "getfile": "raw:/getFile.ashx?id={exportId}",
}
MEMBERS = "members"
_ALL = [*CANDIDATES, MEMBERS]
# Of every v3 resource, and of every export.
_USUAL = {"id", "name", "url", "configurationid", "endsat", "createdat", "archivedat"}


@dataclass(frozen=True)
class Tried:
    """What one candidate gave. `use` is what to pick it by, "" where it gave no file; `reason` and
    `params` say why it gave none."""

    name: str
    ok: bool
    status: int | None
    use: str = ""
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    content_type: str = ""
    file_name: str = ""
    sha256: str = ""
    members: list[str] = field(default_factory=list)

    @property
    def found(self) -> str:
        """In the reader's words."""
        if self.status == 404:
            # Most of the candidates are no address of Lucca's, and no right would help.
            return _("Lucca does not know this address (404).")
        if self.reason:
            return sentence(self.reason, self.params)
        if self.name == MEMBERS:
            return ", ".join(self.members) or _("nothing but what every export has")
        said = _("%(size)s bytes, %(type)s") % {
            "size": number(self.size),
            "type": self.content_type or _("of no type"),
        }
        return f"{said}, {self.file_name}" if self.file_name else said

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("name", "ok", "status", "found", "use")}


def try_all(configuration: ExportConfiguration, export: int) -> Iterator[Tried]:
    """Each finding as it comes. Raises Throttled, which says nothing about a candidate."""
    lucca = connect(configuration.account, interactive=True)
    for name in _ALL:
        yield _try(lucca, name, export)


def _try(lucca: Session, name: str, export: int) -> Tried:
    try:
        return _members(lucca, export) if name == MEMBERS else _file(lucca, name, export)
    except Throttled:
        raise
    except LuccaError as error:
        return Tried(name, False, error.status, reason=error.reason, params=error.params)


def _file(lucca: Session, name: str, export: int) -> Tried:
    way = CANDIDATES[name]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, name)
        got = lucca.send(timesheet.content(way.partition(":")[2], "raw", "", export, target))
        with target.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Tried(
            name,
            True,
            200,
            way,
            size=target.stat().st_size,
            content_type=getattr(got, "content_type", ""),
            file_name=name_of(getattr(got, "disposition", "")),
            sha256=sha256,
        )


def _members(lucca: Session, export: int) -> Tried:
    names = lucca.send(timesheet.members(_EXPORT, export))
    more = [name for name in names if name.lower() not in _USUAL]
    return Tried(MEMBERS, False, 200, members=more)


# As a job: what each gave is in its row.


def tried_by(job: Job) -> list[Tried]:
    return [Tried(**one) for one in job.cursor.get("tried", [])]


def _try_next(job: Job) -> None:
    tried = job.cursor.get("tried", [])
    one = _try(connect(job.account, job), _ALL[len(tried)], job.cursor["export"])
    cursor = job.cursor | {"tried": [*tried, asdict(one)]}
    if len(tried) + 1 < len(_ALL):
        job.go("try", cursor=cursor, progress=100 * (len(tried) + 1) // len(_ALL))
        return
    with transaction.atomic():
        job.write(cursor=cursor)
        job.succeed()


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    job.fail(reason, **params)


def register_kind() -> None:
    steps = {"try": Work(_try_next)}
    title = gettext_lazy("trying how files are fetched")
    register(Kind(PROBE, title, "try", steps, _give_up))
