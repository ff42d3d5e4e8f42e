"""What a person asks for one day of one employee, read and checked without asking Lucca.

The form, the command and files of overrides read durations and clocks here, so that each mistake
has one sentence.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from schedules.arithmetic import DAY
from schedules.overrides.findings import Finding, blocks

PARTS = ("first", "second", "full")
NATURES = ("off", "worked", "partTime", "weeklyRest")
MOST_COMMENT = 200
IN_DAYS, IN_HOURS = "day", "hour"
_DAYS = re.compile(r"([0-9]{1,4})(?:[.,]([0-9]{1,4}))?")
_HOURS = re.compile(r"([0-9]{1,4})\s?(?::|h)\s?([0-5]?[0-9])?(?:\s?min)?", re.IGNORECASE)
_CLOCK = re.compile(r"([0-9]{1,2})\s?(?::|h)\s?([0-5][0-9])?", re.IGNORECASE)


@dataclass(frozen=True)
class Ask:
    """`minutes` with `counted_in` (day or hour, as it was written; a whole day is 1440 minutes);
    both empty where nobody is to work. `starts` is a clock, such as 09:00, or empty."""

    employee: int
    day: date
    part: str
    nature: str
    minutes: int = 0
    counted_in: str = ""
    starts: str = ""
    comment: str = ""


class Unreadable(Exception):
    """Holds the finding that says why."""

    def __init__(self, slug: str, **params: str) -> None:
        super().__init__(slug)
        self.finding = blocks(slug, **params)


def read_duration(text: str) -> tuple[int, str]:
    """Minutes, and what they were counted in: “3:30”, “3h30” and “7 h” are hours; “0.5” and “1”
    are days. Raises Unreadable."""
    said = text.strip()
    if not said:
        return 0, ""
    if match := _HOURS.fullmatch(said):
        minutes, counted_in = int(match[1]) * 60 + int(match[2] or 0), IN_HOURS
    elif _DAYS.fullmatch(said):
        minutes, counted_in = round(Decimal(said.replace(",", ".")) * DAY), IN_DAYS
    else:
        raise Unreadable("duration-unreadable", text=said[:20])
    if minutes > DAY:
        raise Unreadable("duration-too-long", text=said[:20])
    return minutes, counted_in


def read_clock(text: str) -> str:
    """“09:00”, from “9:00”, “09h00” or “9h”. Raises Unreadable."""
    said = text.strip()
    if not said:
        return ""
    match = _CLOCK.fullmatch(said)
    if match is None or int(match[1]) > 23:
        raise Unreadable("clock-unreadable", text=said[:20])
    return f"{int(match[1]):02}:{int(match[2] or 0):02}"


def problems(ask: Ask) -> list[Finding]:
    """What is wrong with it whatever Lucca says."""
    found = []
    if ask.nature == "worked" and not ask.minutes:
        found.append(blocks("duration-missing"))
    if ask.nature != "worked" and ask.minutes:
        found.append(blocks("duration-without-work"))
    if ask.nature != "worked" and ask.starts:
        found.append(blocks("start-without-work"))
    half = ask.part != "full"
    if ask.counted_in == IN_DAYS and half and ask.minutes > DAY // 2:
        found.append(blocks("more-than-half"))
    if ask.starts and _ends_after_midnight(ask):
        found.append(blocks("ends-after-midnight"))
    return found


def _ends_after_midnight(ask: Ask) -> bool:
    hour, _colon, minute = ask.starts.partition(":")
    return int(hour) * 60 + int(minute) + ask.minutes > DAY
