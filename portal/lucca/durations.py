"""Durations and moments of schedules, in the notations that Lucca has for them.

https://developers.lucca.fr/api-reference/legacy/schedule/get-started

v3 writes `03:30:00`, and `1.00:00:00` from a day on; v4 writes ISO 8601. Where a schedule counts in
days, a whole day is 24 hours, so that twelve hours are half a day. Moments are those of a clock on
the wall: they have no offset, and are never shifted.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.lucca.types import Malformed, text

_SPAN = re.compile(r"(?:([0-9]{1,4})\.)?([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]{1,7})?")
_ISO = re.compile(
    r"P(?:([0-9]{1,4}(?:[.,][0-9]{1,9})?)D)?"
    r"(?:T(?:([0-9]{1,5}(?:[.,][0-9]{1,9})?)H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})(?:\.[0-9]+)?S)?)?"
)
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.[0-9]+)?(?:Z|[+-]00:?00)?"
)


def span(obj: Mapping[str, Any], name: str) -> timedelta | None:
    """A v3 time span; None for null and missing."""
    found = text(obj, name)
    if not found:
        return None
    match = _SPAN.fullmatch(found)
    if match is None:
        raise Malformed(name)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def iso(obj: Mapping[str, Any], name: str) -> timedelta | None:
    """An ISO 8601 duration: `PT3H30M`, and half a day as `PT12H`, `P0DT12H` or `P0.5D`."""
    found = text(obj, name)
    if not found:
        return None
    match = _ISO.fullmatch(found)
    if match is None or not any(match.groups()) or found.endswith("T"):
        raise Malformed(name)
    days, hours, minutes, seconds = (float((p or "0").replace(",", ".")) for p in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=round(seconds))


def moment(obj: Mapping[str, Any], name: str) -> datetime | None:
    """A wall-clock moment. A Z means nothing (the vendor's samples have it); a real offset is
    Malformed, because nobody knows what it would mean."""
    found = text(obj, name)
    if not found:
        return None
    match = _MOMENT.fullmatch(found)
    if match is None:
        raise Malformed(name)
    try:
        return datetime.fromisoformat(match[1] + (match[2] or ":00"))
    except ValueError:
        raise Malformed(name) from None


def write_span(value: timedelta) -> str:
    """As v3 takes it."""
    days, hours, minutes = _parts(value)
    clock = f"{hours:02}:{minutes:02}:00"
    return f"{days}.{clock}" if days else clock


def write_iso(value: timedelta) -> str:
    """`PT3H30M`, `PT0S`; a whole day as `P1D`."""
    days, hours, minutes = _parts(value)
    if days:
        rest = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        return f"P{days}D" + (f"T{rest}" if rest else "")
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return f"PT{clock or '0S'}"


def write_moment(value: datetime) -> str:
    """Without an offset, which Lucca forbids."""
    return value.replace(tzinfo=None).isoformat(timespec="seconds")


def _parts(value: timedelta) -> tuple[int, int, int]:
    minutes = int(value.total_seconds()) // 60
    return minutes // 1440, minutes // 60 % 24, minutes % 60
