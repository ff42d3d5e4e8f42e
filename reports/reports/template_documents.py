"""Reading what people paste: a template's JSON, and filters.

The JSON of a template is kept and sent as it is. Only what it certainly needs is looked for, since
the rest of the vendor's sample is not known
(https://developers.lucca.fr/api-reference/legacy/timmi-timesheet/guides/download-report).
"""

import json
from typing import Any

from django.utils.translation import gettext as _

from reports.exports.services import Refusal

Filters = list[dict[str, Any]]
_LONGEST = 1024 * 1024
_MOST_FILTERS, _MOST_VALUES = 20, 1000
_LARGEST = 2**53


def read_document(text: str) -> str:
    """The name of the template that this JSON describes; Refusal where it is none."""
    if len(text) > _LONGEST:
        raise Refusal(_("This is more than 1 MB, which no template is."))
    found = _parsed(text)
    if not isinstance(found, dict):
        raise Refusal(
            _(
                "This is no template: it must be one JSON object, which begins with { and ends with"
                " }. Copy the whole body of the request that Lucca's screen sends."
            )
        )
    columns = found.get("columns")
    if not isinstance(columns, list) or not columns:
        raise Refusal(
            _(
                "This template has no columns: the member “columns” is missing, or is no list with"
                " something in it."
            )
        )
    for number, column in enumerate(columns, start=1):
        if not isinstance(column, dict) or not isinstance(column.get("kind"), str):
            raise Refusal(
                _("Column %(number)s of this template has no “kind”.") % {"number": number}
            )
    name = found.get("name")
    # Without what no database holds as text; the document itself has it as an escape.
    name = "".join(filter(str.isprintable, name)) if isinstance(name, str) else ""
    if not name.strip():
        raise Refusal(_("This template has no name: the member “name” is missing."))
    if found.get("id"):
        raise Refusal(
            _(
                "This is the JSON of a template that Lucca has already, with the id %(id)s. Add it"
                " by that number instead."
            )
            % {"id": str(found["id"])[:60]}
        )
    return name.strip()


def read_filters(text: str) -> Filters | None:
    """Filters as people write them, in JSON; None for nothing."""
    return checked_filters(_parsed(text)) if text.strip() else None


def checked_filters(given: Any) -> Filters | None:
    """A list of {kind, values: numbers} with something in it, or None. Nobody says what an empty
    list means to Lucca, so it is refused."""
    if given is None:
        return None
    if not isinstance(given, list) or not given:
        raise Refusal(
            _(
                "Filters are a list with something in it, such as"
                ' [{"kind": "department", "values": [7, 12]}]. For none, leave them out.'
            )
        )
    if len(given) > _MOST_FILTERS:
        raise Refusal(_("There are more than %(most)s filters.") % {"most": _MOST_FILTERS})
    return [_checked(one, number) for number, one in enumerate(given, start=1)]


def _checked(one: Any, number: int) -> dict[str, Any]:
    known = isinstance(one, dict) and set(one) == {"kind", "values"}
    kind, values = (one["kind"], one["values"]) if known else (None, [])
    if not isinstance(kind, str) or not kind.strip() or not kind.isprintable():
        raise Refusal(
            _("Filter %(number)s needs a “kind” and “values”, and nothing else.")
            % {"number": number}
        )
    numbers = isinstance(values, list) and all(
        type(value) is int and abs(value) < _LARGEST for value in values
    )
    if not numbers or not 0 < len(values) <= _MOST_VALUES:
        raise Refusal(
            _("The values of filter %(number)s (%(kind)s) are a list of whole numbers.")
            % {"number": number, "kind": kind}
        )
    return {"kind": kind, "values": values}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Refusal(
            _("This is no JSON: something is wrong in line %(line)s at character %(column)s.")
            % {"line": error.lineno, "column": error.colno}
        ) from None
    except (ValueError, RecursionError):
        raise Refusal(_("This is no JSON.")) from None
