"""An embedded Lucca for demonstration, tests and drills: users, Office and its import,
Timesheet's exports, schedules of both models.

    with Simulator() as simulator:                       # or Simulator(folder), to be continued
        session = requests.Session()
        session.mount("https://", SimulatorAdapter(simulator))      # no socket
        with running(simulator) as base_url: ...                    # or over loopback

        simulator.configure(rate_limit=0, summary_id_shape="string")
        simulator.add_fault("timeout", method="POST", create=True, when="after")
        simulator.advance(3600)
        simulator.state(), simulator.log(), simulator.max_arrivals()

The same is offered over HTTP under /__simulator__/, where a page names every switch.
"""

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
