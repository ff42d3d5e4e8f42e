"""Running the check of a batch's file: the directory in, issues and the canonical file out."""

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from imports import issues
from imports.canonical import Canonical
from imports.check import Checked, Directory, Employee, Location
from imports.check import check as check_file
from imports.models import ImportBatch
from imports.stages import Stage
from portal.directory import today
from portal.jobs.models import Job
from portal.models import Account, DirectoryState, WorkLocation
from portal.sheets.issues import IssueRow, Origin

KIND = "imports.check"
_REPORT_SECONDS = 1.0


def load_directory(account: Account) -> Directory:
    """What the last complete reading of Lucca saw, by login and by name."""
    state = DirectoryState.objects.get(account=account)
    now = today(account)
    people = account.employees.filter(seen_at__gte=state.employees_at).values_list(
        "login", "remote_id", "contract_start", "contract_end"
    )
    employees = {
        login: Employee(
            id=id_,
            left_on=end if end and end < now else None,
            ends_on=end,
            starts_on=start,
        )
        for login, id_, start, end in people
        if login
    }
    return Directory(employees, load_locations(account))


def load_locations(account: Account) -> dict[str, Location]:
    """By exact name. A name that two active places carry keeps no areas: it cannot be used."""
    found: dict[str, Location] = {}
    for place in _seen(account).prefetch_related("areas"):
        known = found.get(place.name, Location(active=0))
        areas: dict[str, int] = dict(known.areas)
        if place.is_active:
            for area in place.areas.all():
                areas[area.name] = areas.get(area.name, 0) + 1
        found[place.name] = Location(
            active=known.active + place.is_active,
            inactive=known.inactive + (not place.is_active),
            areas=areas,
        )
    return found


def _seen(account: Account) -> Any:
    state = DirectoryState.objects.get(account=account)
    return WorkLocation.objects.filter(account=account, seen_at__gte=state.locations_at)


def places_gone(batch: ImportBatch) -> list[str]:
    """The places that the file names and that are not (any more) one active place of that name,
    with that area."""
    locations = load_locations(batch.account)
    gone = []
    for name, area in batch.places:
        place = locations.get(name)
        if not place or place.active != 1 or (area and place.areas.get(area) != 1):
            gone.append(f"{name} / {area}" if area else name)
    return gone


def check(batch: ImportBatch, job: Job) -> None:
    """Check the file and move the batch on. Repeating it after a crash gives the same result."""
    with transaction.atomic():
        job.write(progress=0)
        batch.issues.all().delete()
        batch.causes.all().delete()
    folder = batch.new_folder(batch.round)
    found = check_file(
        Path(batch.original.path),
        load_directory(batch.account),
        today=today(batch.account),
        unknown_login=batch.account.unknown_login,  # type: ignore[arg-type]  # by its choices
        lines_per_upload=batch.account.lines_per_upload,
        folder=folder,
        on_issues=_keeper(batch, job),
        on_progress=_reporter(job),
    )
    with transaction.atomic():
        job.succeed()
        issues.count_causes(batch, Origin.CHECK, found.causes)
        batch.move(_stage(found), **_fields(batch, found))
    for other in batch.place.glob(f"round-{batch.round}-*"):
        # Of checks of this round that were broken off. Only the one that won may clear away.
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _keeper(batch: ImportBatch, job: Job) -> Callable[[list[IssueRow]], None]:
    def keep(rows: list[IssueRow]) -> None:
        with transaction.atomic():
            # Fenced with the slice: a check that was taken over stores nothing more.
            job.hold()
            issues.store(batch, Origin.CHECK, rows)

    return keep


def _reporter(job: Job) -> Callable[[int], None]:
    """Keeps the line that was reached, for who looks on: now and then, as each write costs."""
    last = time.monotonic()

    def report(line: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _REPORT_SECONDS:
            job.write(cursor={"line": line})
            last = time.monotonic()

    return report


def _stage(found: Checked) -> Stage:
    return Stage.TO_CORRECT if found.fatal or found.refused or not found.valid else Stage.CHECKED


def _fields(batch: ImportBatch, found: Checked) -> dict[str, Any]:
    return {
        "detected": _detected(found),
        "total": found.total,
        "blank": found.blank,
        "refused_here": found.refused if not found.fatal else found.total - found.blank,
        "refused_by_lucca": 0,
        "left_out": 0,
        "accepted": 0,
        "deletions": found.deletions,
        "employees": found.employees,
        "first_day": found.first_date,
        "last_day": found.last_date,
        "places": sorted(found.places),
        "unusable": found.canonical is None,
        "analysed_at": None,
        **canonical_fields(found.canonical),
    }


def _detected(found: Checked) -> dict[str, Any]:
    if not found.detected:
        return {}
    detected = asdict(found.detected) | {"label": found.detected.label}
    if found.grid:
        days = set(found.grid.columns.values())
        detected["grid"] = {
            "days": len(days),
            "first_day": min(days),
            "last_day": max(days),
            "employees": found.grid.employees,
            "columns": found.grid.columns,
        }
    return detected


def canonical_fields(made: Canonical | None, canary: int = 0) -> dict[str, Any]:
    """What a batch keeps of its canonical file. Names are relative to the files' folder.

    `canary`: it was cut with so many lines ahead, which a file of one part has not.
    """
    if made is None:
        return {"canonical": "", "line_map": "", "sent_sha256": "", "parts": [], "canary": 0}
    root = Path(settings.MEDIA_ROOT)
    return {
        "canonical": str(made.path.relative_to(root)),
        "line_map": str(made.map_path.relative_to(root)),
        "sent_sha256": made.sha256,
        "canary": canary if len(made.parts) > 1 else 0,
        "parts": [
            {
                "file": str(part.path.relative_to(root)),
                "first": part.first,
                "lines": part.lines,
                "sha256": part.sha256,
            }
            for part in made.parts
        ],
    }
