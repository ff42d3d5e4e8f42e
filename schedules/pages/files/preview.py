"""The changes of a file as a calendar: each day before and after, what is blocked marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.jobs.claims import OPEN
from portal.models import Employee
from portal.words import labelled
from schedules.models import OverrideFile, ScheduleOverride
from schedules.pages.files.rights import find, needs, show
from schedules.pages.files.words import Badge, address_of, badge, times, wanted

PEOPLE, DAYS = 20, 31


@dataclass(frozen=True)
class Cell:
    """One change in the cell of its day."""

    row: ScheduleOverride
    address: str
    before: str
    after: str
    wanted: str
    badge: Badge

    @property
    def half(self) -> str:
        """A half has its sign; a full day needs none."""
        return {"first": "◐", "second": "◑"}.get(self.row.part, "")


@require_safe
@needs()
def page(request: HttpRequest, pk: int) -> HttpResponse:
    file = find(pk)
    rows = file.overrides.order_by()
    every = sorted(set(rows.values_list("day", flat=True)))
    stretch = Paginator(every, DAYS).get_page(request.GET.get("days"))
    part = Paginator(_people(file), PEOPLE).get_page(request.GET.get("page"))
    days, people = list(stretch.object_list), list(part.object_list)
    cells = _cells(file, [number for number, _name, _login in people], days)
    return show(
        request,
        "preview",
        _("The changes as a calendar"),
        file,
        days=days,
        stretch=stretch,
        part=part,
        rows=[
            (name, login, [(day, cells.get((number, day), [])) for day in days])
            for number, name, login in people
        ],
    )


def _people(file: OverrideFile) -> list[tuple[int, str, str]]:
    """(id, name, login) by name; who is not in the directory has a number."""
    numbers = set(file.overrides.order_by().values_list("employee", flat=True))
    known = {
        one.remote_id: one
        for one in Employee.objects.filter(account=file.account, remote_id__in=numbers)
    }

    def named(number: int) -> tuple[str, str, int, str, str]:
        one = known.get(number)
        if one is None:
            return ("", "", number, str(number), "")
        name = f"{one.first_name} {one.last_name}".strip() or str(number)
        return (one.last_name.lower(), one.first_name.lower(), number, name, one.login)

    return [(number, name, login) for *_sort, number, name, login in sorted(map(named, numbers))]


def _cells(
    file: OverrideFile, people: Sequence[int], days: Sequence[date]
) -> dict[tuple[int, date], list[Cell]]:
    rows = file.overrides.filter(employee__in=people, day__in=days)
    found: dict[tuple[int, date], list[Cell]] = {}
    ended = file.job is not None and file.job.state not in OPEN
    related: Any = ("preparation", "job", "withdrawal")
    for row in rows.select_related(*related).order_by("line"):
        cell = Cell(
            row,
            address_of(row),
            times(row.before, row) or "?",
            times(row.after or row.expected, row) or str(row.get_nature_display()),
            labelled(wanted(row), badge(row, ended=ended).words),
            badge(row, ended=ended),
        )
        found.setdefault((row.employee, row.day), []).append(cell)
    return found
