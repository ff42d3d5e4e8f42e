"""Who may open a page of reports, and what those pages have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.pages import parts
from portal.pages.rights import View
from reports.models import ReportRun, ReportTemplate

RUN, TEMPLATE = "reports.reportrun", "reports.reporttemplate"
Row = ReportRun | ReportTemplate


def may_ask(request: HttpRequest) -> bool:
    return request.user.has_perm("reports.add_reportrun")


def find_run(pk: int) -> ReportRun:
    related = ("template__account", "job__account", "job__asked_by")
    found = ReportRun.objects.select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no report %(id)s.") % {"id": pk})
    return found


def find_template(pk: int) -> ReportTemplate:
    related = ("account", "creation__account", "creation__asked_by")
    found = ReportTemplate.objects.select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no report template %(id)s.") % {"id": pk})
    return found


def address(row: Row, which: str = "change", *args: object) -> str:
    """The address of a page of this row."""
    return reverse(f"admin:reports_{row._meta.model_name}_{which}", args=[row.pk, *args])


def to_row(row: Row) -> HttpResponse:
    return redirect(address(row))


def button(find: Callable[[int], Row]) -> Callable[[View], View]:
    """Acts by POST. A GET does nothing and shows the row's page: it comes from whoever had to log
    in after the button, and finds the button there."""

    def decorate(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def pressed(request: HttpRequest, pk: int) -> HttpResponseBase:
            return view(request, pk) if request.method == "POST" else to_row(find(pk))

        return pressed

    return decorate


def show(
    request: HttpRequest, page: str, title: str, row: Row | None, /, **context: Any
) -> HttpResponse:
    """A page of ours within the admin. `page` is its template below templates/admin/reports."""
    model = ReportTemplate if page.startswith("reporttemplate") else ReportRun
    of = row.template if isinstance(row, ReportRun) else row
    account = of.account if of else None
    return parts.show(
        request,
        f"admin/reports/{page}.html",
        title,
        model,
        **{"row": row, "account": account, **context},
    )
