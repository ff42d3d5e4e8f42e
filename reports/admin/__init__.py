"""Admin pages of exports, reports and plans, one subject per module."""

from reports.admin import (  # noqa: F401  (register their pages)
    exports,
    plans,
    reports,
)
