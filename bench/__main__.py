"""Run every measurement, each in a process of its own with a data folder of its own.

python -m bench [NAME ...]
"""

import os
import platform
import subprocess
import sys
import tempfile

MEASUREMENTS = [
    *("check", "pages", "line_search", "upload", "overhead", "budget"),
    *("report_table", "proof", "overrides"),
]


def main() -> None:
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} processors")
    failed = []
    for name in sys.argv[1:] or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            environment = os.environ | {
                "DATA_DIR": folder,
                "DJANGO_SETTINGS_MODULE": "portal.settings",
                "LUCCA_API_KEY_BENCH": "simulator-key",
            }
            print(f"\n{name}", flush=True)
            command = [sys.executable, "-m", f"bench.{name}"]
            if subprocess.run(command, env=environment, check=False).returncode:
                failed.append(name)
    if failed:
        sys.exit(f"\nA limit was missed, or the measurement failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
