"""Figures with a limit: each on a line of its own, and the process fails when one is missed."""

import statistics
import sys


class Limits:
    """Say each figure; `end()` exits with 1 if one was above its limit."""

    def __init__(self) -> None:
        self._missed = False

    def say(self, what: str, seconds: float, limit: float, more: str = "") -> None:
        missed = seconds > limit
        self._missed = self._missed or missed
        print(
            f"  {what:62} {_time(seconds):>8}  (limit {_time(limit)})"
            f"{'  ' + more if more else ''}{'  MISSED' if missed else ''}",
            flush=True,
        )

    def memory(self, what: str, mebibytes: float, limit: float) -> None:
        missed = mebibytes > limit
        self._missed = self._missed or missed
        print(
            f"  {what:62} {mebibytes:4.0f} MiB  (limit {limit:.0f} MiB)"
            f"{'  MISSED' if missed else ''}",
            flush=True,
        )

    def median(self, what: str, taken: list[float], limit: float) -> None:
        more = f"median of {len(taken)}, slowest {_time(max(taken))}"
        self.say(what, statistics.median(taken), limit, more)

    def same(self, what: str, one: int, other: int) -> None:
        missed = one != other
        self._missed = self._missed or missed
        print(f"  {what:62} {one} and {other}{'  MISSED' if missed else ''}", flush=True)

    def amount(self, what: str, found: int, most: int) -> None:
        missed = found > most
        self._missed = self._missed or missed
        print(f"  {what:62} {found:>8}  (limit {most}){'  MISSED' if missed else ''}", flush=True)

    def least(self, what: str, found: float, least: float) -> None:
        missed = found < least
        self._missed = self._missed or missed
        print(
            f"  {what:62} {found:8.1%}  (at least {least:.0%}){'  MISSED' if missed else ''}",
            flush=True,
        )

    def end(self) -> None:
        if self._missed:
            sys.exit(1)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
