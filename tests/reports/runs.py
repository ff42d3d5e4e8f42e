"""Export runs in a test: asked for, carried in this process, and held against the simulator."""

from datetime import date, timedelta
from typing import Any

from portal.jobs.models import Job
from portal.models import Account
from portal.simulator import Simulator
from reports.exports import services
from reports.models import ExportConfiguration, ExportRun
from tests.conftest import carry

MONDAY = date(2026, 3, 30)
EXPORTS = "/api/v3/timmiexports"


def configuration(account: Account, number: int = 42, **fields: Any) -> ExportConfiguration:
    """Known to the portal, and given up on at once where nothing appears."""
    found = services.configuration_of(account, number, by=None)
    ExportConfiguration.objects.filter(pk=found.pk).update(**{"deadline": timedelta(0), **fields})
    found.refresh_from_db()
    return found


def asked(of: ExportConfiguration, ends_at: date = MONDAY, **options: Any) -> ExportRun:
    return services.export(of, ends_at, by=None, **options)


def ended(run: ExportRun) -> ExportRun:
    carry(run.job)
    return again(run)


def again(run: ExportRun) -> ExportRun:
    """As the database has it now."""
    return ExportRun.objects.select_related("configuration__account", "job", "export").get(
        pk=run.pk
    )


def exported(of: ExportConfiguration, ends_at: date = MONDAY, **options: Any) -> ExportRun:
    return ended(asked(of, ends_at, **options))


def watched(run: ExportRun) -> Job:
    """Take the job that goes on looking one look further."""
    run.refresh_from_db()
    assert run.watch is not None
    return run.watch


def made(lucca: Simulator) -> list[int]:
    """Exports that Lucca made on our request, those that failed or are not ready included."""
    return [one["id"] for one in lucca.state()["exports"] if not one["byHand"] and one["id"] > 1187]


def triggers(lucca: Simulator) -> list[dict[str, Any]]:
    """Requests to export that left and were not answered 429."""
    return [
        entry
        for entry in lucca.log()
        if entry["method"] == "POST" and entry["path"] == EXPORTS and entry["status"] != 429
    ]
