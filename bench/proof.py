"""What the proof of an import costs, and the import that puts back what stood there before.

Reading back 10,000 lines on a quiet tenant: requests, beside the pages that there are. Building the
compensation of 100,000 lines, each of which replaced an entry: time and memory, in a child of its
own.
"""

import os
import resource
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from bench.commands import Quiet, launch_command, lines_file
from bench.limits import Limits

LINES, PAGE = 10_000, 1_000
COMPENSATED, EMPLOYEES = 100_000, 5_000
SECONDS, MEBIBYTES = 10.0, 250
FIRST_DAY = date(2027, 5, 3)


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    limits = Limits()
    _requests(limits)
    _compensation(limits)
    limits.end()


def _requests(limits: Limits) -> None:
    from django.core.management import call_command

    from imports import verification
    from imports.models import ImportBatch
    from portal.jobs.follow import follow
    from portal.simulator import Simulator, running

    with Simulator() as lucca, running(lucca) as url:
        lucca.configure(rate_limit=0, import_minimum_seconds=0, import_seconds_per_1000_lines=0)
        lucca.seed(LINES)
        call_command(
            "account", "bench", url=url, kind="simulator", stdout=Quiet(),
            set=["requests_per_minute=100000", f"page_size={PAGE}"],
        )  # fmt: skip
        subprocess.run(launch_command(lines_file(0, LINES)), check=True, stdout=subprocess.DEVNULL)
        batch = ImportBatch.objects.get()
        held = lucca.state()["userLocations"]
        pages = -(-(len(held["effective"]) + len(held["deleted"])) // PAGE)
        lucca.journal.clear()
        started = time.perf_counter()
        found = verification.ask_verification(batch, by=None, agreed=True)
        follow(found.job, lambda _job: None)
        seconds = time.perf_counter() - started
        found.refresh_from_db()
        assert found.verified == LINES, (found.verified, found.reason)
        limits.amount(f"{LINES:,} lines read back, requests", len(lucca.log()), pages + 2)
        print(f"  {'the same, with a simulator beside it':62} {seconds:7.2f} s", flush=True)


def _compensation(limits: Limits) -> None:
    batch = _imported()
    reader, writer = os.pipe()
    from django.db import connections

    connections.close_all()
    if (pid := os.fork()) == 0:
        code = 1
        try:
            os.write(writer, _build(batch.pk).encode())
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    if os.waitpid(pid, 0)[1]:
        sys.exit("the measurement failed")
    seconds, mebibytes = os.read(reader, 100).decode().split()
    what = f"compensation of {COMPENSATED:,} lines"
    limits.say(f"{what} built", float(seconds), SECONDS)
    limits.amount(f"{what}, peak of memory (MiB)", int(mebibytes), MEBIBYTES)


def _build(pk: int) -> str:
    from imports import compensating
    from imports.models import ImportBatch

    batch = ImportBatch.objects.select_related("account").get(pk=pk)
    started = time.perf_counter()
    made = compensating.build(batch, by=None)
    seconds = time.perf_counter() - started
    assert made.counts.creations == COMPENSATED, made.counts
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"{seconds:.3f} {peak}"


def _imported() -> Any:
    """A batch of which every line replaced an entry, with what was read before and after."""
    from django.utils import timezone

    from imports.canonical import Writer
    from imports.checking import canonical_fields
    from imports.models import ImportBatch, Upload, Verification
    from imports.stages import Stage
    from portal.jobs.models import Job
    from portal.jobs.moves import JobState
    from portal.models import Account

    account, now = Account.objects.get(), timezone.now()
    batch = ImportBatch.objects.create(
        account=account, file_name="lines.csv", sha256="0" * 64, size=1, override=True,
        stage=Stage.DONE, total=COMPENSATED, accepted=COMPENSATED, round=1,
    )  # fmt: skip
    writer = Writer(Path(settings.MEDIA_ROOT, "imports", batch.folder, "round-1"))
    for n in range(COMPENSATED):
        login = f"emp{n % EMPLOYEES + 1:06}"
        writer.write(f"{login};Home;;{_day(n)};FullDay;;false\r\n".encode())
        writer.lines.append(n + 2)
    fields = canonical_fields(writer.finish(COMPENSATED))
    ImportBatch.objects.filter(pk=batch.pk).update(**fields)
    batch.refresh_from_db()

    def job(kind: str) -> Job:
        return Job.objects.create(
            kind=kind, account=account, step="x", state=JobState.SUCCEEDED, finished_at=now
        )

    Upload.objects.create(
        batch=batch, job=job("imports.import"), round=1, part=1, create=True, override=True,
        lines=COMPENSATED, sha256=batch.sent_sha256,
    )  # fmt: skip
    _reading(batch, "snapshot", place=4)
    after = _reading(batch, "verification", place=1)
    Verification.objects.create(
        batch=batch, round=1, reading=after, job=job("imports.verification"), judged=True,
        ended_at=now, lines=COMPENSATED, verified=COMPENSATED,
    )  # fmt: skip
    return batch


def _reading(batch: Any, purpose: str, place: int) -> Any:
    from django.utils import timezone

    from imports.models import ReadEntry, Reading
    from portal.models import Employee

    ids = dict(Employee.objects.values_list("login", "remote_id"))
    made = Reading.objects.create(
        account=batch.account, host=batch.account.host, purpose=purpose, batch=batch,
        sha256=batch.sent_sha256, read_at=timezone.now(), is_whole=True,
        first_day=FIRST_DAY, last_day=FIRST_DAY + timedelta(days=COMPENSATED // EMPLOYEES),
    )  # fmt: skip
    ReadEntry.objects.bulk_create(
        (
            ReadEntry(
                reading=made, remote_id=place * COMPENSATED + n, place=place, position="FullDay",
                owner=ids[f"emp{n % EMPLOYEES + 1:06}"], day=_day(n), status="Confirmed",
            )
            for n in range(COMPENSATED)
        ),
        batch_size=500,
    )  # fmt: skip
    return made


def _day(n: int) -> date:
    return FIRST_DAY + timedelta(days=n // EMPLOYEES)


if __name__ == "__main__":
    main()
