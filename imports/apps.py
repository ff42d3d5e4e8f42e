"""The application of user-location imports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from imports import (  # noqa: F401
            canary,
            causes,
            jobs,
            notices,
            reading,
            reading_job,
            reasons,
            reconciliation,
            services,
            snapshot,
            verification,
            verification_job,
        )
        from portal.jobs import sweeper

        canary.register_kind()
        jobs.register_kinds()
        reading_job.register_kind()
        snapshot.register_kind()
        verification_job.register_kind()
        notices.register_kinds()
        sweeper.also(services.expire_old)
        sweeper.also(canary.expire_paused)
        sweeper.also(reading.forget_old)
        sweeper.also(verification.ask_by_itself)
        sweeper.also(reconciliation.reconcile_due)
