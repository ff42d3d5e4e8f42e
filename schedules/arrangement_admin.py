"""The lists of arrangements and of employees' schedules over time; each row is a page of ours."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin_lists import LookOnly
from portal.jobs.claims import OPEN
from portal.keys import key_of
from portal.models import Account, Employee
from schedules.amounts import unit_words
from schedules.models import ArrangementsState, EmployeePeriods, KnownArrangement
from schedules.pages import arrangement, over_time
from schedules.pages.standing import age


@admin.register(KnownArrangement)
class KnownArrangementAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["name", "state", "counted", "weeks", "calendar", "account"]
    list_filter = ["account", "is_archived", "is_part_time"]
    list_select_related = ["account"]
    search_fields = ["name"]
    change_list_template = "admin/schedules/arrangement_list.html"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[KnownArrangement]:
        """Those that the last whole reading saw, at the account's address of now."""
        read_at = ArrangementsState.objects.filter(account=OuterRef("account")).values("read_at")
        rows = super().get_queryset(request).annotate(_read=Subquery(read_at[:1]))
        there = Q(seen_at__gte=F("_read")) | Q(_read=None)
        return cast(QuerySet[KnownArrangement], rows.filter(there, host=F("account__host")))

    @admin.display(description=gettext_lazy("state"), ordering="is_archived")
    def state(self, row: KnownArrangement) -> str:
        if row.is_archived:
            return _("Archived")
        return _("Can be given") if row.is_valid else _("Without a schedule")

    @admin.display(description=gettext_lazy("time is counted"), ordering="unit")
    def counted(self, row: KnownArrangement) -> str:
        return unit_words(row.unit)

    @admin.display(description=gettext_lazy("weeks"))
    def weeks(self, row: KnownArrangement) -> str:
        return arrangement.weeks_of(row)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {
            "readings": _readings(),
            "may_read": arrangement.may_read(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def get_urls(self) -> list[URLPattern]:
        read = self.admin_site.admin_view(arrangement.read)
        found: URLPattern = path(
            "read/<int:account>/", read, name="schedules_knownarrangement_read"
        )
        return [found, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return cast(HttpResponse, arrangement.page(request, pk=key_of(object_id)))


def _readings() -> list[dict[str, Any]]:
    """Of each account that may have arrangements: how old what is known is, in two queries."""
    rows = ArrangementsState.objects.select_related("job")
    states = {row.account_id: row for row in rows if row.host}
    found = []
    for account in Account.objects.exclude(schedule_model=Account.ScheduleModel.WORKCYCLES):
        state = states.get(account.pk)
        if state and state.host != account.host:
            state = None
        job = state.job if state else None
        is_read_now = bool(job and job.state in OPEN)
        found.append(
            {
                "account": account,
                "age": age(state.read_at) if state and state.read_at else "",
                "is_read_now": is_read_now,
                "message": job.message if job and not is_read_now else "",
            }
        )
    return found


@admin.register(EmployeePeriods)
class EmployeePeriodsAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["who", "account", "read_at"]
    list_filter = ["account"]
    list_select_related = ["account"]
    change_list_template = "admin/schedules/over_time_list.html"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmployeePeriods]:
        known = Employee.objects.filter(
            account=OuterRef("account"), remote_id=OuterRef("employee")
        ).order_by("-seen_at")
        names = {name: Subquery(known.values(name)[:1]) for name in ("first_name", "last_name")}
        rows = super().get_queryset(request).annotate(**names)
        return cast(QuerySet[EmployeePeriods], rows.filter(host=F("account__host")))

    @admin.display(description=gettext_lazy("employee"))
    def who(self, row: Any) -> str:
        return f"{row.first_name or ''} {row.last_name or ''}".strip() or str(row.employee)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.has_perm("schedules.add_employeeperiods")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, over_time.choose(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return cast(HttpResponse, over_time.page(request, pk=key_of(object_id)))
