"""The days of many employees, read from our tables in a constant number of queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.models import Account, Employee
from schedules.models import CalendarDay, CalendarReading
from schedules.shown import Shown, shown
from schedules.units import KnownUnits, known_units

# What a grid shows of a day: neither its halves nor its events.
_DEFERRED = ("halves", "events", "host")


@dataclass(frozen=True)
class Row:
    """One employee and their days, in the order of the calendar."""

    employee: int
    name: str
    login: str
    days: list[tuple[date, Shown]]


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


def rows(reading: CalendarReading, people: Sequence[int], loaded: Loaded) -> Iterator[Row]:
    """A row for each of these employees, what has not been read yet included."""
    days = days_of(reading)
    for employee in people:
        name, login = loaded.name(employee)
        units = loaded.units.get(employee)
        cells = [(day, shown(loaded.days.get((employee, day)), units)) for day in days]
        yield Row(employee, name, login, cells)
