"""The simulator stands on its own: no Django, nothing of the portal."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import portal.simulator

ALLOWED = {*sys.stdlib_module_names, "requests", "urllib3"}


def test_the_simulator_needs_the_standard_library_and_requests_only() -> None:
    folder = Path(portal.simulator.__file__).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [str(node.module)]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1, file.name
            assert {name.partition(".")[0] for name in names} <= ALLOWED, file.name
