"""What can be wrong with a file, said once.

An issue keeps a cause (a stable slug) and its parameters, never a translated text: the sentence is
made when somebody reads it, in the reader's language. Causes about a file as such are registered
here; the causes of one kind of file are registered by the app that checks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Params: TypeAlias = Mapping[str, str | int]
IssueRow: TypeAlias = tuple[int | None, str | None, str, str, str]
"""(line, column, severity, cause, parameters as JSON): ready for ``executemany``."""

LONGEST_VALUE = 80
quoted = encode_basestring_ascii


class Severity(StrEnum):
    """What an issue means for its line: refused, sent all the same, or put right by us."""

    ERROR = "error"
    WARNING = "warning"
    REWRITTEN = "rewritten"


class Origin(StrEnum):
    """Who said so: our check, Lucca's analysis, or the results of Lucca's import."""

    CHECK = "check"
    ANALYSIS = "analysis"
    RESULTS = "results"


SEVERITY_WORDS = {
    Severity.ERROR.value: _("error"),
    Severity.WARNING.value: _("warning"),
    Severity.REWRITTEN.value: _("rewritten"),
}
ORIGIN_WORDS = {
    Origin.CHECK.value: _("our check"),
    Origin.ANALYSIS.value: _("Lucca's analysis"),
    Origin.RESULTS.value: _("Lucca's results"),
}


@dataclass(frozen=True)
class Cause:
    """One thing that can be wrong.

    ``title`` stands above a group of lines with its count; ``sentence`` is about one line and
    takes the issue's parameters by name. A parameter ``nearest`` adds the question whether that
    name was meant.
    """

    slug: str
    severity: Severity
    title: StrOrPromise
    sentence: StrOrPromise


class Issue(NamedTuple):
    """One problem at one place; line and column are empty where the file as a whole is meant."""

    line: int | None
    column: str | None
    cause: str
    params: Params


class Unreadable(Exception):
    """The file is no table that can be read. ``str()`` is fit to show to staff."""

    def __init__(self, cause: str, params: Params | None = None, line: int | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.params: Params = params or {}
        self.line = line

    def __str__(self) -> str:
        return sentence(self.cause, self.params)


_DID_YOU_MEAN = _("Did you mean “%(nearest)s”?")
_causes: dict[str, Cause] = {}
SEVERITIES: dict[str, str] = {}
"""Each cause's own severity, as the plain string that rows keep."""


def register(*causes: Cause) -> None:
    """Make causes known; the same slug twice is a programming error."""
    for cause in causes:
        if _causes.setdefault(cause.slug, cause) != cause:
            raise ValueError(f"The cause {cause.slug} is registered twice.")
        SEVERITIES[cause.slug] = cause.severity.value


def cause(slug: str) -> Cause:
    """The cause of that slug; ``KeyError`` when no app registered it."""
    return _causes[slug]


def causes() -> tuple[Cause, ...]:
    """All causes known so far, in the order of registration."""
    return tuple(_causes.values())


def title(slug: str) -> str:
    """What stands above a group of lines, in the active language."""
    found = _causes.get(slug)
    return str(found.title) if found else slug


def sentence(slug: str, params: Params) -> str:
    """The full sentence for staff, in the active language."""
    found = _causes.get(slug)
    if found is None:  # a row stored by another version of the portal must still be readable
        return slug
    shown = _Lenient({name: _shown(value) for name, value in params.items()})
    text = str(found.sentence) % shown
    if params.get("nearest"):
        text += " " + str(_DID_YOU_MEAN) % shown
    return text


def _shown(value: str | int) -> str | int:
    """A cell that is quoted may hold what a terminal or a page must not get.

    Of our own words nothing is taken: French has no-break blanks, which count as not printable.
    """
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(one if one.isprintable() else "\ufffd" for one in value)


class _Lenient(dict[str, "str | int"]):
    """Parameters in which one that an older row lacks reads as an ellipsis, not as a crash."""

    def __missing__(self, key: str) -> str:
        return "…"


def shorten(value: str) -> str:
    """The value as it may be stored and shown: at most 80 characters."""
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"


def about(value: str) -> str:
    """The parameters of an issue that needs to name the wrong value only, as JSON.

    Written by hand, like ``to_json``: ``json.dumps`` takes two seconds for a million lines.
    """
    return f'{{"value": {quoted(value if len(value) <= LONGEST_VALUE else shorten(value))}}}'


def to_json(**params: str | int | None) -> str:
    """Parameters as a JSON object; what is None is left out, and strings are shortened."""
    return (
        "{"
        + ", ".join(
            f'"{name}": {value if isinstance(value, int) else quoted(shorten(value))}'
            for name, value in params.items()
            if value is not None
        )
        + "}"
    )


ERROR, WARNING, REWRITTEN = Severity.ERROR, Severity.WARNING, Severity.REWRITTEN

register(
    Cause(
        "empty-file",
        ERROR,
        _("The file is empty"),
        _("The file is empty. Please choose the file again; it may not have been saved."),
    ),
    Cause(
        "file-too-large",
        ERROR,
        _("The file is too large"),
        _(
            "The file has %(megabytes)s MB; at most %(most)s MB can be read. "
            "Please split it into several files."
        ),
    ),
    Cause(
        "too-many-rows",
        ERROR,
        _("The file has too many lines"),
        _(
            "The file has more than %(most)s lines. Please split it into several files, "
            "or delete the empty lines at its end."
        ),
    ),
    Cause(
        "line-too-long",
        ERROR,
        _("A line is too long"),
        _(
            "Line %(line)s is longer than a million characters, so this is probably not a table. "
            "Please export the file again as CSV or XLSX."
        ),
    ),
    Cause(
        "cell-too-long",
        ERROR,
        _("A cell is too long"),
        _("A cell of line %(line)s is longer than %(most)s characters. Please shorten it."),
    ),
    Cause(
        "unclosed-quote",
        ERROR,
        _("A quotation mark is never closed"),
        _(
            "A quotation mark opened on line %(line)s is never closed, so nothing after it can be "
            "told apart. Please delete that mark, or add the missing one."
        ),
    ),
    Cause(
        "swallowed-lines",
        ERROR,
        _("A quotation mark closes too late"),
        _(
            "A quotation mark opened on line %(line)s closes only further down, so that the lines "
            "between (%(count)s) are read as one cell. Please delete that mark, or add the missing "
            "one."
        ),
    ),
    Cause(
        "not-a-table",
        ERROR,
        _("The file is not a table"),
        _("The file is a %(kind)s file, not a table. Please save the table as CSV or XLSX."),
    ),
    Cause(
        "binary-file",
        ERROR,
        _("The file is not a table"),
        _("The file is not text and not a workbook. Please save the table as CSV or XLSX."),
    ),
    Cause(
        "zip-file",
        ERROR,
        _("The file is a ZIP archive"),
        _(
            "The file is a ZIP archive, whatever its name says. "
            "Please unpack it and choose the table inside."
        ),
    ),
    Cause(
        "web-page",
        ERROR,
        _("The file is a web page"),
        _(
            "The file is a web page, whatever its name says. Please open it in a spreadsheet and "
            "save it as CSV or XLSX."
        ),
    ),
    Cause(
        "other-workbook",
        ERROR,
        _("The workbook has another format"),
        _("The file is a workbook in the format %(format)s. Please save it as XLSX or CSV."),
    ),
    Cause(
        "encrypted-workbook",
        ERROR,
        _("The workbook has a password"),
        _("The workbook is protected by a password. Please save it without one."),
    ),
    Cause(
        "broken-workbook",
        ERROR,
        _("The workbook cannot be opened"),
        _("The workbook is damaged. Please open it in a spreadsheet and save it again as XLSX."),
    ),
    Cause(
        "workbook-too-large",
        ERROR,
        _("The workbook is too large"),
        _(
            "The workbook is too large to be read: at most %(most)s MB unpacked, %(rows)s lines "
            "and %(columns)s columns. Please save the sheet as CSV, or split it."
        ),
    ),
    Cause(
        "no-visible-sheet",
        ERROR,
        _("The workbook has no visible sheet"),
        _("The workbook has no visible sheet with cells. Please show the sheet with the table."),
    ),
    Cause(
        "unknown-encoding",
        ERROR,
        _("A character cannot be read"),
        _(
            "Line %(line)s holds a character that cannot be read. "
            "Please save the file again as “CSV UTF-8”."
        ),
    ),
    Cause(
        "mixed-encodings",
        ERROR,
        _("The file mixes two encodings"),
        _(
            "Up to line %(line)s the file is written in UTF-8, and from there in something else; "
            "two files were probably joined. Please save it again as “CSV UTF-8”."
        ),
    ),
    Cause(
        "refused-by-lucca",
        ERROR,
        _("Refused by Lucca"),
        _("Lucca refuses this line: “%(message)s”."),
    ),
    Cause(
        "warned-by-lucca",
        WARNING,
        _("Lucca warns"),
        _("Lucca takes this line, with a warning: “%(message)s”."),
    ),
    Cause(
        "count-mismatch",
        WARNING,
        _("Lucca's count is not ours"),
        _(
            "Lines sent: %(sent)s; lines that Lucca accounts for: %(answered)s. "
            "Please compare before going on."
        ),
    ),
)
