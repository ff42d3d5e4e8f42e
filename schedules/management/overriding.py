"""What the commands of overrides report, and with which exit code they end."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.management.base import (
    DONE,
    IN_PART,
    NOT_DONE,
    REFUSED,
    UNKNOWN,
    WAITING,
)
from schedules.amounts import iso
from schedules.models import CalendarDay, ScheduleOverride
from schedules.overrides.findings import read
from schedules.overrides.words import stage_words
from schedules.shown import times_as_json

# Lucca understood the request and said no, as opposed to not being asked.
_DECLINED = ("override-refused", "too-large")
_CONFLICTS = (
    "override-conflict",
    "override-restless",
    "withdrawal-changed",
    "withdrawal-not-known",
)
NOTHING_KNOWN: dict[str, Any] = {
    **dict.fromkeys(["override", "state", "before", "after", "verified"]),
    "conflicts": [],
}


def describe(override: ScheduleOverride) -> dict[str, Any]:
    """The JSON document but for `next`."""
    return {
        "override": str(override.pk),
        "state": override.stage,
        "account": override.account.label,
        "employee": str(override.employee),
        "date": str(override.day),
        "half": override.part,
        "nature": override.nature,
        "duration": iso(override.minutes),
        "unit": override.unit or None,
        "before": _day(override.before),
        "meant": _meant(override.expected),
        "after": _day(override.after),
        "verified": verified(override),
        "conflicts": conflicts(override),
        "questions": [{"cause": one.slug, "message": str(one)} for one in _open(override)],
    }


def verified(override: ScheduleOverride) -> bool | None:
    """None while it was neither."""
    return {"verified": True, "different": False}.get(override.verdict)


def conflicts(override: ScheduleOverride) -> list[dict[str, str]]:
    """Why nothing may be sent."""
    return [{"cause": one.slug, "message": str(one)} for one in read(override.blocking)]


def _open(override: ScheduleOverride) -> list[Any]:
    return [one for one in read(override.questions) if one.slug not in override.accepted]


def _day(day: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if day is None:
        return None
    return times_as_json(CalendarDay(is_known=True, **day))


def _meant(expected: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if expected is None:
        return None
    return {
        "theoretical": iso(expected["theoretical"]),
        "halves": [
            {"half": part, "theoretical": iso(minutes)}
            for part, minutes in expected["halves"].items()
        ],
    }


def next_step(override: ScheduleOverride) -> str:
    """What a person would read."""
    stage = override.stage
    if stage == "blocked":
        return " ".join(one["message"] for one in conflicts(override))
    if stage == "ready":
        return _("Nothing was sent. Agree in the portal, within an hour.")
    if stage == "verified":
        back = _why_not_taken_back(override)
        return back or _("Nothing to do: Lucca was read afterwards, and the day is as it was meant"
                         " to be.")  # fmt: skip
    if stage == "withdrawn":
        return _("Nothing to do: what the portal wrote is not there any more.")
    job = override.withdrawal or override.job or override.preparation
    return job.message if job and job.message else stage_words(override)


def _why_not_taken_back(override: ScheduleOverride) -> str:
    job = override.withdrawal
    return job.message if job is not None else ""


def code_of(override: ScheduleOverride) -> int:
    """The exit code of override_schedule."""
    stage, job = override.stage, override.job or override.preparation
    reason = job.reason if job else ""
    if stage == "failed":
        return REFUSED if reason in (*_DECLINED, *_CONFLICTS) else NOT_DONE
    return {
        "verified": DONE,
        "applied": DONE,
        "different": IN_PART,
        "partial": IN_PART,
        "unknown": UNKNOWN,
        "blocked": REFUSED,
        "ready": WAITING,
        "cancelled": WAITING,
        "not-read": NOT_DONE,
    }.get(stage, UNKNOWN if job and job.reason == "lane-unknown" else WAITING)


def code_of_withdrawal(override: ScheduleOverride) -> int:
    """The exit code of withdraw_override."""
    job = override.withdrawal
    if override.withdrawn_at is not None:
        return DONE if job and job.state != "partial" else IN_PART
    if override.stage in ("unknown", "withdrawing"):
        return UNKNOWN
    if override.stage == "partial":
        return IN_PART
    if job is not None and job.reason in (*_DECLINED, *_CONFLICTS):
        return REFUSED
    return NOT_DONE
