"""The application of schedules."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulesConfig(AppConfig):
    name = "schedules"
    verbose_name = _("Schedules")

    def ready(self) -> None:
        # The modules of reasons register their sentences when they are imported.
        import schedules.assignments.reasons  # noqa: F401
        from portal.jobs import sweeper
        from schedules import arrangements_job, calendar, calendar_job, periods
        from schedules.assignments import looking as before_assigning
        from schedules.assignments import reconciling, sending
        from schedules.files import checking, feeding
        from schedules.overrides import looking, preparing, reasons, writing  # noqa: F401

        for kinds in (
            *(arrangements_job, periods, before_assigning, sending, reconciling),
            *(calendar_job, preparing, looking, checking),
        ):
            kinds.register_kind()
        writing.register_kinds()
        feeding.register_kinds()
        for sweep in (
            *(calendar.forget_old, looking.look_due, periods.forget_old),
            *(reconciling.reconcile_due, before_assigning.forget_old),
        ):
            sweeper.also(sweep)
