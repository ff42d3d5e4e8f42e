"""A table in the reader's words: numbers, how the file is written, and what is wrong with it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from portal.sheets.detection import encoding_name
from portal.sheets.issues import sentence
from portal.words import labelled, number
from reports.table.cells import Value
from reports.table.columns import Column
from reports.table.summary import Summary

_SEPARATORS = {
    ";": pgettext_lazy("read as", "semicolons"),
    ",": pgettext_lazy("read as", "commas"),
    "\t": pgettext_lazy("read as", "tabs"),
}
_NAMED = 5
# Sentences of uploads speak of choosing another file; here nobody chose one.
_NO_TABLE = {
    "empty-file": gettext_lazy(
        "The file is empty. That may be right: Lucca had nothing to report for these days."
    ),
    "web-page": gettext_lazy(
        "The file is a web page and no table. Lucca may have answered with a page of its own, such"
        " as its log-in; ask for the report again."
    ),
    "file-too-large": gettext_lazy(
        "The file has %(megabytes)s MB; at most %(most)s MB can be shown as a table. Download it,"
        " or ask for a report of fewer days."
    ),
    "binary-file": gettext_lazy("The file is no text, so it cannot be shown as a table."),
    "not-a-table": gettext_lazy("The file is no CSV (%(kind)s), so it cannot be shown as a table."),
}

# The same sentences for uploads ask to correct the file; a report is not ours to correct.
_BROKEN = {
    "unclosed-quote": gettext_lazy(
        "A quotation mark that is opened there is never closed; the file may have been cut off."
    ),
    "swallowed-lines": gettext_lazy(
        "A cell there holds whole lines of the table: a quotation mark is not closed where it"
        " should be."
    ),
}


def no_table(cause: str, params: object) -> str:
    """Why the file cannot be shown."""
    found = _NO_TABLE.get(cause)
    given = dict(params) if isinstance(params, dict) else {}
    return str(found) % given if found else sentence(cause, given)


def written(kind: str, decimals: int | None, value: Value) -> str:
    """In the reader's way; hours and minutes as 37:30, also above a day."""
    if value is None or isinstance(value, str):
        return _day(value or "") if kind == "date" else value or ""
    if kind == "duration":
        return _hours(int(value))
    if decimals is None:
        shown = formats.number_format(round(value, 4), force_grouping=True)
    else:
        exact = Decimal(round(value)).scaleb(-decimals)
        shown = formats.number_format(exact, decimal_pos=decimals, force_grouping=True)
    return _("%(number)s%%") % {"number": shown} if kind == "percent" else str(shown)


def _day(iso: str) -> str:
    """As figures; 31 February, which is written like a date, as it is."""
    try:
        return str(formats.date_format(date.fromisoformat(iso[:10]), "SHORT_DATE_FORMAT"))
    except ValueError:
        return iso


def _hours(seconds: int) -> str:
    hours, rest = divmod(abs(seconds), 3600)
    text = f"{number(hours)}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
    return f"\N{MINUS SIGN}{text}" if seconds < 0 else text


def heading(column: Column) -> str:
    return column.heading or _("Column %(number)s") % {"number": number(column.at + 1)}


def name(column: Column) -> str:
    """The heading; of a repeated one also which it is."""
    if column.period and column.period not in column.heading:
        return f"{column.heading} ({column.period})"
    return heading(column)


def read_as(summary: Summary) -> str:
    """“Windows-1252, semicolons, decimal comma”."""
    bom = _("%(encoding)s with BOM") if summary.bom else "%(encoding)s"
    parts = [bom % {"encoding": encoding_name(summary.encoding)}]
    parts.append(str(_SEPARATORS.get(summary.separator, summary.separator)))
    if summary.mark:
        parts.append(_("decimal comma") if summary.mark == "," else _("decimal point"))
    else:
        parts.append(_("no decimals"))
    return ", ".join(parts)


def size(summary: Summary) -> str:
    """“1,240 rows, 12 columns”."""
    columns = len(summary.columns)
    return ", ".join(
        [
            ngettext("%(count)s row", "%(count)s rows", summary.rows)
            % {"count": number(summary.rows)},
            ngettext("%(count)s column", "%(count)s columns", columns) % {"count": number(columns)},
        ]
    )


def remarks(summary: Summary) -> Iterator[str]:
    """What a reader must know before believing a figure."""
    if summary.broken:
        cause, params, line = summary.broken
        yield (
            _("From line %(line)s on the file cannot be read; the rows before it are shown.")
            % {"line": number(line)}
            + " "
            + sentence(cause, params)
        )
    if summary.is_cut:
        yield _(
            "The last line has fewer cells than the heading and no end: the file may have been cut"
            " off. Compare its number of rows with Lucca's."
        )
    if summary.is_damaged:
        yield _(
            "The file is written in more than one encoding, or damaged: signs that cannot be read"
            " are shown as %(sign)s."
        ) % {"sign": "\ufffd"}
    if summary.is_mark_assumed:
        yield _(
            "Nothing in the file proves whether a number such as 1.234 has a fraction or parts its"
            " thousands. If these figures look wrong, say which it is under “Read it differently”."
        )
    if summary.uneven:
        yield ngettext(
            "%(count)s line has more or fewer cells than the heading (line %(line)s): its cells may"
            " stand in the wrong columns.",
            "%(count)s lines have more or fewer cells than the heading (the first is line"
            " %(line)s): their cells may stand in the wrong columns.",
            summary.uneven,
        ) % {"count": number(summary.uneven), "line": number(summary.first_uneven)}
    if summary.left_out_columns:
        yield _("The file has more columns than can be shown: %(count)s are left out.") % {
            "count": number(summary.left_out_columns)
        }
    yield from _no_numbers(summary)


def _no_numbers(summary: Summary) -> Iterator[str]:
    bad = [column for column in summary.columns if column.left_out]
    for column in bad[:_NAMED]:
        said = ngettext(
            "%(count)s cell is no number (line %(line)s) and is left out of the figures.",
            "%(count)s cells are no numbers (the first in line %(line)s) and are left out of the"
            " figures.",
            column.left_out,
        ) % {"count": number(column.left_out), "line": number(column.first_left_out)}
        yield labelled(name(column), said)
    if len(bad) > _NAMED:
        yield _("So it is in %(count)s more columns.") % {"count": number(len(bad) - _NAMED)}
