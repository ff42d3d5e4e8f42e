"""Admin pages of the exports: the lists, and the addresses of what is in reports.pages.exports."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from portal.admin_lists import LookOnly, Named
from portal.keys import key_of
from reports.exports.warnings import covers
from reports.models import Export, ExportConfiguration, ExportRun
from reports.pages.exports import (
    acts,
    configuration,
    downloads,
    form,
    lists,
    probe,
    run,
    settle,
    trigger,
)


@admin.register(ExportConfiguration)
class ExportConfigurationAdmin(Named, admin.ModelAdmin):
    """The list; everything else about a configuration is a page of its own."""

    list_display = ["label", "account_kind", "standing", "remote_id", "usual_end"]
    list_filter = [lists.ConfigurationNeedsMe, "account"]
    list_select_related = ["account"]
    search_fields = ["label", "=remote_id"]
    search_help_text = _("Name, or number in Lucca")
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportConfiguration]:
        return lists.with_needs(super().get_queryset(request))

    @admin.display(description=_("account"), ordering="account__label")
    def account_kind(self, of: ExportConfiguration) -> str:
        return lists.account(of.account)

    @admin.display(description=_("state"))
    def standing(self, of: ExportConfiguration) -> str:
        return lists.standing(of)

    def get_urls(self) -> list[URLPattern]:
        def page(address: str, view: Any, name: str) -> URLPattern:
            name = f"reports_exportconfiguration_{name}"
            guarded = self.admin_site.admin_view(view)
            found: URLPattern = path(f"<int:pk>/{address}/", guarded, name=name)
            return found

        # The parts that move say themselves where to go when the session has ended.
        name = "reports_exportconfiguration"
        return [
            path("<int:pk>/live/", configuration.live, name=f"{name}_live"),
            path("<int:pk>/probe/live/", probe.live, name=f"{name}_probe_live"),
            page("settings", form.change, "settings"),
            page("adopt", acts.adopt, "adopt"),
            page("look", acts.look, "look"),
            page("export", trigger.trigger, "export"),
            page("probe", probe.page, "probe"),
            page("probe/try", acts.try_ways, "try"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Not the admin's, which keeps a transaction open around everything."""
        return cast(HttpResponse, form.add(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied  # whatever one's rights: its form has a page of its own
        return cast(HttpResponse, configuration.page(request, pk=key_of(object_id)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ExportRun)
class ExportRunAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["row_number", "which", "account_kind", "state_badge", "days", "who_when"]
    list_display_links = ["row_number", "which"]
    list_filter = [lists.RunNeedsMe, "job__state", "configuration"]
    list_select_related = ["configuration__account", "job__asked_by", "export"]
    actions = None

    @admin.display(description=_("export configuration"), ordering="configuration__label")
    def which(self, of: ExportRun) -> str:
        return of.configuration.label

    @admin.display(description=_("account"), ordering="configuration__account__label")
    def account_kind(self, of: ExportRun) -> str:
        return lists.account(of.configuration.account)

    @admin.display(description=_("state"), ordering="job__state")
    def state_badge(self, of: ExportRun) -> str:
        return lists.badge_of(of)

    @admin.display(description=_("what"), ordering="ends_at")
    def days(self, of: ExportRun) -> str:
        return covers(of.ends_at)

    @admin.display(description=_("asked"), ordering="created_at")
    def who_when(self, of: ExportRun) -> str:
        return lists.who_when(of)

    def get_urls(self) -> list[URLPattern]:
        def page(address: str, view: Any) -> URLPattern:
            guarded = self.admin_site.admin_view(view)
            found: URLPattern = path(
                f"<int:pk>/{address}/", guarded, name=f"reports_exportrun_{address}"
            )
            return found

        live = path("<int:pk>/live/", run.live, name="reports_exportrun_live")
        return [
            live,
            page("cancel", acts.cancel),
            page("settle", settle.settle),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied  # whatever one's rights: a run is never edited
        return cast(HttpResponse, run.page(request, pk=key_of(object_id)))


@admin.register(Export)
class ExportAdmin(LookOnly, admin.ModelAdmin):
    list_display = [
        "remote_id",
        "configuration",
        "ends_at",
        "origin",
        "file_name",
        "fetched_at",
        "acknowledged_at",
        "gone_at",
    ]
    list_filter = ["configuration", "origin"]
    list_select_related = ["configuration"]
    actions = None

    def get_urls(self) -> list[URLPattern]:
        def page(address: str, view: Any, name: str) -> URLPattern:
            guarded = self.admin_site.admin_view(view)
            found: URLPattern = path(f"<int:pk>/{address}/", guarded, name=f"reports_export_{name}")
            return found

        return [
            page("fetch", acts.fetch, "fetch"),
            page("acknowledge", acts.acknowledge, "acknowledge"),
            page("look-into", acts.look_into, "look_into"),
            page("file/<slug:which>", downloads.download, "file"),
            *super().get_urls(),
        ]
