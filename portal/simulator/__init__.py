"""An embedded Lucca for demonstration, tests and drills."""

from .adapter import SimulatorAdapter
from .faults import Fault
from .keys import DEFAULT_KEY
from .server import SimulatorServer, running, serve
from .settings import Settings
from .simulator import Simulator

__all__ = [
    "DEFAULT_KEY",
    "Fault",
    "Settings",
    "Simulator",
    "SimulatorAdapter",
    "SimulatorServer",
    "running",
    "serve",
]
