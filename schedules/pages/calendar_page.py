"""The calendar: one row per employee, one cell per day, as it arrives from Lucca."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.pages.attachments import made, safe
from portal.pages.parts import show
from portal.pages.rights import elsewhere
from portal.sheets.handout import write_csv
from portal.words import days as days_words
from schedules import calendar, grid
from schedules.amounts import amount
from schedules.models import CalendarDay, CalendarReading
from schedules.pages.choose import month_of
from schedules.pages.overrides.rights import may as may_change
from schedules.pages.rights import find, may, needs, url
from schedules.pages.standing import age, standing
from schedules.shown import KINDS, PARTS, kind_of, source_words, unit_of

# Rows on one page: three blocks of a reading.
ROWS = 30


def title_of(reading: CalendarReading) -> str:
    """“March 2027”, or the days where they are no whole month."""
    first, last = month_of(reading.first_day)
    if (first, last) == (reading.first_day, reading.last_day):
        return capfirst(str(formats.date_format(first, "F Y")))
    return days_words(reading.first_day, reading.last_day)


@needs()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    reading = find(pk)
    if request.method == "POST":
        return _act(request, reading)
    first = reading.first_day
    return show(
        request,
        "admin/schedules/calendar.html",
        title_of(reading),
        CalendarReading,
        account=reading.account,
        may_ask=may(request, "add") and reading.has_content,
        before=formats.date_format(first - timedelta(days=1), "F Y"),
        after=formats.date_format(reading.last_day + timedelta(days=1), "F Y"),
        **_context(request, reading),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves; at rest the whole page is asked for again."""
    back = url("change", pk)
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, back)
    if not may(request, "view"):
        raise PermissionDenied
    reading = find(pk)
    now = standing(reading)
    if not now.is_waiting:
        return elsewhere(request, _with_page(back, request.GET.get("page", "")))
    if request.GET.get("seen") == now.fingerprint:
        return HttpResponse(status=204)
    return render(request, "admin/schedules/calendar_live.html", _context(request, reading))


def _context(request: HttpRequest, reading: CalendarReading) -> dict[str, Any]:
    people = reading.people if reading.has_content else []
    part: Page[Any] = Paginator(people, ROWS).get_page(request.GET.get("page"))
    chosen = list(part.object_list)
    loaded = grid.load(reading.account, chosen, reading.first_day, reading.last_day)
    span = (chosen, reading.first_day, reading.last_day)
    sees_changes = may_change(request, "view")
    changed = grid.changed_here(reading.account, *span) if sees_changes else frozenset()
    oldest = loaded.oldest
    number = "" if part.number == 1 else str(part.number)
    return {
        "reading": reading,
        "standing": standing(reading),
        "days": grid.days_of(reading),
        "rows": list(grid.rows(reading, chosen, loaded, changed)),
        "part": part,
        "unknown": loaded.unknown,
        "oldest": oldest,
        "age": age(oldest) if oldest else "",
        "kinds": [(kind, words) for kind, words in KINDS.items()],
        "live_url": url("live", reading.pk),
        "page_url": _with_page(url("change", reading.pk), number),
    }


def _with_page(address: str, number: str) -> str:
    return f"{address}?page={number}" if number.isdecimal() else address


def _act(request: HttpRequest, reading: CalendarReading) -> HttpResponse:
    if not may(request, "add"):
        raise PermissionDenied
    moves = {"before": reading.first_day - timedelta(days=1),
             "after": reading.last_day + timedelta(days=1)}  # fmt: skip
    wanted = [at for name, at in moves.items() if name in request.POST]
    if "stop" in request.POST:
        calendar.stop(reading, by=request.user)
    elif not reading.has_content:
        messages.error(request, _("Whom this was about is deleted by now. Choose anew."))
        return redirect(url("add"))
    elif standing(reading).is_waiting and not wanted:
        messages.info(request, _("This is being read already."))
    elif wanted or "again" in request.POST:
        reading = _another(request, reading, wanted)
    return redirect(url("change", reading.pk))


def _another(request: HttpRequest, reading: CalendarReading, wanted: list[date]) -> CalendarReading:
    """The same people: this month anew, or another one."""
    if not wanted:
        return calendar.read_again(reading, by=request.user)
    first, last = month_of(wanted[0])
    return calendar.ask_for(reading.account, reading.people, first, last, by=request.user)


@require_safe
@needs()
def csv(request: HttpRequest, pk: int) -> FileResponse:
    """All its people, also those on other pages."""
    reading = find(pk)
    if not reading.has_content:
        raise Http404(_("There is no such file."))
    name = safe(f"{reading.account.label}-{reading.first_day}-{reading.last_day}.csv")
    return made(name, lambda target: _write(reading, target))


def _write(reading: CalendarReading, target: Path) -> None:
    write_csv(target, [str(words) for words in _header()], _lines(reading))


def _header() -> list[str]:
    return [
        *(_("Employee"), _("Login"), _("Name"), _("Day"), _("What it is"), _("Unit")),
        *(_("Planned"), _("Actual"), _("Leave"), _("Decided by")),
        *(capfirst(str(words)) for words in PARTS.values()),
    ]


def _lines(reading: CalendarReading) -> Iterator[list[str]]:
    people = reading.people
    days = grid.days_of(reading)
    # By hundreds: of a thousand people a month is 31,000 rows with their halves.
    for start in range(0, len(people), 100):
        some = people[start : start + 100]
        loaded = grid.load(reading.account, some, reading.first_day, reading.last_day, whole=True)
        for person in some:
            name, login = loaded.name(person)
            for day in days:
                row = loaded.days.get((person, day))
                unit = unit_of(loaded.units.get(person), day)
                yield [str(person), login, name, str(day), *_cells(row, unit)]


def _cells(row: CalendarDay | None, unit: str) -> list[str]:
    if row is None or not row.is_known:
        said = KINDS["not-read" if row is None else "unknown"]
        return [str(said), unit, *[""] * 6]

    def said_of(minutes: int | None) -> str:
        return "" if minutes is None else amount(minutes, unit)

    halves = [row.halves.get(part) for part in PARTS]
    return [
        str(KINDS[kind_of(row)]),
        unit,
        *(said_of(minutes) for minutes in (row.theoretical, row.actual, row.leave)),
        source_words(row.source),
        *(said_of(half["theoretical"]) if half else "" for half in halves),
    ]
