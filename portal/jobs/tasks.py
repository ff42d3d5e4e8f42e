"""What the queue runs. Three lines each; the arguments are keys and nothing else."""

from django.utils import timezone

from portal import notices
from portal.jobs import runner, sweeper
from portal.jobs.claims import name_of_process
from portal.jobs.models import Heartbeat


def run_job(pk: int) -> None:
    runner.run(pk, by=name_of_process("queue"))


def sweep() -> None:
    sweeper.sweep()


def send_notices() -> None:
    notices.send_due()


def echo(name: str) -> None:
    """Shows the watchdog that messages are still carried out."""
    Heartbeat.objects.filter(name=name).update(echo_at=timezone.now())
