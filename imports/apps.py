"""The application of user-location imports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from imports import causes, jobs, reading, reading_job, reasons, services  # noqa: F401  (they register)
        from portal.jobs import sweeper

        jobs.register_kinds()
        reading_job.register_kind()
        sweeper.also(services.expire_old)
        sweeper.also(reading.forget_old)
