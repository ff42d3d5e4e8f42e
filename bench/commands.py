"""What measuring whole imports needs: a file of lines, and the command that imports it."""

import sys
from pathlib import Path

from django.conf import settings

HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion\r\n"


class Quiet:
    """For commands whose words nobody needs: the measurement alone is to be read."""

    def write(self, *_said: object) -> None:
        """Nothing is kept."""

    def flush(self) -> None:
        """Nothing was kept."""


def lines_file(number: int, lines: int) -> Path:
    """One day of `lines` employees of the simulator's large tenant; another day for each number."""
    path = Path(settings.DATA_DIR, f"{number}.csv")
    day = f"2027-05-{number + 1:02}"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(HEADER)
        file.writelines(f"emp{n:06};Home;;{day};FullDay;;false\r\n" for n in range(1, lines + 1))
    return path


def launch_command(path: Path) -> list[str]:
    options = ["--account", "bench", "--launch", "--accept-warnings", "--json"]
    return [sys.executable, "manage.py", "import_user_locations", str(path), *options]
