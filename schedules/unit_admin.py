"""The list of what was set about employees' units; setting it is a page of schedules.pages."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin_lists import LookOnly
from portal.keys import key_of
from portal.models import Employee
from schedules.models import UnitSetting
from schedules.pages import unit


@admin.register(UnitSetting)
class UnitSettingAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["name", "account", "counted", "set_by", "set_at"]
    fields = ["name", "account", "counted", "set_by", "set_at"]
    list_filter = ["account", "unit"]
    list_select_related = ["account", "set_by"]
    change_list_template = "admin/schedules/unit_list.html"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnitSetting]:
        known = Employee.objects.filter(
            account=OuterRef("account"), remote_id=OuterRef("employee")
        ).order_by("-seen_at")
        names = {
            name: Subquery(known.values(name)[:1]) for name in ("first_name", "last_name", "login")
        }
        return cast(QuerySet[UnitSetting], super().get_queryset(request).annotate(**names))

    @admin.display(description=gettext_lazy("employee"))
    def name(self, row: Any) -> str:
        return f"{row.first_name or ''} {row.last_name or ''}".strip() or str(row.employee)

    @admin.display(description=gettext_lazy("time is counted"), ordering="unit")
    def counted(self, row: UnitSetting) -> str:
        return str(row.get_unit_display()) if row.unit else _("nothing is set any more")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.has_perm("schedules.change_unitsetting")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, unit.page(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            return super().change_view(request, object_id, *args, **kwargs)  # only looked at
        row = UnitSetting.objects.filter(pk=key_of(object_id)).select_related("account").first()
        if row is None:
            raise Http404(_("There is no such setting."))
        return cast(HttpResponse, unit.page(request, row=row))
