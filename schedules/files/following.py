"""Following a file from a command: it works with no background service, and beside one."""

import time
from collections.abc import Callable

from django.db.models import Q

from portal.jobs import runner
from portal.jobs.claims import OPEN, free_dead_claims, name_of_process
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState

_PAUSE = 0.02
_DEAD_SECONDS = 5.0


def follow_launch(job: Job, on_change: Callable[[Job], None]) -> Job:
    """Carry the job that hands overrides over to its end, and with it what it hands over."""
    name = name_of_process("command")
    look_for_dead = time.monotonic() + _DEAD_SECONDS
    while True:
        job.refresh_from_db()
        on_change(job)
        if job.state in SETTLED or job.state == JobState.UNKNOWN:
            return job
        # One after the other: whoever has sent waits to be verified with the others.
        moved = [runner.run(pk, name) for pk in _handed_over(job)]
        if not runner.run(job.pk, name) and not any(moved):
            if time.monotonic() >= look_for_dead:
                free_dead_claims()
                look_for_dead = time.monotonic() + _DEAD_SECONDS
            time.sleep(_PAUSE)


def _handed_over(job: Job) -> list[int]:
    block = job.cursor.get("block", [])
    theirs = Q(override__in=block) | Q(override_withdrawn__in=block)
    reading = Q(pk=job.cursor.get("reading") or 0)
    return list(Job.objects.filter(theirs | reading, state__in=OPEN).values_list("pk", flat=True))
