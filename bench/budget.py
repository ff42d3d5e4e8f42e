"""Four imports at once from separate processes, at a simulator that counts arrivals."""

import subprocess
import time

import django

from bench.commands import Quiet, launch_command, lines_file

IMPORTS, LINES = 4, 200


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from portal.simulator import Simulator, running

    call_command("migrate", verbosity=0)
    with Simulator() as lucca, running(lucca) as url:
        lucca.configure(import_minimum_seconds=5.0)
        lucca.seed(LINES)
        call_command("account", "bench", url=url, kind="simulator", stdout=Quiet(), set=[])
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
    command = launch_command(lines_file(number, LINES))
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
