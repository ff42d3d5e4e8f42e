"""The next dates of a plan, each with the days that it will cover."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from reports.due import following
from reports.models import Plan
from reports.plan_words import what, when
from reports.planned import days_of

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
