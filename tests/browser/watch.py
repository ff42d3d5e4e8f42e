"""Pages that are watched: what a browser complains about fails the test.

That is every message on the console above a remark, every error of a script, every answer from
400 on and every request that came to nothing, and every report of the Content-Security-Policy.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

# The browser says it on the console, too; this way it is said with what was blocked.
_REPORT = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
  `Content-Security-Policy: ${event.violatedDirective} blocked ${event.blockedURI}`
));
"""
# A download, or a request that its page did not wait for: the browser's own doing.
_GIVEN_UP = "net::ERR_ABORTED"


class Watch:
    """What went wrong in a context; `expect` says what is meant to."""

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        self._expected: int | None = None
        context.add_init_script(_REPORT)
        context.on("page", self._page)

    def _page(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("response", self._response)
        page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium says an answer from 400 on here, too, and the answer itself is looked at below.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            at = message.location
            where = f"{message.page.url if message.page else ''} {at['url']}:{at['lineNumber']}"
            self.problems.append(f"console: {message.text} ({where.strip()})")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status != self._expected:
            self.problems.append(f"{response.status}: {response.request.method} {response.url}")

    def _failed(self, request: Request) -> None:
        if request.failure and request.failure != _GIVEN_UP:
            self.problems.append(f"{request.failure}: {request.method} {request.url}")

    @contextmanager
    def expect(self, status: int) -> Iterator[None]:
        """Within it an answer of this status is what the test is about."""
        self._expected = status
        try:
            yield
        finally:
            self._expected = None
