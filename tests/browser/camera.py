"""The pictures that the guide shows, taken by the tests that go its way."""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.installation import ROOT

TAKEN = Path(os.environ.get("SCREENSHOTS") or ROOT / "build/screenshots")
# A page is shown from its top; more than this nobody looks at in a guide.
_MOST_HEIGHT = 1150


class Camera:
    """Takes pictures of one language."""

    def __init__(self, language: str) -> None:
        self._folder = TAKEN / language
        self._folder.mkdir(parents=True, exist_ok=True)
        self.taken: list[str] = []

    def take(self, page: Page, name: str, *, part: str = "") -> None:
        """The page, or the part of it that the selector finds; few colours keep the file small."""
        page.mouse.move(0, 0)
        if part:
            content = page.locator(part).screenshot()
        else:
            page.evaluate("scrollTo(0, 0)")
            content = page.screenshot(full_page=True)
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        picture = picture.crop((0, 0, picture.width, min(picture.height, _MOST_HEIGHT)))
        few = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(self._folder / f"{name}.png", optimize=True)
        self.taken.append(name)
