"""Four imports at once from separate processes, at a simulator that counts arrivals."""

import subprocess
import sys
import time
from pathlib import Path

import django
from django.conf import settings

HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion\r\n"
IMPORTS, LINES = 4, 200


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from bench.overhead import _Quiet
    from portal.simulator import Simulator, running

    call_command("migrate", verbosity=0)
    with Simulator() as lucca, running(lucca) as url:
        lucca.configure(import_minimum_seconds=5.0)
        lucca.seed(LINES)
        call_command("account", "bench", url=url, kind="simulator", stdout=_Quiet(), set=[])
        started = time.perf_counter()
        processes = [_start(number) for number in range(IMPORTS)]
        codes = [process.wait() for process in processes]
        most = lucca.max_arrivals()
        refused = sum(entry["status"] == 429 for entry in lucca.log())
    print(
        f"  {IMPORTS} imports in {time.perf_counter() - started:.0f} s, exit codes {codes};"
        f" at most {most} arrivals in 60 s (limit 40), {refused} answered 429"
    )


def _start(number: int) -> "subprocess.Popen[bytes]":
    path = Path(settings.DATA_DIR, f"{number}.csv")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(HEADER)
        file.writelines(
            f"emp{n:06};Home;;2027-05-{number + 1:02};FullDay;;false\r\n"
            for n in range(1, LINES + 1)
        )
    return subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "import_user_locations",
            str(path),
            "--account",
            "bench",
            "--launch",
            "--json",
        ],
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
