"""Admin pages of the exports: to look at. Exports are asked for by command."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.admin_lists import LookOnly
from reports.models import Export, ExportConfiguration, ExportRun


@admin.register(ExportConfiguration)
class ExportConfigurationAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["label", "account", "remote_id", "deadline", "after_deadline", "adopted_at"]
    list_filter = ["account"]
    list_select_related = ["account"]


@admin.register(ExportRun)
class ExportRunAdmin(LookOnly, admin.ModelAdmin):
    list_display = [
        "row_number",
        "configuration",
        "ends_at",
        "outcome",
        "export",
        "created_at",
        "said",
    ]
    list_filter = ["configuration", "job__state"]
    list_select_related = ["configuration", "job", "export"]

    @admin.display(description=_("state"), ordering="job__state")
    def outcome(self, run: ExportRun) -> str:
        return run.job.get_state_display()

    @admin.display(description=_("why"))
    def said(self, run: ExportRun) -> str:
        return run.message


@admin.register(Export)
class ExportAdmin(LookOnly, admin.ModelAdmin):
    list_display = [
        "remote_id",
        "configuration",
        "created_at",
        "ends_at",
        "origin",
        "file_name",
        "size",
        "acknowledged_at",
    ]
    list_filter = ["configuration", "origin"]
    list_select_related = ["configuration"]
