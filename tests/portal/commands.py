"""Running a command in a test as the command line would, with its exit code."""

import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import load_command_class
from django.core.management.base import OutputWrapper

APPS = {
    **dict.fromkeys(
        ["import_user_locations", "settle_import", "verify_import", "reconcile_import"], "imports"
    ),
    **dict.fromkeys(["compensate_import", "continue_import"], "imports"),
    "override_schedule": "schedules",
    "withdraw_override": "schedules",
    **dict.fromkeys(["show_schedule", "assign_arrangement", "reconcile_assignment"], "schedules"),
    **dict.fromkeys(
        [
            *("export_timesheet", "adopt_exports", "settle_export"),
            *("probe_export_content", "fetch_export", "report_timesheet"),
        ],
        "reports",
    ),
}


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output is one document and nothing else."""
        return json.loads(self.out)


def run(capsys: pytest.CaptureFixture[str], name: str, *args: str) -> Ran:
    command = load_command_class(APPS.get(name, "portal"), name)
    out, err = io.StringIO(), io.StringIO()
    command.stdout, command.stderr = OutputWrapper(out), OutputWrapper(err)
    command._called_from_command_line = True
    capsys.readouterr()
    code = 0
    try:
        options = vars(command.create_parser("manage.py", name).parse_args(list(args)))
        command.execute(*options.pop("args", ()), **options)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    printed = capsys.readouterr()
    return Ran(code, out.getvalue() + printed.out, err.getvalue() + printed.err)
