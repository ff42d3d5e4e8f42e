"""The application of timesheet exports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Timesheet exports")

    def ready(self) -> None:
        # Reasons register their sentences.
        from portal import home
        from portal.jobs import sweeper
        from reports import (  # noqa: F401
            alarms,
            jobs,
            notices,
            plan_reasons,
            planned,
            reasons,
            report_jobs,
            report_reasons,
            template_jobs,
        )

        jobs.register_kinds()
        report_jobs.register_kind()
        template_jobs.register_kind()
        notices.register_kinds()
        sweeper.also(planned.sweep)
        sweeper.also(notices.sweep)
        home.also(alarms.on_the_start_page)
