"""Read the day, agree, apply, result: which are done, where the override stands, since when."""

from datetime import datetime

from django.utils.translation import pgettext_lazy

from portal.pages.parts import Step
from schedules.models import ScheduleOverride
from schedules.overrides.words import TONES, stage_words

NAMES = (
    pgettext_lazy("step", "Read the day"),
    pgettext_lazy("step", "Agree"),
    pgettext_lazy("step", "Apply"),
    pgettext_lazy("step", "Result"),
)
# The step at which an override of this stage stands; at the last where it is not named.
_CURRENT = {"preparing": 0, "not-read": 0, "blocked": 1, "ready": 1, "applying": 2}
_DONE = ("verified", "applied", "withdrawn")


def steps(override: ScheduleOverride) -> list[Step]:
    stage = override.stage
    current = _where_cancelled(override) if stage == "cancelled" else _CURRENT.get(stage, 3)
    ends = _ends(override)
    found = []
    for number, name in enumerate(NAMES):
        here = number == current and stage != "cancelled"
        done = number < current or stage in _DONE
        said = stage_words(override) if here else ""
        at = ends[number] if done else None
        found.append(Step(name, _look(stage, number, current), here, at, said))
    return found


def _look(stage: str, number: int, current: int) -> str:
    if number < current or stage in _DONE:
        return "done"
    if number > current or stage == "cancelled":
        return "ahead"
    is_bad = TONES[stage] in ("error", "warning") and stage != "ready"
    return "bad" if is_bad else "current"


def _ends(override: ScheduleOverride) -> list[datetime | None]:
    job, withdrawal = override.job, override.withdrawal
    result = override.withdrawn_at and withdrawal and withdrawal.finished_at
    return [
        override.prepared_at,
        job.created_at if job else None,
        job.finished_at if job else None,
        result or (job.finished_at if job else None),
    ]


def _where_cancelled(override: ScheduleOverride) -> int:
    if override.job:
        return 2
    return 1 if override.dropped_at else 0
