"""A working time arrangement: its week, drawn, and from when to when it has been so."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.models import Account
from portal.pages.parts import show
from portal.pages.rights import needs_on
from portal.words import day
from schedules import arrangements
from schedules.amounts import unit_words
from schedules.models import KnownArrangement
from schedules.pages.standing import age
from schedules.week import Week, week_of

MODEL = "schedules.knownarrangement"
LIST = "admin:schedules_knownarrangement_changelist"


@dataclass(frozen=True)
class Drawn:
    """One collective schedule. `week` is None where two weeks alternate."""

    title: str
    is_now: bool
    week: Week | None


@needs_on(MODEL)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    row = KnownArrangement.objects.select_related("account").filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such arrangement."))
    is_there = row.account.host == row.host
    may_assign = request.user.has_perm("schedules.assign_arrangementassignment")
    assigns = reverse("admin:schedules_arrangementassignment_add")
    return show(
        request,
        "admin/schedules/arrangement.html",
        row.name,
        KnownArrangement,
        account=row.account,
        row=row,
        unit_words=unit_words(row.unit),
        drawn=[_drawn(one, row.unit) for one in row.schedules or []],
        age=age(row.seen_at),
        may_read=may_read(request),
        assign=f"{assigns}?account={row.account_id}&arrangement={row.pk}"
        if may_assign and is_there and row.may_be_given
        else "",
    )


def may_read(request: HttpRequest) -> bool:
    return request.user.has_perm("schedules.read_knownarrangement")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(MODEL)
def read(request: HttpRequest, account: int) -> HttpResponseBase:
    """Have the arrangements of an account read. A GET leads to the list on which the button is."""
    if request.method == "POST":
        return _read(request, account)
    return redirect(reverse(LIST))


@needs_on(MODEL, "read")
def _read(request: HttpRequest, account: int) -> HttpResponse:
    found = Account.objects.filter(pk=account).first()
    if found is None:
        raise Http404(_("There is no such account."))
    arrangements.read(found, by=request.user)
    messages.success(
        request, _("The arrangements are being read from Lucca. Look again in a moment.")
    )
    return redirect(reverse(LIST))


def weeks_of(row: KnownArrangement) -> str:
    """How many weeks the schedule in force has."""
    if not row.is_valid:
        return "–"
    if row.schedules is None:
        return _("not read yet")
    if not row.schedules:
        return "–"
    now = [one for one in row.schedules if _is_now(one)] or row.schedules[-1:]
    count = {"singleWeek": 1, "oddEvenWeeks": 2}.get(now[0]["shape"])
    if count is None:
        return str(now[0]["shape"])
    return ngettext("%(count)s week", "%(count)s weeks", count) % {"count": count}


def _is_now(one: dict[str, Any]) -> bool:
    today = date.today().isoformat()
    return bool((one["starts"] or "") <= today <= (one["ends"] or "9999"))


def _drawn(one: dict[str, Any], unit: str) -> Drawn:
    week = week_of(one["week"], unit, splits=one["splits"]) if one["week"] else None
    return Drawn(_valid(one["starts"], one["ends"]), _is_now(one), week)


def _valid(starts: str | None, ends: str | None) -> str:
    first = day(date.fromisoformat(starts)) if starts else ""
    last = day(date.fromisoformat(ends)) if ends else ""
    if first and last:
        return _("From %(first)s to %(last)s") % {"first": first, "last": last}
    if first:
        return _("From %(first)s on") % {"first": first}
    if last:
        return _("Until %(last)s") % {"last": last}
    return _("At all times")
