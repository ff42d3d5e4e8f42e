"""Imports carried by the real background service: its own processes, queue and pulse."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from portal.simulator import Simulator
from tests.installation import ROOT, Installation, until

pytestmark = [pytest.mark.database, pytest.mark.worker]
LINES = ["imarchal;Home;;2027-03-09;FullDay;;false", "lfournier;Home;;2027-03-09;FullDay;;false"]

ASK = """
from imports import receipt, services
from imports.models import ImportBatch
from portal.models import Account
batch = ImportBatch.objects.first()
{what}
"""
RECEIVE_AND_CHECK = """
with open({path!r}, "rb") as file:
    batch = receipt.receive(Account.objects.get(), file, "a.csv", override=False, note="", by=None)
services.check(batch, by=None)
"""


def stage(installation: Installation) -> Any:
    return installation.look_up("SELECT stage FROM imports_importbatch")


def ask(installation: Installation, what: str) -> None:
    installation.shell(ASK.format(what=what))


def creates(lucca: Simulator) -> list[dict[str, Any]]:
    return [one for one in lucca.state()["imports"] if one["create"]]


def analysed(installation: Installation, path: Path) -> None:
    code, document = installation.document("import_user_locations", str(path), "--account", "demo")
    assert (code, document["stage"]) == (0, "analysed")


def test_whole_import(
    installation: Installation, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Check, analysis and import, each only asked for; then the service stops in good order."""
    installation.start_worker()
    ask(installation, RECEIVE_AND_CHECK.format(path=str(write(*LINES))))
    until(lambda: stage(installation) == "checked")
    ask(installation, "services.analyse(batch, by=None)")
    until(lambda: stage(installation) == "analysed")
    ask(installation, "services.launch(batch, by=None)")
    until(lambda: stage(installation) == "done")
    assert len(creates(lucca)) == 1
    assert installation.stop_worker() == 0


def test_killed_while_lucca_imports(
    installation: Installation, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """The summary id is known, so the next service goes on where the dead one stopped."""
    analysed(installation, write(*LINES))
    lucca.configure(import_minimum_seconds=600.0)
    ask(installation, "services.launch(batch, by=None)")
    installation.start_worker()
    until(
        lambda: any("/progress" in entry["path"] for entry in lucca.log()[-3:]) and creates(lucca)
    )
    installation.kill_worker()
    lucca.advance(600)

    installation.start_worker()
    until(lambda: stage(installation) == "done")
    assert len(creates(lucca)) == 1


def test_killed_while_it_sends(
    installation: Installation, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Nobody saw the answer: unknown, and never sent again."""
    analysed(installation, write(*LINES))
    lucca.add_fault("timeout", method="POST", create=True, when="after", seconds=30)
    ask(installation, "services.launch(batch, by=None)")
    installation.start_worker()
    until(lambda: creates(lucca))
    installation.kill_worker()

    installation.start_worker()
    until(lambda: stage(installation) == "unknown")
    posts = [entry for entry in lucca.log() if "create=true" in entry["query"]]
    assert len(posts) == 1


def test_command_and_worker_share_an_import(
    installation: Installation, lucca: Simulator, write: Callable[..., Path]
) -> None:
    installation.start_worker()
    code, document = installation.document(
        "import_user_locations", str(write(*LINES)), "--account", "demo", "--launch"
    )
    assert (code, document["stage"], document["lines"]["accepted"]) == (0, "done", 2)
    assert len(creates(lucca)) == 1


def test_worker_goes_on_after_a_killed_command(
    installation: Installation, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.configure(import_minimum_seconds=600.0)
    command = installation.start(
        "import_user_locations", str(write(*LINES)), "--account", "demo", "--launch"
    )
    until(lambda: any("/progress" in entry["path"] for entry in lucca.log()))
    command.kill()
    command.communicate()
    lucca.advance(600)

    installation.start_worker()
    until(lambda: stage(installation) == "analysed")


def four_imports(
    installation: Installation, write: Callable[..., Path]
) -> "list[subprocess.Popen[str]]":
    """Begin four launched imports of four files, each a process of its own."""
    return [
        installation.start(
            "import_user_locations",
            str(write(f"imarchal;Home;;2027-04-0{n};FullDay;;false", name=f"{n}.csv")),
            "--account", "demo", "--launch",
        )
        for n in range(1, 5)
    ]  # fmt: skip


def test_four_imports_at_once_share_the_lanes(
    installation: Installation, lucca: Simulator, write: Callable[..., Path]
) -> None:
    commands = four_imports(installation, write)
    said = [command.communicate(timeout=120) for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0, 0], said
    assert len(creates(lucca)) == 4


def test_four_imports_at_once_never_pass_the_budget(
    installation: Installation, lucca: Simulator, write: Callable[..., Path]
) -> None:
    """Separate processes, Lucca's own limit in force, and every arrival counted."""
    installation.document("account", "demo", "--set", "requests_per_minute=40")
    lucca.configure(rate_limit=50, import_minimum_seconds=3.0)
    commands = four_imports(installation, write)
    said = [command.communicate(timeout=400) for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0, 0], said
    assert len(creates(lucca)) == 4
    assert len(lucca.log()) > 40
    assert lucca.max_arrivals() <= 40
    assert not any(entry["status"] == 429 for entry in lucca.log())


def test_a_dead_queue_ends_the_service(installation: Installation) -> None:
    """A service that only pretends to live ends itself, so that its supervisor starts it anew."""
    worker = installation.start("worker")
    children: list[int] = []

    def sentinel() -> list[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(worker.pid)],
            capture_output=True, text=True, check=False,
        ).stdout.split()  # fmt: skip
        children[:] = [int(pid) for pid in found]
        return children

    until(sentinel)
    until(lambda: installation.look_up("SELECT count(*) FROM portal_heartbeat"))
    os.kill(children[0], signal.SIGKILL)
    worker.communicate(timeout=60)
    assert worker.returncode == -signal.SIGKILL


def serve(installation: Installation, look: str, *arguments: str) -> tuple[int, str]:
    """Run the service with another look of its watchdog; its exit code and what it said."""
    program = f"import django; django.setup()\n{look}\ncall_command('worker', *{arguments!r})"
    worker = subprocess.Popen(
        [sys.executable, "-c", "from django.core.management import call_command;" + program],
        cwd=ROOT,
        env=installation.environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _out, said = worker.communicate(timeout=30)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
    return worker.returncode, said


FAILS = """
from portal.jobs.heartbeat import Watchdog
Watchdog.look = lambda watchdog: 1 / 0
"""
DATABASE_IS_AWAY = """
import os, signal
from django.db import OperationalError
from portal.jobs.heartbeat import Watchdog
looks = []
def look(watchdog):
    looks.append(1)
    if len(looks) == 1:
        raise OperationalError
    os.kill(os.getpid(), signal.SIGTERM)
Watchdog.look = look
"""


@pytest.mark.parametrize("half", [[], ["--no-pulse"]])
def test_a_service_that_fails_is_gone(installation: Installation, half: list[str]) -> None:
    """It would wait for its queue for ever: alive for a supervisor, and nobody watches any more."""
    code, said = serve(installation, FAILS, *half)
    assert code != 0
    assert "ZeroDivisionError" in said


@pytest.mark.parametrize("half", [[], ["--no-pulse"]])
def test_a_service_outlives_its_database(installation: Installation, half: list[str]) -> None:
    code, said = serve(installation, DATABASE_IS_AWAY, *half)
    assert code == 0
    assert "did not answer" in said
