"""The application of schedules."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulesConfig(AppConfig):
    name = "schedules"
    verbose_name = _("Schedules")

    def ready(self) -> None:
        from portal.jobs import sweeper
        from schedules import calendar, calendar_job

        calendar_job.register_kind()
        sweeper.also(calendar.forget_old)
