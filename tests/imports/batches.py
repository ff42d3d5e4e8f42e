"""Taking a batch from stage to stage in a test, in this process."""

from pathlib import Path
from typing import Any

from imports import receipt, services
from imports.models import ImportBatch
from portal.models import Account
from tests.conftest import carry

BUSY = ("checking", "analysing", "importing")


def received(
    account: Account, path: Path, *, override: bool = False, by: Any = None
) -> ImportBatch:
    with path.open("rb") as file:
        return receipt.receive(account, file, path.name, override=override, note="", by=by)


def rest(batch: ImportBatch) -> ImportBatch:
    """Carry the batch's jobs until it stands at a stage where somebody must decide."""
    batch.refresh_from_db()
    while batch.stage in BUSY and batch.job:
        carry(batch.job)
        batch.refresh_from_db()
    return batch


def checked(account: Account, path: Path, **options: Any) -> ImportBatch:
    batch = received(account, path, **options)
    services.check(batch, by=None)
    return rest(batch)


def analysed(account: Account, path: Path, **options: Any) -> ImportBatch:
    batch = checked(account, path, **options)
    services.analyse(batch, by=None, leave_refused=True)
    return rest(batch)


def launched(account: Account, path: Path, **options: Any) -> ImportBatch:
    batch = analysed(account, path, **options)
    services.launch(batch, by=None, accept_warnings=True)
    return rest(batch)
