"""What every page of the exports has in common: finding its row, its address, and who may act."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.models import Account
from portal.pages import parts
from portal.pages.rights import View, needs_on
from reports.models import Export, ExportConfiguration, ExportRun

RUN, CONFIGURATION, EXPORT = "reports.exportrun", "reports.exportconfiguration", "reports.export"


def may(request: HttpRequest, code: str) -> bool:
    """Such as trigger_exportrun."""
    return request.user.has_perm(f"reports.{code}")


def may_trigger(request: HttpRequest) -> bool:
    return may(request, "trigger_exportrun")


def find_configuration(pk: int) -> ExportConfiguration:
    rows = ExportConfiguration.objects.select_related("account", "adoption", "look", "probe")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no export configuration %(id)s.") % {"id": pk})
    return found


def find_run(pk: int) -> ExportRun:
    """With all that its page shows of other tables, in one query."""
    related = ("configuration__account", "job__asked_by", "watch", "export__fetching")
    found = ExportRun.objects.select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no export run %(id)s.") % {"id": pk})
    return found


def find_export(pk: int) -> Export:
    rows = Export.objects.select_related("configuration__account", "fetching", "run")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no export %(id)s.") % {"id": pk})
    return found


def address(row: Model, which: str = "change", *args: object) -> str:
    """Of a page of this run, export or configuration."""
    name = f"admin:reports_{row._meta.model_name}_{which}"
    return reverse(name, args=[row.pk, *args])


def button(find: Callable[[int], Model]) -> Callable[[View], View]:
    """Acts by POST, for whoever may trigger exports. A GET does nothing and shows the page on
    which the button stands: it comes from whoever had to log in after it."""

    def decorate(view: View) -> View:
        guarded = needs_on(RUN, "trigger")(view)

        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def pressed(request: HttpRequest, pk: int) -> HttpResponseBase:
            if request.method == "POST":
                return guarded(request, pk)
            row = find(pk)
            page = row.configuration if isinstance(row, Export) else row
            return redirect(address(page))

        return pressed

    return decorate


def target(account: Account) -> str:
    """The account as it must be unmistakable: “acme (Production)”."""
    return f"{account.label} ({account.get_kind_display()})"


def show(
    request: HttpRequest, template: str, title: str, row: Model | type[Model], **context: Any
) -> HttpResponse:
    """A page of ours within the admin; templates/admin/reports/<model>/<template>.html."""
    model = row if isinstance(row, type) else type(row)
    path = f"admin/reports/{model._meta.model_name}/{template}.html"
    return parts.show(request, path, title, model, **context)
