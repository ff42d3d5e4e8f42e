"""The background service's sign of life, and the watchdog that ends a service which is only
pretending to live.

A queue whose idle worker was killed goes on beating and carries out nothing (django-q2's issue 23).
So a message is sent through the queue, and its echo is what counts.
"""

import os
import signal
import time
from datetime import timedelta
from multiprocessing.process import BaseProcess

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from portal.jobs.claims import name_of_process
from portal.jobs.models import Heartbeat
from portal.words import moment

BEAT_SECONDS = 5.0
CANARY_SECONDS = 30.0
# Without a beat in this time the service counts as stopped.
SILENCE = timedelta(seconds=30)


def last_sign_of_life() -> Heartbeat | None:
    """The service process that beat last, or None if none ever ran."""
    return Heartbeat.objects.order_by("-beat_at").first()


def is_alive(last: Heartbeat | None) -> bool:
    """Whether this sign of life is young enough, and not the last one on purpose."""
    return bool(last and last.stopped_at is None and last.beat_at > timezone.now() - SILENCE)


def is_running() -> bool:
    return is_alive(last_sign_of_life())


def service_is_down() -> str:
    """The sentence to show when no background service is at work, else nothing."""
    last = last_sign_of_life()
    if is_alive(last):
        return ""
    if last is None:
        return _(
            "The background service is not running, so nothing moves; nothing is lost. Ask the"
            " portal's administrator to start it."
        )
    return _(
        "The background service stopped at %(when)s; nothing is lost. What waits goes on when it"
        " runs again. Ask the portal's administrator to start it."
    ) % {"when": moment(last.stopped_at or last.beat_at)}


class Watchdog:
    """Beats, sends the canary, and ends the process group when the queue is dead.

    `sentinel` is the queue's own supervisor process, None where this service runs no queue.
    """

    def __init__(self, sentinel: BaseProcess | None) -> None:
        self.name = name_of_process("worker")
        self._sentinel = sentinel
        self._beat_due = self._canary_due = 0.0
        now = timezone.now()
        Heartbeat.objects.filter(beat_at__lt=now - timedelta(days=7)).delete()
        Heartbeat.objects.update_or_create(
            name=self.name,
            defaults={"started_at": now, "beat_at": now, "stopped_at": None, "echo_at": now},
        )

    def look(self) -> None:
        """Called every turn of the main loop."""
        if time.monotonic() >= self._beat_due:
            self._beat_due = time.monotonic() + BEAT_SECONDS
            Heartbeat.objects.filter(name=self.name).update(beat_at=timezone.now())
            self._look_at_queue()

    def stopped(self) -> None:
        Heartbeat.objects.filter(name=self.name).update(stopped_at=timezone.now())

    def _look_at_queue(self) -> None:
        if self._sentinel is None:
            return
        if not self._sentinel.is_alive():
            self._end("its queue has died")
        if time.monotonic() >= self._canary_due:
            self._canary_due = time.monotonic() + CANARY_SECONDS
            async_task("portal.jobs.tasks.echo", self.name)
        limit = timezone.now() - timedelta(seconds=settings.WATCHDOG_SECONDS)
        if Heartbeat.objects.filter(name=self.name, echo_at__lt=limit).exists():
            self._end("its queue carries out nothing")

    def _end(self, why: str) -> None:
        """The whole group, so that no orphan keeps working; the supervisor starts it anew."""
        self.stopped()
        os.write(2, f"The background service ends itself: {why}.\n".encode())
        os.killpg(os.getpgrp(), signal.SIGKILL)
