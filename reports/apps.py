"""The application of timesheet exports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Timesheet exports")

    def ready(self) -> None:
        from portal import home
        from portal.jobs import sweeper

        # Reasons register their sentences.
        from reports import (  # noqa: F401
            accounting,
            alarms,
            files,
            jobs,
            looking,
            notices,
            plan_reasons,
            planned,
            probing,
            reasons,
            report_jobs,
            report_reasons,
            template_jobs,
        )
        from reports.table import store

        jobs.register_kinds()
        for subject in (files, looking, probing, report_jobs, template_jobs):
            subject.register_kind()
        notices.register_kinds()
        for sweep in (store.forget_old, accounting.look_daily, planned.sweep, notices.sweep):
            sweeper.also(sweep)
        home.also(alarms.on_the_start_page)
