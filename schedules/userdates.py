"""A day as Lucca computed it, as plain values that are kept: see CalendarDay."""

from typing import Any

from portal.lucca.schedule import Times, UserDate
from schedules.amounts import minutes_of


def members(came: UserDate) -> dict[str, Any]:
    """Of the whole day its times, `halves` with theirs under "first" and "second", and `events`."""
    halves = {"first": came.first, "second": came.second}
    return {
        **_times(came.whole),
        "halves": {part: _half(half) for part, half in halves.items() if half is not None},
        "events": [
            {
                "type": event.type,
                "starts": event.starts,
                "minutes": minutes_of(event.duration),
                "timeline": event.timeline,
            }
            for event in came.whole.events
        ],
    }


def _half(half: Times) -> dict[str, Any]:
    """`starts`: the clock of its first planned event; empty where there is none."""
    planned = [one.starts for one in half.events if one.type.lower() == "ptt" and one.starts]
    return {**_times(half), "starts": planned[0] if planned else ""}


def _times(times: Times) -> dict[str, Any]:
    return {
        "source": times.source,
        "theoretical": minutes_of(times.theoretical),
        "actual": minutes_of(times.actual),
        "leave": minutes_of(times.leave),
        "is_holiday": times.is_holiday,
        "is_weekly_rest": times.is_weekly_rest,
    }
