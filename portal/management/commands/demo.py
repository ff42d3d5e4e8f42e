"""`demo`: simulator, background service and web together, on this machine alone, for a first look.

Ctrl-C stops all three; started again, it goes on with the data of both sides.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils.translation import gettext as _

from portal import demo
from portal.management.base import DONE, NOT_DONE, PortalCommand, Stop
from portal.models import Account

_STOP_SECONDS = 30


class Command(PortalCommand):
    help = "Run simulator, background service and web together for a first look."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8800, help="of the web pages")
        parser.add_argument("--simulator-port", type=int, default=8801)
        parser.add_argument("--setup-only", action="store_true", help="set up, start nothing")

    def perform(self, **options: Any) -> int:
        port, simulator = options["port"], options["simulator_port"]
        if not options["setup_only"]:
            for number, option in ((port, "--port"), (simulator, "--simulator-port")):
                self._refuse_if_taken(number, option)
        call_command("migrate", verbosity=0, interactive=False)
        if Account.objects.exclude(kind=Account.Kind.SIMULATOR).exists():
            raise Stop(
                _("This installation has accounts of a real Lucca, so the demo does not run here."),
                NOT_DONE,
            )
        account = demo.account(f"http://127.0.0.1:{simulator}")
        demo.key(account)
        names, folder, mails = demo.users(), demo.samples(), demo.mails(port)
        if options["setup_only"]:
            return DONE
        self._children: list[subprocess.Popen[bytes]] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._interrupt)
        try:
            return self._run(port, simulator, names, str(folder), str(mails))
        except KeyboardInterrupt:
            return DONE
        finally:
            self._stop()

    def _refuse_if_taken(self, port: int, option: str) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise Stop(
                    _(
                        "Port %(port)s is in use. Stop what uses it, or choose another:"
                        ' make demo DEMO_ARGS="%(option)s %(other)s"'
                    )
                    % {"port": port, "option": option, "other": port + 10},
                    NOT_DONE,
                ) from None

    def _run(self, port: int, simulator: int, names: list[str], folder: str, mails: str) -> int:
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        self._start([*manage, "simulate_lucca", "--port", str(simulator)], quiet=True)
        self._wait_for(simulator)
        self._start([*manage, "worker"])
        self._start(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "portal.wsgi",
                "--bind",
                f"127.0.0.1:{port}",
                "--workers",
                "2",
                "--log-level",
                "warning",
            ]
        )
        self._wait_for(port)
        self.stdout.write(_welcome(port, simulator, names, folder, mails))
        self.stdout.flush()
        while all(child.poll() is None for child in self._children):
            time.sleep(0.5)
        raise Stop(
            _("A part of the demo stopped by itself; so the rest was stopped too."), NOT_DONE
        )

    def _start(self, command: list[str], *, quiet: bool = False) -> None:
        # A session of its own: Ctrl-C reaches this command alone, which stops them in order.
        self._children.append(
            subprocess.Popen(  # noqa: S603  (our own programs)
                command,
                start_new_session=True,
                cwd=settings.BASE_DIR,
                stdout=subprocess.DEVNULL if quiet else None,
            )
        )

    def _wait_for(self, port: int) -> None:
        for _attempt in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if any(child.poll() is not None for child in self._children):
                break
            time.sleep(0.1)
        raise Stop(_("Port %(port)s did not begin to answer.") % {"port": port}, NOT_DONE)

    def _interrupt(self, *args: object) -> None:
        raise KeyboardInterrupt

    def _stop(self) -> None:
        """Web and background service first, the simulator last: work under way can end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for child in reversed(self._children):
            child.terminate()
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        self.stdout.write(_("Stopped. The data of both sides are kept; make demo goes on."))


def _welcome(port: int, simulator: int, names: list[str], folder: str, mails: str) -> str:
    return _(
        """
The portal:      http://127.0.0.1:%(port)s/
Users:           %(names)s   (password: %(password)s)
Simulated Lucca: http://127.0.0.1:%(simulator)s/__simulator__/
Sample files:    %(folder)s
Mails:           %(mails)s

Try, in another terminal:
  .venv/bin/python manage.py check_account demo
  .venv/bin/python manage.py import_user_locations %(folder)s/with-mistakes.csv --account demo
  .venv/bin/python manage.py import_user_locations %(folder)s/ready.csv --account demo --launch

Ctrl-C stops everything. make demo-reset starts clean.
"""
    ) % {
        "port": port,
        "names": ", ".join(names),
        "password": demo.PASSWORD,
        "simulator": simulator,
        "folder": folder,
        "mails": mails,
    }
