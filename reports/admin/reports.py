"""Admin pages of report templates and reports: lists here, everything else in reports.pages."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from portal.admin_lists import Named
from portal.keys import key_of
from reports.models import ReportRun, ReportTemplate
from reports.pages import table
from reports.pages.reports import acts, ask, downloads, run, templates, words


class _Pages(Named):
    """Rows with pages of our own: nobody edits or deletes them by the admin's form."""

    show_full_result_count = False
    list_per_page = 50

    def _page(self, address: str, view: Any, name: str) -> URLPattern:
        model = self.opts.model_name  # type: ignore[attr-defined]
        guarded = self.admin_site.admin_view(view)  # type: ignore[attr-defined]
        found: URLPattern = path(f"<int:pk>/{address}/", guarded, name=f"reports_{model}_{name}")
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ReportTemplate)
class ReportTemplateAdmin(_Pages, admin.ModelAdmin):
    list_display = ["name", "account_kind", "remote_id", "standing", "last_report"]
    list_filter = ["account"]
    list_select_related = ["account", "creation"]
    search_fields = ["name", "remote_id"]
    search_help_text = _("Name, or number in Lucca")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportTemplate]:
        found: QuerySet[ReportTemplate] = super().get_queryset(request)
        return found.annotate(_last=Max("runs__created_at"))

    @admin.display(description=_("account"), ordering="account__label")
    def account_kind(self, template: ReportTemplate) -> str:
        return words.account_kind(template.account)

    @admin.display(description=_("state"))
    def standing(self, template: ReportTemplate) -> str:
        return words.standing_badge(template)

    @admin.display(description=_("last report"), ordering="_last")
    def last_report(self, template: Any) -> Any:
        return template._last

    def get_urls(self) -> list[URLPattern]:
        # The part that moves says itself where to go when the session has ended.
        live = path("<int:pk>/live/", templates.live, name="reports_reporttemplate_live")
        return [
            live,
            self._page("create", templates.create, "create"),
            self._page("settle", templates.settle, "settle"),
            self._page("filters", templates.set_filters, "filters"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, templates.add(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied  # it is changed by its own buttons only
        return cast(HttpResponse, templates.template_page(request, pk=key_of(object_id)))


@admin.register(ReportRun)
class ReportRunAdmin(_Pages, admin.ModelAdmin):
    list_display = ["report", "account_kind", "state_badge", "days", "who_when"]
    list_filter = ["job__state", "template", "template__account"]
    list_select_related = ["template__account", "job__asked_by"]
    search_fields = ["template__name", "remote_name", "remote_id"]
    search_help_text = _("Name of the template, or number of the report in Lucca")

    @admin.display(description=_("report"), ordering="template__name")
    def report(self, run: ReportRun) -> str:
        return run.template.name

    @admin.display(description=_("account"), ordering="template__account__label")
    def account_kind(self, run: ReportRun) -> str:
        return words.account_kind(run.template.account)

    @admin.display(description=_("state"), ordering="job__state")
    def state_badge(self, run: ReportRun) -> str:
        return words.state_badge(run.job)

    @admin.display(description=_("days"), ordering="covers_from")
    def days(self, run: ReportRun) -> str:
        return words.covered_days(run)

    @admin.display(description=_("asked"), ordering="created_at")
    def who_when(self, run: ReportRun) -> str:
        return words.who_when(run)

    def get_urls(self) -> list[URLPattern]:
        live = path("<int:pk>/live/", run.live, name="reports_reportrun_live")
        return [
            live,
            self._page("cancel", acts.cancel, "cancel"),
            self._page("download/<slug:which>", downloads.download, "download"),
            self._page("table", table.page, "table"),
            self._page("table/copy", table.copy, "table_copy"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, ask.ask(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied  # whatever one's rights: a report is never edited
        return cast(HttpResponse, run.run_page(request, pk=key_of(object_id)))
