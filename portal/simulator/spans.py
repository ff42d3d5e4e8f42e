"""Durations and moments in the notations of the schedule endpoints.

Everything is held in whole minutes. In the unit of days a whole day is 24 hours, so that half a day
is twelve: see developers.lucca.fr/api-reference/legacy/schedule/get-started.
"""

from __future__ import annotations

import re

from .exchange import Json

DAY = 24 * 60
NOON = 12 * 60
# What a duration's unit is called, by the unit of the schedule.
PLURAL = {"day": "days", "hour": "hours", "time": "hours"}

SPAN = re.compile(r"(?:(\d{1,4})\.)?(\d{1,2}):([0-5]\d):([0-5]\d)(?:\.0+)?")
ISO = re.compile(r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)")


def span(minutes: int, full_day: str = "1.00:00:00") -> str:
    """As v3 writes it: `03:30:00`, and a day and a half as `1.12:00:00`."""
    days, rest = divmod(minutes, DAY)
    if full_day == "24:00:00":
        days, rest = 0, minutes
    text = f"{rest // 60:02}:{rest % 60:02}:00"
    return f"{days}.{text}" if days else text


def read_span(text: object) -> int | None:
    """Minutes; None for what is no span of whole minutes."""
    match = SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[4] != "00":
        return None
    return int(match[1] or 0) * DAY + int(match[2]) * 60 + int(match[3])


def duration(minutes: int, unit: str, day_iso: str = "clock") -> Json:
    """As v4 writes it, with a value that is rounded."""
    if unit != "day":
        return {"value": round(minutes / 60, 2), "iso": _clock(minutes), "unit": "hours"}
    days = round(minutes / DAY, 4)
    value = int(days) if days == int(days) else days
    if minutes and day_iso == "fraction":
        return {"value": value, "iso": f"P{value}D", "unit": "days"}
    iso = f"P{value}D" if minutes and isinstance(value, int) else _clock(minutes)
    return {"value": value, "iso": iso, "unit": "days"}


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    text = (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
    return f"PT{text or '0S'}"


def read_iso(text: object) -> int | None:
    """Minutes of an ISO 8601 duration; None for what is none of whole minutes."""
    match = ISO.fullmatch(text) if isinstance(text, str) else None
    if match is None or not any(part is not None for part in match.groups()):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = days * DAY + hours * 60 + minutes + seconds / 60
    return int(total) if total == int(total) else None


def moment(day: str, minute: int) -> str:
    """A wall-clock moment without offset; the minute may lie beyond midnight."""
    minute = min(minute, DAY - 1)
    return f"{day}T{minute // 60:02}:{minute % 60:02}:00"


def read_moment(text: object) -> tuple[str, int] | None:
    """Day and minute; None for what carries an offset or is no moment."""
    match = MOMENT.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[2]) > 23 or int(match[3]) > 59:
        return None
    return match[1], int(match[2]) * 60 + int(match[3])
