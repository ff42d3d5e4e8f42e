"""The application of user-location imports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from imports import causes, jobs, notices, reading, reading_job, reasons, services  # noqa: F401
        from portal.jobs import sweeper

        jobs.register_kinds()
        reading_job.register_kind()
        notices.register_kinds()
        sweeper.also(services.expire_old)
        sweeper.also(reading.forget_old)
