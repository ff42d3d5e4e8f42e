"""Exports carried by the real background service: its own processes, queue and pulse."""

from typing import Any

import pytest

from portal.simulator import Simulator
from tests.installation import Installation, until
from tests.reports.runs import made, triggers

pytestmark = [pytest.mark.database, pytest.mark.worker]

ASK = """
from datetime import date
from portal.models import Account
from reports.exports import services
of = services.configuration_of(Account.objects.get(), 42, by=None)
services.export(of, date(2026, 3, 30), by=None)
"""


@pytest.fixture(autouse=True)
def _quick(installation: Installation) -> None:
    installation.environment["EXPORT_POLL_SECONDS"] = "0.2"


def state(installation: Installation) -> Any:
    return installation.look_up(
        "SELECT state FROM portal_job WHERE kind = 'reports.export' ORDER BY id DESC"
    )


def test_whole_export(installation: Installation, lucca: Simulator) -> None:
    installation.start_worker()
    installation.shell(ASK)
    until(lambda: state(installation) == "partial")
    assert made(lucca) == [1203]
    assert installation.stop_worker() == 0


def test_killed_while_it_waits_for_the_answer(installation: Installation, lucca: Simulator) -> None:
    """Nobody saw the answer; whoever comes next finds the export, and sends nothing."""
    lucca.add_fault("timeout", method="POST", when="after", seconds=30)
    installation.shell(ASK)
    installation.start_worker()
    until(lambda: made(lucca))
    installation.kill_worker()

    installation.start_worker()
    until(lambda: state(installation) == "partial", seconds=120)
    assert len(triggers(lucca)) == 1


def test_two_commands_and_a_worker_make_one_export(
    installation: Installation, lucca: Simulator
) -> None:
    installation.start_worker()
    options = ["--account", "demo", "--configuration", "42", "--ends-at", "2026-03-30"]
    commands = [installation.start("export_timesheet", *options) for _ in range(2)]
    said = [command.communicate(timeout=120) for command in commands]
    assert [command.returncode for command in commands] == [3, 3], said
    assert made(lucca) == [1203]
