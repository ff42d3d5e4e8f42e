"""Headings of columns: the measure, and the period where a column is repeated for each of them.

Lucca repeats a periodic column once for each period of the report. How it writes their headings is
not published: the same one each time, or with the period in it, in the language of the account.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

_MONTHS = (
    "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre"
    "|décembre|decembre|janv|févr|fevr|juil|sept|déc|january|february|march|april|may|june|july"
    "|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec"
)
_DAYS = (
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim"
    "|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun"
)
_DAY = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[/.][0-9]{1,2}[/.](?:[0-9]{4}|[0-9]{2})"
    rf"|[0-9]{{1,2}}/[0-9]{{1,2}}|[0-9]{{1,2}}(?:er)? (?:{_MONTHS})\.?(?: [0-9]{{4}})?"
)
_PERIOD = re.compile(
    rf"(?<![\w/])(?:"
    rf"(?:(?:{_DAYS})\.? )?(?:{_DAY})(?: ?(?:-|–|—|→|au|à|to) ?(?:{_DAY}))?"
    r"|(?:semaine|week|sem\.?|s|w) ?[0-9]{1,2}(?:[ /-]+[0-9]{4})?|[0-9]{4}[- ]?[sw][0-9]{1,2}"
    r"|[tq][1-4](?:[ /-]+[0-9]{4})?|[0-9]{4}[-/][0-9]{2}|[0-9]{1,2}/[0-9]{4}"
    rf"|(?:{_MONTHS})\.?(?: [0-9]{{4}})?|(?:19|20)[0-9]{{2}}"
    r")(?![\w/])",
    re.IGNORECASE,
)
# What leads to a period: “Heures - semaine du 02/02/2026”.
_LEADS = re.compile(
    r"(?:\b(?:semaine|week|w|mois|month|jour|day|période|period|du|de|le|of|on|for|the|from)\s*)+$",
    re.IGNORECASE,
)
_AROUND = " \u00a0\u202f-–—:;,·|/()[]_"


class Label(NamedTuple):
    """`period` is empty for a column that stands alone; a repeated heading without one in it is
    numbered: "1", "2" …"""

    base: str
    period: str


def labels(headings: Sequence[str]) -> list[Label]:
    """A period is believed only where another column has the same measure with another one."""
    split = [_split(heading) for heading in headings]
    periods: dict[str, set[str]] = {}
    for base, period in split:
        if period:
            periods.setdefault(base.casefold(), set()).add(period)
    found = [
        one if one[1] and len(periods[one[0].casefold()]) > 1 else Label(heading.strip(), "")
        for one, heading in zip(split, headings, strict=True)
    ]
    return _numbered(found)


def _split(heading: str) -> Label:
    heading = " ".join(heading.split())
    found = list(_PERIOD.finditer(heading))
    if not found:
        return Label(heading, "")
    longest = max(found, key=lambda one: one.end() - one.start())
    before = _LEADS.sub("", heading[: longest.start()].rstrip(_AROUND))
    rest = f"{before} {heading[longest.end() :]}"
    base = " ".join(rest.split()).strip(_AROUND)
    return Label(base, longest[0]) if base else Label(heading, "")


def _numbered(found: list[Label]) -> list[Label]:
    """The same heading again and again is one measure; nameless columns are none."""
    counts = Counter((one.base.casefold(), one.period) for one in found if one.base)
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    for one in found:
        key = one.base.casefold(), one.period
        seen[key] += 1
        if counts[key] > 1:
            period = f"{one.period} ({seen[key]})" if one.period else str(seen[key])
            one = Label(one.base, period)
        made.append(one)
    return made
