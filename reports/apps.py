"""The application of timesheet exports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Timesheet exports")

    def ready(self) -> None:
        from portal.jobs import sweeper
        from reports import (
            accounting,
            files,
            jobs,
            looking,
            probing,
            reasons,  # noqa: F401  (registers its sentences)
        )

        jobs.register_kinds()
        for subject in (files, looking, probing):
            subject.register_kind()
        sweeper.also(accounting.look_daily)
