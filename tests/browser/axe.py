"""Is a page fit for everybody? The rules of WCAG 2.2 A and AA, light and dark, wide and narrow."""

from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_ALL: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    # Off by itself: nothing to press is smaller than 24 px.
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    # It would put stylesheets into the page, which the page's own policy forbids.
    "preload": False,
}
# What may differ where only the colours or only the width do.
_LOOKS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]},
    "resultTypes": ["violations"],
    "preload": False,
}
WIDE, NARROW = 1360, 390
_WAYS: list[tuple[int, Literal["light", "dark"], dict[str, Any]]] = [
    (WIDE, "light", _ALL),
    (WIDE, "dark", _LOOKS),
    (NARROW, "light", _LOOKS),
    (NARROW, "dark", _ALL),
]
# Everything that goes beyond the page's right edge without a box of its own to scroll in.
_TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 120))"""


def look(page: Page) -> list[str]:
    """What is wrong with the page that is shown, a line for each; the page is as before then."""
    found: list[str] = []
    page.evaluate(AXE_SCRIPT)
    for width, scheme, options in _WAYS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        answer = page.evaluate("(options) => axe.run(document, options)", options)
        where = f"{page.url} ({width} px, {scheme})"
        found += [f"{where}: {words}" for words in _in_words(answer["violations"])]
    found += [f"{page.url}: wider than {NARROW} px: {one}" for one in page.evaluate(_TOO_WIDE)]
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.emulate_media(color_scheme="light")
    return found


def passes(page: Page) -> None:
    found = look(page)
    assert not found, "\n".join(found)


def _in_words(violations: list[dict[str, Any]]) -> list[str]:
    return [
        f"{rule['id']}: {node['html'][:160]} {' '.join(node['failureSummary'].split())[:300]}"
        for rule in violations
        for node in rule["nodes"][:4]
    ]
