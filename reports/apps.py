"""The application of timesheet exports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Timesheet exports")

    def ready(self) -> None:
        from portal.jobs import sweeper
        from reports import jobs, plan_reasons, planned, reasons  # noqa: F401  (register sentences)

        jobs.register_kinds()
        sweeper.also(planned.sweep)
