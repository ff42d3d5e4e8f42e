"""What can be wrong with a file of overrides: each cause once, as a sentence for staff."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.reasons import REASONS
from portal.sheets import line_causes as _shared  # noqa: F401
from portal.sheets.issues import ERROR, REWRITTEN, WARNING, Cause, register
from schedules.overrides import reasons as _said  # noqa: F401

# Said of what was typed, in the same words as on the form for one override.
_TYPED = {
    "duration-unreadable": _("The duration cannot be read"),
    "duration-too-long": _("The duration is longer than a day"),
    "duration-missing": _("The duration is missing"),
    "duration-without-work": _("A duration without work"),
    "clock-unreadable": _("The start cannot be read"),
    "start-without-work": _("A start without work"),
    "more-than-half": _("Half a day is longer than half a day"),
    "ends-after-midnight": _("The work ends after midnight"),
}

register(
    *(Cause(slug, ERROR, title, REASONS[slug]) for slug, title in _TYPED.items()),
    Cause(
        "not-overrides",
        ERROR,
        _("The file has none of the columns"),
        _(
            "None of the columns of a file of overrides stands on line 1, which has “%(value)s”. Is"
            " this the right file? The template has all columns."
        ),
    ),
    Cause(
        "no-employee-column",
        ERROR,
        _("No column says who is meant"),
        _("Neither a column “login” nor a column “employeeId” is there. Please add one of them."),
    ),
    Cause(
        "column-strange",
        ERROR,
        _("A column has a wrong name"),
        _("There is no column with the name “%(value)s” in a file of overrides."),
    ),
    Cause(
        "column-ignored",
        WARNING,
        _("A column is not read"),
        _("The column “%(value)s” is not part of a file of overrides and is not read."),
    ),
    Cause(
        "column-taken-as",
        REWRITTEN,
        _("A column's name was understood"),
        _("The column “%(value)s” is read as “%(name)s”."),
    ),
    Cause(
        "too-many-overrides",
        ERROR,
        _("The file has too many lines"),
        _("The file has more than %(most)s lines. Please split it into several files."),
    ),
    Cause(
        "nobody-named",
        ERROR,
        _("A line does not say who is meant"),
        _("This line has neither a login nor an employee's id. Please fill one of them in."),
    ),
    Cause(
        "unknown-id",
        ERROR,
        _("There is no employee with that id"),
        _("There is no employee with the id “%(value)s”."),
    ),
    Cause(
        "login-and-id-differ",
        ERROR,
        _("Login and id are of two employees"),
        _("The login “%(login)s” and the id “%(value)s” are of two employees. Please keep one."),
    ),
    Cause(
        "login-taken-as",
        REWRITTEN,
        _("A login differs by capitals"),
        _("The login “%(value)s” is written “%(name)s” in Lucca, and is taken for that one."),
    ),
    Cause(
        "unknown-half",
        ERROR,
        _("The part of the day is unknown"),
        _("“%(value)s” is no part of the day. It must be first, second or full."),
    ),
    Cause(
        "unknown-nature",
        ERROR,
        _("What the day becomes is unknown"),
        _("“%(value)s” is not known. It must be off, worked, partTime or weeklyRest."),
    ),
    Cause(
        "word-taken-as",
        REWRITTEN,
        _("A word was understood"),
        _("“%(value)s” is read as “%(sent)s”."),
    ),
    Cause(
        "comment-too-long",
        ERROR,
        _("A comment is too long"),
        _("The comment has %(length)s characters; at most %(most)s are kept. Please shorten it."),
    ),
    Cause(
        "same-half-twice",
        ERROR,
        _("The same half of a day stands twice"),
        _(
            "Line %(earlier)s already has “%(login)s” on %(date)s for this part of the day, or for"
            " a part of it. Please keep one of the two lines."
        ),
    ),
)
