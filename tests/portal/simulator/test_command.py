"""The management command, run as people run it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests


def start(*arguments: str) -> subprocess.Popen[str]:
    pytest.importorskip("django")
    command = [sys.executable, "-m", "django", "simulate_lucca", *arguments]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    process = start("--port", "0", "--folder", str(tmp_path))
    try:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(3)]
        base = said[0].removeprefix("Simulated Lucca: ")
        assert said[1].endswith("simulator-key")
        assert requests.get(said[2].split()[-1], timeout=5).status_code == 200
        assert requests.get(base + "/api/v3/users", timeout=5).status_code == 401
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "has stopped" in rest
    assert (tmp_path / "simulator.sqlite3").exists()


def test_a_port_in_use_is_told_with_its_cure(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = start("--port", port, "--folder", str(tmp_path))
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"Port {port} is in use" in errors
    assert "--port" in errors


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    process = start("--port", "0", "--folder", str(file / "inside"))
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "--folder" in errors
