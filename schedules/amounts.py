"""Times as people say them: “½ day”, “3 h 30”, “09:00–12:30”."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from schedules.arithmetic import DAY

UNITS = ("day", "hour", "time")
_FRACTIONS = {Fraction(1, 2): "½", Fraction(1, 4): "¼", Fraction(3, 4): "¾"}
_NO_BREAK = "\N{NO-BREAK SPACE}"


def unit_words(unit: str) -> str:
    """What this employee's time is counted in."""
    words = {
        "day": _("in days"),
        "hour": _("in hours"),
        "time": _("in hours of the clock"),
    }
    return words.get(unit) or unit


def minutes_of(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds() / 60)


def amount(minutes: int, unit: str) -> str:
    """In the unit of the employee; where that is not known, as Lucca writes it (“12:00”), because
    twelve hours may be half a day."""
    if unit == "day":
        return _days(minutes)
    if unit in UNITS:
        return _hours(minutes)
    return f"{minutes // 60}:{minutes % 60:02}"


def _days(minutes: int) -> str:
    whole, rest = divmod(minutes, DAY)
    part = Fraction(rest, DAY)
    if part and part not in _FRACTIONS:
        count = str(formats.number_format(round(minutes / DAY, 2)))
    else:
        count = f"{whole or ''}{_FRACTIONS.get(part, '')}" or "0"
    words = _("%(count)s day") if minutes <= DAY else _("%(count)s days")
    return words % {"count": count}


def _hours(minutes: int) -> str:
    """French and English alike write 3 h 30; below an hour, minutes."""
    hours, rest = divmod(minutes, 60)
    if not hours and rest:
        return f"{rest}{_NO_BREAK}min"
    return f"{hours}{_NO_BREAK}h" + (f"{_NO_BREAK}{rest:02}" if rest else "")


def clock(starts: str, minutes: int) -> str:
    """“09:00–12:30”; midnight at the end of a day is 24:00."""
    hour, _colon, minute = starts.partition(":")
    end = int(hour) * 60 + int(minute) + minutes
    if end > DAY:
        end -= DAY
    return f"{starts}–{end // 60:02}:{end % 60:02}"


def hours_of_day(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """The planned hours of a day, in the unit of times. Other kinds of events are not planned."""
    return [
        clock(event["starts"], event["minutes"])
        for event in events
        if event["type"].lower() == "ptt" and event["starts"] and event["minutes"]
    ]


def iso(minutes: int | None) -> str | None:
    """ISO 8601, for machines; a day of 24 hours as P1D."""
    if minutes is None:
        return None
    days, rest = divmod(minutes, DAY)
    text = (f"{rest // 60}H" if rest // 60 else "") + (f"{rest % 60}M" if rest % 60 else "")
    if days:
        return f"P{days}D" + (f"T{text}" if text else "")
    return f"PT{text or '0S'}"
