"""A portal as an administrator runs it: real processes, a data folder and a database of its own."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import environ
import psycopg

ROOT = Path(__file__).resolve().parent.parent


class Installation:
    """Commands and a worker against one database and one simulated Lucca."""

    def __init__(self, folder: Path, database_url: str, key: str) -> None:
        self.folder = folder
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LUCCA_", "DJANGO_", "DATABASE_", "QUEUE_", "PYTEST"))
        } | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "SECRET_KEY": "tests",
            "QUEUE_BROKER": os.environ.get("TEST_REDIS_URL", "orm"),
            "QUEUE_NAME": f"test-{uuid.uuid4().hex}",
            "QUEUE_WORKERS": "2",
            "LUCCA_API_KEY_DEMO": key,
            "FIRST_POLL_SECONDS": "0.2",
            "REPORT_POLL_SECONDS": "0.5",
        }
        self._worker: subprocess.Popen[str] | None = None
        self._web: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end; what it printed and its exit code."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin a command and do not wait for it."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def document(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run a command with --json: its exit code and its document."""
        done = self.manage(*arguments, "--json")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def shell(self, code: str) -> str:
        """Run Python in the installation; what it printed."""
        done = self.manage("shell", "--no-imports", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def look_up(self, query: str) -> Any:
        """The first value of a query, read beside the portal's own processes; None without rows."""
        if url := self.environment["DATABASE_URL"]:
            with psycopg.connect(url) as server:
                row = server.execute(query).fetchone()
        else:
            with closing(sqlite3.connect(self.folder / "portal.sqlite3")) as file:
                row = file.execute(query).fetchone()
        return row[0] if row else None

    def start_worker(self) -> None:
        self._worker = self.start("worker")

    def kill_worker(self) -> None:
        """SIGKILL for the whole group: the queue, the pulse, everything."""
        assert self._worker is not None
        os.killpg(self._worker.pid, signal.SIGKILL)
        self._worker.communicate()
        self._worker = None

    def stop_worker(self) -> int:
        """SIGTERM, as a supervisor does; the exit code."""
        assert self._worker is not None
        self._worker.terminate()
        self._worker.communicate(timeout=60)
        code, self._worker = self._worker.returncode, None
        return code

    def start_web(self) -> str:
        """Serve the pages as the demo does; their address, once they answer."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = ["-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "web.log").open("wb") as log:
            self._web = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(lambda: _answers(port))
        # Its workers have loaded the portal when one has answered.
        with suppress(HTTPError), urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=60):
            pass
        return f"http://127.0.0.1:{port}"

    def close(self) -> None:
        if self._worker is not None:
            self.kill_worker()
        if self._web is not None:
            os.killpg(self._web.pid, signal.SIGKILL)
            self._web.wait()
            self._web = None


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that other processes bring about."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.1)


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty database of its own; "" for SQLite in the data folder."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url:
        yield ""
        return
    config = environ.Env.db_url_config(url)
    name = f"portal_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield url.rsplit("/" + config["NAME"], 1)[0] + "/" + name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
