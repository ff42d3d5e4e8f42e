"""Reports with a CSV of our own, and a table of it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.core.files.base import ContentFile

from portal.models import Account, Job
from reports.models import ReportFile, ReportRun, ReportTemplate
from reports.table import store
from reports.table.build import build
from reports.table.detect import Told
from reports.table.look import Choice, Look, look
from reports.table.summary import Summary


def account(label: str = "acme") -> Account:
    found, _made = Account.objects.get_or_create(
        label=label,
        defaults={
            "base_url": "http://127.0.0.1:9",
            "host": "127.0.0.1:9",
            "kind": "simulator",
        },
    )
    return found


def report(content: bytes, name: str = "Heures par département.csv") -> ReportFile:
    """A report that is done, with that file."""
    of = account()
    template, _made = ReportTemplate.objects.get_or_create(
        account=of, remote_id="318", defaults={"name": "Heures par département"}
    )
    run = ReportRun.objects.create(
        template=template,
        job=Job.objects.create(kind="reports.report", account=of, lane="", step="done"),
        starts_on=date(2026, 2, 2),
        ends_on=date(2026, 3, 1),
    )
    return ReportFile.objects.create(
        run=run,
        kind="csv",
        file=ContentFile(content, name="report.csv"),
        file_name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )


def summary_of(folder: Path, content: bytes, said: Told | None = None) -> Summary:
    with looked_at(folder, content, said) as (_table, summary):
        return summary


@contextmanager
def looked_at(folder: Path, content: bytes, said: Told | None = None) -> Iterator[tuple]:  # type: ignore[type-arg]
    source, target = folder / "report.csv", folder / "table.sqlite3"
    source.write_bytes(content)
    target.unlink(missing_ok=True)
    build(source, target, said or Told())
    table, summary = store._open(target)
    try:
        yield table, summary
    finally:
        table.close()


def page_of(folder: Path, content: bytes, **asked: str) -> Look:
    with looked_at(folder, content) as (table, summary):
        return look(table, summary, Choice.of(asked, len(summary.columns)))


def cells(found: Look) -> list[list[str]]:
    return [[cell for cell, _value in row.cells] for row in found.rows]
