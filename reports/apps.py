"""The application of timesheet exports, reports and plans."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Timesheets")

    def ready(self) -> None:
        # The modules of reasons register their sentences when they are imported.
        import reports.exports.reasons
        import reports.plans.reasons
        import reports.reports.reasons  # noqa: F401
        from portal import home
        from portal.jobs import sweeper
        from reports.exports import accounting, files, jobs, looking, probing
        from reports.plans import alarms, notices, planned
        from reports.reports import jobs as report_jobs
        from reports.reports import template_jobs
        from reports.table import store

        jobs.register_kinds()
        for subject in (files, looking, probing, report_jobs, template_jobs):
            subject.register_kind()
        notices.register_kinds()
        for sweep in (store.forget_old, accounting.look_daily, planned.sweep, notices.sweep):
            sweeper.also(sweep)
        home.also(alarms.on_the_start_page)
