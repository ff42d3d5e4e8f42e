"""The system's Chromium: where it is, and how it comes onto a machine that has none.

`python -m tests.browser.chromium` installs it where that needs no question.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
CURE = (
    "The browser tests need Chromium, and this machine has none. On Debian: apt install chromium"
    " (as root). Where it is installed in a place of its own: CHROMIUM=/path/to/chromium make test"
)
# Nothing of its own over the network: no updates, no synchronisation, no telemetry.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The program's path. CHROMIUM names it; where that leads nowhere, there is none."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path), None)


def install() -> bool:
    """By apt-get, as root or where sudo asks for no password; whether it is there now."""
    if os.environ.get("CHROMIUM") or not shutil.which("apt-get"):
        return False
    sudo: list[str] = []
    if os.geteuid() != 0:
        sudo = ["sudo", "-n"]
        if not shutil.which("sudo") or subprocess.run([*sudo, "true"], check=False).returncode:
            return False
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "chromium"]):
        subprocess.run([*sudo, *command], check=False)
    return find() is not None


if __name__ == "__main__":
    sys.exit(0 if find() or install() else CURE)
