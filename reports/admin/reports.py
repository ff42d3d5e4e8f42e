"""Admin pages of reports: a list to look at, and the table of each."""

from django.contrib import admin

from portal.admin_lists import LookOnly
from reports.admin.tables import WithTable
from reports.models import ReportRun


@admin.register(ReportRun)
class ReportRunAdmin(LookOnly, WithTable):
    list_display = ["row_number", "template", "created_at"]
    list_select_related = ["template", "job"]
