"""Admin pages of plans: the list; everything else about a plan is a page of reports.pages.plans."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from portal.admin_lists import Named
from portal.keys import key_of
from reports.models import Plan
from reports.pages.plans import acts, edit, lists, page


@admin.register(Plan)
class PlanAdmin(Named, admin.ModelAdmin):
    list_display = ["name", "rule", "account_kind", "next_date", "last_outcome", "owner"]
    list_select_related = ["configuration__account", "template__account", "owner"]
    search_fields = ["name"]
    search_help_text = _("Name of the plan")
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return lists.with_last(super().get_queryset(request))

    @admin.display(description=_("when, and what"))
    def rule(self, plan: Plan) -> str:
        return lists.rule(plan)

    @admin.display(description=_("account"))
    def account_kind(self, plan: Plan) -> str:
        return lists.account(plan)

    @admin.display(description=_("next"), ordering="next_at")
    def next_date(self, plan: Plan) -> str:
        return lists.next_date(plan)

    @admin.display(description=_("last"))
    def last_outcome(self, plan: Plan) -> str:
        return lists.last_outcome(plan)

    # Pages.

    def get_urls(self) -> list[URLPattern]:
        def at(address: str, view: Any, name: str) -> URLPattern:
            guarded = self.admin_site.admin_view(view)
            found: URLPattern = path(f"<int:pk>/{address}/", guarded, name=f"reports_plan_{name}")
            return found

        return [
            at("settings", edit.settings, "settings"),
            at("pause", acts.pause, "pause"),
            at("resume", acts.resume, "resume"),
            at("runs/<int:run>/start", acts.start, "start"),
            at("runs/<int:run>/set-aside", acts.set_aside, "set_aside"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, edit.add(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied  # its page is no form
        return cast(HttpResponse, page.page(request, pk=key_of(object_id)))

    # Its past runs are evidence.
    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        return False
