"""What can be wrong with a user-location file: each cause once, as a sentence for staff.

The vendor's rules:
https://developers.lucca.fr/api-reference/legacy/timmi-office/guides/import-and-create-user-locations
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.sheets import line_causes as _shared  # noqa: F401
from portal.sheets.issues import ERROR, REWRITTEN, WARNING, Cause, register

HEADER = (
    Cause(
        "no-header",
        ERROR,
        _("The header is missing"),
        _(
            "Line 1 looks like data (“%(value)s”), not like a header. "
            "Please add the line login;workLocationName;areaName;date;position;comment;isDeletion."
        ),
    ),
    Cause(
        "no-known-column",
        ERROR,
        _("The file has none of the columns"),
        _(
            "None of the columns of a user-location file stands on line 1, which has “%(value)s”. "
            "Is this the right file?"
        ),
    ),
    Cause(
        "file-of-absences",
        ERROR,
        _("The file is for the import of absences"),
        _(
            "This looks like a file of absences (“%(value)s”), not of user locations. "
            "Please choose the file of user locations."
        ),
    ),
    Cause(
        "file-of-expenses",
        ERROR,
        _("The file is for the import of expenses"),
        _(
            "This looks like a file of expenses (“%(value)s”), not of user locations. "
            "Please choose the file of user locations."
        ),
    ),
    Cause(
        "file-of-timesheets",
        ERROR,
        _("The file is for the import of timesheets"),
        _(
            "This looks like a file of timesheets (“%(value)s”), not of user locations. "
            "Please choose the file of user locations."
        ),
    ),
    Cause(
        "header-wrong",
        ERROR,
        _("A column has a wrong name"),
        _("There is no column with the name “%(value)s” in this import."),
    ),
    Cause(
        "header-ignored",
        WARNING,
        _("A column is not sent"),
        _("The column “%(value)s” is not part of this import and is not sent."),
    ),
    Cause(
        "header-rewritten",
        REWRITTEN,
        _("A column's name was put right"),
        _("The column “%(value)s” is sent as “%(name)s”."),
    ),
)

LINE = (
    Cause(
        "duplicate",
        ERROR,
        _("The same half-day or day stands twice"),
        _(
            "Line %(earlier)s already has “%(login)s” on %(date)s for the same part of the day. "
            "Please keep one of the two lines."
        ),
    ),
    Cause(
        "overlap",
        ERROR,
        _("A full day and a half-day overlap"),
        _(
            "Line %(earlier)s already has “%(login)s” on %(date)s for a part of the day that this "
            "line covers too. Please keep the full day or the half-days."
        ),
    ),
    Cause(
        "deletion-and-creation",
        ERROR,
        _("A deletion and a creation of the same half-day"),
        _(
            "Line %(earlier)s and this one delete and create a location for “%(login)s” on "
            "%(date)s. Please send the deletions in a file of their own, first."
        ),
    ),
)

EMPLOYEE = (
    Cause(
        "login-case",
        WARNING,
        _("A login differs by capitals"),
        _(
            "The login “%(value)s” is written “%(name)s” in Lucca. It is sent as it stands in the "
            "file, and Lucca may not find it."
        ),
    ),
    Cause(
        "former-employee",
        ERROR,
        _("The employee has left"),
        _("“%(value)s” left on %(left_on)s. Please remove the line."),
    ),
    Cause(
        "after-contract-end",
        WARNING,
        _("The contract ends before the date"),
        _("The contract of “%(value)s” ends on %(ends_on)s, before %(date)s."),
    ),
    Cause(
        "before-contract-start",
        WARNING,
        _("The contract starts after the date"),
        _("The contract of “%(value)s” starts on %(starts_on)s, after %(date)s."),
    ),
)

PLACE = (
    Cause(
        "unknown-place",
        ERROR,
        _("There is no work location with that name"),
        _(
            "There is no work location with the name “%(value)s”; "
            "it must be written exactly as in Lucca."
        ),
    ),
    Cause(
        "inactive-place",
        ERROR,
        _("The work location is not active"),
        _("The work location “%(value)s” is not active in Lucca. Please choose another one."),
    ),
    Cause(
        "ambiguous-place",
        ERROR,
        _("Several work locations have that name"),
        _(
            "%(count)s active work locations have the name “%(value)s”, and Lucca is told the name "
            "only. Please have one of them renamed in Lucca."
        ),
    ),
    Cause(
        "unknown-area",
        ERROR,
        _("The work location has no area with that name"),
        _("The work location “%(place)s” has no area with the name “%(value)s”."),
    ),
    Cause(
        "ambiguous-area",
        ERROR,
        _("Several areas have that name"),
        _(
            "%(count)s areas of “%(place)s” have the name “%(value)s”, and Lucca is told the name "
            "only. Please have one of them renamed in Lucca, or leave the area empty."
        ),
    ),
    Cause(
        "area-without-place",
        ERROR,
        _("An area without a work location"),
        _("The area “%(value)s” needs its work location. Please fill in the location."),
    ),
    Cause(
        "deletion-without-place",
        WARNING,
        _("A deletion without a work location"),
        _(
            "This deletion names no work location, so whatever stands there on that half-day or "
            "day is deleted."
        ),
    ),
)

REST = (
    Cause(
        "unknown-position",
        ERROR,
        _("The part of the day is unknown"),
        _("“%(value)s” is no part of the day. It must be FullDay, FirstHalf or SecondHalf."),
    ),
    Cause(
        "position-rewritten",
        REWRITTEN,
        _("A part of the day was put right"),
        _("The part of the day “%(value)s” is sent as “%(sent)s”."),
    ),
    Cause(
        "deletion-format",
        ERROR,
        _("The deletion mark cannot be read"),
        _(
            "“%(value)s” does not say whether the line is a deletion. "
            "It must be true, false or empty."
        ),
    ),
    Cause(
        "deletion-rewritten",
        REWRITTEN,
        _("A deletion mark was put right"),
        _("The deletion mark “%(value)s” is sent as “%(sent)s”."),
    ),
    Cause(
        "comment-rewritten",
        REWRITTEN,
        _("A comment was rewritten"),
        _(
            "In the comment “%(value)s”, line breaks, semicolons and quotation marks are sent as "
            "blanks."
        ),
    ),
)

register(*HEADER, *LINE, *EMPLOYEE, *PLACE, *REST)
