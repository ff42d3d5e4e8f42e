"""Rows for every page of the admin: `make[model](number)` is one, with all that hangs on it.

Each row has an account, a user and a job of its own, so that a page that asks for each of them
anew is seen.
"""

import itertools
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.utils import timezone

from imports.models import CauseCount, ImportBatch, LineIssue, Upload
from portal.audit import record
from portal.models import (
    Account,
    Area,
    Attempt,
    Employee,
    Event,
    Heartbeat,
    Job,
    LuccaCall,
    Notice,
    User,
    WorkLocation,
)
from reports.models import (
    Export,
    ExportConfiguration,
    ExportRun,
    Plan,
    PlannedRun,
    ReportRun,
    ReportTemplate,
)
from schedules.models import (
    ArrangementAssignment,
    CalendarDay,
    CalendarReading,
    EmployeePeriods,
    KnownArrangement,
    OverrideFile,
    OverrideIssue,
    ScheduleOverride,
    UnitSetting,
)

_numbers = itertools.count(1)


def account() -> Account:
    number = next(_numbers)
    return Account.objects.create(
        label=f"account-{number}",
        base_url=f"http://127.0.0.1:{number + 1000}",
        host=f"127.0.0.1:{number + 1000}",
        kind="simulator",
    )


def user(children: int = 1) -> User:
    found = User.objects.create(username=f"user-{next(_numbers)}")
    found.groups.set([group(0) for _ in range(children)])
    found.user_permissions.set(Permission.objects.all()[:children])
    return found


def group(children: int = 1) -> Group:
    found = Group.objects.create(name=f"group-{next(_numbers)}")
    found.permissions.set(Permission.objects.all()[:children])
    return found


def _job() -> Job:
    return Job.objects.create(
        kind="directory",
        account=account(),
        step="employees",
        lane="lane",
        asked_by=user(0),
        reason="server-error",
        reason_params={"status": 500},
    )


def job(children: int = 1) -> Job:
    found = _job()
    found.waits_for = _job()
    found.save()
    for number in range(children):
        _attempt(found, number + 1)
        _call(found)
    return found


def _attempt(of: Job, number: int) -> Attempt:
    return Attempt.objects.create(
        job=of,
        purpose="send",
        number=number,
        irreversible=False,
        sent_at=timezone.now(),
        call=_call(of),
    )


def attempt(children: int = 1) -> Attempt:
    return _attempt(_job(), 1)


def _call(of: Job) -> LuccaCall:
    return LuccaCall.objects.create(
        account=of.account,
        job=of,
        host=of.account.host,
        method="GET",
        path="/api/v3/users",
        sent_at=timezone.now(),
    )


def call(children: int = 1) -> LuccaCall:
    return _call(_job())


def event(children: int = 1) -> Event:
    of = account()
    record("account.change", of, account=of.label, by="ines", values={"page_size": 10})
    return Event.objects.order_by("-seq")[0]


def employee(children: int = 1) -> Employee:
    number = next(_numbers)
    return Employee.objects.create(
        account=account(),
        remote_id=number,
        login=f"u{number}",
        first_name="Inès",
        last_name=f"Marchal {number}",
        contract_end=date(2030, 1, 1),
        seen_at=timezone.now(),
    )


def location(children: int = 1) -> WorkLocation:
    found = WorkLocation.objects.create(
        account=account(),
        remote_id=next(_numbers),
        name="Lyon <b>Part-Dieu</b>",
        is_active=True,
        seen_at=timezone.now(),
    )
    for number in range(children):
        Area.objects.create(location=found, remote_id=number, name=f"area {number}")
    return found


def heartbeat(children: int = 1) -> Heartbeat:
    now = timezone.now()
    return Heartbeat.objects.create(name=f"host {next(_numbers)}", started_at=now, beat_at=now)


def notice(children: int = 1) -> Notice:
    return Notice.objects.create(
        user=user(0), kind="import-needs", params={"import": 1, "account": "x"}, path="/", key="1"
    )


def batch(children: int = 1) -> ImportBatch:
    made = ImportBatch.objects.create(
        account=account(),
        created_by=user(0),
        responsible=user(0),
        launched_by=user(0),
        job=_job(),
        note="=1+1 <script>alert(1)</script>",
        file_name="<b>lines</b>.csv",
        sha256="0" * 64,
        size=100,
        total=children,
        parts=[{"file": "x", "first": 1, "lines": 1, "sha256": "0" * 64}] * children,
    )
    for number in range(children):
        Upload.objects.create(
            batch=made,
            job=_job(),
            round=1,
            part=number + 1,
            create=False,
            override=False,
            lines=1,
            sha256="0" * 64,
        )
        CauseCount.objects.create(
            batch=made,
            origin="check",
            severity=f"error{number}",
            cause="unknown-login",
            count=1,
            first_line=2,
            params='{"value": "<b>tnol</b>"}',
        )
    return made


def issue(children: int = 1) -> LineIssue:
    return LineIssue.objects.create(
        batch=batch(0),
        line=2,
        column="login",
        severity="error",
        origin="check",
        cause="unknown-login",
        params='{"value": "<b>tnol</b>"}',
    )


def configuration(children: int = 1) -> ExportConfiguration:
    return ExportConfiguration.objects.create(
        account=account(), remote_id=next(_numbers), label="<b>payroll</b>"
    )


def run(children: int = 1) -> ExportRun:
    made = ExportRun.objects.create(
        configuration=configuration(), job=_job(), watch=_job(), ends_at=date(2026, 3, 30)
    )
    for number in range(children):
        made.export = _export(made, number + 1)
    made.save()
    return made


def _export(of: ExportRun, number: int) -> Export:
    return Export.objects.create(
        configuration=of.configuration,
        remote_id=number,
        created_at="<b>2026-03-30</b>",
        origin=Export.Origin.OWN,
        run=of,
    )


def export(children: int = 1) -> Export:
    return _export(run(0), 1)


def calendar(children: int = 1) -> CalendarReading:
    """As many people, each with one day that was read."""
    of = account()
    people = [1000 + number for number in range(max(1, children))]
    CalendarDay.objects.bulk_create(
        CalendarDay(
            account=of,
            host=of.host,
            employee=person,
            day=date(2031, 3, 3),
            is_known=True,
            theoretical=420,
            read_at=timezone.now(),
        )
        for person in people
    )
    return CalendarReading.objects.create(
        account=of,
        host=of.host,
        job=_job(),
        asked_by=user(0),
        people=people,
        first_day=date(2031, 3, 1),
        last_day=date(2031, 3, 31),
    )


def override(children: int = 1) -> ScheduleOverride:
    """Applied, with jobs of its own; Lucca held `children` changes of others on that day."""
    of, day = account(), timezone.localdate()
    half = {"source": 1, "theoretical": 240, "actual": 240, "leave": 0, "is_holiday": False,
            "is_weekly_rest": False, "starts": "09:00"}  # fmt: skip
    times = {**half, "halves": {"first": half, "second": half}, "events": []}
    item = {"part": "second", "starts_at": f"{day}T12:00:00", "minutes": 0, "nature": "off",
            "comment": "<b>swap</b>", "extra": []}  # fmt: skip
    return ScheduleOverride.objects.create(
        account=of,
        host=of.host,
        employee=next(_numbers),
        day=day,
        part="second",
        nature="off",
        comment="=1+1 <script>alert(1)</script>",
        asked_by=user(0),
        preparation=_job(),
        job=_job(),
        schedule_model="arrangements",
        unit="hour",
        prepared_at=timezone.now(),
        before=times,
        after=times,
        standing=[item] * children,
        wanted=[item],
        expected={"theoretical": 240, "halves": {"first": 240, "second": 0}},
        findings=[{"slug": "timesheet-submitted", "params": {}, "weight": "asks"}] * children,
        journal={"read": [item] * children, "sent": [item]},
        verdict="verified",
    )


def unit(children: int = 1) -> UnitSetting:
    of = employee()
    return UnitSetting.objects.create(
        account=of.account,
        host=of.account.host,
        employee=of.remote_id,
        unit="hour",
        set_by=user(0),
    )


def arrangement(children: int = 1) -> KnownArrangement:
    """With as many weeks that were in force one after the other."""
    of = account()
    off: dict[str, Any] = {"off": "off", "shifts": []}
    worked = [{"position": "firstHalf", "starts": "", "minutes": 240}]
    week = [{"off": "", "shifts": worked}, *[off] * 6]
    return KnownArrangement.objects.create(
        account=of,
        host=of.host,
        remote_id=next(_numbers),
        name="<b>35h</b>",
        unit="hour",
        schedules=[
            {
                "id": number,
                "starts": f"{2027 + number}-01-01",
                "ends": f"{2027 + number}-12-31",
                "splits": True,
                "shape": "singleWeek",
                "week": week,
            }
            for number in range(children)
        ],
        seen_at=timezone.now(),
    )


def _assigned(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "starts": f"{2010 + number}-01-01",
        "ends": f"{2010 + number}-12-31",
        "number": 7,
        "name": "<b>35h</b>",
        "unit": "hour",
    }


def over_time(children: int = 1) -> EmployeePeriods:
    of = employee()
    return EmployeePeriods.objects.create(
        account=of.account,
        host=of.account.host,
        employee=of.remote_id,
        model="arrangements",
        periods=[_assigned(number) for number in range(children)],
        job=_job(),
        read_at=timezone.now(),
    )


def assignment(children: int = 1) -> ArrangementAssignment:
    of, job = employee(), _job()
    made = ArrangementAssignment.objects.create(
        account=of.account,
        host=of.account.host,
        employee=of.remote_id,
        arrangement=9,
        starts_on=date(2031, 7, 1),
        asked_by=user(0),
        look=_job(),
        looked_at=timezone.now(),
        name="<b>80 %</b>",
        unit="hour",
        found={
            "arrangement": {"id": 9, "is_archived": False, "is_valid": True},
            "assignments": [_assigned(number) for number in range(children)],
            "overrides": [],
        },
        job=job,
        again=_job(),
    )
    for number in range(children):
        _attempt(job, number + 1)
    return made


def plan(children: int = 1) -> Plan:
    """With planned runs of every kind."""
    now = timezone.now()
    made = Plan.objects.create(
        name="<b>Payroll</b>",
        configuration=configuration(),
        every="week",
        weekday=0,
        at=time(7),
        end_day="monday",
        owner=user(0),
        next_at=now - timedelta(hours=1),
    )
    made.recipients.set([user(0) for _ in range(children)])
    for number in range(children):
        for place, state in enumerate(PlannedRun.State):
            at = now - timedelta(days=7 * number + 1, minutes=place)
            PlannedRun.objects.create(
                plan=made,
                due_at=at,
                ends_on=date(2026, 3, 30),
                state=state,
                export_run=run(0) if state == PlannedRun.State.STARTED else None,
                reason="plan-busy",
                reason_params={"run": number},
            )
    return made


def override_file(children: int = 1) -> OverrideFile:
    """As many changes that are ready, and as many lines that are wrong."""
    of, count = account(), max(1, children)
    preparation = _succeeded()
    file = OverrideFile.objects.create(
        account=of,
        host=of.host,
        created_by=user(0),
        file_name="<b>changes</b>.csv",
        note="<b>note</b>",
        sha256="0" * 64,
        size=1,
        total=2 * count,
        refused=count,
        changes=count,
        employees=count,
        first_day=date(2031, 3, 3),
        last_day=date(2031, 3, 3),
        check_job=_succeeded(),
        preparation=preparation,
    )
    for number in range(count):
        OverrideIssue.objects.create(
            file=file,
            line=2 + number,
            column="login",
            severity="error",
            cause="unknown-login",
            params='{"value": "<b>x</b>"}',
        )
        ScheduleOverride.objects.create(
            account=of,
            host=of.host,
            employee=2000 + number,
            day=date(2031, 3, 3),
            part="full",
            nature="off",
            comment="<b>comment</b>",
            schedule_model=of.schedule_model,
            preparation=preparation,
            prepared_at=timezone.now(),
            unit="hour",
            before={"theoretical": 420, "halves": {}},
            expected={"theoretical": 0, "halves": {}},
            findings=[{"slug": "replaces-ours", "weight": "asks", "params": {"what": "<b>"}}],
            file=file,
            line=2 + count + number,
        )
    return file


def _succeeded() -> Job:
    return Job.objects.create(
        kind="directory",
        account=account(),
        step="employees",
        state="succeeded",
        finished_at=timezone.now(),
    )


def template(children: int = 1) -> ReportTemplate:
    return ReportTemplate.objects.create(
        account=account(),
        name="<b>hours</b>",
        remote_id=str(next(_numbers)),
        document='{"name": "x", "columns": [{"kind": "<b>k</b>"}]}',
        creation=_job(),
        filters=[{"kind": "<b>department</b>", "values": [7]}],
    )


def report(children: int = 1) -> ReportRun:
    made = ReportRun.objects.create(
        template=template(),
        job=_job(),
        starts_on=date(2026, 3, 2),
        ends_on=date(2026, 3, 8),
        filters=[{"kind": "<b>department</b>", "values": [7]}],
        remote_name="<b>hours</b>",
    )
    for number in range(children):
        Attempt.objects.create(
            job=made.job,
            purpose="report",
            number=number + 1,
            irreversible=False,
            sent_at=timezone.now(),
            outcome="not_done",
        )
    return made


# What takes the number of things that hang on the row, and gives the row.
make: dict[type[Model], Callable[[int], Any]] = {
    Account: lambda children: account(),
    User: user,
    Group: group,
    Job: job,
    Attempt: attempt,
    LuccaCall: call,
    Event: event,
    Employee: employee,
    WorkLocation: location,
    Heartbeat: heartbeat,
    ImportBatch: batch,
    LineIssue: issue,
    Notice: notice,
    ExportConfiguration: configuration,
    ExportRun: run,
    Export: export,
    Plan: plan,
    CalendarReading: calendar,
    OverrideFile: override_file,
    UnitSetting: unit,
    ScheduleOverride: override,
    KnownArrangement: arrangement,
    EmployeePeriods: over_time,
    ArrangementAssignment: assignment,
    ReportTemplate: template,
    ReportRun: report,
}
