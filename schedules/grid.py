"""The days of many employees, read from our tables in a constant number of queries."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.jobs.moves import JobState
from portal.models import Account, Employee
from schedules.models import CalendarDay, CalendarReading, ScheduleOverride
from schedules.shown import Shown, shown
from schedules.units import KnownUnits, known_units

# The ends of a job after which what it wrote may be there.
MAY_STAND = (JobState.SUCCEEDED, JobState.PARTIAL, JobState.UNKNOWN)
# What a grid shows of a day: neither its halves nor its events.
_DEFERRED = ("halves", "events", "host")


@dataclass(frozen=True)
class Row:
    """One employee and their days, in the order of the calendar."""

    employee: int
    name: str
    login: str
    # With whether the portal changed it.
    days: list[tuple[date, Shown, bool]]


@dataclass(frozen=True)
class Loaded:
    """What is known of some employees on some days."""

    people: dict[int, Employee]
    days: dict[tuple[int, date], CalendarDay]
    units: dict[int, KnownUnits]

    @property
    def oldest(self) -> datetime | None:
        return min((row.read_at for row in self.days.values()), default=None)

    @property
    def unknown(self) -> int:
        return sum(not row.is_known for row in self.days.values())

    def name(self, employee: int) -> tuple[str, str]:
        """Name and login; of who is not in the directory, the number."""
        known = self.people.get(employee)
        if known is None:
            return str(employee), ""
        return f"{known.first_name} {known.last_name}".strip() or str(employee), known.login


def load(
    account: Account, people: Sequence[int], first: date, last: date, *, whole: bool = False
) -> Loaded:
    """`whole`: with halves and events."""
    rows = CalendarDay.objects.filter(
        account=account, host=account.host, employee__in=people, day__range=(first, last)
    )
    if not whole:
        rows = rows.defer(*_DEFERRED)
    known = Employee.objects.filter(account=account, remote_id__in=people)
    return Loaded(
        people={employee.remote_id: employee for employee in known},
        days={(row.employee, row.day): row for row in rows},
        units=known_units(account, people),
    )


def days_of(reading: CalendarReading) -> list[date]:
    count = (reading.last_day - reading.first_day).days + 1
    return [reading.first_day + timedelta(days=number) for number in range(count)]


def changed_here(
    account: Account, people: Sequence[int], first: date, last: date
) -> frozenset[tuple[int, date]]:
    """The employees' days on which an override of ours stands, for all we know."""
    rows = ScheduleOverride.objects.filter(
        account=account,
        host=account.host,
        employee__in=people,
        day__range=(first, last),
        job__state__in=MAY_STAND,
        withdrawn_at=None,
    )
    return frozenset(rows.order_by().values_list("employee", "day"))


def rows(
    reading: CalendarReading,
    people: Sequence[int],
    loaded: Loaded,
    changed: Container[tuple[int, date]] = (),
) -> Iterator[Row]:
    """A row for each of these employees, what has not been read yet included."""
    days = days_of(reading)
    for employee in people:
        name, login = loaded.name(employee)
        units = loaded.units.get(employee)
        cells = [
            (day, shown(loaded.days.get((employee, day)), units), (employee, day) in changed)
            for day in days
        ]
        yield Row(employee, name, login, cells)
