"""The page at /__simulator__/ for people: what can be done, and every switch."""

from __future__ import annotations

from html import escape

from .exchange import Answer
from .faults import KINDS
from .settings import Settings, explanations

CONTROLS = (
    (
        "GET state",
        "Users, locations, entries, imports, exports, reports, timesheets, schedules, keys.",
    ),
    (
        "PATCH state, schedules",
        "A colleague changes a day: "
        '{"overrides": [{"employeeId": 812, "date": "2026-06-15", "position": "firstHalf",'
        ' "nature": "off"}]}; so for exceptions, assignments, userWorkCycles, arrangements,'
        " workCycles, holidays and timeEntries.",
    ),
    ("PATCH state", 'Add, change or remove: {"workLocations": [{"id": 4, "isActive": false}]}.'),
    ("POST reset", "Back to the sixty people, default settings and no faults."),
    ("GET settings, PUT settings", 'Switches: {"rate_limit": 0}.'),
    ("GET faults, POST faults, DELETE faults", 'Rules: {"kind": "timeout", "method": "POST"}.'),
    ("GET clock, POST clock", 'Simulated time: {"advance": 3600}.'),
    ("GET log, DELETE log", "The requests that arrived."),
    ("POST seed", 'More people: {"employees": 5000, "days": 20}.'),
    ("GET budget, POST budget, DELETE budget", 'Requests a minute: {"foreign": 45} uses some.'),
    ("GET import-file/{summaryId}", "The file of an import as it was received."),
)

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Simulated Lucca</title></head>
<body>
<h1>Simulated Lucca</h1>
<p>This is not Lucca: it is a simulation for demonstration, tests and drills. Nothing here leaves
this machine.</p>
<h2>Controls, below /__simulator__/</h2>
<dl>{controls}</dl>
<h2>Kinds of fault</h2>
<p>{kinds}</p>
<h2>Switches</h2>
<table>
<thead><tr><th scope="col">Switch</th><th scope="col">Now</th><th scope="col">Meaning</th></tr>
</thead>
<tbody>{switches}</tbody>
</table>
</body>
</html>
"""


def index_page(settings: Settings) -> Answer:
    """Plain HTML without style or script."""
    controls = "".join(
        f"<dt><code>{escape(name)}</code></dt><dd>{escape(about)}</dd>" for name, about in CONTROLS
    )
    values = settings.as_json()
    switches = "".join(
        f"<tr><th scope='row'><code>{name}</code></th><td>{escape(repr(values[name]))}</td>"
        f"<td>{escape(about)}</td></tr>\n"
        for name, about in explanations().items()
    )
    page = PAGE.format(controls=controls, kinds=escape(", ".join(KINDS)), switches=switches)
    return Answer(200, page.encode(), HEADERS)
