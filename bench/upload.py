"""From the end of an upload to the check's result on the page, as a browser sees it.

The web and the background service are the real processes; the page is asked for again every tenth
of a second. The clock starts when the last byte of the form has left, so that what the web does
with the file is in it.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import requests
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor

from bench.check import HEADER
from bench.commands import Quiet
from bench.limits import Limits

LINES, EMPLOYEES = 100_000, 5_000
ROUNDS = 3
LIMIT = 3.0


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from portal.models import User
    from portal.simulator import Simulator, running

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("bench", password="bench")
    limits = Limits()
    with Simulator() as lucca, running(lucca) as url:
        lucca.configure(rate_limit=0)
        lucca.seed(EMPLOYEES)
        call_command(
            "account", "bench", url=url, kind="simulator", stdout=Quiet(),
            set=["requests_per_minute=100000", "page_size=1000"],
        )  # fmt: skip
        call_command("sync_directory", account="bench", stdout=Quiet())
        with _portal() as site:
            browser = _logged_in(site)
            for what, line in {"all right": _right, "all wrong": _wrong}.items():
                taken = [_upload(browser, site, line, number) for number in range(ROUNDS)]
                limits.median(f"the check of {LINES:,} lines, {what}, on the page", taken, LIMIT)
    limits.end()


def _right(n: int) -> str:
    day = n // EMPLOYEES
    return f"emp{n % EMPLOYEES + 1:06};Home;;2027-03-{day + 1:02};FullDay;;false"


def _wrong(n: int) -> str:
    return f"x{n:07};Home;;2027-03-09;FullDay;;false"


@contextmanager
def _portal() -> Iterator[str]:
    """The web and the background service, as they run in earnest; the address of the web."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    commands = [
        ["manage.py", "worker"],
        ["-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"],
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [
        subprocess.Popen([sys.executable, *command], start_new_session=True, **quiet)
        for command in commands
    ]
    try:
        site = f"http://127.0.0.1:{port}"
        _wait_until_up(site)
        yield site
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _wait_until_up(site: str) -> None:
    from portal.jobs import heartbeat

    for _attempt in range(300):
        try:
            up = requests.get(f"{site}/admin/login/", timeout=30).ok
        except requests.RequestException:
            up = False
        if up and heartbeat.is_running():
            return
        time.sleep(0.1)
    sys.exit("the portal did not start")


def _logged_in(site: str) -> requests.Session:
    browser = requests.Session()
    login = f"{site}/admin/login/"
    browser.get(login, timeout=10)
    given = {
        "username": "bench",
        "password": "bench",
        "csrfmiddlewaretoken": _token(browser),
        "next": "/admin/",
    }
    browser.post(login, given, headers={"Referer": login}, timeout=10).raise_for_status()
    return browser


def _token(browser: requests.Session) -> str:
    return str(browser.cookies["csrftoken"])


def _upload(browser: requests.Session, site: str, line: object, number: int) -> float:
    address = f"{site}/admin/imports/importbatch/add/"
    account = re.search(r'name="account" value="(\d+)"', browser.get(address, timeout=10).text)
    assert account
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{number}.csv")
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            file.write(HEADER)
            file.writelines(line(n) + "\r\n" for n in range(LINES))  # type: ignore[operator]
        left = 0.0

        def sent(monitor: MultipartEncoderMonitor) -> None:
            nonlocal left
            left = time.perf_counter()

        with path.open("rb") as file:
            fields = {
                "csrfmiddlewaretoken": _token(browser),
                "account": account[1],
                "file": (path.name, file, "text/csv"),
            }
            body = MultipartEncoderMonitor(MultipartEncoder(fields), sent)
            headers = {"Content-Type": body.content_type, "Referer": address}
            page = browser.post(address, data=body, headers=headers, timeout=60)
    while f"{LINES:,} lines:" not in page.text:
        assert page.ok, page.status_code
        assert time.perf_counter() - left < 60, "no result in a minute"
        time.sleep(0.1)
        page = browser.get(page.url, timeout=10)
    return time.perf_counter() - left


if __name__ == "__main__":
    main()
