"""Which work cycles or arrangements an employee had, has and will have, kept with their age.

On the older model the cycles are on the employee, and their names in a list of their own that no
page of the vendor describes: where it cannot be had, they are shown by number.

    assignments                (arrangements)
    cycles -> names            (work cycles)
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.directory import lock
from portal.jobs.claims import OPEN, ask
from portal.jobs.kinds import Kind, Read, register
from portal.jobs.models import Job
from portal.lucca import arrangements, workcycles
from portal.lucca.arrangements import Assignment
from portal.lucca.session import Request
from portal.lucca.types import Page
from portal.lucca.workcycles import Period, WorkCycle
from portal.models import Account
from schedules import gathering
from schedules.gathering import Plain
from schedules.models import EmployeePeriods

KIND = "schedules.periods"
_Model = Account.ScheduleModel


def read(account: Account, employee: int, *, by: Any, interactive: bool = True) -> EmployeePeriods:
    """Have them read, unless that is under way already. The employee by their id in Lucca."""
    with transaction.atomic():
        # Looking and asking must be one step: of two callers at once the second finds the job of
        # the first.
        lock(account)
        row, _made = EmployeePeriods.objects.select_related("job").get_or_create(
            account=account, host=account.host, employee=employee
        )
        if row.job is None or row.job.state not in OPEN:
            row.job = ask(KIND, account, by=by, interactive=interactive)
            if account.schedule_model == _Model.WORKCYCLES:
                row.job.write(step="cycles")
            row.save(update_fields=["job"])
    return row


def forget_old() -> None:
    limit = timezone.now() - settings.READINGS_KEPT
    EmployeePeriods.objects.filter(read_at__lt=limit).exclude(job__state__in=OPEN).delete()


def _row(job: Job) -> EmployeePeriods:
    return EmployeePeriods.objects.get(job=job)


def _keep(job: Job, model: str, periods: list[dict[str, Any]]) -> None:
    """In the transaction that ends the job."""
    EmployeePeriods.objects.filter(pk=_row(job).pk).update(
        model=model, periods=periods, read_at=timezone.now()
    )
    job.succeed()


def _assignments_request(job: Job) -> Request[Page[Assignment]]:
    return arrangements.assignments([_row(job).employee], gathering.page_of(job))


@gathering.whole(gathering.assignment)
def _keep_assignments(job: Job, items: list[Plain]) -> None:
    ours = gathering.of(_row(job).employee, items)
    _keep(job, _Model.ARRANGEMENTS, sorted(ours, key=lambda one: str(one["starts"])))


def _cycles_request(job: Job) -> Request[list[Period]]:
    return workcycles.periods(_row(job).employee)


def _keep_cycles(job: Job, found: list[Period]) -> None:
    with transaction.atomic():
        job.hold()
        periods = [
            {
                "id": one.id,
                "starts": str(one.starts_on) if one.starts_on else None,
                "ends": str(one.ends_on) if one.ends_on else None,
                "number": one.workcycle,
                "name": "",
                "unit": "",
            }
            for one in found
        ]
        if periods:
            job.go("names", cursor={"periods": periods})
        else:
            _keep(job, _Model.WORKCYCLES, [])


def _names_request(job: Job) -> Request[Page[WorkCycle]]:
    return workcycles.workcycles(job.cursor.get("offset", 0), job.account.page_size)


def _keep_names(job: Job, page: Page[WorkCycle]) -> None:
    """Until every cycle has its name, or the list ends: on an empty page, or by its count."""
    with transaction.atomic():
        job.hold()
        by_number = {one.id: one for one in page.items}
        for period in job.cursor["periods"]:
            if one := by_number.get(period["number"]):
                period.update(name=one.name[:200], unit=one.unit)
        offset = job.cursor.get("offset", 0) + len(page.items)
        nameless = [period for period in job.cursor["periods"] if not period["name"]]
        ended = not page.items or (page.count is not None and offset >= page.count)
        if nameless and not ended:
            job.go("names", cursor=job.cursor | {"offset": offset})
        else:
            _keep(job, _Model.WORKCYCLES, job.cursor["periods"])


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Where nobody has said which model it is, without arrangements there are cycles."""
    absent = reason in ("not-found", "right-missing", "refused")
    auto = job.account.schedule_model == _Model.AUTO
    if job.step == "assignments" and absent and auto:
        job.go("cycles", cursor={})
    elif job.step == "names":
        with transaction.atomic():
            job.hold()
            _keep(job, _Model.WORKCYCLES, job.cursor["periods"])
    else:
        job.fail(reason, **params)


def register_kind() -> None:
    register(
        Kind(
            KIND,
            _("reading of an employee's schedules over time"),
            first="assignments",
            steps={
                "assignments": Read(_assignments_request, _keep_assignments),
                "cycles": Read(_cycles_request, _keep_cycles),
                "names": Read(_names_request, _keep_names),
            },
            give_up=_give_up,
        )
    )
