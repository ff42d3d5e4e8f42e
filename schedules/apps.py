"""The application of schedules."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulesConfig(AppConfig):
    name = "schedules"
    verbose_name = _("Schedules")

    def ready(self) -> None:
        from portal.jobs import sweeper
        from schedules import calendar, calendar_job
        from schedules.files import checking, feeding
        from schedules.overrides import looking, preparing, reasons, writing  # noqa: F401

        calendar_job.register_kind()
        preparing.register_kind()
        writing.register_kinds()
        looking.register_kind()
        checking.register_kind()
        feeding.register_kinds()
        sweeper.also(calendar.forget_old)
        sweeper.also(looking.look_due)
