"""The job that reads the days of overrides before anybody agrees to them. It changes nothing.

    read -> read -> … (a block of at most ten employees and 31 days each)

A block costs its standing overrides, its days, its timesheets and, with arrangements, who has
which; each arrangement's schedules are read once.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.connect import connect
from portal.jobs.kinds import Kind, Work, register
from portal.jobs.models import Job
from portal.lucca import arrangements
from portal.lucca.arrangements import Assignment, CollectiveSchedule, Shift, Weekday
from portal.lucca.errors import Misconfigured
from portal.lucca.session import Session
from portal.lucca.timesheet import Timesheet
from portal.models import Account
from schedules.override_models import ScheduleOverride
from schedules.overrides import merge, shape
from schedules.overrides.findings import Finding, asks, blocks
from schedules.overrides.reading import Standing, asked, assignments, days, sheets, standing
from schedules.overrides.reading import blocks as blocks_of
from schedules.overrides.services import PREPARE
from schedules.overrides.shape import Base, base_of, of_userdate
from schedules.overrides.standing import Item, ledger
from schedules.units import ASSIGNMENT, EXCEPTIONS, unit_on

_READ = "read"
_Model = Account.ScheduleModel


def _read(job: Job) -> None:
    """The next block, kept; the job ends after the last."""
    left = ScheduleOverride.objects.filter(preparation=job, prepared_at=None)
    rows = list(left.select_related("account").order_by("day", "employee", "pk"))
    if not rows:
        job.succeed()
        return
    block = next(blocks_of(rows))
    lucca = connect(job.account, job)
    known = _Known.read(lucca, job, block)
    prepared = [_prepared(row, known) for row in block]
    done = ScheduleOverride.objects.filter(preparation=job).exclude(prepared_at=None).count()
    with transaction.atomic():
        job.hold()
        for row in prepared:
            row.save(update_fields=_WRITTEN)
        percent = min(99, 100 * (done + len(block)) // (done + len(rows)))
        job.go(_READ, cursor=job.cursor | {"patterns": known.patterns.stored}, progress=percent)


_WRITTEN = [
    *("unit", "unit_from", "prepared_at", "before", "standing", "wanted", "expected", "findings"),
]


class _Patterns:
    """The schedules of arrangements, read once each in the life of the job."""

    def __init__(self, lucca: Session, stored: Mapping[str, Any]) -> None:
        self._lucca = lucca
        self.stored = dict(stored)

    def of(self, arrangement: int) -> list[dict[str, Any]]:
        """Empty where the key may not see them: then nothing is known of the week."""
        key = str(arrangement)
        if key not in self.stored:
            try:
                found = self._lucca.send(arrangements.collective_schedules(arrangement))
            except Misconfigured as error:
                if error.status not in (403, 404):
                    raise
                found = []
            self.stored[key] = [_stored(one) for one in found]
        return list(self.stored[key])


def _stored(one: CollectiveSchedule) -> dict[str, Any]:
    week = None if one.week is None else [_weekday(weekday) for weekday in one.week]
    return {
        "starts": str(one.starts_on or ""),
        "ends": str(one.ends_on or "9999"),
        "splits": one.splits_half_days,
        "week": week,
    }


def _weekday(one: Weekday) -> list[list[Any]]:
    return [
        [shift.position, shift.starts, shift.duration.total_seconds(), shift.iso]
        for shift in one.shifts
    ]


class _Known:
    """What was read for a block."""

    def __init__(
        self,
        standing: Standing,
        days: Mapping[tuple[int, date], dict[str, Any]],
        sheets: list[Timesheet] | None,
        assigned: Mapping[int, list[Assignment]],
        patterns: _Patterns,
    ) -> None:
        self.standing, self.days, self.sheets = standing, days, sheets
        self.assigned, self.patterns = assigned, patterns

    @classmethod
    def read(cls, lucca: Session, job: Job, block: Sequence[ScheduleOverride]) -> "_Known":
        wanted = asked(block)
        newer = wanted.model == _Model.ARRANGEMENTS
        return cls(
            standing(lucca, job.account, wanted),
            days(lucca, wanted),
            sheets(lucca, wanted),
            assignments(lucca, wanted.people) if newer else {},
            _Patterns(lucca, job.cursor.get("patterns", {})),
        )

    def covering(self, override: ScheduleOverride) -> list[Assignment]:
        return [
            one
            for one in self.assigned.get(override.employee, [])
            if one.starts_on <= override.day <= (one.ends_on or override.day)
        ]

    def has_submitted(self, override: ScheduleOverride) -> bool:
        return any(
            one.owner == override.employee and one.starts_on <= override.day < one.ends_on
            for one in self.sheets or []
        )


# One override


def _prepared(override: ScheduleOverride, known: _Known) -> ScheduleOverride:
    """With what was found, and what would be sent."""
    current = known.standing.on(override.employee, override.day)
    override.before = known.days.get((override.employee, override.day))
    override.standing = [item.stored() for item in current]
    override.wanted, override.expected = [], None
    override.prepared_at = timezone.now()
    newer = override.schedule_model == _Model.ARRANGEMENTS
    found, base = _unit_and_base(override, known, newer=newer)
    found += shape.problems(override, base, keeps_nature=newer)
    if not any(one.weight == "blocks" for one in found):
        wanted = shape.items(override, base, keeps_nature=newer)
        found += _with(override, wanted, current, base, newer=newer)
    found += _around(override, known)
    override.findings = [one.stored() for one in found]
    return override


def _with(
    override: ScheduleOverride,
    wanted: list[Item],
    current: list[Item],
    base: Base,
    *,
    newer: bool,
) -> list[Finding]:
    merged = merge.put(current, wanted, ledger(override))
    override.wanted = [item.stored() for item in wanted]
    override.expected = shape.expected(override.before, base, wanted, merged.removed)
    found = list(merged.findings)
    if newer:
        found += merge.must_be_plain(merged.kept)
    found += [asks("replaces-ours", what=one.part) for one in merged.removed]
    return list({(one.slug, str(one.params)): one for one in found}.values())


def _unit_and_base(
    override: ScheduleOverride, known: _Known, *, newer: bool
) -> tuple[list[Finding], Base]:
    """Sets the unit; the findings say why it is not known."""
    override.unit, override.unit_from = "", ""
    if newer:
        return _of_assignment(override, known)
    if override.before is None:
        return [blocks("outside-contract")], Base()
    units = known.standing.units.get(override.employee, set())
    if len(units) == 1:
        override.unit, override.unit_from = next(iter(units)), EXCEPTIONS
    else:
        found = unit_on(override.account, override.employee, override.day)
        override.unit, override.unit_from = found.found, found.where
    if override.unit not in shape.UNITS:
        return [blocks("unit-not-known")], Base()
    return [], of_userdate(override.before)


def _of_assignment(override: ScheduleOverride, known: _Known) -> tuple[list[Finding], Base]:
    covering = known.covering(override)
    if len(covering) > 1:
        return [blocks("several-assignments")], Base()
    if not covering or override.before is None:
        return [blocks("outside-contract")], Base()
    (one,) = covering
    override.unit, override.unit_from = one.unit, ASSIGNMENT
    if override.unit not in shape.UNITS:
        return [blocks("unit-not-known")], Base()
    schedules = known.patterns.of(one.arrangement) if one.arrangement is not None else []
    return [], _base(schedules, override.day)


def _base(schedules: list[dict[str, Any]], day: date) -> Base:
    text = str(day)
    covering = [one for one in schedules if one["starts"] <= text <= one["ends"]]
    if len(covering) != 1:
        return Base()
    (schedule,) = covering
    week = schedule["week"]
    samples = [_shift(shift) for weekday in week or [] for shift in weekday]
    shifts = None if week is None else [_shift(shift) for shift in week[day.weekday()]]
    return base_of(shifts, schedule["splits"], samples)


def _shift(stored: list[Any]) -> Shift:
    position, starts, seconds, iso = stored
    return Shift(position, starts, timedelta(seconds=seconds), iso)


def _around(override: ScheduleOverride, known: _Known) -> list[Finding]:
    """The eve, and timesheets."""
    found = [
        blocks("reaches-over", what=item.starts_at[11:16])
        for item in known.standing.reaching_into(override.employee, override.day)
    ]
    if known.sheets is None:
        found.append(asks("timesheets-not-readable"))
    elif known.has_submitted(override):
        found.append(asks("timesheet-submitted"))
    return found


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Days are only read: nothing can have been done."""
    job.fail("override-not-read", **{**params, "cause": reason})


def register_kind() -> None:
    register(Kind(PREPARE, _("reading of days to change"), _READ, {_READ: Work(_read)}, _give_up))
