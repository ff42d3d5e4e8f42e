"""The next dates of a plan, each with the days that it will cover."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from reports.models import Plan
from reports.plans.due import following
from reports.plans.planned import days_of
from reports.plans.words import what, when

SHOWN = 5


@dataclass(frozen=True)
class Date:
    at: datetime
    when: str
    what: str


def next_dates(plan: Plan) -> list[Date]:
    """Of a paused plan: as if it were resumed now."""
    times = following(plan, timezone.now(), plan.zone, SHOWN)
    return [Date(at, when(at, plan), what(plan, *days_of(plan, at))) for at in times]
