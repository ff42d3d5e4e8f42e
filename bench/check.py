"""Our check of 100,000 and 1,000,000 lines, all right and all wrong, issues stored.

Each case runs in a child of its own, so that its peak of memory is its own.
"""

import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import django
from django.conf import settings

from bench.limits import Limits

HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion\r\n"
EMPLOYEES = 5_000
MOST_SECONDS = {100_000: 1.0, 1_000_000: 5.0}
MOST_MEBIBYTES = 250
KINDS: dict[str, Callable[[int], str]] = {
    "all right": lambda n: f"emp{n % EMPLOYEES + 1:06};Home;;{_day(n)};FullDay;;false",
    "unknown logins, all different": lambda n: f"x{n:07};Home;;{_day(n)};FullDay;;false",
    "wrong dates": lambda n: f"emp{n % EMPLOYEES + 1:06};Home;;2026-13-{n % 28 + 1};FullDay;;false",
    "wrong places": lambda n: f"emp{n % EMPLOYEES + 1:06};Hom{n};;{_day(n)};FullDay;;false",
}


def _day(n: int) -> str:
    number = n // EMPLOYEES
    return f"{2027 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _prepare()
    kept = True
    for count in MOST_SECONDS:
        for name, line in KINDS.items():
            path = Path(settings.DATA_DIR, "lines.csv")
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                file.write(HEADER)
                file.writelines(line(n) + "\r\n" for n in range(count))
            measure = partial(_measure, path, name, count)
            kept = _in_child(measure) and kept
    if not kept:
        sys.exit(1)


def _prepare() -> None:
    from django.utils import timezone

    from portal.models import Account, DirectoryState, Employee, WorkLocation

    account = Account(label="bench", base_url="http://127.0.0.1:9", kind="simulator")
    account.full_clean()
    account.save()
    now = timezone.now()
    DirectoryState.objects.create(account=account, employees_at=now, locations_at=now)
    WorkLocation.objects.create(
        account=account, remote_id=1, name="Home", is_active=True, seen_at=now
    )
    Employee.objects.bulk_create(
        Employee(account=account, remote_id=n, login=f"emp{n:06}", seen_at=now + timedelta(0))
        for n in range(1, EMPLOYEES + 1)
    )


def _measure(path: Path, name: str, count: int) -> None:
    from imports import receipt, services
    from portal.jobs import runner
    from portal.models import Account

    with path.open("rb") as file:
        batch = receipt.receive(
            Account.objects.get(), file, path.name, override=False, note="", by=None
        )
    job = services.check(batch, by=None)
    started, busy = time.perf_counter(), time.process_time()
    runner.run(job.pk, "bench")
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    batch.refresh_from_db()
    assert batch.total == count, (batch.stage, batch.total)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    limits = Limits()
    what = f"{count:,} lines, {name}"
    # Of a busy machine the processor's own seconds tell whether it is to blame.
    more = f"{busy:.2f} s of a processor, {batch.refused_here:,} refused"
    limits.say(what, seconds, MOST_SECONDS[count], more)
    limits.memory(f"{what}, peak of memory", peak, MOST_MEBIBYTES)
    limits.end()


def _in_child(work: Callable[[], None]) -> bool:
    """Whether it came to its end, within its limits."""
    from django.db import connections

    connections.close_all()
    if (pid := os.fork()) == 0:
        code = 1
        try:
            work()
            code = 0
        except Exception:  # noqa: BLE001  (said, and the next case is measured)
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitpid(pid, 0)[1] == 0


if __name__ == "__main__":
    main()
