"""Plans in a test: made by somebody, and swept as the background service does."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group

from portal.models import User
from portal.simulator import Simulator
from portal.simulator.timesheets import APPROVED
from reports.models import ExportConfiguration, Plan, PlannedRun, ReportTemplate
from reports.plans import planned, starting
from reports.plans import services as plan_services

PARIS = ZoneInfo("Europe/Paris")


def paris(*args: int) -> datetime:
    return datetime(*args, tzinfo=PARIS)  # type: ignore[misc, arg-type]


def person(role: str = "Launcher", name: str = "ines") -> User:
    found, made = User.objects.get_or_create(
        username=name, defaults={"is_staff": True, "email": f"{name}@example.org"}
    )
    if made:
        found.groups.add(Group.objects.get(name=role))
    return found


def planned_export(of: ExportConfiguration, by: User | None = None, **fields: Any) -> Plan:
    """Every Monday at 7:00, everything before that Monday."""
    given = {"every": "week", "weekday": 0, "at": time(7), "end_day": "monday", **fields}
    plan = Plan(name="Payroll", configuration=of, **given)
    return plan_services.make(plan, [], by=by or person())


def planned_report(of: ReportTemplate, by: User | None = None, **fields: Any) -> Plan:
    """Every Monday at 7:00, the week before."""
    given = {"every": "week", "weekday": 0, "at": time(7), "period": "week", **fields}
    return plan_services.make(Plan(name="Hours", template=of, **given), [], by=by or person())


def swept() -> None:
    """The sweeper, and what it has the queue do."""
    planned.sweep()
    for pk in (
        PlannedRun.objects.filter(state="due").order_by("due_at").values_list("pk", flat=True)
    ):
        starting.start_one(pk)


def all_approved(lucca: Simulator) -> None:
    with lucca.state_store.change() as db:
        db.execute("update timesheets set status = ?", (APPROVED,))


def states(plan: Plan) -> list[str]:
    return list(plan.runs.order_by("due_at").values_list("state", flat=True))


def due_times(plan: Plan) -> list[str]:
    found = plan.runs.order_by("due_at").values_list("due_at", flat=True)
    return [f"{at.astimezone(PARIS):%d %b %H:%M}" for at in found]
