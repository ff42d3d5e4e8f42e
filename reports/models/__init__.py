"""The tables of exports, reports and plans, one subject per module."""

from reports.models.exports import Export, ExportConfiguration, ExportRun
from reports.models.planned import PlannedRun
from reports.models.plans import Plan
from reports.models.reports import ReportFile, ReportRun, ReportTemplate

__all__ = [
    "Export",
    "ExportConfiguration",
    "ExportRun",
    "Plan",
    "PlannedRun",
    "ReportFile",
    "ReportRun",
    "ReportTemplate",
]
