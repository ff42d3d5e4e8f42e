"""The job that goes through Lucca's list of entries, a page per step: see imports.reading.

A page is a short read of the pulse, so that a large tenant is read within the request budget and
an interrupted reading goes on at the page where it stopped.
"""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imports import reading_filter
from imports.models import ReadEntry, Reading, SeenRow, Tally
from imports.reading import COUNT, KIND, PAGE, cost_of, widest_page
from portal.audit import record
from portal.directory import SMALLEST_PAGE, lock
from portal.jobs.kinds import Kind, Read, register
from portal.jobs.models import Job
from portal.lucca import office
from portal.lucca.errors import Unexpected
from portal.lucca.office import UserLocation
from portal.lucca.session import Request
from portal.lucca.types import Page

_MOST_ROUNDS = 2


def _count_request(job: Job) -> Request[Page[UserLocation]]:
    return office.user_locations("1", 1)


def _counted(job: Job, page: Page[UserLocation]) -> None:
    account = job.account
    with transaction.atomic():
        lock(account)
        Tally.objects.update_or_create(
            account=account, defaults={"rows": page.count, "counted_at": timezone.now()}
        )
        # Of a filter only the first page tells what it costs.
        if _is_wanted(job) or reading_filter.candidate(job):
            _begin(job, round_=1)
        else:
            job.succeed()


def _is_wanted(job: Job, pages: int | None = None) -> bool:
    """Whether it is short, or somebody has seen what it costs and wants it. `pages`: where a filter
    makes it shorter than the whole list."""
    cost = cost_of(job.account, pages)
    return bool(cost and cost.is_small) or job.readings.filter(agreed=True).exists()


def _begin(
    job: Job,
    *,
    round_: int,
    size: int | None = None,
    earlier: list[int | None] | None = None,
    plain: bool = False,
) -> None:
    """From the first page on, as if nothing had been read. `earlier`: what Lucca counted, and how
    many rows were seen, the first time. `plain`: without a filter."""
    _forget(job)
    plain = plain or job.cursor.get("plain", False)
    cursor = {
        "round": round_,
        "size": size or widest_page(job.account),
        "stamp": timezone.now().isoformat(),
        "earlier": earlier,
        "plain": plain,
        "filter": {} if plain else reading_filter.candidate(job),
    }
    job.go(PAGE, cursor=cursor, progress=0)


def _forget(job: Job) -> None:
    SeenRow.objects.filter(job=job).delete()
    ReadEntry.objects.filter(reading__job=job).delete()


def _ask_again(job: Job) -> None:
    """Lucca's pages are so small that it takes longer than was thought: it ends as if it had only
    counted, and a person decides."""
    _forget(job)
    job.succeed()


def _page_request(job: Job) -> Request[Page[UserLocation]]:
    cursor = job.cursor
    return office.user_locations(cursor.get("token", "1"), cursor["size"], cursor.get("filter"))


def _keep_page(job: Job, page: Page[UserLocation]) -> None:
    """Keep what is wanted of a page, in one transaction with where the job goes on."""
    with transaction.atomic():
        job.hold()
        if job.cursor.get("filter") and not _go_by_filter(job, page):
            return
        new = _keep(job, page.items)
        before = job.cursor
        seen = before.get("seen", 0) + new
        counted = before.get("count", page.count)
        # Lucca's count tells, and where it does not count, that a row came twice.
        moved = page.count != counted or (page.count is None and 0 < new < len(page.items))
        last = _is_last(page, seen, new)
        found = [page.count, seen]
        # A count that is off, and off by the same twice, has not moved: Lucca counts other rows
        # than it shows to this key.
        whole = not (moved or before.get("moved")) and (
            page.count in (None, seen) or found == before.get("earlier")
        )
        if before["round"] < _MOST_ROUNDS and (moved or (last and not whole)):
            _begin(job, round_=before["round"] + 1, size=before["size"], earlier=found)
            return
        if last:
            _end(job, page, seen, whole=whole)
            return
        if not new and before.get("stale"):
            raise Unexpected("unreadable-answer", detail="the same page again")
        pages = before.get("pages") or _pages(job, page)
        costs = pages if before.get("filtered") else None
        if "pages" not in before and not _is_wanted(job, costs):
            _ask_again(job)
            return
        number = before.get("page", 1)
        cursor = before | {
            "page": number + 1,
            "token": page.next or str(number + 1),
            "seen": seen,
            "count": counted,
            "pages": pages,
            "moved": bool(moved or before.get("moved")),
            "stale": not new,
        }
        job.go(PAGE, cursor=cursor, progress=_percent(cursor))


def _go_by_filter(job: Job, page: Page[UserLocation]) -> bool:
    """Note what the filter is found to do. False: its page is of no use, and it begins anew."""
    cursor = job.cursor
    if cursor.get("filtered"):
        if reading_filter.fits(job, page):
            return True
        reading_filter.remember_useless(job)
        found = reading_filter.Answer.ODD
    else:
        total = Tally.objects.values_list("rows", flat=True).get(account=job.account)
        found = reading_filter.test(job, page, total)
    if found is reading_filter.Answer.ODD:
        _begin(job, round_=cursor["round"], size=cursor["size"], plain=True)
        return False
    honoured = found is reading_filter.Answer.HONOURED
    kept = cursor["filter"] if honoured else {}
    job.cursor = cursor | {"filter": kept, "filtered": honoured, "plain": not honoured}
    return True


def _keep(job: Job, rows: list[UserLocation]) -> int:
    """Store the wanted ones; how many of these rows were not seen before."""
    by_id = {row.id: row for row in rows}
    known = SeenRow.objects.filter(job=job, remote_id__in=by_id)
    again = set(known.values_list("remote_id", flat=True))
    SeenRow.objects.bulk_create(SeenRow(job=job, remote_id=id_) for id_ in by_id.keys() - again)
    if again:
        # A row that came before: it may have been changed, or deleted, since.
        ReadEntry.objects.filter(reading__job=job, remote_id__in=again).delete()
    for reading in job.readings.all():
        people, days = set(reading.people), set(reading.days)
        ReadEntry.objects.bulk_create(
            ReadEntry(
                reading=reading,
                remote_id=row.id,
                owner=row.owner,
                place=row.place,
                area=row.area,
                day=row.day,
                position=row.position[:40],
                status=row.status[:40],
            )
            for row in by_id.values()
            if row.owner in people and row.day and row.is_effective and str(row.day) in days
        )
    return len(by_id) - len(again)


def _is_last(page: Page[UserLocation], seen: int, new: int) -> bool:
    """Never because a page is short: Lucca may have clamped its size. Where Lucca does not count,
    a page with nothing new ends the list as an empty one does."""
    if not page.items:
        return True
    return not new if page.count is None else seen >= page.count


def _pages(job: Job, first: Page[UserLocation]) -> int | None:
    """How many there will be, by the first one: it is as long as Lucca makes them."""
    if first.count is None:
        return None
    got = len(first.items)
    if got < job.cursor["size"]:
        # Not the last page, and shorter than asked for: Lucca cuts them.
        Tally.objects.filter(account=job.account).update(page=got)
    return ceil(first.count / got)


def _percent(cursor: Mapping[str, Any]) -> int | None:
    pages = cursor["pages"]
    return min(99, 100 * (cursor["page"] - 1) // pages) if pages else None


def _end(job: Job, page: Page[UserLocation], seen: int, *, whole: bool) -> None:
    stamp = datetime.fromisoformat(job.cursor["stamp"])
    filtered = bool(job.cursor.get("filtered"))
    if not filtered:
        Tally.objects.filter(account=job.account).update(
            rows=seen if page.count is None else page.count, counted_at=timezone.now()
        )
    for reading in job.readings.all():
        Reading.objects.filter(pk=reading.pk).update(
            read_at=stamp, is_whole=whole, filtered=filtered
        )
        record(
            "reading.done",
            reading,
            account=job.account.label,
            by=job.asked_by,
            values={
                "rows": seen,
                "kept": reading.entries.count(),
                "whole": whole,
                "filtered": filtered,
            },
        )
    if whole:
        job.succeed()
    else:
        job.finish_in_part("reading-moved")


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Smaller pages, from the start, where Lucca refused the size (400) or needed too long (408).
    Otherwise it ends: it was only read, nothing can have been done."""
    size = job.cursor.get("size", 0)
    if job.step == PAGE and job.cursor.get("filter") and params.get("status") == 400:
        # Most likely it is the filter that is refused; the page is tried without it first.
        with transaction.atomic():
            reading_filter.remember_useless(job)
            _begin(job, round_=job.cursor["round"], size=size, plain=True)
        return
    if job.step == PAGE and params.get("status") in (400, 408) and size > SMALLEST_PAGE:
        smaller = max(SMALLEST_PAGE, size // 2)
        with transaction.atomic():
            if params["status"] == 400:
                Tally.objects.filter(account=job.account).update(page=smaller)
                if not _is_wanted(job):
                    _ask_again(job)
                    return
            _begin(job, round_=job.cursor["round"], size=smaller)
        return
    job.fail(reason, **params)


def register_kind() -> None:
    steps = {COUNT: Read(_count_request, _counted), PAGE: Read(_page_request, _keep_page)}
    register(Kind(KIND, _("reading of entries"), COUNT, steps, _give_up))
