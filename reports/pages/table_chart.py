"""The chart of a table in words: what is summed, by what, its figures, and links to their rows."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.words import day, number
from reports.pages.table_address import Address
from reports.pages.table_words import heading, written
from reports.table import chart
from reports.table.chart import PERIODS, Group, Grouping, Measure, Sums
from reports.table.drawing import Drawing, lying, standing
from reports.table.look import EMPTY
from reports.table.summary import Summary


@dataclass(frozen=True)
class Line:
    """Of the table of figures. `query` leads to the rows behind it, where they can be chosen."""

    label: str
    figure: str
    share: str
    query: str


def drawn(table: sqlite3.Connection, summary: Summary, address: Address) -> dict[str, Any]:
    """Empty of a drawing where nothing can be summed."""
    can, by, measure, grouping = chart.chosen(summary, address.measure, address.group)
    context: dict[str, Any] = {
        "measures": [(one.key, _measure_name(one), one == measure) for one in can],
        "groupings": [(one.key, _grouping_name(one), one == grouping) for one in by],
    }
    if measure is None or grouping is None or not summary.rows:
        return context
    found = chart.sums(table, measure, grouping, address.choice.is_filtered)
    said = [
        (_label(found, group), group.value, _figure(measure, group.value)) for group in found.groups
    ]
    # All others together would dwarf each of the twenty: their figure is said, without a bar.
    bars = [
        (label, 0 if group.others else value, figure)
        for (label, value, figure), group in zip(said, found.groups, strict=True)
    ]
    drawing = standing(bars) if grouping.in_time else lying(bars)
    total = sum(group.value for group in found.groups)
    return context | {
        "drawing": drawing,
        "title": _title(measure, grouping),
        "description": _description(bars, drawing),
        "of": _grouping_name(grouping),
        "measure": measure.name or heading(measure.columns[0]),
        "lines": [
            Line(label, figure, _share(value, total, found), _rows_behind(grouping, group, address))
            for (label, value, figure), group in zip(said, found.groups, strict=True)
        ],
        "total": _figure(measure, total),
    }


def _figure(measure: Measure, value: float) -> str:
    return written(measure.kind, measure.decimals, value)


def _share(value: float, total: float, found: Sums) -> str:
    """In percent; of figures below zero it would mean nothing."""
    if not total or any(group.value < 0 for group in found.groups):
        return ""
    # Rounded here: Django only cuts.
    share = formats.number_format(round(100 * value / total, 1), decimal_pos=1)
    return _("%(number)s%%") % {"number": share}


def _measure_name(measure: Measure) -> str:
    title = measure.name or heading(measure.columns[0])
    if not measure.is_periodic:
        return title
    count = len(measure.columns)
    return ngettext("%(measure)s (%(count)s period)", "%(measure)s (%(count)s periods)", count) % {
        "measure": title,
        "count": number(count),
    }


def _grouping_name(grouping: Grouping) -> str:
    if grouping.column is None:
        return _("period")
    title = heading(grouping.column)
    unit = {
        "day": _("day (%(column)s)"),
        "week": _("week (%(column)s)"),
        "month": _("month (%(column)s)"),
        "year": _("year (%(column)s)"),
    }.get(grouping.unit)
    return unit % {"column": title} if unit else title


def _title(measure: Measure, grouping: Grouping) -> str:
    return _("%(measure)s by %(group)s") % {
        "measure": measure.name or heading(measure.columns[0]),
        "group": _grouping_name(grouping),
    }


def _label(found: Sums, group: Group) -> str:
    if group.others:
        return ngettext("%(count)s other", "%(count)s others", group.others) % {
            "count": number(group.others)
        }
    if not group.label:
        return _("(empty)")
    return _date(group.label, found.grouping.unit) if found.grouping.unit else group.label


def _date(label: str, unit: str) -> str:
    parts = [int(part) for part in label.split("-")]
    try:
        first = date(*[*parts, 1, 1][:3])
    except ValueError:
        return label
    if unit == "week":
        return _("week of %(day)s") % {"day": formats.date_format(first, "SHORT_DATE_FORMAT")}
    if unit == "month":
        return str(formats.date_format(first, "YEAR_MONTH_FORMAT"))
    return label if unit == "year" else day(first)


def _description(said: list[tuple[str, float, str]], drawing: Drawing) -> str:
    """What somebody who does not see it must know."""
    if not said:
        return _("There is nothing to draw.")
    largest = max(said, key=lambda one: one[1])
    text = _("The largest is %(label)s with %(figure)s. All figures are in the table below.") % {
        "label": largest[0],
        "figure": largest[2],
    }
    if drawing.left_out:
        text += " " + _("%(count)s are left out of the picture for want of room.") % {
            "count": number(drawing.left_out)
        }
    return text


def _rows_behind(grouping: Grouping, group: Group, address: Address) -> str:
    if (
        grouping.key == PERIODS
        or grouping.column is None
        or group.others
        or grouping.unit == "week"
    ):
        return ""
    values = {**address.choice.values, grouping.column.at: group.label or EMPTY}
    return address.query(replace(address.choice, values=values, page=1))
