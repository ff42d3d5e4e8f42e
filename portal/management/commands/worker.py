"""`worker`: the background service. One unit for a supervisor, with Restart=always."""

import os
import signal
import time
import traceback
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _
from django_q.cluster import Cluster
from django_q.models import Schedule

from portal.jobs.claims import free_dead_claims
from portal.jobs.heartbeat import Watchdog
from portal.jobs.pulse import TURN_SECONDS, Pulse, outliving_the_database
from portal.management.base import PortalCommand


class Command(PortalCommand):
    # A worker that runs with a dangerous setting does harm for days: it does not start.
    requires_system_checks = "__all__"
    help = "Run the background service: the queue, and the pulse that follows jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-queue", action="store_true", help="only follow jobs")
        parser.add_argument("--no-pulse", action="store_true", help="only carry out queued work")

    def perform(self, **options: Any) -> int:
        if options["no_queue"] and options["no_pulse"]:
            return self.usage(_("With both options there is nothing left to run."))
        self.check(databases=["default"])
        if os.getpgrp() != os.getpid():
            # A group of our own, which the watchdog can end without taking others with it.
            os.setpgrp()
        cluster = None if options["no_queue"] else self._start_queue()
        try:
            self._serve(cluster, pulse=not options["no_pulse"])
        except Exception:  # noqa: BLE001  (said, and the service ends)
            self._fail(cluster)
        return 0

    def _serve(self, cluster: Cluster | None, *, pulse: bool) -> None:
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        free_dead_claims()
        watchdog = Watchdog(cluster.sentinel if cluster else None)
        self.say(_("The background service is running. Ctrl-C stops it."))
        if pulse:
            Pulse(watchdog.name).run(lambda: self._stopping, watchdog.look)
        while not self._stopping:
            with outliving_the_database():
                watchdog.look()
            time.sleep(TURN_SECONDS)
        self._finish(cluster)
        watchdog.stopped()

    def _start_queue(self) -> Cluster:
        Schedule.objects.get_or_create(
            func="portal.jobs.tasks.sweep",
            defaults={"name": "sweep", "schedule_type": Schedule.MINUTES, "minutes": 1},
        )
        # The queue forks: before any thread exists, and without a shared connection.
        connections.close_all()
        cluster = Cluster()
        cluster.start()
        return cluster

    def _stop(self, *args: object) -> None:
        self._stopping = True

    def _fail(self, cluster: Cluster | None) -> None:
        """Python would wait at its end for the queue, which would work on with nobody watching it.

        What the queue has begun is finished first, or a request on its way becomes unknown.
        """
        self.stderr.write(traceback.format_exc())
        if cluster:
            cluster.stop_event.set()
            cluster.sentinel.join(settings.Q_CLUSTER["timeout"])
        os.killpg(os.getpgrp(), signal.SIGKILL)

    def _finish(self, cluster: Cluster | None) -> None:
        if cluster:
            self.say(_("Stopping: work that has begun is finished first."))
            cluster.stop()
