"""The application of timesheet exports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Timesheet exports")

    def ready(self) -> None:
        from portal.jobs import sweeper

        # Reasons register their sentences.
        from reports import (  # noqa: F401
            accounting,
            files,
            jobs,
            looking,
            probing,
            reasons,
            report_jobs,
            report_reasons,
            template_jobs,
        )

        jobs.register_kinds()
        for subject in (files, looking, probing, report_jobs, template_jobs):
            subject.register_kind()
        sweeper.also(accounting.look_daily)
