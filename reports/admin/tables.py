"""The addresses of a report's table, for the admin class of reports."""

from django.contrib import admin
from django.urls import URLPattern, path

from reports.pages import table


class WithTable(admin.ModelAdmin):
    """Adds them to the pages of a report."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/table/", view(table.page), name="reports_reportrun_table"),
            path(
                "<int:pk>/download/<slug:which>/",
                view(table.received),
                name="reports_reportrun_download",
            ),
            path("<int:pk>/table/copy/", view(table.copy), name="reports_reportrun_copy"),
            *super().get_urls(),
        ]
