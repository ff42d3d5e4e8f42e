"""What one cell says, whatever the file is about: findings, and the blanks around a value."""

from __future__ import annotations

import re
from typing import TypeAlias

from portal.sheets import line_causes as _registered  # noqa: F401
from portal.sheets.issues import LONGEST_VALUE, SEVERITIES, quoted, shorten, to_json

Finding: TypeAlias = tuple[str | None, str, str, str]
"""(column, severity, cause, parameters as JSON): an issue that still lacks its line."""
Findings: TypeAlias = tuple[Finding, ...]

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
INVISIBLE = "\u200b\ufeff\u2060"  # zero-width marks, which str.strip() leaves


def finding(slug: str, column: str | None, **params: str | int | None) -> Finding:
    """A finding with the cause's own severity."""
    return (column, SEVERITIES[slug], slug, to_json(**params))


def wrong(slug: str, column: str, value: str) -> Finding:
    """A finding that names the value only; the quick way for what a million lines may have."""
    if len(value) > LONGEST_VALUE:
        value = shorten(value)
    return (column, SEVERITIES[slug], slug, f'{{"value": {quoted(value)}}}')


def with_nearest(slug: str, column: str, value: str, nearest: str | None) -> Finding:
    """A finding with the name that was probably meant."""
    if nearest is None:
        return wrong(slug, column, value)
    return finding(slug, column, value=value, nearest=nearest)


def cleaned(value: str, column: str, found: list[Finding]) -> str:
    """The value without blanks around it; control characters inside it are an error."""
    text = value.strip()
    if text == value and text.isprintable():
        return text
    text = text.strip(INVISIBLE).strip()
    if text != value:
        found.append(wrong("blanks-removed", column, text))
    if not text.isprintable() and (match := CONTROL.search(text)):
        found.append(
            finding("control-character", column, value=text, code=f"U+{ord(match[0]):04X}")
        )
    return text
