"""The report templates that a new simulator starts with."""

from __future__ import annotations

import json

from .exchange import Json
from .state import State

FIRST_REPORT = 9042


def _column(kind: str, name: str, category: str, *, periodic: bool = False) -> Json:
    return {
        "kind": kind,
        "name": name,
        "description": "",
        "category": category,
        "isRequired": False,
        "isPeriodic": periodic,
        "isDefault": True,
    }


# The last two members are ours: what the vendor's sample has there could not be read.
TEMPLATES: list[Json] = [
    {
        "id": 318,
        "blueprintId": "times",
        "name": "Worked hours by week",
        "columns": [
            _column("ownerName", "Employee", "owner"),
            _column("ownerDepartment", "Department", "owner"),
            _column("attendanceTime", "Worked", "time", periodic=True),
            _column("leavesDuration", "Leave", "time", periodic=True),
            _column("theoreticalWorkingTime", "Planned", "time", periodic=True),
        ],
        "defaultPeriod": "previousWeek",
        "periodicity": "week",
    },
    {
        "id": 321,
        "blueprintId": "times",
        "name": "Temps du mois par département",
        "columns": [
            _column("ownerEmployeeNumber", "Matricule", "owner"),
            _column("ownerName", "Collaborateur", "owner"),
            _column("ownerDepartment", "Département", "owner"),
            _column("theoreticalWorkingTime", "Temps théorique", "time"),
            _column("attendanceTime", "Temps travaillé", "time"),
            _column("leavesDuration", "Absences", "time"),
        ],
        "defaultPeriod": "previousMonth",
        "periodicity": "month",
    },
]


def seed_reports(state: State) -> None:
    """Two templates, by week and by month; no report yet. Nothing where there are templates."""
    with state.change() as db:
        if state.count("select count(*) from report_templates"):
            return
        db.executemany(
            "insert into report_templates values (?, ?)",
            [(each["id"], json.dumps(each, ensure_ascii=False)) for each in TEMPLATES],
        )
        # The next id is taken from the largest so far: this makes the first one FIRST_REPORT.
        db.execute("insert into sqlite_sequence values ('reports', ?)", (FIRST_REPORT - 1,))
