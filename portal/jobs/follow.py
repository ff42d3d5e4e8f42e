"""Following a job from a command: it works with no background service running, and beside one."""

import time
from collections.abc import Callable

from django.utils import timezone

from portal.jobs import runner
from portal.jobs.claims import free_dead_claims, name_of_process
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState

# How often the row is looked at while another process may be moving it.
_LOOK_SECONDS = 0.2
_DEAD_SECONDS = 5.0


def follow(job: Job, on_change: Callable[[Job], None]) -> Job:
    """Carry the job to its end. Returns it settled, unknown, or queued behind an unknown one."""
    name = name_of_process("command")
    look_for_dead = 0.0
    while True:
        job.refresh_from_db()
        on_change(job)
        if job.state in SETTLED or job.state == JobState.UNKNOWN:
            return job
        if job.state == JobState.QUEUED and job.reason == "lane-unknown":
            return job
        if job.waits_for and job.waits_for.state not in SETTLED:
            follow(job.waits_for, on_change)
        if not runner.run(job.pk, name):
            if time.monotonic() >= look_for_dead:
                # With no background service nobody else finds what a dead process held.
                free_dead_claims()
                look_for_dead = time.monotonic() + _DEAD_SECONDS
            _carry_on_ahead(job, name)
            _pause(job)


def _carry_on_ahead(job: Job, name: str) -> None:
    """Where no background service runs, nobody else goes on with a job in this one's lane whose
    process died. A living one keeps its claim."""
    if job.state != JobState.QUEUED or job.reason != "lane-busy":
        return
    for ahead in Job.objects.filter(lane=job.lane, state=JobState.RUNNING):
        runner.run(ahead.pk, name)


def _pause(job: Job) -> None:
    """Until the job is due, but not so long that another process's work goes unseen."""
    left = (job.due_at - timezone.now()).total_seconds() if job.due_at else 0
    time.sleep(min(max(left, 0.02), _LOOK_SECONDS))
