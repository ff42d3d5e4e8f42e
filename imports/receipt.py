"""Receiving a file: it is kept as it came, once, as a new batch."""

from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from imports.models import ImportBatch
from portal import uploads
from portal.audit import record
from portal.models import Account
from portal.refusals import Refusal


class ReceivedAlready(Refusal):
    """The same form was sent twice. `batch` is what the first one made."""

    def __init__(self, batch: ImportBatch) -> None:
        super().__init__(
            _(
                "The form was sent twice. The file is kept once: this is import %(id)s, made of it"
                " the first time."
            )
            % {"id": batch.pk}
        )
        self.batch = batch


def receive(
    account: Account,
    file: BinaryIO,
    name: str,
    *,
    override: bool,
    note: str,
    by: Any,
    token: str = "",
    **made: Any,
) -> ImportBatch:
    """Keep a file as it came, as a new batch. Nothing is kept of one that is too large.

    Of a form with this `token` that is sent twice the second raises ReceivedAlready. `made`: of a
    file that we made, from which batch and as what.
    """
    # A name on a disk need not be UTF-8; what is not has no place in a database.
    name = name.encode(errors="replace").decode()
    batch = ImportBatch(
        account=account,
        created_by=by,
        responsible=by,
        note=note,
        override=override,
        file_name=Path(name).name[:255],
        upload_token=token,
        **made,
    )
    stored = f"imports/{batch.folder}/original{Path(name).suffix.lower()[:8]}"
    target = default_storage.path(stored)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    try:
        batch.sha256, batch.size = uploads.copy(file, Path(target))
        batch.original.name = stored
        with transaction.atomic():
            batch.save()
            record(
                "import.received",
                batch,
                account=account.label,
                by=by,
                values={
                    "sha256": batch.sha256,
                    "size": batch.size,
                    "file": batch.file_name,
                    "override": override,
                    "note": note,
                    "made_from": batch.made_from_id,
                    "made_as": batch.made_as,
                },
            )
    except BaseException as error:
        Path(target).unlink(missing_ok=True)
        Path(target).parent.rmdir()
        if isinstance(error, IntegrityError) and (first := _same_form(batch)):
            raise ReceivedAlready(first) from None
        if isinstance(error, uploads.TooLarge):
            raise Refusal(str(error)) from None
        raise
    return batch


def _same_form(batch: ImportBatch) -> ImportBatch | None:
    rows = ImportBatch.objects.filter(upload_token=batch.upload_token).exclude(upload_token="")
    return rows.filter(account=batch.account, sha256=batch.sha256, override=batch.override).first()
