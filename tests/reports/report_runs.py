"""Reports in a test: asked for, carried in this process, and held against the simulator."""

from datetime import date
from typing import Any

from portal.models import Account
from portal.simulator import Simulator
from reports.models import ReportFile, ReportRun, ReportTemplate
from reports.reports import services
from tests.conftest import carry

REPORTS = "/timmi-timesheet/api/reports"
TEMPLATES = "/timmi-timesheet/api/report-templates"
FIRST, LAST = date(2026, 2, 2), date(2026, 3, 1)


def template(account: Account, number: str = "318") -> ReportTemplate:
    return services.template_of(account, number, by=None)


def asked(of: ReportTemplate, **options: Any) -> ReportRun:
    wanted = {"starts_on": FIRST, "ends_on": LAST, "filters": None, "with_excel": False}
    return services.ask_report(of, by=None, **{**wanted, **options})


def ended(run: ReportRun) -> ReportRun:
    carry(run.job)
    return again(run)


def again(run: ReportRun) -> ReportRun:
    """As the database has it now."""
    return ReportRun.objects.select_related("template__account", "job").get(pk=run.pk)


def reported(of: ReportTemplate, **options: Any) -> ReportRun:
    return ended(asked(of, **options))


def csv_of(run: ReportRun) -> ReportFile:
    return run.files.get(kind=ReportFile.Kind.CSV)


def content(file: ReportFile) -> bytes:
    with file.file.open("rb") as opened:
        return bytes(opened.read())


def made(lucca: Simulator) -> list[int]:
    """Reports that Lucca has, whoever still looks for them."""
    return [one["id"] for one in lucca.state()["reports"]]


def posts(lucca: Simulator) -> list[dict[str, Any]]:
    """Requests for a report that left and were not answered 429."""
    return [
        entry
        for entry in lucca.log()
        if entry["method"] == "POST" and entry["path"] == REPORTS and entry["status"] != 429
    ]
