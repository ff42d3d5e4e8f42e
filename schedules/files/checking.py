"""The job that checks a file of overrides: the directory in; issues, and the overrides, out.

What passes becomes overrides at once, and their days are read: reading changes nothing, and the
page can show what would become of each day.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.models import Account, DirectoryState
from portal.refusals import Refusal
from schedules.files.check import Checked, check
from schedules.files.lines import Employees
from schedules.models import OverrideFile, OverrideIssue, ScheduleOverride
from schedules.overrides import services

KIND = "schedules.check_file"
_CHECK = "check"


def employees_of(account: Account) -> Employees:
    """Whom the last complete reading of Lucca saw. Whether there is a contract on a day, Lucca says
    when the day is read."""
    state = DirectoryState.objects.filter(account=account).first()
    seen = {"seen_at__gte": state.employees_at} if state and state.employees_at else {}
    people = account.employees.filter(**seen).order_by("seen_at", "pk")
    rows = list(people.values_list("login", "remote_id"))
    by_login = {login: number for login, number in rows if login}
    return Employees(by_login, {number: login for login, number in rows})


def _check(job: Job) -> None:
    """Repeating it after a crash gives the same result."""
    file = OverrideFile.objects.select_related("account", "created_by").get(check_job=job)
    found = check(Path(file.original.path), employees_of(file.account))
    with transaction.atomic():
        job.hold()
        _keep_issues(file, found)
        try:
            made = _make_overrides(file, found)
        except Refusal:
            # The account's model was unset meanwhile: nothing may be read or written by it.
            job.fail("override-file-model")
            return
        _keep(file, found, made)
        job.succeed()


def _keep_issues(file: OverrideFile, found: Checked) -> None:
    file.issues.all().delete()
    OverrideIssue.objects.bulk_create(
        (
            OverrideIssue(
                file=file,
                line=line,
                column=column or "",
                severity=severity,
                cause=cause,
                params=params,
            )
            for line, column, severity, cause, params in found.issues
        ),
        batch_size=1000,
    )


def _make_overrides(file: OverrideFile, found: Checked) -> list[ScheduleOverride]:
    if not found.asks:
        return []
    lines, asks = zip(*found.asks, strict=True)
    made = services.ask_for(file.account, asks, by=file.created_by, file=file)
    for override, line in zip(made, lines, strict=True):
        override.line = line
    ScheduleOverride.objects.bulk_update(made, ["line"], batch_size=200)
    return made


def _keep(file: OverrideFile, found: Checked, made: list[ScheduleOverride]) -> None:
    days = [override.day for override in made]
    values: dict[str, Any] = {
        "detected": asdict(found.detected) if found.detected else {},
        "total": found.total,
        "blank": found.blank,
        "refused": found.refused,
        "changes": len(made),
        "employees": len({override.employee for override in made}),
        "first_day": min(days, default=None),
        "last_day": max(days, default=None),
        "preparation": made[0].preparation if made else None,
    }
    OverrideFile.objects.filter(pk=file.pk).update(**values)
    counts = {name: values[name] for name in ("total", "blank", "refused", "changes")}
    record("override_file.checked", file, account=file.account.label, values=counts)


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    job.fail(reason, **params)


def register_kind() -> None:
    register(
        Kind(KIND, _("check of a file of overrides"), _CHECK, {_CHECK: Work(_check)}, _give_up)
    )
