"""Many changes of days at once, and a large calendar: how many requests they spend, and how fast.

500 changes for 100 employees, from the reading of their days to the verified result, at a simulator
in another process; and 1,000 employees for a month, read by the pulse at the account's limit of
requests.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

import django
from django.conf import settings

from bench.commands import Quiet
from bench.limits import Limits

EMPLOYEES, DAYS = 100, 5
CHANGES = EMPLOYEES * DAYS
PER_CHANGE = 3.5
LEAST_RATE = 0.95
READ, BLOCKS = 1_000, 100
# Half of what the calendar needs, so that the second half waits for the first.
A_MINUTE = BLOCKS // 2
FIRST_DAY = date(2031, 3, 3)
HOURS = 7  # an arrangement of the simulator


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    limits = Limits()
    with _simulator() as url:
        _control(url, "settings", method="PUT", rate_limit=0)
        _control(url, "seed", method="POST", employees=READ)
        _give_arrangements(url)
        call_command(
            "account", "bench", url=url, kind="simulator", stdout=Quiet(),
            set=["requests_per_minute=100000", "schedule_model=arrangements"],
        )  # fmt: skip
        call_command("sync_directory", account="bench", stdout=Quiet())
        _many_at_once(url, limits)
        _calendar(limits)
    limits.end()


def _give_arrangements(url: str) -> None:
    users = [one for one in _control(url, "state")["users"] if one["login"].startswith("emp")]
    given = [
        {"employeeId": one["id"], "arrangementId": HOURS, "startsOn": "2020-01-01"} for one in users
    ]
    for start in range(0, len(given), 200):
        _control(url, "state", method="PATCH", assignments=given[start : start + 200])


@contextmanager
def _simulator() -> Iterator[str]:
    """In a process of its own, with employees who all have an arrangement."""
    command = [sys.executable, "manage.py", "simulate_lucca", "--port", "0"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        url = next(word for line in process.stdout for word in line.split() if "http" in word)
        yield url.rstrip("/.")
    finally:
        process.terminate()
        process.wait()


def _many_at_once(url: str, limits: Limits) -> None:
    from portal.models import Account, LuccaCall
    from schedules.files import services
    from schedules.files.following import follow_launch
    from schedules.files.receiving import receive
    from schedules.files.standing import standing
    from schedules.models import OverrideFile

    account = Account.objects.get()
    with _changes_file().open("rb") as content:
        file = receive(account, content, "changes.csv", note="", by=None)
    started = time.perf_counter()
    _follow(services.check(file, by=None))
    file = OverrideFile.objects.get()
    assert file.preparation is not None
    _follow(file.preparation)
    _control(url, "log", method="DELETE")
    job = services.launch(OverrideFile.objects.get(), by=None)
    follow_launch(job, lambda _job: None)
    seconds = time.perf_counter() - started
    now = standing(OverrideFile.objects.get())
    assert now.of("verified") == CHANGES, now.by_stage
    _each_was_read_just_before(_control(url, "log")["requests"])
    requests = LuccaCall.objects.exclude(job__kind="directory").count()
    what = f"{CHANGES} changes for {EMPLOYEES} employees, verified: requests"
    limits.amount(what, requests, round(CHANGES * PER_CHANGE))
    print(f"  {'for each change':62} {requests / CHANGES:8.2f}  (limit {PER_CHANGE})", flush=True)
    print(f"  {'the same, with a simulator beside it':62} {seconds:7.2f} s", flush=True)


def _changes_file() -> Path:
    path = Path(settings.DATA_DIR, "changes.csv")
    days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    lines = [f"emp{n:06};{day};full;off" for n in range(1, EMPLOYEES + 1) for day in days]
    path.write_text("\r\n".join(["login;date;half;nature", *lines]), encoding="utf-8-sig")
    return path


def _each_was_read_just_before(log: list[dict[str, Any]]) -> None:
    """No request that replaces a day left without that day being read in the one before it."""
    for before, one in pairwise(log):
        if one["method"] == "PUT":
            read, replaced = parse_qs(before["query"]), parse_qs(one["query"])
            assert before["method"] == "GET"
            for name in ("employee.id", "startsAt.between"):
                assert read[name] == replaced[name]
    assert sum(one["method"] == "PUT" for one in log) == CHANGES


def _calendar(limits: Limits) -> None:
    from portal.models import Account, LuccaCall
    from schedules import calendar
    from schedules.models import CalendarDay

    account = Account.objects.get()
    logins = [f"emp{n:06}" for n in range(1, READ + 1)]
    people = list(account.employees.filter(login__in=logins).values_list("remote_id", flat=True))
    first, last = date(2031, 3, 1), date(2031, 3, 31)
    # What their time is counted in is known for a day, and read no more often than that.
    _read(calendar.ask_for(account, people, last, last, by=None))
    # A quiet account: what went before does not count.
    LuccaCall.objects.all().delete()
    Account.objects.update(requests_per_minute=A_MINUTE)
    account.refresh_from_db()
    _read(calendar.ask_for(account, people, first, last, by=None))
    assert CalendarDay.objects.filter(is_known=True).count() == READ * 31
    sent = list(LuccaCall.objects.order_by("sent_at").values_list("sent_at", flat=True))
    limits.amount(f"{READ:,} employees for a month, requests", len(sent), BLOCKS)
    # As many may leave in a minute as the account allows; how long did that many take?
    spans = [(sent[n] - sent[n - A_MINUTE]).total_seconds() for n in range(A_MINUTE, len(sent))]
    assert spans, len(sent)
    allowed = 60 / (sum(spans) / len(spans))
    limits.least(f"the same, of the rate allowed ({A_MINUTE} a minute)", allowed, LEAST_RATE)


def _read(reading: Any) -> None:
    """By the pulse, as the background service does it."""
    from portal.jobs.moves import SETTLED
    from portal.jobs.pulse import Pulse

    pulse = Pulse("bench")
    while reading.job.state not in SETTLED:
        pulse.turn()
        reading.job.refresh_from_db()


def _follow(job: Any) -> None:
    from portal.jobs.follow import follow

    follow(job, lambda _job: None)


def _control(url: str, what: str, method: str = "GET", **values: Any) -> Any:
    """The simulator's own pages."""
    body = json.dumps(values).encode() if values else None
    asked = Request(f"{url}/__simulator__/{what}", data=body, method=method)
    with urlopen(asked) as answer:
        return json.loads(answer.read() or b"null")


if __name__ == "__main__":
    main()
