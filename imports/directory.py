"""What the check knows of Lucca: employees by login, work locations by name.

Plain values, made from the mirror of the directory by whoever calls the check.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Employee:
    """An employee of the directory. ``ends_on`` is the end of the present contract."""

    id: int
    left_on: dt.date | None = None
    ends_on: dt.date | None = None
    starts_on: dt.date | None = None


@dataclass(frozen=True)
class Location:
    """How many active and inactive work locations carry one name, and the areas of the active."""

    active: int = 1
    inactive: int = 0
    areas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Directory:
    """What Lucca knows, by login and by name of the work location."""

    employees: Mapping[str, Employee]
    locations: Mapping[str, Location]
