"""Run every measurement, each in a process of its own with a data folder of its own.

python -m bench [NAME ...]
"""

import os
import platform
import subprocess
import sys
import tempfile

MEASUREMENTS = ["check", "overhead", "budget", "line_search"]


def main() -> None:
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} processors")
    for name in sys.argv[1:] or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            environment = os.environ | {
                "DATA_DIR": folder,
                "DJANGO_SETTINGS_MODULE": "portal.settings",
                "LUCCA_API_KEY_BENCH": "simulator-key",
            }
            print(f"\n{name}", flush=True)
            subprocess.run([sys.executable, "-m", f"bench.{name}"], env=environment, check=True)


if __name__ == "__main__":
    main()
