"""A report of 200,000 rows and 30 columns as a table: made once, then opened, sorted, filtered.

The table is made in one process, as at the end of a report's job, and looked at in another, as by
the web: the figure for memory is the most that each of them ever held.
"""

import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import django

from bench.limits import Limits

ROWS, COLUMNS = 200_000, 30
LOOK_LIMIT = 1.0
MEMORY_LIMIT_MB = 250
LOOKS = {
    "the first rows": "",
    "the last rows": f"?page={ROWS // 100}",
    "sorted by a number": "?sort=-9",
    "sorted by a text, the last rows": f"?sort=4&page={ROWS // 100}",
    "a text anywhere": "?q=remarque n 19",
    "a department": "?f2=Ventes",
    "a department, sorted, charted by employee": "?f2=Ventes&sort=7&group=c0",
    "a number in a column": "?in=7&q=>39,5",
}


def main() -> None:
    django.setup()
    if sys.argv[1:] == ["look"]:
        _look()
        return
    from django.conf import settings
    from django.core.management import call_command

    from reports.table import store

    call_command("migrate", verbosity=0)
    file = _report(Path(settings.DATA_DIR) / "report.csv")
    started = time.perf_counter()
    store.prepare(file)
    made = next((Path(settings.DATA_DIR) / "tables").iterdir())
    print(
        f"  making the table of {file.size / 1e6:.0f} MB: {time.perf_counter() - started:.1f} s,"
        f" {made.stat().st_size / 1e6:.0f} MB on disk, {_peak_mb():.0f} MB of memory at most",
        flush=True,
    )
    done = subprocess.run([sys.executable, "-m", "bench.report_table", "look"], check=False)
    sys.exit(done.returncode)


def _look() -> None:
    from django.test import Client

    from portal.models import User
    from reports.models import ReportFile

    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.create_superuser("bench"))
    address = f"/admin/reports/reportrun/{ReportFile.objects.get().run_id}/table/"
    limits = Limits()
    for what, query in LOOKS.items():
        taken = []
        for _ in range(5):
            started = time.perf_counter()
            answer = browser.get(address + query)
            taken.append(time.perf_counter() - started)
            assert answer.status_code == 200, query
            assert b'class="sheet"' in answer.content, query
        limits.median(f"{ROWS:,} rows of {COLUMNS} columns, {what}", taken, LOOK_LIMIT)
    peak = _peak_mb()
    missed = peak > MEMORY_LIMIT_MB
    print(
        f"  memory of the process that looked, at most: {peak:.0f} MB"
        f"  (limit {MEMORY_LIMIT_MB} MB){'  MISSED' if missed else ''}"
    )
    limits.end()
    sys.exit(int(missed))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _report(path: Path) -> Any:
    import hashlib

    from django.core.files import File

    from portal.models import Account, Job
    from reports.models import ReportFile, ReportRun, ReportTemplate

    _write(path)
    account = Account(label="bench", base_url="http://127.0.0.1:9", kind="simulator")
    account.full_clean()
    account.save()
    template = ReportTemplate.objects.create(account=account, name="Hours", remote_id="1")
    job = Job.objects.create(kind="reports.report", account=account, lane="", step="done")
    run = ReportRun.objects.create(template=template, job=job)
    with path.open("rb") as file:
        return ReportFile.objects.create(
            run=run, kind="csv", file=File(file, name="report.csv"), file_name="report.csv",
            sha256=hashlib.file_digest(file, "sha256").hexdigest(), size=path.stat().st_size,
        )  # fmt: skip


def _write(path: Path) -> None:
    chance = random.Random(1)
    departments = ["Comptabilité", "Ressources humaines", "R&D", "Ventes", "Logistique"]
    weeks = [f"Heures semaine {n}" for n in range(1, COLUMNS - 4)]
    with path.open("w", encoding="cp1252", newline="") as file:
        head = ["Collaborateur", "Matricule", "Département", "Date", "Commentaire", *weeks]
        file.write(";".join(head) + "\r\n")
        for n in range(ROWS):
            hours = [f"{chance.random() * 40:.2f}".replace(".", ",") for _ in weeks]
            day = f"{1 + n % 28:02}/{1 + n % 12:02}/2026"
            who = [f"Élodie Lefèvre {n % 4000}", f"{n % 4000:05}", chance.choice(departments)]
            file.write(";".join([*who, day, f"remarque n {n}", *hours]) + "\r\n")


if __name__ == "__main__":
    main()
