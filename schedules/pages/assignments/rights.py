"""Finding an assignment, its addresses, and who may act."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.pages.rights import View, needs_on
from portal.refusals import Refusal
from schedules.models import ArrangementAssignment

MODEL = "schedules.arrangementassignment"


def find(pk: int) -> ArrangementAssignment:
    related = ("account", "look__account", "job__account", "job__asked_by", "again", "asked_by")
    row = ArrangementAssignment.objects.select_related(*related).filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no assignment %(id)s.") % {"id": pk})
    return row


def may(request: HttpRequest, verb: str) -> bool:
    """`assign` or `reconcile`."""
    return request.user.has_perm(f"schedules.{verb}_arrangementassignment")


def url(which: str, *args: Any) -> str:
    return reverse(f"admin:schedules_arrangementassignment_{which}", args=args)


def button(verb: str) -> Callable[[Callable[..., str]], View]:
    """What acts by POST and gives the sentence to show. A GET leads to the page on which the button
    stands: it comes from whoever had to log in after it."""

    def decorate(act: Callable[..., str]) -> View:
        @needs_on(MODEL, verb)
        def guarded(request: HttpRequest, pk: int) -> HttpResponse:
            row = find(pk)
            try:
                messages.success(request, act(request, row))
            except Refusal as refusal:
                messages.warning(request, str(refusal))
            return redirect(url("change", pk))

        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(act)
        def pressed(request: HttpRequest, pk: int) -> HttpResponseBase:
            if request.method == "POST":
                return guarded(request, pk)
            return redirect(url("change", find(pk).pk))

        return pressed

    return decorate
