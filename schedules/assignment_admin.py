"""The list of assignments; each is a page of schedules.pages.assignments."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin_lists import LookOnly
from portal.jobs.moves import JobState
from portal.keys import key_of
from portal.models import Employee
from portal.words import day
from schedules.models import ArrangementAssignment
from schedules.pages.assignments import acts, ask, page


@admin.register(ArrangementAssignment)
class ArrangementAssignmentAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["who", "arrangement_name", "from_day", "account", "stands", "asked_by", "asked"]
    list_filter = ["account", "job__state"]
    list_select_related = ["account", "asked_by", "job", "look"]
    change_list_template = "admin/schedules/assignment/list.html"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ArrangementAssignment]:
        known = Employee.objects.filter(
            account=OuterRef("account"), remote_id=OuterRef("employee")
        ).order_by("-seen_at")
        names = {name: Subquery(known.values(name)[:1]) for name in ("first_name", "last_name")}
        rows = super().get_queryset(request).annotate(**names)
        return cast(QuerySet[ArrangementAssignment], rows)

    @admin.display(description=gettext_lazy("employee"))
    def who(self, row: Any) -> str:
        return f"{row.first_name or ''} {row.last_name or ''}".strip() or str(row.employee)

    @admin.display(description=gettext_lazy("working time arrangement"), ordering="name")
    def arrangement_name(self, row: ArrangementAssignment) -> str:
        return row.name or str(row.arrangement)

    @admin.display(description=gettext_lazy("from"), ordering="starts_on")
    def from_day(self, row: ArrangementAssignment) -> str:
        return day(row.starts_on)

    @admin.display(description=gettext_lazy("where it stands"), ordering="job__state")
    def stands(self, row: ArrangementAssignment) -> str:
        if row.job:
            return capfirst(str(row.job.get_state_display()))
        if row.look.state == JobState.SUCCEEDED:
            return _("Looked at, not confirmed")
        return capfirst(str(row.look.get_state_display()))

    @admin.display(description=gettext_lazy("asked"), ordering="asked_at")
    def asked(self, row: ArrangementAssignment) -> Any:
        return row.asked_at

    def get_urls(self) -> list[URLPattern]:
        def at(address: str, view: Any, name: str) -> URLPattern:
            found: URLPattern = path(
                f"<int:pk>/{address}/", view, name=f"schedules_arrangementassignment_{name}"
            )
            return found

        guarded = self.admin_site.admin_view
        return [
            # Says itself where to go when the session has ended.
            at("live", page.live, "live"),
            at("cancel", guarded(acts.cancel), "cancel"),
            at("look-again", guarded(acts.look_again), "look_again"),
            at("settle", guarded(acts.settle), "settle"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.has_perm("schedules.assign_arrangementassignment")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, ask.page(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return cast(HttpResponse, page.page(request, pk=key_of(object_id)))
