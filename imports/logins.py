"""The logins of a file, against the employees of the directory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, NamedTuple

from imports.canonical import quote
from imports.directory import Employee
from imports.values import ALWAYS, MOST_REMEMBERED, NEVER, Day
from portal.sheets.cells import Finding, Findings, cleaned, finding
from portal.sheets.issues import about, to_json
from portal.sheets.nearest import Nearest


class Who(NamedTuple):
    """A login: as sent, as it counts for duplicates, and the ordinals its contract spans."""

    sent: str
    key: str
    first: int
    last: int
    findings: Findings


class Logins:
    """Logins of the file, against the employees of the directory."""

    def __init__(
        self,
        employees: Mapping[str, Employee],
        today: dt.date,
        unknown: Literal["error", "warning"],
    ) -> None:
        self.known: dict[str, Who] = {}
        self._employees, self._today, self._unknown = employees, today, unknown
        self._nearest: Nearest | None = None
        self._by_case: dict[str, list[str]] = {}
        self._hopeless = False

    def read(self, value: str) -> Who:
        """What there is to say about a login."""
        if self._hopeless and value.isalnum() and value.casefold() not in self._by_case:
            # No suggestion is left to be made: the short way, for a file of wrong logins.
            said: Finding = ("login", self._unknown, "unknown-login", about(value))
            return Who(value, value, NEVER, ALWAYS, (said,))
        who = self._careful(value)
        if len(self.known) < MOST_REMEMBERED or value in self._employees:
            self.known[value] = who
        return who

    def _careful(self, value: str) -> Who:
        found: list[Finding] = []
        login = cleaned(value, "login", found)
        if not login:
            found.append(finding("missing-value", "login", name="login"))
        elif login in self._employees:
            return self._employed(login, login, found)
        elif not found or found[-1][1] != "error":
            return self._stranger(login, found)
        return Who(login, "", NEVER, ALWAYS, tuple(found))

    def _stranger(self, login: str, found: list[Finding]) -> Who:
        """A login that is not in the directory: of other case, or unknown."""
        same = self._other_case(login)
        if same is not None:
            found.append(finding("login-case", "login", value=login, name=same))
            return self._employed(login, same, found)
        near = self._suggest(login)
        params = to_json(value=login, nearest=near) if near else about(login)
        found.append(("login", self._unknown, "unknown-login", params))
        return Who(quote(login), login, NEVER, ALWAYS, tuple(found))

    def _employed(self, login: str, key: str, found: list[Finding]) -> Who:
        employee = self._employees[key]
        if employee.left_on and employee.left_on < self._today:
            left = employee.left_on.isoformat()
            found.append(finding("former-employee", "login", value=login, left_on=left))
        return Who(
            quote(login),
            key,
            employee.starts_on.toordinal() if employee.starts_on else NEVER,
            employee.ends_on.toordinal() if employee.ends_on else ALWAYS,
            tuple(found),
        )

    def _other_case(self, login: str) -> str | None:
        """The one employee whose login differs by capitals only."""
        if not self._by_case:
            for name in self._employees:
                self._by_case.setdefault(name.casefold(), []).append(name)
        same = self._by_case.get(login.casefold())
        return same[0] if same and len(same) == 1 else None

    def _suggest(self, login: str) -> str | None:
        if self._nearest is None:
            self._nearest = Nearest(self._employees)
        near = self._nearest.to(login)
        self._hopeless = self._nearest.spent
        return near

    def outside_contract(self, who: Who, day: Day) -> Findings:
        """Warnings for a date that the present contract does not cover."""
        employee = self._employees[who.key]
        if day.ordinal > who.last and employee.ends_on:
            ends = employee.ends_on.isoformat()
            return (
                finding("after-contract-end", "date", value=who.key, ends_on=ends, date=day.sent),
            )
        starts = employee.starts_on.isoformat() if employee.starts_on else None
        return (
            finding(
                "before-contract-start", "date", value=who.key, starts_on=starts, date=day.sent
            ),
        )
