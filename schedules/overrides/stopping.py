"""Why a job stops before its next request leaves."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.jobs.models import Job
from schedules.override_models import HALF_TAKEN_BACK, ScheduleOverride


class Stopped(Exception):
    """Nothing more is sent. `reason` is one of schedules.overrides.reasons; `is_gone`: what was to
    be taken back is not there any more."""

    def __init__(self, reason: str, *, is_gone: bool = False, **params: Any) -> None:
        super().__init__(reason)
        self.reason, self.params, self.is_gone = reason, params, is_gone

    def end(self, job: Job, override: ScheduleOverride) -> None:
        """Not done; or in part, where something was sent before."""
        with transaction.atomic():
            job.hold()
            if self.is_gone:
                ScheduleOverride.objects.filter(pk=override.pk).update(withdrawn_at=timezone.now())
            if job.attempts.may_have_acted().exists():
                job.finish_in_part(in_part(job, override), cause=self.reason, **self.params)
            else:
                job.fail(self.reason, **self.params)


def in_part(job: Job, override: ScheduleOverride) -> str:
    """The reason of a job of which only the first half was carried out; its `cause` says why."""
    return HALF_TAKEN_BACK if job.pk == override.withdrawal_id else "override-in-part"
