"""What can be wrong with a weekly grid as such: each cause once, as a sentence for staff."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.sheets.issues import ERROR, REWRITTEN, Cause, register

GRID = (
    Cause(
        "day-unreadable",
        ERROR,
        _("The day of a column cannot be read"),
        _(
            "Column %(letter)s is called “%(value)s”, which is no day that can be read. "
            "Please write it as 2026-03-09, or make the cell a date."
        ),
    ),
    Cause(
        "day-two-digit-year",
        ERROR,
        _("The day of a column has a year of two digits"),
        _(
            "Column %(letter)s is called “%(value)s”, with a year of two digits. "
            "Please write it as 2026-03-09."
        ),
    ),
    Cause(
        "day-month-first",
        ERROR,
        _("The day of a column has the month before the day"),
        _(
            "Column %(letter)s is called “%(value)s”, with the month before the day. Please write "
            "all days as 2026-03-09: in the other columns, the two may be exchanged too."
        ),
    ),
    Cause(
        "day-weekday",
        ERROR,
        _("The day of a column falls on another day of the week"),
        _(
            "Column %(letter)s is called “%(value)s”, but that date falls on another day of the "
            "week. Please correct one of the two."
        ),
    ),
    Cause(
        "day-read",
        REWRITTEN,
        _("The day of a column was rewritten"),
        _("Column %(letter)s, called “%(value)s”, is read as %(sent)s."),
    ),
    Cause(
        "grid-column",
        ERROR,
        _("A column cannot stand in a weekly grid"),
        _(
            "The column “%(name)s” cannot stand in a weekly grid. Please remove it, or send a file "
            "with one row per person and day."
        ),
    ),
    Cause(
        "grid-too-wide",
        ERROR,
        _("The grid has too many days"),
        _(
            "The grid has %(found)s columns of days; at most %(most)s can be read, within the "
            "first %(columns)s columns. Please split it into several files."
        ),
    ),
    Cause(
        "grid-too-large",
        ERROR,
        _("The grid is too large"),
        _(
            "The cells of the grid make more than %(most)s lines, of which a half-day is one. "
            "Please split it into several files."
        ),
    ),
    Cause(
        "grid-empty",
        ERROR,
        _("The grid is empty"),
        _(
            "No cell of the grid names a work location. Please fill in who works where, and "
            "upload it again."
        ),
    ),
)

register(*GRID)
