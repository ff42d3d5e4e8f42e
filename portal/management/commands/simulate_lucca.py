"""Run the simulated Lucca on loopback, for a first look, for tests and for drills."""

from __future__ import annotations

import errno
import signal
import sqlite3
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from portal.management.base import DONE, NOT_DONE, PortalCommand, Stop
from portal.simulator import DEFAULT_KEY, Simulator, serve
from portal.simulator.exchange import CONTROL

DEFAULT_PORT = 8801


class Command(PortalCommand):
    """simulate_lucca [--port N] [--host H] [--folder F] [--fresh]."""

    help = "Runs a simulated Lucca on this machine. Nothing it is told leaves the machine."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen and where to keep the data."""
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0: any free port")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--folder", type=Path, help="default: simulator in the data folder")
        parser.add_argument("--fresh", action="store_true", help="forget what was there")

    def perform(self, **options: Any) -> int:
        """Serve until Ctrl-C or SIGTERM."""
        folder = options["folder"] or Path(settings.DATA_DIR) / "simulator"
        port = options["port"]
        if not 0 <= port <= 65535:
            return self.usage("--port takes a number from 0 to 65535.")
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            with Simulator(folder) as simulator:
                if options["fresh"]:
                    simulator.reset()
                serve(simulator, port, options["host"], self._say_where)
        except KeyboardInterrupt:
            self.stdout.write("The simulated Lucca has stopped; its data are kept.")
        except (OSError, sqlite3.Error) as error:
            raise Stop(_cure(error, port, folder), NOT_DONE) from error
        return DONE

    def _say_where(self, address: str) -> None:
        self.stdout.write(f"Simulated Lucca: {address}")
        self.stdout.write(f"API key:         {DEFAULT_KEY}")
        self.stdout.write(f"Control:         {address}{CONTROL}/")
        self.stdout.write("Stop it with Ctrl-C.")
        self.stdout.flush()


def _interrupt(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends the server as Ctrl-C does."""
    raise KeyboardInterrupt


def _cure(error: OSError | sqlite3.Error, port: int, folder: Path) -> str:
    if isinstance(error, sqlite3.Error) or error.filename is not None:
        return (
            f"The simulator cannot keep its data in {folder}, which may be in use by another "
            "simulator. Stop that one, or choose another folder with --folder."
        )
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use, perhaps by another simulator. "
            "Stop that program, or choose another port with --port."
        )
    return f"The simulator cannot listen on port {port}: {error.strerror}."
