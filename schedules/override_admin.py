"""The list of overrides, and the addresses of what is in schedules.pages.overrides."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portal.admin_lists import LookOnly
from portal.keys import key_of
from portal.words import written
from schedules.models import ScheduleOverride
from schedules.overrides.words import what
from schedules.pages.overrides import acts, ask, journal, lists, page, settle, withdraw


@admin.register(ScheduleOverride)
class ScheduleOverrideAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["row_number", "name", "on", "about", "account_kind", "badge", "who_when"]
    # One link a row, or two of them stand too close to each other on a phone.
    list_display_links = ["name"]
    list_filter = [lists.NeedsMe, lists.Stage, lists.Asked, "account"]
    list_select_related = [
        *("account", "asked_by", "preparation", "job", "withdrawal"),
    ]
    search_fields = ["=employee"]
    search_help_text = _("Name, login, or number in Lucca")
    change_list_template = "admin/schedules/override/change_list.html"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduleOverride]:
        return lists.with_names(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ScheduleOverride], search_term: str
    ) -> tuple[QuerySet[ScheduleOverride], bool]:
        return lists.search(queryset, search_term), False

    @admin.display(description=_("employee"), ordering="last_name")
    def name(self, of: ScheduleOverride) -> str:
        return lists.name(of)

    @admin.display(description=_("day"), ordering="day")
    def on(self, of: ScheduleOverride) -> str:
        return written(of.day, "D j M Y").replace(" ", "\N{NO-BREAK SPACE}")

    @admin.display(description=_("what"))
    def about(self, of: ScheduleOverride) -> str:
        return capfirst(f"{of.get_part_display()}, {what(of)}")

    @admin.display(description=_("account"), ordering="account__label")
    def account_kind(self, of: ScheduleOverride) -> str:
        return lists.account(of.account)

    @admin.display(description=_("state"))
    def badge(self, of: ScheduleOverride) -> str:
        return lists.badge(of)

    @admin.display(description=_("asked"), ordering="asked_at")
    def who_when(self, of: ScheduleOverride) -> str:
        return lists.who_when(of)

    def get_urls(self) -> list[URLPattern]:
        def one(address: str, view: Any) -> URLPattern:
            name = f"schedules_scheduleoverride_{address}"
            guarded = self.admin_site.admin_view(view)
            found: URLPattern = path(f"<int:pk>/{address}/", guarded, name=name)
            return found

        # Says itself where to go when the session has ended.
        live = path("<int:pk>/live/", page.live, name="schedules_scheduleoverride_live")
        return [
            live,
            one("agree", acts.agree),
            one("again", acts.again),
            one("look", acts.look),
            one("cancel", acts.cancel),
            one("withdraw", withdraw.withdraw),
            one("settle", settle.settle),
            one("journal", journal.download),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.has_perm("schedules.add_scheduleoverride")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Not the admin's, which keeps a transaction open around everything."""
        return cast(HttpResponse, ask.page(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied  # whatever one's rights: an override is never edited
        return cast(HttpResponse, page.page(request, pk=key_of(object_id)))
