"""A whole import beside a bare script with requests, against the same simulator.

Both make the same calls and poll at the same intervals; what differs is ours: the check, the
database, the history. Lucca is simulated with an import of some seconds, as a real one has.
"""

import statistics
import subprocess
import time
from pathlib import Path

import django
import requests
from django.conf import settings

from bench.commands import Quiet, launch_command, lines_file

LINES = 5_000
ROUNDS = 3
AUTH = {"Authorization": "lucca application=simulator-key", "Accept": "application/json"}
API = "/work-locations/public/api"


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from portal.simulator import Simulator, running

    call_command("migrate", verbosity=0)
    with Simulator() as lucca, running(lucca) as url:
        lucca.configure(rate_limit=0, import_minimum_seconds=2.0, import_seconds_per_1000_lines=1.0)
        lucca.seed(LINES)
        call_command(
            "account",
            "bench",
            url=url,
            kind="simulator",
            set=["requests_per_minute=100000", "directory_max_age=24h"],
            stdout=Quiet(),
        )
        call_command("sync_directory", account="bench", stdout=Quiet())
        ours, bare = [], []
        for number in range(ROUNDS):
            bare.append(_bare(url, lines_file(2 * number, LINES)))
            ours.append(_ours(lines_file(2 * number + 1, LINES)))
    print(
        f"  bare script {statistics.median(bare):6.2f} s, portal {statistics.median(ours):6.2f} s,"
        f" {statistics.median(ours) / statistics.median(bare) - 1:+.0%}"
        f"  ({LINES:,} lines, median of {ROUNDS}; the portal's includes starting Python)"
    )


def _ours(path: Path) -> float:
    started = time.perf_counter()
    done = subprocess.run(launch_command(path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-600:] + done.stderr[-600:]
    return time.perf_counter() - started


def _bare(url: str, path: Path) -> float:
    started = time.perf_counter()
    session = requests.Session()
    session.headers.update(AUTH)
    for create, report in (("false", "analysis"), ("true", "results")):
        session.get(f"{url}{API}/work-locations", params={"page": 1, "limit": 250}).json()
        with path.open("rb") as file:
            answer = session.post(
                f"{url}{API}/imports/user-locations",
                params={"create": create, "overrideUserLocations": "false"},
                files={"file": ("office-import.csv", file, "text/csv")},
            )
        summary = answer.json()["summaryId"]
        # The portal's own pace: three seconds at first for a file of this size.
        pause = settings.FIRST_POLL_SECONDS * 3
        while True:
            time.sleep(pause)
            asked = {"summaryId": summary}
            where = f"{url}{API}/imports/user-locations"
            if session.get(f"{where}/progress", params=asked).json()["progress"] == 100:
                break
            pause = min(pause * 1.5, 20)
        session.get(f"{where}/{report}", params=asked).json()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
