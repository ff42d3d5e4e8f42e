"""A machine without Chromium: a failure that says what to do, and never a silent skip."""

import os
import subprocess
import sys

import pytest

from tests.browser import chromium
from tests.installation import ROOT


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | {"CHROMIUM": "/nowhere/chromium"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_before_the_tests_it_is_said() -> None:
    done = _run("tests.browser.chromium")
    assert done.returncode == 1
    assert "apt install chromium" in done.stderr


def test_the_tests_fail_and_say_it() -> None:
    done = _run(
        "pytest",
        "-q",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "tests/browser/test_first_import.py",
    )
    assert done.returncode == 1
    assert chromium.CURE in done.stdout
    assert "1 error" in done.stdout and "skipped" not in done.stdout


def test_another_program_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert chromium.find() == sys.executable
