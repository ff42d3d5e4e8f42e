"""Keeping the mirror of employees and places, one page per step.

A page is a short read of the pulse, so that a large tenant is read within the request budget and
an interrupted sync goes on at the page where it stopped.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.jobs.claims import OPEN, ask
from portal.jobs.kinds import Kind, Read, register
from portal.jobs.models import Job
from portal.lucca import directory, office
from portal.lucca.directory import User as LuccaUser
from portal.lucca.errors import Unexpected
from portal.lucca.office import Place
from portal.lucca.session import Request
from portal.lucca.types import Page
from portal.models import Account, AccountCheck, Area, DirectoryState, Employee, WorkLocation

KIND = "directory"
# The oldest page of the vendor allows 1 to 10.
SMALLEST_PAGE = 10


def today(account: Account) -> date:
    """The tenant's date."""
    return timezone.now().astimezone(ZoneInfo(account.time_zone)).date()


def is_fresh(account: Account) -> bool:
    """Whether both lists were read within the account's age limit."""
    state = DirectoryState.objects.filter(account=account).first()
    if not state or not state.employees_at or not state.locations_at:
        return False
    return min(state.employees_at, state.locations_at) > timezone.now() - account.directory_max_age


def forget_if_moved(account: Account) -> None:
    """To be called before an account is saved: at another address are other people, and the mirror
    of the old ones would pass for fresh, as would what another key was found to do."""
    if account.has_moved():
        Employee.objects.filter(account=account).delete()
        WorkLocation.objects.filter(account=account).delete()
        DirectoryState.objects.filter(account=account).delete()
        # A check that is under way goes on with its row; only a simulator moves during one.
        AccountCheck.objects.filter(account=account).exclude(checked_at=None).delete()


def sync(account: Account, *, by: Any = None, interactive: bool = False) -> Job:
    """The job that reads the directory: a new one, or the one that is under way already."""
    with transaction.atomic():
        # Looking and asking must be one step: of two callers at once the second gets the job of
        # the first.
        lock(account)
        running = Job.objects.filter(kind=KIND, account=account, state__in=OPEN).first()
        if running:
            return running
        return ask(KIND, account, by=by, lane=f"directory:{account.host}", interactive=interactive)


class LocationReader:
    """Reading all places page by page, for a sync and again before every upload.

    Where it stands is in the job's cursor: the page number, the page size and the moment it began,
    which marks the rows it saw.
    """

    def __init__(self, step: str) -> None:
        self._step = step

    def request(self, job: Job) -> Request[Page[Place]]:
        return office.work_locations(job.cursor.get("page", 1), _places_size(job))

    def store(self, job: Job, page: Page[Place]) -> bool:
        """Keep a page; true if it was the last. Otherwise the job goes on with the next one."""
        stamp = _stamp(job)
        before = set(job.cursor.get("seen", []))
        seen = before | {place.id for place in page.items}
        with transaction.atomic():
            lock(job.account)
            _store_places(job.account, page.items, stamp)
            if _is_last(page, len(before), len(seen)):
                _end_of_places(job, stamp)
                return True
            number = job.cursor.get("page", 1) + 1
            job.go(
                self._step,
                cursor=job.cursor
                | {"page": number, "stamp": stamp.isoformat(), "seen": sorted(seen)},
            )
        return False


def lock(account: Account) -> None:
    """The account's row, until the end of the transaction. SQLite has it from BEGIN IMMEDIATE."""
    no_key = connection.features.has_select_for_no_key_update
    Account.objects.select_for_update(no_key=no_key).get(pk=account.pk)


def _end_of_places(job: Job, stamp: datetime) -> None:
    """The reading is complete. One that began later and ended sooner keeps its date."""
    state, _made = DirectoryState.objects.get_or_create(account=job.account)
    state.locations_at = max(stamp, state.locations_at or stamp)
    state.locations_page = job.cursor.get("size") or state.locations_page
    state.save(update_fields=["locations_at", "locations_page"])


def _is_last(page: Page[Any], before: int, seen: int) -> bool:
    """Never because a page is short: Lucca may have clamped the size.

    Where Lucca does not count, a page with nothing new ends the list as an empty one does, or it
    would be read for ever. Where it counts and people are missing still, such a page is an answer
    that cannot be right: a directory with half the people would refuse the other half's lines.
    """
    if not page.items or (page.count is not None and seen >= page.count):
        return True
    if seen == before and page.count is not None:
        raise Unexpected("unreadable-answer", detail="the same page again")
    return seen == before


def _size(job: Job) -> int:
    return int(job.cursor.get("size", job.account.page_size))


def _learned(account: Account) -> int | None:
    return (
        DirectoryState.objects.filter(account=account)
        .values_list("locations_page", flat=True)
        .first()
    )


def _places_size(job: Job) -> int:
    """Places are read before every upload: a page that was refused once is not asked for again."""
    return min(_size(job), _learned(job.account) or job.account.page_size)


def _stamp(job: Job) -> datetime:
    found = job.cursor.get("stamp")
    return datetime.fromisoformat(found) if found else timezone.now()


def _store_places(account: Account, places: list[Place], stamp: datetime) -> None:
    """A page of places with their areas, in a few statements.

    Under the account's lock, because several jobs read places at once: the moment when a place was
    last seen is never set back, or it would look gone to whoever read later.
    """
    by_id = {place.id: place for place in places}
    rows = WorkLocation.objects.filter(account=account, remote_id__in=by_id)
    seen = dict(rows.values_list("remote_id", "seen_at"))
    WorkLocation.objects.bulk_create(
        [
            WorkLocation(
                account=account,
                remote_id=id_,
                name=place.name,
                type=place.type[:60],
                is_active=place.is_active,
                seen_at=max(stamp, seen.get(id_, stamp)),
            )
            for id_, place in by_id.items()
        ],
        update_conflicts=True,
        unique_fields=["account", "remote_id"],
        update_fields=["name", "type", "is_active", "seen_at"],
    )
    _store_areas({rows_pk: by_id[id_] for id_, rows_pk in rows.values_list("remote_id", "pk")})


def _store_areas(places: dict[int, Place]) -> None:
    """The areas of these places, by the places' keys; areas that went away are forgotten."""
    now = {(pk, id_): name for pk, place in places.items() for id_, name in place.areas}
    known = Area.objects.filter(location__in=places).values_list("pk", "location_id", "remote_id")
    gone = [pk for pk, location, id_ in known if (location, id_) not in now]
    Area.objects.filter(pk__in=gone).delete()
    Area.objects.bulk_create(
        [Area(location_id=pk, remote_id=id_, name=name) for (pk, id_), name in now.items()],
        update_conflicts=True,
        unique_fields=["location", "remote_id"],
        update_fields=["name"],
    )


def _employees_request(job: Job) -> Request[Page[LuccaUser]]:
    return directory.users(job.cursor.get("offset", 0), min(_size(job), 1000))


def _store_employees(job: Job, page: Page[LuccaUser]) -> None:
    stamp = _stamp(job)
    with transaction.atomic():
        rows = Employee.objects.filter(account=job.account, seen_at=stamp)
        before = rows.count()
        Employee.objects.bulk_create(
            [
                _employee(job.account, user, stamp)
                for user in {u.id: u for u in page.items}.values()
            ],
            update_conflicts=True,
            unique_fields=["account", "remote_id"],
            update_fields=[
                "login",
                "first_name",
                "last_name",
                "contract_start",
                "contract_end",
                "seen_at",
            ],
        )
        seen = rows.count()
        job.progress = min(90, 90 * seen // page.count) if page.count else None
        if _is_last(page, before, seen):
            DirectoryState.objects.update_or_create(
                account=job.account, defaults={"employees_at": stamp}
            )
            job.go("locations", cursor={}, progress=90)
            return
        offset = job.cursor.get("offset", 0) + len(page.items)
        job.go(
            "employees",
            cursor=job.cursor | {"offset": offset, "stamp": stamp.isoformat()},
            progress=job.progress,
        )


def _employee(account: Account, user: LuccaUser, stamp: datetime) -> Employee:
    return Employee(
        account=account,
        remote_id=user.id,
        login=user.login[:255],
        first_name=user.first_name[:255],
        last_name=user.last_name[:255],
        contract_start=user.contract_start,
        contract_end=user.contract_end,
        seen_at=stamp,
    )


_locations = LocationReader("locations")


def _store_locations(job: Job, page: Page[Place]) -> None:
    with transaction.atomic():
        if _locations.store(job, page):
            job.succeed()
            record(
                "directory.synced",
                job.account,
                account=job.account.label,
                by=job.asked_by,
                values={
                    "employees": job.account.employees.count(),
                    "locations": job.account.locations.count(),
                },
            )


def shrink_page(job: Job, params: Mapping[str, Any]) -> bool:
    """Ask for smaller pages, from the start, where Lucca refused the size (400) or needed too
    long (408); true if it was worth it."""
    size = _places_size(job) if job.step != "employees" else _size(job)
    if params.get("status") not in (400, 408) or size <= SMALLEST_PAGE:
        return False
    job.go(job.step, cursor={"size": max(SMALLEST_PAGE, size // 2)})
    return True


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """A directory is only read: nothing can have been done."""
    if not shrink_page(job, params):
        job.fail(reason, **params)


register(
    Kind(
        KIND,
        _("reading of the directory"),
        first="employees",
        steps={
            "employees": Read(_employees_request, _store_employees),
            "locations": Read(_locations.request, _store_locations),
        },
        give_up=_give_up,
    )
)
