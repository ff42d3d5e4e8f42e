"""Silence is an alarm: what is overdue now, what happened, and what to check.

Worked out when a page is shown, from what is stored: also while the background service is down,
which is when nobody else would say so. At most three queries.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.reasons import sentence
from portal.words import moment
from reports.models import PlannedRun
from reports.plans.lateness import START_LATE, Late, late, plans_in_trouble, under_way_or_lost

S = PlannedRun.State


@dataclass(frozen=True)
class Alarm:
    """`said` is what happened, `check` what to look at, `url` where."""

    account: str
    said: str
    check: str
    url: str


def on_the_start_page(request: HttpRequest) -> dict[str, Any]:
    if not request.user.has_perms(["reports.view_plan", "reports.view_exportrun"]):
        return {}
    return {"alarms": overdue()}


def overdue() -> list[Alarm]:
    now = timezone.now()
    jobs = list(under_way_or_lost())
    lost = [job for job in jobs if job.state == JobState.UNKNOWN]
    failed = [job for job in jobs if job.state == JobState.FAILED]
    return [
        *map(_unknown, lost),
        *map(_failed, failed),
        *map(_late, late(jobs, now)),
        *_of_plans(plans_in_trouble(now), now),
    ]


def _run(job: Job) -> Any:
    return job.export_run if hasattr(job, "export_run") else job.report_run


def _address(job: Job) -> str:
    run = _run(job)
    return reverse(f"admin:reports_{run._meta.model_name}_change", args=[run.pk])


def _name(job: Job) -> str:
    run = _run(job)
    if hasattr(job, "export_run"):
        said = {"run": run.pk, "name": run.configuration.label}
        return _("Export run %(run)s of “%(name)s”") % said
    return _("Report %(run)s of “%(name)s”") % {"run": run.pk, "name": run.template.name}


def _unknown(job: Job) -> Alarm:
    return Alarm(
        job.account.label,
        _("%(run)s: the outcome is unknown.") % {"run": _name(job)},
        job.message,
        _address(job),
    )


def _failed(job: Job) -> Alarm:
    """Planned, started, and nothing came of it."""
    plan = _run(job).planned.plan
    said = _("%(run)s, which the plan “%(plan)s” started, was not made.")
    return Alarm(
        job.account.label,
        said % {"run": _name(job), "plan": plan},
        job.message,
        reverse("admin:reports_plan_change", args=[plan.pk]),
    )


def _late(found: Late) -> Alarm:
    job = found.job
    said = {"run": _name(job), "time": timesince(found.since)}
    if found.usual:
        now = timezone.now()
        usual = timesince(now - max(found.usual, timedelta(minutes=1)), now)
        text = _("%(run)s has been under way for %(time)s; it usually takes %(usual)s.")
        said["usual"] = usual
    else:
        text = _("%(run)s has been under way for %(time)s.")
    if job.state == JobState.QUEUED:
        check = _("Nobody has begun it: is the background service running?")
    else:
        check = _("Look at its page, which says what it waits for. Do not ask for it again.")
    return Alarm(job.account.label, text % said, check, _address(job))


def _of_plans(rows: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[Alarm]:
    overdue_plans = set[int]()
    for row in rows:
        if row["next_at"] and row["next_at"] <= now - START_LATE and row["pk"] not in overdue_plans:
            overdue_plans.add(row["pk"])
            yield _silent(row)
        if row["state"]:
            yield _planned(row)


def _alarm(row: Mapping[str, Any], said: str, at: datetime, check: str) -> Alarm:
    return Alarm(
        row["account"] or row["report_account"],
        said % {"plan": row["name"], "when": moment(at)},
        check,
        reverse("admin:reports_plan_change", args=[row["pk"]]),
    )


def _silent(row: Mapping[str, Any]) -> Alarm:
    return _alarm(
        row,
        _("The plan “%(plan)s” was due (%(when)s), and nothing has happened."),
        row["next_at"],
        _(
            "The background service does not seem to be running. Ask the portal's administrator to"
            " start it; what was missed is then made up, once."
        ),
    )


def _planned(row: Mapping[str, Any]) -> Alarm:
    said = {
        S.DUE: _("The plan “%(plan)s” was due (%(when)s) and has not started yet."),
        S.REFUSED: _("The plan “%(plan)s” did not start what was due (%(when)s)."),
        S.MISSED: _("The plan “%(plan)s” missed what was due (%(when)s)."),
    }[row["state"]]
    why = sentence(row["reason"], row["reason_params"])
    return _alarm(row, said, row["due_at"], why or _("It is tried again each minute."))
