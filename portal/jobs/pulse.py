"""The pulse: it does the waiting.

One thread owns the database: it claims due jobs, takes their places in the budget and applies their
answers. Other threads do the network and nothing else. Jobs whose next step is work are only
nudged: a message with the job's key goes into the queue.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, Queue
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import timezone
from django_q.tasks import async_task

from portal.connect import connect
from portal.jobs import runner
from portal.jobs.claims import claim, due
from portal.jobs.kinds import Read, Work, at_step, step_of
from portal.jobs.models import Job
from portal.lucca.errors import OutcomeUnknown
from portal.lucca.session import Exchanged, Request, Session

logger = logging.getLogger(__name__)
TURN_SECONDS = 0.4
DATABASE_PAUSE_SECONDS = 2
# A nudge that brought nothing in this time was lost, and is given again.
NUDGE_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True)
class _Flight:
    """A read that is under way."""

    job: Job
    session: Session
    request: Request[Any]
    call: int


@contextmanager
def outliving_the_database() -> Iterator[None]:
    """When the database went away: jobs keep their leases and are found again."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.error("the database did not answer: %s", type(error).__name__)
        connections.close_all()
        time.sleep(DATABASE_PAUSE_SECONDS)


class Pulse:
    """`turn()` once, or `run(stopping)` until it says so."""

    def __init__(self, name: str, threads: int = 16) -> None:
        self._name = name
        self._free = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pulse")
        self._landed: Queue[tuple[_Flight, Exchanged]] = Queue()

    def run(self, stopping: Callable[[], bool], each_turn: Callable[[], None]) -> None:
        try:
            while not stopping():
                with outliving_the_database():
                    each_turn()
                    self.turn()
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def turn(self) -> None:
        nudge_due()
        self._depart()
        with suppress(Empty):
            self._land(*self._landed.get(timeout=TURN_SECONDS))
            while True:
                self._land(*self._landed.get_nowait())

    def _depart(self) -> None:
        ready = due(timezone.now()).filter(at_step(Read)).values_list("pk", flat=True)
        for pk in list(ready[: self._free]):
            job = claim(pk, self._name)
            if job is not None and not runner.ended(job):
                self._prepare(job)

    def _prepare(self, job: Job) -> None:
        step = step_of(job)
        if not isinstance(step, Read):
            return
        with runner.whatever_comes(job):
            request = step.request(job)
            session = connect(job.account, job)
            flight = _Flight(job, session, request, session.open(request))
            self._free -= 1
            future = self._threads.submit(session.exchange, request)
            future.add_done_callback(lambda done: self._arrived(flight, done))

    def _arrived(self, flight: _Flight, done: Future[Exchanged]) -> None:
        if done.cancelled():
            return
        lost = Exchanged(None, OutcomeUnknown("connection-lost"), 0)
        self._landed.put((flight, lost if done.exception() else done.result()))

    def _land(self, flight: _Flight, exchanged: Exchanged) -> None:
        self._free += 1
        job, step = flight.job, step_of(flight.job)
        with runner.whatever_comes(job):
            answer = flight.session.close(flight.request, flight.call, exchanged)
            if isinstance(step, Read):
                step.apply(job, answer)


def nudge_due() -> None:
    """Put a message into the queue for each due job whose next step is work."""
    now = timezone.now()
    for job in due(now).filter(at_step(Work))[:100]:
        if job.nudged_at and job.nudged_at > now - NUDGE_AGAIN:
            continue
        # Together, so that a message that could not be given is not taken for one that was.
        with transaction.atomic():
            mine = Job.objects.filter(pk=job.pk, nudged_at=job.nudged_at).update(nudged_at=now)
            if mine:
                async_task("portal.jobs.tasks.run_job", job.pk)


def nudge_at_once() -> None:
    """For a page at which somebody waits: spares them the time until the pulse's next turn.

    Only where the queue is in our own database. Redis may be out of the web's reach, and a page
    must not wait for it.
    """
    if settings.QUEUE_BROKER == "orm":
        nudge_due()
