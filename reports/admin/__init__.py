"""Admin pages of exports, reports and plans, one subject per module."""

from reports.admin import exports, plans  # noqa: F401  (register their pages)
