"""The list of calendars; a calendar itself is a page of schedules.pages."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from portal.admin_lists import LookOnly
from portal.keys import key_of
from portal.words import number
from schedules.arrangement_admin import EmployeePeriodsAdmin, KnownArrangementAdmin
from schedules.assignment_admin import ArrangementAssignmentAdmin
from schedules.models import CalendarReading
from schedules.override_admin import ScheduleOverrideAdmin
from schedules.override_file_admin import OverrideFileAdmin
from schedules.pages import calendar_page, calendar_print, choose, day
from schedules.unit_admin import UnitSettingAdmin

__all__ = [
    "ArrangementAssignmentAdmin",
    "CalendarReadingAdmin",
    "EmployeePeriodsAdmin",
    "KnownArrangementAdmin",
    "OverrideFileAdmin",
    "ScheduleOverrideAdmin",
    "UnitSettingAdmin",
]


@admin.register(CalendarReading)
class CalendarReadingAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["days", "account", "employees", "asked_by", "asked_at"]
    list_display_links = ["days"]
    list_filter = ["account"]
    list_select_related = ["account", "asked_by"]

    @admin.display(description=_("days"), ordering="first_day")
    def days(self, reading: CalendarReading) -> str:
        return calendar_page.title_of(reading)

    @admin.display(description=_("employees"))
    def employees(self, reading: CalendarReading) -> str:
        return "–" if reading.forgotten_at else number(len(reading.people))

    def get_urls(self) -> list[URLPattern]:
        def page(where: str, view: Any, name: str) -> URLPattern:
            found: URLPattern = path(where, view, name=f"schedules_calendarreading_{name}")
            return found

        guarded = self.admin_site.admin_view
        return [
            # Says itself where to go when the session has ended.
            page("<int:pk>/live/", calendar_page.live, "live"),
            page("<int:pk>/csv/", guarded(calendar_page.csv), "csv"),
            page("<int:pk>/print/", guarded(calendar_print.page), "print"),
            page("<int:pk>/<int:employee>/<slug:on>/", guarded(day.page), "day"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.has_perm("schedules.add_calendarreading")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, choose.page(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return cast(HttpResponse, calendar_page.page(request, pk=key_of(object_id)))
