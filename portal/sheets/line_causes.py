"""What can be wrong with the header or with a line, whatever the file is about.

The causes about a file as such are in portal.sheets.issues; those of one kind of file are
registered by the app that checks it.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.sheets.issues import ERROR, REWRITTEN, WARNING, Cause, register

HEADER = (
    Cause(
        "no-data-lines",
        ERROR,
        _("The file has no lines"),
        _("The file has a header and no lines below it. Please add the lines to import."),
    ),
    Cause(
        "header-missing",
        ERROR,
        _("A column is missing"),
        _("The column “%(name)s” is missing. Please add it to line 1 with exactly that name."),
    ),
    Cause(
        "header-duplicate",
        ERROR,
        _("A column stands twice"),
        _("The column “%(name)s” stands on line 1 more than once. Please keep one of them."),
    ),
    Cause(
        "header-unnamed",
        WARNING,
        _("A column has no name"),
        _("Column %(number)s has no name on line 1 and is not sent."),
    ),
)

LINE = (
    Cause(
        "cell-count",
        ERROR,
        _("A line has too few or too many cells"),
        _(
            "Number of cells: %(found)s on this line, %(expected)s in the header. "
            "Please look for a missing separator, or for one inside a text."
        ),
    ),
    Cause(
        "missing-value",
        ERROR,
        _("A cell is empty"),
        _("The cell in the column “%(name)s” is empty. Please fill it in."),
    ),
    Cause(
        "control-character",
        ERROR,
        _("A cell holds an invisible character"),
        _(
            "“%(value)s” holds an invisible character (%(code)s). "
            "Please delete the cell and type it again."
        ),
    ),
    Cause(
        "blanks-removed",
        REWRITTEN,
        _("Blanks around a value were removed"),
        _("The blanks around “%(value)s” are not sent."),
    ),
)

EMPLOYEE = (
    Cause(
        "unknown-login",
        ERROR,
        _("There is no employee with that login"),
        _("There is no employee with the login “%(value)s”."),
    ),
)

DATE = (
    Cause(
        "date-format",
        ERROR,
        _("The date cannot be read"),
        _("“%(value)s” is no date that can be read. Please write it as 2026-03-09."),
    ),
    Cause(
        "date-two-digit-year",
        ERROR,
        _("The year has two digits"),
        _("“%(value)s” has a year of two digits. Please write the date as 2026-03-09."),
    ),
    Cause(
        "date-month-first",
        ERROR,
        _("The month stands before the day"),
        _(
            "“%(value)s” has the month before the day. Please write all dates as 2026-03-09: in "
            "the others of this file, the two may be exchanged too."
        ),
    ),
    Cause(
        "date-number",
        ERROR,
        _("The date is a number"),
        _(
            "“%(value)s” is how a spreadsheet keeps a date inside. "
            "Please format the column as a date and save again."
        ),
    ),
    Cause(
        "date-impossible",
        ERROR,
        _("The date does not exist"),
        _("The day “%(value)s” does not exist in the calendar."),
    ),
    Cause(
        "date-year",
        ERROR,
        _("The year is out of range"),
        _("The year of “%(value)s” is not between %(first)s and %(last)s. Is it a typing mistake?"),
    ),
    Cause(
        "date-rewritten",
        REWRITTEN,
        _("A date was rewritten"),
        _("The date “%(value)s” is sent as %(sent)s."),
    ),
)

COMMENT = (
    Cause(
        "comment-formula",
        ERROR,
        _("A comment begins like a formula"),
        _(
            "The comment “%(value)s” begins like a formula, which a spreadsheet would run. "
            "Please let it begin with a letter or a digit."
        ),
    ),
)

register(*HEADER, *LINE, *EMPLOYEE, *DATE, *COMMENT)
